"""The gradients of a network of any depth, with the depth as a symbol.

For each family the members are grouped into ranges whose gradients have one form: the ones
that the next step uses, the last one that the loss uses, and so on. Each such rule is the
sum of contributions that was found by differentiating the loop's body once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from matcalc.depth.contributions import (
    Over,
    Source,
    differentiable,
    families_in,
    family_of,
    sources,
)
from matcalc.depth.generic import generic_derivation
from matcalc.depth.index import Index, moved, split_member
from matcalc.depth.pieces import Piece, pieces_of
from matcalc.depth.template import Item, Loop, Template
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.steps import pullback_step
from matcalc.differentiate.backward import Contribution
from matcalc.errors import CannotDerive
from matcalc.expressions.build import add, gradient, zeros
from matcalc.expressions.expr import Expr, Shape, lift
from matcalc.layout.layout import Layout
from matcalc.network.network import Equation
from matcalc.operations.notation import NOTATION
from matcalc.reasoning.step import Step, Use
from matcalc.simplify.parts import is_zero

DEEPEST = 4
"The pattern holds from some depth on; up to this one is tried."


@dataclass(frozen=True)
class Part:
    """What one equation contributes; ``over`` are the steps that it is added up over."""

    equation: Equation
    expr: Expr
    raw: Expr
    step: Step
    over: Over | None = None
    argued: bool = True
    "Whether the step is a claim about one use; else its text alone says what happens."

    @property
    def summed(self) -> Expr:
        return sum_over_steps(self.expr, self.over)


@dataclass(frozen=True)
class Rule:
    """grad(symbol) = expr, for the ``letter`` from ``first`` to ``last`` where it has one."""

    symbol: Expr
    letter: str
    first: Index
    last: Index
    parts: tuple[Part, ...]
    expr: Expr
    given: bool = False
    "It is an output, whose gradient arrives from outside."

    @property
    def family(self) -> str:
        return family_of(self.symbol.name)

    @property
    def shape(self) -> Shape:
        return self.symbol.shape

    def form(self, layout: Layout) -> Expr:
        """The gradient as the layout arranges it."""
        if not any(part.over for part in self.parts):
            return layout.gradient(self.expr, self.shape)
        arranged = (sum_over_steps(layout.gradient(p.expr, self.shape), p.over) for p in self.parts)
        return add(*arranged)

    def at(self, index: Index) -> Expr:
        """The right side for one member."""
        return moved(self.letter, index).expr(self.expr) if self.letter else self.expr


def sum_over_steps(e: Expr, over: Over | None) -> Expr:
    return NOTATION["sum_range"](e, data=over) if over else e


@dataclass(frozen=True, eq=False)
class Pattern:
    """All rules of a template. Raises CannotDerive when it is made where ranges of members
    cannot be told apart for every depth."""

    template: Template
    layout: Layout
    wanted: frozenset[str]
    style: str = "differential"

    @cached_property
    def found(self) -> list[Source]:
        return sources(self.template, set(self.wanted))

    @cached_property
    def _pieces(self) -> tuple[int, dict[str, list[Piece]]]:
        by_family: dict[str, list[Source]] = {}
        for source in self.found:
            by_family.setdefault(source.family, []).append(source)
        for name in self.wanted:
            by_family.setdefault(name, [])
        reason = ""
        for least in range(1, DEEPEST):
            try:
                return least, {
                    name: list(pieces_of(self.template, name, found, least))
                    for name, found in by_family.items()
                }
            except CannotDerive as error:
                reason = str(error)
        raise CannotDerive(f"{reason}; the unrolled network can be derived: give --unroll")

    @property
    def least(self) -> int:
        """The smallest depth for which the pattern is meant."""
        return self._pieces[0]

    @cached_property
    def d(self) -> Derivation:
        """A derivation of a network in which all neighbours are symbols of their own: the
        place where steps are argued and nodes go by their names."""
        met = [
            (source.loop, source.at(piece.index)[0])
            for pieces in self._pieces[1].values()
            for piece in pieces
            for source in piece.sources
        ]
        return generic_derivation(self.template, self.layout, self.style, met)

    @cached_property
    def rules(self) -> dict[str, list[Rule]]:
        """By family or name: the rules of its members, the last ones first."""
        return {
            name: [self._rule(piece) for piece in pieces]
            for name, pieces in self._pieces[1].items()
        }

    def _rule(self, piece: Piece) -> Rule:
        target = piece.symbol
        alone = len(piece.sources) == 1 and not piece.sources[0].over
        parts = [self._part(piece, source, target, alone) for source in piece.sources]
        parts = [part for part in parts if not is_zero(part.expr)]
        given = target.name in self.template.outputs
        if target.name == self.template.loss:
            return Rule(target, piece.letter, piece.first, piece.last, (), lift(1))
        summed = [part.summed for part in parts]
        total = add(*summed) if summed else zeros(target.shape)
        if given:
            total = gradient(target)
        elif len(parts) > 1 and not any(part.over for part in parts):
            total = self.d.names.tidy(total)
        return Rule(target, piece.letter, piece.first, piece.last, tuple(parts), total, given)

    def _part(self, piece: Piece, source: Source, target: Expr, alone: bool) -> Part:
        equation, s, raw = source.at(piece.index)
        expr = self.d.names.tidy(raw)
        contribution = Contribution(equation.name, raw, expr)
        rule, text = _instead(self.template, source, piece)
        if text:
            step = Step("pullback", target.name, rule, expr, expr, text)
        else:
            step = pullback_step(Use(self.d, equation, s, contribution, alone))
        return Part(equation, expr, raw, step, source.over, not text)

    # -- in order -----------------------------------------------------------------

    def ordered(self) -> Iterator[Rule]:
        """Nodes from the last to the first, where a loop starts with its ends; then the
        variables as declared."""
        seen: set[str] = set()
        for item in reversed(self.template.items):
            equations = item.equations if isinstance(item, Loop) else (item,)
            names = [family_of(e.name) for e in reversed(equations)]
            rules = [r for n in names if n not in seen for r in self.rules.get(n, [])]
            seen |= set(names)
            nodes = [r for r in rules if self.is_node(r) and not self.is_end(item, r)]
            yield from (r for r in nodes if not r.letter)
            yield from (r for r in nodes if r.letter)
        for d in self.template.declared:
            if d.family in self.wanted:
                yield from (
                    r
                    for r in self.rules.get(d.family, [])
                    if not self.is_node(r) and _fits(d.variable.name, d.letter, r)
                )

    def is_end(self, item: Item, rule: Rule) -> bool:
        """Whether it is the loss. As the last member of a loop, that is where the steps start."""
        return rule.symbol.name == self.template.loss and not isinstance(item, Loop)

    def is_node(self, rule: Rule) -> bool:
        """Whether an equation defines what the rule is about, rather than a declaration."""
        found = split_member(rule.symbol.name)
        if found is None:
            return any(e.name == rule.symbol.name for _, e in self.template.equations())
        return not any(
            d.variable.name == rule.symbol.name or (d.letter and d.family == found[0])
            for d in self.template.declared
        )


def _fits(name: str, letter: str, rule: Rule) -> bool:
    return bool(letter) or rule.symbol.name == name


def _instead(template: Template, source: Source, piece: Piece) -> tuple[str, str]:
    """A rule and a sentence where no argument about one use can be given; else nothing."""
    name = piece.symbol.name
    if source.via:
        return "sum over members", (
            f"`{name}` is one term of `{source.via}`: it receives what the sum receives."
        )
    own = [s for s in source.equation.expr.free if source.family in families_in(template, s)]
    through_total = any(s.name in template.total for s in own)
    if len(own) < 2 or (piece.letter and not through_total):
        return "", ""
    # At some step two members of the equation are the same one, or one is part of a total.
    return "one of several uses", (
        f"`{name}` may stand in this equation in {len(own)} places: this is what the place of"
        f" `{source.symbol.name}` contributes."
    )


def derive_pattern(
    template: Template,
    layout: Layout,
    wanted: Iterable[str] = (),
    style: str = "differential",
) -> Pattern:
    """The pattern for these families and names, by default all inputs and parameters.

    Raises CannotDerive with the reason where it does not hold for every depth.
    """
    pattern = Pattern(
        template, layout, frozenset(wanted) or frozenset(differentiable(template)), style
    )
    if style == "explicit":
        raise CannotDerive(
            "the style explicit writes entries out, which a symbolic depth has none of;"
            " give --unroll for the network at the file's depth"
        )
    _ = pattern.rules
    return pattern
