"""What a proof is made of, and words for the expressions in it."""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.depth.contributions import family_of
from matcalc.depth.index import NOWHERE, Index
from matcalc.expressions.expr import Expr


@dataclass(frozen=True)
class Claim:
    """``lhs = rhs`` for every ``letter`` from ``first`` to ``last`` (or as it stands).

    Both sides are in the shapes of the variables, except where ``arranged``: then they
    stand as the layout has them already.
    """

    about: str
    rule: str
    lhs: Expr
    rhs: Expr
    text: str
    letter: str = ""
    first: Index = NOWHERE
    last: Index = NOWHERE
    arranged: bool = False
    least: int = 1
    "The depth from which it is meant."


@dataclass(frozen=True)
class Proof:
    """Some claims under a title."""

    title: str
    text: str
    claims: tuple[Claim, ...]


def uses_gradient(e: Expr, family: str) -> bool:
    """Whether the gradient of a member of the family occurs."""
    return any(s.op.name == "grad" and family_of(s.name) == family for s in e.free)
