"""Block-diagonal Hessians: all blocks from one product.

Where the rows of a variable move alone, the map of row i is d ↦ d B diag(w) C, with the
weights w in row i of a matrix W. Entry (a, b) of its block is the sum over j of
W[i, j] P[j, a] Q[j, b], with P = C and Q = Bᵀ: a product of W with the products of columns,
and where P = Q with half of them. So for columns, d ↦ C diag(w) B d.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.differentiate.structure import expanded
from matcalc.expressions.expr import Expr, turned
from matcalc.linear_maps.composition import Chain
from matcalc.linear_maps.maps import Entrywise, Factors, LinearMap
from matcalc.network.network import Convention

if TYPE_CHECKING:
    from matcalc.derivation.hessian import Hessian

Kernel = Callable[..., Any]


@dataclass(frozen=True)
class Weighted:
    """Weights, a line of them for each block, and the two matrices; None for an identity."""

    weights: Expr
    first: Expr | None
    second: Expr | None


def weighted_terms(h: Hessian) -> list[Weighted] | None:
    """The terms that the blocks are sums of, or None where a term is another map."""
    terms = []
    for chain in expanded(h.linear_map):
        term = _term(chain, h.zeros.axis or 0)
        if term is None:
            return None
        terms.append(term)
    return terms


def _term(m: LinearMap, axis: int) -> Weighted | None:
    parts = list(reversed(m.parts if isinstance(m, Chain) else (m,)))
    weights = [k for k, part in enumerate(parts) if isinstance(part, Entrywise)]
    if len(weights) != 1 or len(parts) > 3:
        return None
    (at,) = weights
    before, after = parts[:at], parts[at + 1 :]
    if len(before) > 1 or len(after) > 1:
        return None
    sides = []
    for part in (*after, *before):
        if not isinstance(part, Factors):
            return None
        inside = (part.left, part.right)
        if inside[axis] is not None or inside[1 - axis] is None:
            return None
        sides.append(inside[1 - axis])
    outer = sides[0] if after else None
    inner = sides[-1] if before else None
    entrywise = parts[at]
    assert isinstance(entrywise, Entrywise)
    factor = entrywise.factor
    if axis == 0:
        return Weighted(factor, outer, None if inner is None else turned(inner))
    return Weighted(turned(factor), None if outer is None else turned(outer), inner)


def blocks_kernel(h: Hessian) -> Kernel | None:
    """All blocks along a first axis, as a function of the variables; None where the map is
    not of this kind."""
    from matcalc.generation.kernels import kernel

    terms = weighted_terms(h)
    if terms is None:
        return None
    d = h.derivation

    def compiled(e: Expr | None) -> Kernel | None:
        if e is None:
            return None
        return kernel(d.in_variables(d.names.tidy(e)), d.arguments, d.network.dims)

    prepared = [
        (
            compiled(t.weights),
            compiled(t.first),
            None if t.second is t.first else compiled(t.second),
        )
        for t in terms
    ]
    same = [t.first is t.second for t in terms]

    def blocks(*values: Any, **named: Any) -> Any:
        total: Any = 0
        for (weights, first, second), symmetric in zip(prepared, same, strict=True):
            w = weights(*values, **named) if weights else None
            p = first(*values, **named) if first else None
            q = p if symmetric else second(*values, **named) if second else None
            total = total + sums_of_products(np.asarray(w), p, q)
        return total

    return blocks


def sums_of_products(w: Any, p: Any, q: Any) -> Any:
    """Σⱼ w[i, j] p[j, a] q[j, b] for all i, a, b; None stands for an identity."""
    if p is None and q is None:
        blocks = np.zeros((*w.shape, w.shape[1]), w.dtype)
        np.einsum("iaa->ia", blocks)[...] = w
        return blocks
    if p is None or q is None:
        # Σⱼ w[i, j] δ(j, a) q[j, b] = w[i, a] q[a, b]
        return w[:, :, None] * q if p is None else np.swapaxes(w[:, :, None] * p, 1, 2)
    k = p.shape[1]
    if p is not q:
        pairs = (p[:, :, None] * q[:, None, :]).reshape(len(p), -1)
        return (w @ pairs).reshape(-1, k, q.shape[1])
    a, b = np.triu_indices(k)
    place = np.empty((k, k), int)
    place[a, b] = place[b, a] = np.arange(len(a))
    return np.take(w @ (p[:, a] * p[:, b]), place.ravel(), axis=1).reshape(-1, k, k)


def on_the_diagonal(h: Hessian, blocks: Any, count: int) -> Any:
    """The whole matrix; ``blocks`` is one block for each line, or one for all ``count``."""
    k = blocks.shape[-1]
    row = h.derivation.network.convention is Convention.ROW
    if (h.zeros.axis == 0) == row:
        matrix, places = np.zeros((count, k, count, k), blocks.dtype), "iaib->iab"
    else:
        matrix, places = np.zeros((k, count, k, count), blocks.dtype), "aibi->iab"
    np.einsum(places, matrix)[...] = blocks
    return matrix.reshape(count * k, count * k)
