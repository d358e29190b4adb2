"""Steps made of rational operations, checked exactly: random integers modulo a prime.

Two different rational functions of degree at most d agree at a random point of a field of
p elements with probability at most d/p, so a false claim passes k points with at most
(d/p)^k. What is not rational (a node σ(Z), the gradient that arrives through it) is put in
as an unknown of its own: a claim that holds even so holds for certain; one that rests on
what that node is, is left to the check on floating-point numbers.

Source: Schwartz, Fast Probabilistic Algorithms for Verification of Polynomial Identities,
Journal of the ACM 27 (1980).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc.checking.degrees import Bound, degree, difference
from matcalc.checking.quantities import Order, Quantities
from matcalc.checking.rational import equal, evaluate_exactly, scalar
from matcalc.checking.reference import indices
from matcalc.checking.report import Row
from matcalc.checking.residues import (
    PRIME,
    NotRational,
    Residue,
    Unlucky,
    random_residues,
    residues,
    slope_part,
    solve,
    value_part,
    with_slope,
)
from matcalc.checking.steps import claims_of
from matcalc.derivation.derivation import Derivation
from matcalc.expressions.build import change, gradient
from matcalc.expressions.expr import Expr
from matcalc.expressions.operation import Environment
from matcalc.network.network import Kind, Variable
from matcalc.numeric.sampling import distinct_sizes
from matcalc.reasoning.step import Step

POINTS = 2
SIZES = (2, 3, 4)
BUDGET = 40_000
"Entries of variables and nodes beyond which exact arithmetic would take too long."


def exact_rows(d: Derivation, seed: int = 0) -> tuple[list[Row], float]:
    """A row for each claim of a step that holds, or fails, exactly; and a bound on the
    probability with which a false one would have passed."""
    sizes = distinct_sizes(d.network, pool=SIZES)
    if _cost(d, sizes) > BUDGET:
        return [], 0.0
    claims = [(step, sides) for top in d.steps for step, sides in claims_of(top)]
    verdicts: dict[int, bool] = {}
    degrees: dict[int, int] = {}
    for point in range(POINTS):
        fields = {
            concrete: _field(d, dict(d.network.dims) if concrete else sizes, seed + point)
            for concrete in {step.concrete for step, _ in claims}
        }
        for k, (step, sides) in enumerate(claims):
            field = fields[step.concrete]
            holds = field.holds(*sides) if field else None
            if field and holds is not None:
                verdicts[k] = verdicts.get(k, True) and holds
                degrees[k] = field.degree_of_claim(*sides)
    rows = [_row(claims[k][0], holds) for k, holds in verdicts.items()]
    return rows, (max(degrees.values(), default=0) / PRIME) ** POINTS


def _row(step: Step, holds: bool) -> Row:
    name = f"{step.kind} at {step.about}: {step.rule}"
    detail = "" if holds else f"is false modulo {PRIME}"
    return Row("exact", name, 0.0 if holds else math.inf, detail)


def _cost(d: Derivation, sizes: Mapping[str, int]) -> int:
    shapes = [v.shape for v in d.network.variables] + [e.shape for e in d.network.equations]
    return sum(math.prod(n.size(sizes) for n in shape) ** 2 for shape in shapes)


def _field(d: Derivation, sizes: dict[str, int], seed: int) -> Field | None:
    for attempt in range(5):
        try:
            return Field(d, sizes, np.random.default_rng([seed, attempt]))
        except Unlucky:
            continue
    return None


class Field:
    """A network at one random point. ``free`` are the symbols that stand for something that
    is not rational: their values are unknowns, independent of all others."""

    def __init__(self, d: Derivation, sizes: dict[str, int], rng: np.random.Generator) -> None:
        self.d, self.rng, self.env = d, rng, Environment(sizes)
        self.known: dict[Expr, Any] = {}
        self.free: set[Expr] = set()
        self.degrees: dict[Expr, Bound] = {}
        self.quantities = Quantities(d, self, self.known)
        self._forward()

    def _forward(self) -> None:
        """Values of variables and nodes, and their changes along a random direction."""
        dual: dict[Expr, Any] = {}
        for v in self.d.network.variables:
            value, certain = self._sampled(v)
            moving = v.kind is not Kind.CONSTANT
            slope = self._random(v.symbol) if moving else value * 0
            dual[v.symbol] = with_slope(value, slope)
            self._enter(v.symbol, dual[v.symbol], certain, (1, 0) if certain else (2, 2))
        for equation in self.d.network.equations:
            symbol, certain = equation.symbol, True
            try:
                dual[symbol] = evaluate_exactly(equation.expr, dual, self.env)
                bound = degree(equation.expr, self.degree_of, self.env.sizes)
            except NotRational:
                dual[symbol] = with_slope(self._random(symbol), self._random(symbol))
                certain, bound = False, (1, 0)
            self._enter(symbol, dual[symbol], certain, bound)

    def _enter(self, symbol: Expr, dual: Any, certain: bool, bound: Bound) -> None:
        self.known[symbol], self.known[change(symbol)] = value_part(dual), slope_part(dual)
        self.degrees[symbol] = bound
        # d(p/q) = (dp q - p dq)/q², in numbers and directions that are random.
        self.degrees[change(symbol)] = (bound[0] + bound[1] + 1, 2 * bound[1])
        if not certain:
            self.free |= {symbol, change(symbol)}

    def _random(self, symbol: Expr) -> Any:
        return random_residues(tuple(n.size(self.env.sizes) for n in symbol.shape), self.rng)

    def _sampled(self, v: Variable) -> tuple[Any, bool]:
        """A value with what is assumed of it, and whether that could be kept."""
        shape = tuple(n.size(self.env.sizes) for n in v.symbol.shape)
        if v.value is not None:
            return residues(np.reshape(np.asarray(v.value, dtype=float), shape)), True
        value, certain = random_residues(shape, self.rng), True
        for assumption in v.assume:
            change_to = SAMPLED.get(assumption)
            if change_to is None or not v.symbol.shape:
                certain = certain and assumption in ("positive", "positive_definite")
            else:
                value = change_to(value)
        if len(v.assume) > 1:
            certain = False
        return value, certain

    # -- values of what a claim names -------------------------------------------------

    def holds(self, lhs: Expr, rhs: Expr) -> bool | None:
        """Whether both sides are equal; None where that cannot be said exactly."""
        symbols = lhs.free | rhs.free
        try:
            for symbol in symbols:
                self._find(symbol)
            left = evaluate_exactly(lhs, self.known, self.env)
            right = evaluate_exactly(rhs, self.known, self.env)
        except (NotRational, Unlucky):
            return None
        if equal(left, right):
            return True
        return None if symbols & self.free else False

    def _find(self, symbol: Expr) -> None:
        if symbol in self.known:
            return
        if symbol.op.name == "grad":
            self._gradient(symbol)
            return
        if symbol.op.name not in ("tensor", "jacobian", "through"):
            raise NotRational
        of, wrt = symbol.data[2:]
        via = wrt if symbol.op.name == "through" else of
        if symbol.op.name == "through" and via.name != self.d.network.loss:
            self._find(gradient(via))
        self.quantities.add(frozenset([symbol]))
        self.degrees[symbol] = self._grown(via)

    def _gradient(self, symbol: Expr) -> None:
        """What arrives through each use, by the exact derivative of one equation each."""
        found, network = self.d.gradients[symbol.name], self.d.network
        self.degrees[symbol] = (1, 0)
        node = network.symbol(symbol.name)
        if symbol.name in network.outputs:
            self.known[symbol] = self._random(symbol)
            return
        total = self._random(symbol) * 0
        try:
            for use in found.contributions:
                via = network.symbol(use.via)
                arriving: Any = Residue(1)
                if use.via != network.loss:
                    self._find(gradient(via))
                    arriving = self.known[gradient(via)]
                    if gradient(via) in self.free:  # a random stand-in, and so is this
                        self.free.add(symbol)
                local = self.jacobian(network.equation[use.via].expr, node, "C")
                share = local.T @ np.reshape(np.asarray(arriving, dtype=object), -1)
                total = total + np.reshape(share, np.shape(total))
                above, below = self._grown(via)
                old = self.degrees[symbol]
                self.degrees[symbol] = (above + old[0] + below + old[1], below + old[1])
        except NotRational:
            total = self._random(symbol)
            self.free.add(symbol)
            self.degrees[symbol] = (1, 0)
        self.known[symbol] = scalar(total)

    def _grown(self, via: Expr) -> Bound:
        """A bound for derivatives of a node, times what arrives at it."""
        above, below = self.degrees.get(via, (1, 0))
        more = self.degrees.get(gradient(via), (0, 0))
        entries = math.prod(n.size(self.env.sizes) for n in via.shape)
        return above + below + more[0] + entries * (2 * below + more[1]), entries * (
            2 * below + more[1]
        )

    def jacobian(self, expr: Expr, operand: Expr, order: Order) -> Any:
        """∂v(expr)/∂v(operand): entry by entry, the operand moving by ε."""
        here = np.asarray(self.known[operand], dtype=object)
        columns = []
        for index in indices(here.shape, order):
            direction = np.zeros(here.shape, dtype=int).astype(object)
            direction[index] = 1
            moved = with_slope(here, direction)
            point = {**self.known, operand: moved}
            slope = np.asarray(slope_part(evaluate_exactly(expr, point, self.env)), dtype=object)
            columns.append(np.reshape(slope, -1, order))
        return np.stack(columns, axis=1)

    # -- degrees ------------------------------------------------------------------------

    def degree_of(self, symbol: Expr) -> Bound:
        return self.degrees[symbol]

    def degree_of_claim(self, lhs: Expr, rhs: Expr) -> int:
        sizes = self.env.sizes
        return difference(*(degree(side, self.degree_of, sizes) for side in (lhs, rhs)))


def _orthogonal(a: Any) -> Any:
    """(I - S)(I + S)⁻¹ with S antisymmetric, after Cayley."""
    skew, one = a - a.T, residues(np.eye(len(a)))
    return solve((one + skew).T, (one - skew).T).T


SAMPLED = {
    "symmetric": lambda a: a + a.T,
    "positive_definite": lambda a: a + a.T,
    "antisymmetric": lambda a: a - a.T,
    "diagonal": lambda a: a * np.eye(len(a), dtype=int),
    "row_stochastic": lambda a: a / a.sum(axis=1, keepdims=True),
    "column_stochastic": lambda a: a / a.sum(axis=0, keepdims=True),
    "orthogonal": _orthogonal,
}
"How a random matrix comes to satisfy an assumption, in rational operations."
