"""Local Jacobians against the complex step of one equation; large ones along directions."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from matcalc.checking.quantities import Order, Quantities
from matcalc.checking.reference import Reference
from matcalc.checking.report import Row, compare
from matcalc.checking.room import Room
from matcalc.checking.values import Values
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Jacobian
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention

MOST = 40_000
"Jacobians with more entries are checked along random directions."
DIRECTIONS = 3


def jacobian_rows(
    d: Derivation,
    reference: Reference,
    quantities: Quantities,
    rng: np.random.Generator,
    room: Room,
) -> Iterator[Row]:
    order: Order = "C" if d.network.convention is Convention.ROW else "F"
    known = quantities.known
    for jacobian in d.jacobians:
        equation = d.network.equation[jacobian.of]
        operand = next(s for s in equation.expr.free if s.name == jacobian.wrt)
        entries = np.size(known[operand]) * np.size(known[equation.symbol])
        name = f"{jacobian.of} by {jacobian.wrt}"
        values = Values(known, reference.env, room)
        beyond = values.beyond("Jacobian", name, jacobian.form)
        if beyond is not None:
            yield beyond
        elif entries > MOST and operand.shape and equation.symbol.shape:
            yield _along(d, jacobian, operand, reference, values, rng, order)
        else:
            expected = reference.jacobian(equation.expr, operand, order)
            expected = quantities.arranged(equation.symbol, operand, expected)
            yield values.form("Jacobian", name, jacobian.form, expected)


def _along(
    d: Derivation,
    jacobian: Jacobian,
    operand: Expr,
    reference: Reference,
    values: Values,
    rng: np.random.Generator,
    order: Order,
) -> Row:
    """A large Jacobian times random directions, which no wrong one gets right."""
    expr = d.network.equation[jacobian.of].expr
    matrix = values.of(jacobian.form)
    matrix = matrix if d.layout.jacobian == "numerator" else matrix.T
    directions = [rng.normal(size=np.shape(values.known[operand])) for _ in range(DIRECTIONS)]
    moved = [reference.moved(expr, operand, direction) for direction in directions]
    expected = np.stack([np.reshape(m, -1, order) for m in moved])
    found = np.stack([matrix @ np.reshape(v, -1, order) for v in directions])
    scale = functools.partial(values.magnitude, jacobian.form)
    return compare("Jacobian", f"{jacobian.of} by {jacobian.wrt}", found, expected, scale)


def few_entries(d: Derivation, j: Jacobian, known: dict[Expr, Any]) -> bool:
    """Whether it is small enough to be held against numbers entry by entry."""
    of, wrt = (int(np.size(known[d.network.symbol(name)])) for name in (j.of, j.wrt))
    return of * wrt <= MOST
