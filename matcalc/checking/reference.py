"""Derivatives by the complex step: f'(x) = Im f(x + ih)/h, exact to rounding.

Only the definitions of the operations are used, never a rule. At kinks the step stays on
the side where the point is, by the choice that the language fixes.

Source: Squire and Trapp, Using Complex Variables to Estimate Derivatives of Real
Functions, SIAM Review 40 (1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from matcalc.expressions.build import change, gradient
from matcalc.expressions.expr import Expr, depending
from matcalc.expressions.operation import Environment
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate

STEP = 1e-40
PART = 1e-16
"Of the smallest entry that moves: a longer step would show how the derivative itself changes."
FROM_ZERO = 1e-130
"For what has no size of its own."
SHORTEST = 1e-220
Point = dict[Expr, Any]


class Near(dict[Expr, Any]):
    """What is different at a point close by; everything else is as it was."""

    def __init__(self, point: Point, different: Point) -> None:
        super().__init__(different)
        self.point = point

    def __missing__(self, symbol: Expr) -> Any:
        return self.point[symbol]


class Reference:
    """A network at one point: forward values, gradients and changes by the complex step.

    ``upstream`` has, for each output, the array that stands for grad(output).
    """

    def __init__(
        self,
        network: Network,
        values: Mapping[str, Any],
        env: Environment,
        upstream: Mapping[str, Any],
    ) -> None:
        self.network, self.env = network, env
        self.values, self.upstream = dict(values), dict(upstream)
        self.point: Point = {network.symbol(n): v for n, v in values.items()}
        self._run(self.point, 0)
        self._whole: tuple[Expr | None, Point] = None, {}
        self._part: tuple[Expr | None, Point] = None, {}
        self.position = {e.name: k for k, e in enumerate(network.equations)}

    def again(self) -> Reference:
        """The same point, worked out once more."""
        return Reference(self.network, self.values, self.env, self.upstream)

    def _run(self, point: Point, start: int) -> None:
        """Evaluate the equations from ``start`` on, adding nodes to the point."""
        for equation in self.network.equations[start:]:
            point[equation.symbol] = evaluate(equation.expr, point, self.env)

    def finite(self) -> bool:
        return all(np.all(np.isfinite(v)) for v in self.point.values())

    def objective(self, point: Point) -> Any:
        """The loss, or ⟨upstream, outputs⟩."""
        if self.network.loss:
            return point[self.network.symbol(self.network.loss)]
        return sum(
            np.sum(g * point[self.network.symbol(name)]) for name, g in self.upstream.items()
        )

    def gradient(self, name: str) -> Any:
        """The gradient by a variable or node, entry by entry."""
        symbol = self.network.symbol(name)
        here = np.asarray(self.point[symbol], dtype=float)
        found = np.zeros(here.shape)
        for index in np.ndindex(here.shape):
            direction = np.zeros(here.shape)
            direction[index] = 1.0
            found[index] = self.along(name, direction)
        return found if found.shape else found[()]

    def along(self, name: str, direction: Any) -> float:
        """The derivative of the objective when one variable or node moves."""
        symbol = self.network.symbol(name)
        step = length(self.point[symbol], direction)
        point = Near(self.point, {symbol: self.point[symbol] + 1j * step * direction})
        for equation in self.network.equations[self.position.get(name, -1) + 1 :]:
            if not point.keys().isdisjoint(equation.expr.free):
                point[equation.symbol] = evaluate(equation.expr, point, self.env)
        if len(point) == 1 and name not in self.network.ends:
            return 0.0  # nothing uses it
        return float(np.imag(self.objective(point)) / step)

    def along_all(self, directions: Mapping[str, Any]) -> float:
        """The derivative of the objective when several variables move at once."""
        point, step = self._moved(directions)
        return float(np.imag(self.objective(point)) / step)

    def _moved(self, directions: Mapping[str, Any]) -> tuple[Point, float]:
        """Every value when the variables move along directions, a complex step away; and how
        long the step is."""
        point = dict(self.point)
        moving = {self.network.symbol(name): along for name, along in directions.items()}
        step = min((length(point[symbol], along) for symbol, along in moving.items()), default=STEP)
        for symbol, direction in moving.items():
            point[symbol] = point[symbol] + 1j * step * direction
        self._run(point, 0)
        return point, step

    def changes(self, directions: Mapping[str, Any]) -> Point:
        """d(Z) of every variable and node when the variables move along directions."""
        point, step = self._moved(directions)
        return {change(s): np.imag(v) / step for s, v in point.items()}

    def gradients(self, names: list[str]) -> Point:
        return {gradient(self.network.symbol(n)): self.gradient(n) for n in names}

    def jacobian(self, expr: Expr, operand: Expr, order: Literal["C", "F"]) -> Any:
        """∂v(expr)/∂v(operand) of one equation; arrays stacked in NumPy's ``order``."""
        here = np.asarray(self.point[operand], dtype=float)
        columns = []
        for index in indices(here.shape, order):
            direction = np.zeros(here.shape)
            direction[index] = 1.0
            columns.append(np.reshape(self.moved(expr, operand, direction), -1, order))
        return np.stack(columns, axis=1)

    def moved(self, expr: Expr, operand: Expr, direction: Any) -> Any:
        """The change of one expression when one of its operands moves along a direction."""
        step = length(self.point[operand], direction)
        point = Near(self.point, {operand: self.point[operand] + 1j * step * direction})
        memo = dict(self._still(expr, operand))
        moved = np.imag(evaluate(expr, point, self.env, memo)) / step
        return np.broadcast_to(moved, _size(expr, self.env))

    def _still(self, expr: Expr, operand: Expr) -> Point:
        """The values within an expression that stay as they are when an operand moves."""
        if self._whole[0] is not expr:
            values: Point = {}
            evaluate(expr, self.point, self.env, values)
            self._whole, self._part = (expr, values), (None, {})
        if self._part[0] is not operand:
            still = dict(self._whole[1])
            for node in depending(expr, {operand}):
                still.pop(node, None)
            self._part = operand, still
        return self._part[1]


def length(here: Any, direction: Any) -> float:
    """How long a complex step along a direction may be: far below every entry that moves.

    An error of the second order, (step/entry)², is then below rounding. Where an entry is 0,
    the square of the step itself is below all that is told apart.
    """
    if not np.ndim(here) and not np.ndim(direction):
        size = abs(float(here)) if direction else 1.0
        longest = STEP if size else FROM_ZERO
        return min(longest, max(PART * min(size or 1.0, 1.0), SHORTEST))
    size = np.abs(here)
    size = size[np.broadcast_to(np.not_equal(direction, 0), np.shape(size))]
    longest = FROM_ZERO if np.any(size == 0) else STEP
    return min(longest, max(PART * float(np.min(size[size > 0], initial=1.0)), SHORTEST))


def _size(expr: Expr, env: Environment) -> tuple[int, ...]:
    return tuple(env.size(d) for d in expr.shape)


def indices(shape: tuple[int, ...], order: str) -> list[tuple[int, ...]]:
    """The places of an array, in NumPy's ``order``."""
    if order == "F":
        return [index[::-1] for index in np.ndindex(shape[::-1])]
    return list(np.ndindex(shape))
