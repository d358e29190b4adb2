"""What each equation of a template contributes to the gradients of what it uses.

The body of a loop is differentiated once, its neighbours being symbols of their own. A use
of x[n-1] in step n is, seen from x[k], the use in step k+1; a use of a symbol without a
loop's variable adds up over all steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcalc.depth.index import Index, moved, split_member
from matcalc.depth.template import Loop, Template, Total
from matcalc.differentiate.backward import pullback
from matcalc.expressions.build import broadcast, gradient
from matcalc.expressions.expr import Expr, lift
from matcalc.network.network import Equation, Kind

Over = tuple[str, Index, Index]
"The steps that a contribution is added up over: variable, first, last."


@dataclass(frozen=True)
class Source:
    """A contribution to members ``first`` to ``last`` of a family (or to a plain name).

    ``raw`` and ``equation`` are in the ``variable`` of the loop, and member k of the family
    is reached in its step k - shift. ``via`` is the total through which it comes, if any.
    """

    family: str
    first: Index | None
    last: Index | None
    variable: str
    shift: int
    loop: Loop | None
    equation: Equation
    symbol: Expr
    raw: Expr
    over: Over | None = None
    via: str = ""

    def at(self, index: Index | None) -> tuple[Equation, Expr, Expr]:
        """Equation, symbol and contribution as the member at an index meets them."""
        if not self.variable or index is None:
            return self.equation, self.symbol, self.raw
        renaming = moved(self.variable, index - self.shift)
        equation = Equation(renaming.name(self.equation.name), renaming.expr(self.equation.expr))
        return equation, renaming.expr(self.symbol), renaming.expr(self.raw)


def family_of(name: str) -> str:
    found = split_member(name)
    return found[0] if found else name


def sources(template: Template, wanted: set[str]) -> list[Source]:
    """All contributions, in the order of the equations. ``wanted`` are families and names."""
    used, needed = reaching(template), depending(template, wanted)
    found: list[Source] = []
    for loop, equation in template.equations():
        if family_of(equation.name) not in used:
            continue
        upstream = lift(1) if equation.name == template.loss else gradient(equation.symbol)
        active = [s for s in equation.expr.free if families_in(template, s) & needed]
        for symbol, raw in pullback(equation.expr, upstream, active).items():
            found += _placed(template, loop, equation, symbol, raw)
    return found


def families_in(template: Template, s: Expr) -> set[str]:
    """The family of a symbol; of a total, that of its members."""
    total = template.total.get(s.name)
    return {family_of(total.of.name if total else s.name)}


def _placed(
    template: Template, loop: Loop | None, equation: Equation, symbol: Expr, raw: Expr
) -> Iterator[Source]:
    steps = (loop.variable, loop.first, loop.last) if loop else None
    total = template.total.get(symbol.name)
    if total is not None:
        yield _through_total(total, loop, equation, raw, steps)
        return
    found = split_member(symbol.name)
    if found is None:
        yield Source(symbol.name, None, None, "", 0, loop, equation, symbol, raw, steps)
        return
    family, index = found
    if loop is not None and index.base == loop.variable:
        first, last = loop.first + index.shift, loop.last + index.shift
        yield Source(family, first, last, loop.variable, index.shift, loop, equation, symbol, raw)
    else:
        yield Source(family, index, index, "", 0, loop, equation, symbol, raw, steps)


def _through_total(
    total: Total, loop: Loop | None, equation: Equation, raw: Expr, steps: Over | None
) -> Source:
    """Every member of the family gets what the total gets."""
    family = family_of(total.of.name)
    raw = broadcast(raw, total.of.shape) if total.of.shape else raw
    variable = total.letter
    return Source(
        family,
        total.first,
        total.last,
        variable,
        0,
        loop,
        equation,
        total.of,
        raw,
        steps,
        total.name,
    )


def reaching(template: Template) -> set[str]:
    """Families and names that the ends depend on."""
    found = {family_of(name) for name in (template.loss, *template.outputs) if name}
    while True:
        before = len(found)
        for _, equation in template.equations():
            if family_of(equation.name) in found:
                for s in equation.expr.free:
                    found |= families_in(template, s)
        if len(found) == before:
            return found


def depending(template: Template, wanted: set[str]) -> set[str]:
    """The wanted ones, and what depends on them."""
    found = set(wanted)
    while True:
        before = len(found)
        for _, equation in template.equations():
            if any(families_in(template, s) & found for s in equation.expr.free):
                found.add(family_of(equation.name))
        if len(found) == before:
            return found


def differentiable(template: Template) -> set[str]:
    return {d.family for d in template.declared if d.variable.kind is not Kind.CONSTANT}
