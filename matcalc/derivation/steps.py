"""The steps of a derivation: claims that hold on numbers, each with its rule and reason.

For every equation its differential, for every use of a symbol the factor moved across
the inner product, argued in the derivation's style (matcalc.reasoning), and for every
gradient the sum of what arrives. Printers read steps; the check evaluates both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matcalc.derivation.chain_rule import chain_rule
from matcalc.derivation.reasons import (
    assumption_reason,
    differential_reason,
    pullback_reason,
    rule_name,
)
from matcalc.differentiate.backward import GradientEquation
from matcalc.differentiate.naming import Names
from matcalc.expressions.build import add, change, gradient, hadamard, total, zeros
from matcalc.expressions.expr import Expr, lift, postorder
from matcalc.linear_maps.local import pushforward
from matcalc.network.network import Equation
from matcalc.reasoning.chain import unrolled
from matcalc.reasoning.numbers import through_numbers
from matcalc.reasoning.step import Step, Use
from matcalc.reasoning.styles import argue
from matcalc.simplify.parts import is_zero

if TYPE_CHECKING:
    from matcalc.derivation.derivation import Derivation


def steps_of(d: Derivation) -> tuple[Step, ...]:
    return (*_differentials(d), *_gradients(d))


def moving(d: Derivation) -> set[str]:
    """The names whose change is not zero: inputs, parameters and what depends on them."""
    names = {v.name for v in d.network.differentiable}
    for equation in d.network.equations:
        if any(s.name in names for s in equation.expr.free):
            names.add(equation.name)
    return names


def _differentials(d: Derivation) -> Iterator[Step]:
    names = moving(d)
    for equation in d.network.equations:
        if equation.name not in names:
            continue
        moved = (
            d.names.tidy(pushforward(equation.expr, {s: change(s)}))
            for s in operands(equation.expr)
            if s.name in names
        )
        terms = [term for term in moved if not is_zero(term)]
        rhs = add(*terms) if terms else zeros(equation.shape)
        rule, why = rule_name(equation.expr), differential_reason(equation.expr)
        yield Step("differential", equation.name, rule, change(equation.symbol), rhs, why)


def operands(e: Expr) -> list[Expr]:
    """The symbols of an expression, as they are met from left to right."""
    return [node for node in postorder(e) if node.op.is_symbol]


def _gradients(d: Derivation) -> Iterator[Step]:
    for name, found in d.gradients.items():
        if name in d.network.outputs:
            continue
        symbol = d.network.symbol(name)
        uses = uses_of(d, found)
        substeps = tuple(pullback_step(use) for use in uses)
        if d.style == "chain":
            way = _way(d, name)
            substeps += unrolled(way) + through_numbers(way)
        yield Step(
            "accumulate",
            name,
            _accumulation_rule(found),
            gradient(symbol),
            found.expr,
            _accumulation_reason(found, d.names),
            substeps,
        )


def uses_of(d: Derivation, found: GradientEquation) -> list[Use]:
    """The uses that contribute to a gradient."""
    symbol, alone = d.network.symbol(found.name), len(found.contributions) == 1
    return [Use(d, d.network.equation[c.via], symbol, c, alone) for c in found.contributions]


def _way(d: Derivation, name: str) -> list[Use]:
    """The only way from a symbol to the end of the network; empty where it branches."""
    way: list[Use] = []
    while name in d.gradients and name not in d.network.outputs:
        uses = uses_of(d, d.gradients[name])
        if len(uses) != 1:
            return []
        way.append(uses[0])
        name = uses[0].equation.name
    return way


def pullback_step(use: Use) -> Step:
    """⟨grad(Z), J dX⟩ = ⟨J* grad(Z), dX⟩: both sides, with this use of X alone moving."""
    moved = use.d.names.tidy(pushforward(use.equation.expr, {use.symbol: use.change}))
    return Step(
        "pullback",
        use.symbol.name,
        rule_name(use.equation.expr),
        inner(use.upstream, moved),
        inner(use.result, use.change),
        _reason(use.d, use.equation, use.symbol),
        argue(use.d.style, use),
    )


def _reason(d: Derivation, equation: Equation, symbol: Expr) -> str:
    rule = chain_rule(d.layout, d.of, equation.symbol, symbol)
    return f"{pullback_reason(equation, symbol)} {rule}".strip()


def inner(a: Expr, b: Expr) -> Expr:
    """⟨a, b⟩ as it is shown: a product for scalars, a sum of entries for matrices."""
    if is_zero(a) or is_zero(b):
        return zeros(())
    if not a.shape:
        return b if a is lift(1) else a * b
    return total(hadamard(a, b))


def _accumulation_rule(found: GradientEquation) -> str:
    uses = len(found.contributions)
    if uses == 0:
        return "no dependence"
    return "one use" if uses == 1 else "accumulate"


def _accumulation_reason(found: GradientEquation, names: Names) -> str:
    uses = [c.via for c in found.contributions]
    if not uses:
        return f"The loss does not depend on `{found.name}`."
    extra = assumption_reason(found, names)
    if len(uses) == 1:
        return f"`{found.name}` is used once, in `{uses[0]}`.{extra}"
    times = "twice" if len(uses) == 2 else f"{len(uses)} times"
    places = ", ".join(f"`{use}`" for use in uses[:-1]) + f" and `{uses[-1]}`"
    return (
        f"`{found.name}` is used {times}, in {places}: a change of it reaches the loss"
        f" along each, so the contributions add up.{extra}"
    )
