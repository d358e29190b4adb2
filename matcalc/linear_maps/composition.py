"""Sums and chains of linear maps, and the order in which a chain's links are kept."""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.expressions.build import add, mul
from matcalc.expressions.expr import Expr, Shape
from matcalc.linear_maps.maps import (
    Entrywise,
    Factors,
    Identity,
    Inner,
    LinearMap,
    Scaling,
    Stacking,
    Transposition,
)


@dataclass(frozen=True)
class Sum(LinearMap):
    terms: tuple[LinearMap, ...]

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.terms[0].source

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.terms[0].target

    def apply(self, dx: Expr) -> Expr:
        return add(*(term.apply(dx) for term in self.terms))

    def adjoint(self) -> LinearMap:
        return Sum(tuple(term.adjoint() for term in self.terms))

    def matrix(self, stacking: Stacking) -> Expr:
        return add(*(term.matrix(stacking) for term in self.terms))


@dataclass(frozen=True)
class Chain(LinearMap):
    """Maps one after the other; the first in ``parts`` is applied last."""

    parts: tuple[LinearMap, ...]

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.parts[-1].source

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.parts[0].target

    def apply(self, dx: Expr) -> Expr:
        for part in reversed(self.parts):
            dx = part.apply(dx)
        return dx

    def adjoint(self) -> LinearMap:
        return Chain(tuple(part.adjoint() for part in reversed(self.parts)))

    def matrix(self, stacking: Stacking) -> Expr:
        return mul(*(part.matrix(stacking) for part in self.parts))


def compose(outer: LinearMap, inner: LinearMap) -> LinearMap:
    """``outer`` after ``inner``, with what is trivial left out.

    A transposition moves outwards, past factors and entrywise products, where two of
    them cancel and where that of a vector is the identity under v: this is what turns
    the map of Z = Wᵀ A into I ⊗ Aᵀ, without a commutation matrix.
    """
    parts: list[LinearMap] = []  # innermost first
    for part in reversed([*_parts(outer), *_parts(inner)]):
        _append(parts, part)
    if not parts:
        return Identity(inner.source)
    return parts[0] if len(parts) == 1 else Chain(tuple(reversed(parts)))


def _parts(m: LinearMap) -> tuple[LinearMap, ...]:
    return m.parts if isinstance(m, Chain) else (m,)


def _append(parts: list[LinearMap], part: LinearMap) -> None:
    if isinstance(part, Identity):
        return
    if parts and isinstance(parts[-1], Transposition):
        if isinstance(part, Transposition):
            parts.pop()
            return
        moved = _past_transposition(part)
        if moved is not None:
            parts.pop()
            _append(parts, moved)
            if moved.target:
                parts.append(Transposition(moved.target))
            return
    parts.append(part)


def _past_transposition(outer: LinearMap) -> LinearMap | None:
    """The map M with outer(dXᵀ) = M(dX)ᵀ, where it has the same kind."""
    if isinstance(outer, Factors):
        left = None if outer.right is None else outer.right.T
        right = None if outer.left is None else outer.left.T
        return Factors(left, right, outer.source[::-1], outer.target[::-1])
    if isinstance(outer, Entrywise):
        return Entrywise(outer.factor.T)
    if isinstance(outer, Scaling):
        return Scaling(outer.factor, outer.source[::-1])
    if isinstance(outer, Inner):
        return Inner(outer.factor.T)
    return None
