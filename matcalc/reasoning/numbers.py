"""Networks of numbers: the derivative along the only way to the loss as one product, and,
where every node on it is a function of the one before alone, in terms of the result: the
slope of the sigmoid is s (1 − s).
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.expressions.build import mul, power
from matcalc.expressions.expr import Expr, lift, operation, rebuild
from matcalc.network.network import Equation
from matcalc.operations.notation import jacobian
from matcalc.reasoning.step import Step, Use
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_number

KIND = "chain style"
DEPTH = 12
"The most derivatives in a product through several nodes."


def through_numbers(uses: list[Use]) -> tuple[Step, ...]:
    """The steps for a number whose only way to the loss, ``uses``, its own first, runs
    through numbers alone; none elsewhere, and none where there is nothing to multiply."""
    numbers = all(not use.equation.shape and not use.symbol.shape for use in uses)
    if not uses or not uses[-1].is_loss or len(uses) > DEPTH or not numbers:
        return ()
    forms = [use.d.jacobian(use.equation.name, use.symbol.name).form for use in reversed(uses)]
    return (*_product(uses, forms), *_in_terms_of_the_result(uses, forms))


def _product(uses: list[Use], forms: list[Expr]) -> Iterator[Step]:
    if len(uses) < 2:
        return
    first, target = uses[0], uses[0].target
    named = [jacobian(use.equation.symbol, use.symbol, ()) for use in reversed(uses)]
    product, kept = mul(*forms), _without_ones(forms)
    way = " → ".join([*(use.symbol.name for use in uses), uses[-1].equation.name])
    yield first.step(
        KIND, "chain rule through the network", (target, product),
        f"All the way back: `{way}`, one derivative for each step."
        " Of numbers, the order does not matter.",
        shown=(target, mul(*named)),
    )  # fmt: skip
    yield first.step(KIND, "the pattern", (target, kept), "Each derivative in its place.")


def _without_ones(forms: list[Expr]) -> Expr:
    kept = [form for form in forms if not is_number(form, 1)]
    return mul(*kept) if kept else lift(1)


def _in_terms_of_the_result(uses: list[Use], forms: list[Expr]) -> Iterator[Step]:
    """Nodes before the result are put in by the equations solved for them."""
    first, result = uses[0], uses[-1].equation.symbol
    solved = [(use.symbol, _solved(use.equation, use.symbol)) for use in uses]
    before, now = _without_ones(forms), simplify(mul(*forms))
    inner = {symbol for symbol, _ in solved}
    if not now.free & inner or any(value is None for _, value in solved):
        return
    target = first.target
    if now is not before:
        yield first.step(KIND, "multiplied out", (target, now), "Signs and powers together.")
    for symbol, value in solved:
        if symbol not in now.free or value is None:
            continue
        after = next(use.equation.name for use in uses if use.symbol is symbol)
        yield first.step(
            KIND, f"solved for {symbol.name}", (symbol, value), f"From the equation of `{after}`."
        )
        put_in = rebuild(now, {symbol: value})
        yield first.step(
            KIND, "substitute", (target, put_in), f"With this in the place of `{symbol.name}`."
        )
        now = simplify(put_in)
        if now is not put_in:
            words = f"In terms of `{result.name}` alone." if now.free == {result} else ""
            yield first.step(KIND, "multiplied out", (target, now), words)


def _solved(equation: Equation, x: Expr) -> Expr | None:
    """x from z = f(x), where x stands in f once and nothing else does; None where f has no
    inverse of one branch, or more than x in it."""
    if equation.expr.free != {x}:
        return None
    e, value = equation.expr, equation.symbol
    while e is not x:
        holders = [k for k, arg in enumerate(e.args) if x in arg.free]
        inverse = INVERSES.get(e.op.name)
        if len(holders) != 1 or inverse is None:
            return None
        (k,) = holders
        found = inverse(e, k, value)
        if found is None:
            return None
        e, value = e.args[k], found
    return simplify(value)


def _others(e: Expr, k: int) -> list[Expr]:
    return [arg for place, arg in enumerate(e.args) if place != k]


def _sum(e: Expr, k: int, value: Expr) -> Expr | None:
    for other in _others(e, k):
        value = value - other
    return value


def _product_undone(e: Expr, k: int, value: Expr) -> Expr | None:
    others = _others(e, k)
    return None if any(is_number(other, 0) for other in others) else mul(
        value, *(power(other, -1) for other in others)
    )  # fmt: skip


def _reciprocal(e: Expr, k: int, value: Expr) -> Expr | None:
    return power(value, -1) if k == 0 and is_number(e.args[1], -1) else None


def _exponential(e: Expr, k: int, value: Expr) -> Expr | None:
    return operation("log")(value)


def _logarithm(e: Expr, k: int, value: Expr) -> Expr | None:
    return operation("exp")(value)


INVERSES = {
    "add": _sum,
    "mul": _product_undone,
    "power": _reciprocal,
    "exp": _exponential,
    "log": _logarithm,
}
