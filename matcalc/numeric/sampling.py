"""Random values for a network's variables, which satisfy what is assumed of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc.expressions.expr import Expr, postorder
from matcalc.network.network import Convention, Network, Variable
from matcalc.numeric.joint import joint

STYLES = ("normal", "positive", "unit", "small")
"Ranges tried in this order until every function is inside its domain."
DISTINCT = (2, 3, 5, 7, 4, 6)
INVERTING = ("inv", "solve", "det", "logdet")


def distinct_sizes(
    network: Network, backwards: bool = False, pool: tuple[int, ...] = DISTINCT
) -> dict[str, int]:
    """Small sizes, different for neighbouring dimensions, so that no transpose hides.

    They are those of the ``pool`` in turn.

    Dimensions of variables with a given value keep the file's size, and so do all where a
    block's bounds need it. ``backwards`` gives the last dimension the first size of the pool.
    """
    fixed = {
        name
        for variable in network.variables
        if variable.value is not None
        for dimension in variable.shape
        for name in dimension.names
    }
    if _has_constant_sizes(network):
        fixed = set(network.dims)
    sizes, turn = {}, 0
    dims = list(network.dims.items())
    for name, size in reversed(dims) if backwards else dims:
        if name in fixed:
            sizes[name] = size
        else:
            sizes[name] = pool[turn % len(pool)]
            turn += 1
    return sizes if _all_positive(network, sizes) else dict(network.dims)


def small_sizes(network: Network, pool: tuple[int, ...]) -> dict[str, int]:
    """Sizes from the pool for what is written out entry by entry.

    Where something is inverted they keep the file's order as far as they can: XᵀX has an
    inverse only if X has at least as many rows as columns.
    """
    found = [distinct_sizes(network, backwards, pool) for backwards in (False, True)]
    if any(inverts(node) for e in network.equations for node in postorder(e.expr)):
        return max(found, key=lambda sizes: _in_order(network, sizes))
    return found[0]


def _in_order(network: Network, sizes: Mapping[str, int]) -> int:
    """In how many variables the longer side is still no shorter than the other."""
    pairs = [v.shape for v in network.variables if v.shape]
    before = [(a.size(network.dims), b.size(network.dims)) for a, b in pairs]
    after = [(a.size(sizes), b.size(sizes)) for a, b in pairs]
    return sum((m - n) * (k - j) >= 0 for (m, n), (k, j) in zip(before, after, strict=True))


def inverts(e: Expr) -> bool:
    """Whether the operation, or its derivative, has the inverse of its first operand."""
    negative = e.op.name == "matpow" and e.data[0] < 0
    return bool(e.args and e.args[0].shape) and (e.op.name in INVERTING or negative)


def _all_positive(network: Network, sizes: Mapping[str, int]) -> bool:
    """Whether a shape such as [N - 3] still has entries at these sizes."""
    shapes = {variable.shape for variable in network.variables}
    for equation in network.equations:
        shapes |= {node.shape for node in postorder(equation.expr)}
    return all(dimension.size(sizes) > 0 for shape in shapes for dimension in shape)


def _has_constant_sizes(network: Network) -> bool:
    """Whether some shape or block is tied to the file's sizes by a number."""
    return any(
        node.op.name == "block"
        for equation in network.equations
        for node in postorder(equation.expr)
    )


def sample(
    network: Network, sizes: Mapping[str, int], rng: np.random.Generator, style: str = "normal"
) -> dict[str, Any]:
    """A value for each variable: 0-dimensional for a scalar, else two dimensions."""
    return {
        v.name: sample_variable(v, sizes, rng, style, network.convention) for v in network.variables
    }


def sample_variable(
    variable: Variable,
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    style: str,
    convention: Convention,
) -> Any:
    if variable.value is not None:
        value = np.asarray(variable.value, dtype=float)
        return value.reshape(())[()] if variable.symbol.is_scalar else value
    shape = tuple(d.size(sizes) for d in variable.shape)
    value = joint(variable.assume, shape, rng)
    if value is not None:
        return value
    value = draw(shape, rng, style)
    for assumption in APPLIED:
        if assumption in variable.assume:
            value = APPLIED[assumption](value, rng, convention)
    return np.float64(value.reshape(())[()]) if variable.symbol.is_scalar else value


def draw(shape: tuple[int, ...], rng: np.random.Generator, style: str) -> Any:
    """An array whose entries keep away from 0 and from each other."""
    if style == "positive":
        return rng.uniform(0.4, 1.6, shape)
    if style == "unit":
        return rng.uniform(0.15, 0.85, shape)
    value = rng.normal(size=shape)
    value = np.where(np.abs(value) < 0.05, value + 0.1, value)
    return 0.3 * value if style == "small" else value


def _symmetric(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return (a + a.T) / 2


def _antisymmetric(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return (a - a.T) / 2


def _diagonal(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return a * np.eye(len(a))


def _orthogonal(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return np.linalg.qr(a)[0]


def _positive(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return np.abs(a) + 0.1


def _positive_definite(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return a @ a.T / len(a) + 0.5 * np.eye(len(a))


def _row_stochastic(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    a = np.abs(a) + 0.1
    return a / a.sum(axis=1, keepdims=True)


def _column_stochastic(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    return _row_stochastic(a.T, rng, convention).T


def _one_hot(a: Any, rng: np.random.Generator, convention: Convention) -> Any:
    if convention is Convention.COLUMN:
        return _one_hot(a.T, rng, Convention.ROW).T
    hot = np.zeros_like(a)
    hot[np.arange(len(a)), rng.integers(a.shape[1], size=len(a))] = 1.0
    return hot


APPLIED = {
    "positive": _positive,
    "row_stochastic": _row_stochastic,
    "column_stochastic": _column_stochastic,
    "one_hot": _one_hot,
    "symmetric": _symmetric,
    "antisymmetric": _antisymmetric,
    "positive_definite": _positive_definite,
    "diagonal": _diagonal,
    "orthogonal": _orthogonal,
}
