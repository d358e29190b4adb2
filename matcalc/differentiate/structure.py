"""What a linear map's matrix looks like: a sum of chains, and which of its blocks are zero.

A map acts on rows alone where row i of the result depends on row i of the operand and on
nothing else. Its matrix under v() is then block-diagonal, with one block for each row, in
the order of the entries that stacks rows; so for columns. A map that acts on both alone
scales every entry, and its matrix is diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from matcalc.expressions.build import add
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape, is_vector
from matcalc.linear_maps.composition import Chain, Sum, compose
from matcalc.linear_maps.maps import (
    Collapse,
    Entrywise,
    Factors,
    Identity,
    LinearMap,
    Scaling,
    Spread,
    Stacking,
    Transposition,
    Zero,
)

MOST = 64
"Chains that a map is multiplied out into; one with more keeps its sums inside."
AXES = ((0, 0), (1, 1))
"(axis of the operand, axis of the result): rows to rows, columns to columns."


@dataclass(frozen=True)
class Structure:
    """``kind`` is "zero", "diagonal", "block-diagonal" or "dense"; ``axis`` says what a block
    belongs to (0: a row, 1: a column), ``equal`` whether all blocks are the same."""

    kind: str
    axis: int | None = None
    equal: bool = False


DENSE = Structure("dense")


def matrix_of(chains: list[LinearMap], stacking: Stacking) -> Expr:
    """The matrix under v() of a sum of chains."""
    return add(*(_from_vector(chain).matrix(stacking) for chain in chains))


def expanded(m: LinearMap) -> list[LinearMap]:
    """Chains that add up to the map; the map itself where they would be too many."""
    chains = _chains(m)
    return [m] if chains is None else chains


def _chains(m: LinearMap) -> list[LinearMap] | None:
    if isinstance(m, Sum):
        found: list[LinearMap] = []
        for term in m.terms:
            more = _chains(term)
            if more is None or len(found) + len(more) > MOST:
                return None
            found += more
        return found
    if isinstance(m, Chain):
        products: list[LinearMap] = [Identity(m.source)]
        for part in reversed(m.parts):
            outer = _chains(part)
            if outer is None or len(outer) * len(products) > MOST:
                return None
            products = [compose(o, inner) for o in outer for inner in products]
        return products
    return [m]


def _from_vector(m: LinearMap) -> LinearMap:
    """(A x B)ᵀ as Bᵀ xᵀ Aᵀ: no commutation is needed, because v(xᵀ) = v(x)."""
    if not isinstance(m, Chain) or not is_vector(m.source):
        return m
    outer, inner = m.parts[0], m.parts[1]
    if isinstance(outer, Transposition) and isinstance(inner, Factors) and len(m.parts) == 2:
        left = None if inner.right is None else inner.right.T
        right = None if inner.left is None else inner.left.T
        turned = Factors(left, right, inner.source[::-1], inner.target[::-1])
        return Chain((turned, Transposition(inner.source)))
    return m


def structure_of(m: LinearMap) -> Structure:
    """The structure of a map from a shape to itself; dense where none is seen."""
    if isinstance(m, Zero):
        return Structure("zero")
    shape = m.source
    if shape != m.target or not shape:
        return DENSE
    alone = independent(m)
    long = [k for k in (0, 1) if shape[k] != ONE]
    kept = [k for k in long if (k, k) in alone]
    if kept == long:
        return Structure("diagonal", equal=all(map(_uniform, expanded(m))))
    if not kept:
        return DENSE
    (axis,) = kept
    return Structure("block-diagonal", axis, all(_same_for_all(c, axis) for c in expanded(m)))


def independent(m: LinearMap) -> set[tuple[int, int]]:
    """The pairs (i, j) for which line k along axis i of the operand reaches nothing but
    line k along axis j of the result."""
    if isinstance(m, Sum):
        return reduce(set.intersection, map(independent, m.terms))
    if isinstance(m, Chain):
        pairs = set(AXES)
        for part in reversed(m.parts):
            step = independent(part)
            pairs = {(i, k) for i, j in pairs for j2, k in step if j == j2}
        return pairs
    if isinstance(m, Identity | Scaling | Entrywise | Zero):
        return set(AXES)
    if isinstance(m, Transposition):
        return {(0, 1), (1, 0)}
    if isinstance(m, Factors):
        sides = (m.left, m.right)
        return {(k, k) for k in (0, 1) if sides[k] is None or _scales(sides[k])}
    if isinstance(m, Spread | Collapse):
        return {(k, k) for k in (0, 1) if _length(m.source, k) == _length(m.target, k)}
    return set()


def _scales(factor: Expr | None) -> bool:
    """Whether a factor multiplies each line by a number of its own."""
    return factor is not None and factor.op.name in ("eye", "diag")


def _length(shape: Shape, axis: int) -> object:
    return shape[axis] if shape else ONE


def _uniform(m: LinearMap) -> bool:
    """Whether the map multiplies every entry by the same number."""
    parts = m.parts if isinstance(m, Chain) else (m,)
    return all(isinstance(part, Identity | Scaling | Transposition) for part in parts)


def _same_for_all(m: LinearMap, axis: int) -> bool:
    """Whether a chain treats every line along the axis alike."""
    parts = m.parts if isinstance(m, Chain) else (m,)
    for part in reversed(parts):
        if isinstance(part, Transposition):
            axis = 1 - axis
        elif isinstance(part, Factors):
            if (part.left, part.right)[axis] is not None:
                return False
        elif isinstance(part, Entrywise):
            if not repeated_along(part.factor, axis):
                return False
        elif not isinstance(part, Identity | Scaling | Spread | Collapse):
            return False
    return True


def repeated_along(factor: Expr, axis: int) -> bool:
    """Whether every line along the axis of a factor is the same, as far as its form tells."""
    if factor.op.name == "ones":
        return True
    if factor.op.name != "broadcast":
        return False
    small = factor.args[0].shape
    return not small or small[axis] == ONE
