"""What a derivation is made of: claims that hold on numbers, each with its rule and reason,
and the use of a variable that a group of them is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.differentiate.backward import Contribution
from matcalc.expressions.build import change, gradient
from matcalc.expressions.expr import Expr, Shape, lift
from matcalc.linear_maps.composition import Chain
from matcalc.linear_maps.local import map_of
from matcalc.linear_maps.maps import LinearMap
from matcalc.network.network import Convention, Equation
from matcalc.operations.notation import rows_stacked, through
from matcalc.reasoning.readable import tidied

if TYPE_CHECKING:
    from matcalc.derivation.derivation import Derivation


@dataclass(frozen=True)
class Step:
    """``lhs = rhs``, by ``rule``, because ``text``. ``about`` names the node or variable.

    Both sides are in the language of network files. ``shown``, where it is given, is the
    same step as a reader sees it, in notation that the language lacks (entries with open
    indices, ∂Z/∂X): a claim of its own. In ``text``, formulas stand between backticks.

    ``kind`` is "differential", "pullback", "accumulate" or, within a pullback, the name of
    a way of reasoning. ``shapes``: the shape of each factor on the right is worth showing.
    ``concrete``: it is about the network's own sizes, entries being written out. An assumption
    that a step rests on is named in ``text``.
    """

    kind: str
    about: str
    rule: str
    lhs: Expr
    rhs: Expr
    text: str
    substeps: tuple[Step, ...] = ()
    shown: tuple[Expr, Expr] | None = None
    shapes: bool = False
    concrete: bool = False

    @property
    def shape(self) -> Shape:
        return self.rhs.shape

    def flat(self) -> Iterator[Step]:
        """The steps within it, then the step itself."""
        for inner in self.substeps:
            yield from inner.flat()
        yield self

    @property
    def claim(self) -> tuple[Expr, Expr]:
        """The two sides as they are shown."""
        return self.shown or (self.lhs, self.rhs)


class CannotArgue(Exception):
    """A way of reasoning does not reach this use; the message says why."""


@dataclass(frozen=True)
class Use:
    """The use of ``symbol`` in ``equation``, and what it contributes to its gradient.

    ``alone``: there is no other use, so that the contribution is the gradient itself.
    """

    d: Derivation
    equation: Equation
    symbol: Expr
    contribution: Contribution
    alone: bool

    @property
    def is_loss(self) -> bool:
        return self.equation.name == self.d.network.loss

    @property
    def upstream(self) -> Expr:
        """grad(Z), or 1 at the loss."""
        return lift(1) if self.is_loss else gradient(self.equation.symbol)

    @property
    def change(self) -> Expr:
        return change(self.symbol)

    @property
    def result(self) -> Expr:
        """The contribution, in the shape of the symbol."""
        return self.contribution.expr

    @property
    def target(self) -> Expr:
        """The contribution by its name: ∂L/∂X, or ∂L/∂X|_Z among several."""
        return gradient(self.symbol) if self.alone else through(self.symbol, self.equation.symbol)

    @property
    def target_in_language(self) -> Expr:
        return self.target if self.alone else self.result

    @cached_property
    def map(self) -> LinearMap:
        """The change of Z, as a map of the change of X, in its shortest words."""
        return tidied(map_of(self.equation.expr, self.symbol), self.d.names.tidy)

    @property
    def parts(self) -> tuple[LinearMap, ...]:
        """The links of the map, the one applied last first."""
        total = self.map
        return total.parts if isinstance(total, Chain) else (total,)

    def step(
        self,
        kind: str,
        rule: str,
        sides: tuple[Expr, Expr],
        text: str,
        *,
        shown: tuple[Expr, Expr] | None = None,
        shapes: bool = False,
        concrete: bool = False,
    ) -> Step:
        lhs, rhs = sides
        seen = shown or sides
        if self.d.network.convention is Convention.ROW:
            seen = (rows_stacked(seen[0]), rows_stacked(seen[1]))
        shown = seen if seen != sides else None
        return Step(
            kind, self.symbol.name, rule, lhs, rhs, text,
            shown=shown, shapes=shapes, concrete=concrete,
        )  # fmt: skip
