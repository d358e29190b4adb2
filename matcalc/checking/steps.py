"""Every claim of every step, side against side: in the language and as it is shown.

Steps that write entries out hold at the network's own sizes, all others at the sizes of the
check, which differ from each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from matcalc.checking.quantities import Quantities
from matcalc.checking.report import Row
from matcalc.checking.room import Room
from matcalc.checking.values import Values
from matcalc.expressions.expr import Expr
from matcalc.expressions.operation import Environment
from matcalc.reasoning.step import Step

Sides = tuple[Expr, Expr]


def claims_of(top: Step) -> Iterator[tuple[Step, Sides]]:
    """Every claim of a step and of the steps within it."""
    for inner in top.substeps:
        yield from claims_of(inner)
    yield top, (top.lhs, top.rhs)
    if top.shown:
        yield top, top.shown


def check_steps(
    steps: Iterable[Step],
    quantities: Quantities,
    env: Environment,
    *,
    concrete: bool,
    room: Room | None = None,
) -> Iterator[Row]:
    """The claims that are about the sizes of ``env``, or those that are about any. A claim
    with a side beyond ``room`` is passed over."""
    met: Counter[str] = Counter()
    for step, sides in (claim for top in steps for claim in claims_of(top)):
        name = f"{step.kind} at {step.about}: {step.rule}"
        met[name] += 1
        if step.concrete is concrete:
            own = f"{name} ({met[name]})" if met[name] > 1 else name
            yield _claim(own, sides, quantities, env, room)


def _claim(
    name: str, sides: Sides, quantities: Quantities, env: Environment, room: Room | None
) -> Row:
    values = Values(quantities.known, env, room)
    beyond = values.beyond("step", name, *sides)  # before a quantity of that size is worked out
    if beyond is not None:
        return beyond
    quantities.add(sides[0].free | sides[1].free)
    if missing(sides[0], quantities.known) or missing(sides[1], quantities.known):
        return Row("step", name, 0.0, "has a symbol without a value", passed_over=True)
    return values.sides("step", name, *sides)


def missing(e: Expr, known: Iterable[Expr]) -> bool:
    return any(s not in known for s in e.free)
