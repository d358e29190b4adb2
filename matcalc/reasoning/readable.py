"""A map as a reader wants it: its coefficients simplified, and nodes by their names."""

from __future__ import annotations

from collections.abc import Callable

from matcalc.expressions.expr import Expr
from matcalc.linear_maps.composition import Chain, Sum, compose
from matcalc.linear_maps.maps import (
    Entrywise,
    Factors,
    Identity,
    Inner,
    LinearMap,
    Multiple,
    Scaling,
)
from matcalc.linear_maps.placement import KroneckerFactor, Solving

Tidy = Callable[[Expr], Expr]


def tidied(m: LinearMap, tidy: Tidy) -> LinearMap:
    """The same map with ``tidy`` applied to everything that it is made of."""
    if isinstance(m, Chain):
        result: LinearMap = Identity(m.source)
        for part in reversed(m.parts):
            result = compose(tidied(part, tidy), result)
        return result
    if isinstance(m, Sum):
        return Sum(tuple(tidied(term, tidy) for term in m.terms))
    rebuild = REBUILT.get(type(m))
    return m if rebuild is None else rebuild(m, tidy)


def _factors(m: Factors, tidy: Tidy) -> LinearMap:
    left, right = (None if side is None else tidy(side) for side in (m.left, m.right))
    return Factors(left, right, m.source, m.target)


REBUILT: dict[type, Callable[..., LinearMap]] = {
    Factors: _factors,
    Entrywise: lambda m, tidy: Entrywise(tidy(m.factor)),
    Scaling: lambda m, tidy: Scaling(tidy(m.factor), m.source),
    Inner: lambda m, tidy: Inner(tidy(m.factor)),
    Multiple: lambda m, tidy: Multiple(tidy(m.factor)),
    Solving: lambda m, tidy: Solving(tidy(m.coefficients), m.source),
    KroneckerFactor: lambda m, tidy: KroneckerFactor(tidy(m.other), m.side, m.source, m.target),
}
