"""Maps that act within lines between two matrices: dX ↦ B K(A dX), K a matrix per line.

In softmax regression a row of Z = X W changes the same row of grad(Z) alone, by
K_n = diag(p_n) − p_n p_nᵀ, and the Hessian by W is the sum over n of x_n x_nᵀ ⊗ K_n. So it
is for every weight that meets its rows with a matrix, in networks of any depth: what lies
between the two matrices treats rows (or columns) one by one. ``groups_of`` reads A, B and a
recipe for K off a map; nothing here knows an operation.

A ``Local`` is a recipe for K: what becomes of the unit vectors of a line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from matcalc.differentiate.structure import expanded, repeated_along
from matcalc.expressions.build import mul, ones
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, turned
from matcalc.linear_maps.composition import Chain, Sum
from matcalc.linear_maps.maps import (
    Collapse,
    Entrywise,
    Factors,
    Identity,
    LinearMap,
    Scaling,
    Spread,
    Transposition,
    ones_around,
)

DIAGONAL = ("identity", "weights", "scale", "sum")


@dataclass(frozen=True, eq=False)
class Local:
    """``kind`` with the value of ``expr``, after ``args``:

    identity    the unit vectors; expr = ones, a row as long as a line
    weights     times a line of weights each; in expr, lines are columns
    scale       times a number
    factor      times a matrix from the left
    collapse    the sum over a line; spread: repeated, expr = ones, a row as long as the result
    sum         of several recipes
    """

    kind: str
    expr: Expr | None = None
    args: tuple[Local, ...] = ()

    @cached_property
    def varies(self) -> bool:
        """Whether lines may have different matrices."""
        own = self.kind == "weights" and self.expr is not None and self.expr.shape[1:] != (ONE,)
        return (own and bool(self.expr and self.expr.shape)) or any(a.varies for a in self.args)

    @cached_property
    def diagonal(self) -> bool:
        """Whether the matrices are diagonal by how they are made."""
        return self.kind in DIAGONAL and all(arg.diagonal for arg in self.args)


@dataclass(frozen=True)
class Group:
    """dX ↦ after · K(before · dX), with lines as rows; None for no factor.

    ``start`` and ``axis`` say which axis of the operand and of the result lines are along.
    """

    start: int
    axis: int
    local: Local
    before: Expr | None = None
    after: Expr | None = None

    @property
    def place(self) -> tuple[object, ...]:
        return (self.start, self.axis, self.before, self.after)


def groups_of(m: LinearMap) -> list[Group] | None:
    """Groups that add up to the map, or None where a part of it is of another kind.

    Also None where all lines have the same matrix: a Kronecker product is better.
    """
    if not m.source or not m.target:
        return None
    found = _either_way(m)
    if found is None:
        found = []
        for chain in expanded(m):
            more = _either_way(chain)
            if more is None:
                return None
            found = _merged([*found, *more])
    return found if any(group.local.varies for group in found) else None


def _either_way(m: LinearMap) -> list[Group] | None:
    for axis in (0, 1):
        line = Local("identity", ones(1, m.source[1 - axis]))
        found = _through(m, [Group(axis, axis, line)])
        if found is not None:
            return found
    return None


def _through(m: LinearMap, groups: list[Group]) -> list[Group] | None:
    """What groups have become after one more map."""
    if isinstance(m, Chain):
        for part in reversed(m.parts):
            more = _through(part, groups)
            if more is None:
                return None
            groups = more
        return groups
    if isinstance(m, Sum):
        terms = [_through(term, groups) for term in m.terms]
        return _merged([g for t in terms if t is not None for g in t]) if all(terms) else None
    moved = [_step(m, group) for group in groups]
    kept = [group for group in moved if group is not None]
    return _merged(kept) if len(kept) == len(moved) else None


def _step(m: LinearMap, g: Group) -> Group | None:
    if not m.source or not m.target:
        return None
    match m:
        case Identity():
            return g
        case Transposition():
            return replace(g, axis=1 - g.axis)
        case Scaling():
            return replace(g, local=Local("scale", m.factor, (g.local,)))
        case Entrywise():
            return _weighted(m.factor, g)
        case Spread():
            return _factors(ones_around(m.source, m.target), g)
        case Collapse():
            adjoint = ones_around(m.target, m.source).adjoint()
            return _factors(adjoint, g) if isinstance(adjoint, Factors) else None
    return _factors(m, g) if isinstance(m, Factors) else None


def _weighted(factor: Expr, g: Group) -> Group | None:
    repeated = repeated_along(factor, g.axis)
    if g.after is not None and not repeated:
        return None  # lines have been mixed already
    small = factor.args[0] if factor.op.name == "broadcast" else factor
    weights = turned(small) if g.axis == 0 and small.shape else small
    return replace(g, local=Local("weights", weights, (g.local,)))


def _factors(m: Factors, g: Group) -> Group:
    """One factor acts within lines, the other mixes them: before K, or after it."""
    across, within = (m.left, m.right) if g.axis == 0 else (m.right, m.left)
    if within is not None:
        g = replace(g, local=_within(within, g.axis, g.local))
    if across is None:
        return g
    across = turned(across) if g.axis == 1 else across
    if g.local.varies or g.after is not None:
        return replace(g, after=across if g.after is None else mul(across, g.after))
    return replace(g, before=across if g.before is None else mul(across, g.before))


def _within(factor: Expr, axis: int, local: Local) -> Local:
    """A line times a factor."""
    if factor.op.name != "ones" or not factor.shape:
        return Local("factor", turned(factor) if axis == 0 else factor, (local,))
    size, length = factor.shape if axis == 0 else factor.shape[::-1]
    if size != ONE:
        local = Local("collapse", None, (local,))
    return local if length == ONE else Local("spread", ones(1, length), (local,))


def _merged(groups: list[Group]) -> list[Group]:
    """Groups with the same factors as one."""
    by_place: dict[tuple[object, ...], list[Group]] = {}
    for group in groups:
        by_place.setdefault(group.place, []).append(group)
    return [
        same[0]
        if len(same) == 1
        else replace(same[0], local=Local("sum", None, tuple(g.local for g in same)))
        for same in by_place.values()
    ]
