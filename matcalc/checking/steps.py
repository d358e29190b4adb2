"""Every claim of every step, side against side: in the language and as it is shown.

Steps that write entries out hold at the network's own sizes, all others at the sizes of the
check, which differ from each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from matcalc.checking import room
from matcalc.checking.quantities import Quantities
from matcalc.checking.report import Row, compare
from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.reasoning.step import Step

Sides = tuple[Expr, Expr]
Largest = dict[Expr | None, float]
"The largest value met in each expression; for None, among all that is given."
RISE = 1e6


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
    most: int = room.ENTRIES,
) -> Iterator[Row]:
    """The claims that are about the sizes of ``env``, or those that are about any. A side
    that takes more than ``most`` numbers is passed over."""
    met: Counter[str] = Counter()
    for step, sides in (claim for top in steps for claim in claims_of(top)):
        name = f"{step.kind} at {step.about}: {step.rule}"
        met[name] += 1
        if step.concrete is concrete:
            own = f"{name} ({met[name]})" if met[name] > 1 else name
            yield _claim(own, sides, quantities, env, most)


def _claim(name: str, sides: Sides, quantities: Quantities, env: Environment, most: int) -> Row:
    if max(room.needed(side, env.sizes) for side in sides) > most:
        return Row("step", name, 0.0, f"takes more than {most} numbers", passed_over=True)
    quantities.add(sides[0].free | sides[1].free)
    known = quantities.known
    if missing(sides[0], known) or missing(sides[1], known):
        return Row("step", name, 0.0, "has a symbol without a value", passed_over=True)
    memo: dict[Expr, Any] = {}
    lhs, rhs = (evaluate(side, known, env, memo) for side in sides)
    if np.ndim(lhs) > 2 or np.ndim(rhs) > 2:  # one side may not depend on an open index
        lhs, rhs = np.broadcast_arrays(lhs, rhs)
    return compare("step", name, lhs, rhs, magnitude(memo, *sides))


def magnitude(memo: dict[Expr, Any], *forms: Expr, largest: Largest | None = None) -> float:
    """The largest value met in computing the forms, whose rounding they carry; ``largest``,
    where given, keeps that of every part for the next call.

    What is more than RISE times all that it was computed from, such as the inverse of a matrix
    that has none, is no measure: any difference would pass for rounding beside it.
    """
    largest = {} if largest is None else largest
    given = largest.get(None, 1.0)
    for form in forms:
        for node in walk(form, largest):
            value = np.abs(memo[node])
            own = float(np.max(value, initial=0.0) if np.ndim(value) else value)
            largest[node] = max([own, *(largest[arg] for arg in node.args)])
            given = max(given, own) if node.op.is_symbol else given
    largest[None] = given
    return min(max(largest[form] for form in forms), RISE * given)


def missing(e: Expr, known: Iterable[Expr]) -> bool:
    return any(s not in known for s in e.free)
