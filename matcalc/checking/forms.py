"""Partials and closed forms against the complex step through the whole network.

Networks too large for every entry are checked along random directions instead, each
equation's pullback by itself and all variables together, which is linear in the number of
equations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.checking.report import FLOOR, Row, compare
from matcalc.checking.room import Room, entries
from matcalc.checking.values import Values
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Partial
from matcalc.expressions import work as counted
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import STEPS, evaluate

BUDGET = 60_000
"Equation evaluations that a full entry-by-entry reference may take at one point."
WORK = 400_000
"What these may cost: one for each operation, and one for every THOUSAND of its entries."
THOUSAND = 1000
POINTS = 20
"Points, repetitions among them, among which the work that is left is divided."
ONE_MORE = 50
"Operations that a claim takes beside those of its network."
HUNDRED = 100
"Values that are passed on to a point close by for the cost of one operation."


def affordable(d: Derivation, reference: Reference) -> bool:
    equations = d.network.equations
    evaluations, work = 0, 0.0
    later = [0.0]  # what all equations from the last one to this one cost
    for equation in reversed(equations):
        later.append(later[-1] + _cost(equation.expr, reference.env))
    for name in d.gradients:
        moves = int(np.size(reference.point[d.network.symbol(name)]))
        after = len(equations) - reference.position.get(name, -1) - 1
        evaluations += moves * after
        work += moves * (later[after] + len(reference.point) / HUNDRED)
    left = counted.left_to_compute() / (POINTS * STEPS)
    return evaluations <= BUDGET and work <= min(WORK, left)


def _cost(e: Expr, env: Environment) -> float:
    return sum(1 + entries(node, env.sizes) / THOUSAND for node in walk(e))


def entry_by_entry(
    d: Derivation, reference: Reference, known: dict[Expr, Any], room: Room
) -> Iterator[Row]:
    values = Values(known, reference.env, room)
    for name, partial in d.partials.items():
        if name in d.network.outputs:
            continue
        expected = np.asarray(known[gradient(d.network.symbol(name))])
        if d.layout.transposes_gradient(d.network.declared_shape(name)):
            expected = expected.T
        yield values.form("partial", name, partial.form, expected)
        if partial.free_entries is not None:
            yield from _free_entries(partial, reference, known)
        if d.closed_form(name) is not None:
            yield values.form("closed form", name, partial.closed, expected)


def _free_entries(partial: Partial, reference: Reference, known: dict[Expr, Any]) -> Iterator[Row]:
    """Each free entry moved by itself, with the entry that it is tied to."""
    free = partial.free_entries
    assert free is not None
    found = np.asarray(evaluate(free.form, known, reference.env))
    n = np.shape(reference.point[reference.network.symbol(partial.wrt)])[0]
    sign = {"symmetric": 1.0, "antisymmetric": -1.0}.get(free.kind)
    moved, expected = [], []
    for i in range(n):
        for j in range(i + 1):
            direction = np.zeros((n, n))
            direction[i, j] = 1.0
            if i != j:
                direction[j, i] = sign or 0.0
            if (i != j and sign is None) or (i == j and sign == -1.0):
                continue
            moved.append(found[i, 0] if sign is None else found[i, j])
            expected.append(reference.along(partial.wrt, direction))
    if moved:
        yield compare("free entries", partial.wrt, np.array(moved), np.array(expected))


def local_gradients(d: Derivation, reference: Reference, known: dict[Expr, Any]) -> dict[Expr, Any]:
    """grad(...) by the derivation's own equations, for the directional check to judge."""
    found = dict(known)
    for name, equation in d.gradients.items():
        symbol = gradient(d.network.symbol(name))
        if symbol not in found:
            found[symbol] = evaluate(equation.expr, found, reference.env)
    return {s: v for s, v in found.items() if s.op.name == "grad"}


def along_directions(
    d: Derivation, reference: Reference, directions: dict[str, Any], known: dict[Expr, Any]
) -> Iterator[Row]:
    """All variables together along one direction, and as many alone as the budget allows.

    That every equation's own pullback is right is checked by the steps.
    """
    cost = sum(_cost(equation.expr, reference.env) for equation in d.network.equations)
    most = min(WORK, counted.left_to_compute() / (POINTS * STEPS))
    alone = min(BUDGET // len(d.network.equations), int(most // (cost + ONE_MORE)))
    total, size = 0.0, 0.0
    moving = [name for name in d.partials if name in directions]
    for k, name in enumerate(moving):
        found = evaluate(d.partials[name].form, known, reference.env)
        if d.layout.transposes_gradient(d.network.declared_shape(name)):
            found = np.transpose(found)
        parts = found * directions[name]
        total, size = total + np.sum(parts), size + float(np.sum(np.abs(parts)))
        if k < alone:
            expected = reference.along(name, directions[name])
            own = float(np.sum(np.abs(parts)))
            yield compare("partial", name, np.sum(parts), expected, _of(own))
    together = {name: directions[name] for name in moving}
    yield compare("partial", "all", total, reference.along_all(together), _of(size))


def _of(terms: float) -> Callable[[], float]:
    """The scale of a sum of terms of this size: all of their digits have to be right."""
    return lambda: terms / FLOOR
