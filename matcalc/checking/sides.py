"""On which sides of its kinks a network has been: a form is right only if it is on both.

A derivative of relu, of maximum, of where has a formula for each side. At a point that is
on one side the formula of the other says nothing, so points are looked for until both have
been met, as far as chance finds them; what was not met is said. Kinks inside a function of
the file are those of its formula, with what it is applied to in the place of x.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, prod

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.checking.report import Unmet
from matcalc.expressions.expr import Expr, walk
from matcalc.network.network import Convention, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.operations.entrywise import X, derivative_body, spread
from matcalc.printing.language import write
from matcalc.printing.parts import bare
from matcalc.simplify.presentation import present

SIGNED = ("relu", "leaky_relu", "elu", "abs", "sign", "step", "where", "norm1")
"Kinks where the first operand changes its sign."
CHOOSING = ("maximum", "minimum")
"Kinks where two operands are equal; then the first counts."
WORDS = {"maximum": (">=", "<"), "minimum": ("<=", ">")}
TRIES = 60
"Points that are drawn, beside those of the check, to meet a side."
ENOUGH = 12
"Choices that are met of each kink, such as the sign of a number: a form that chooses otherwise"
" half of the time has a chance of 2^-12 to be right at all of them."
FURTHER = 4
"Times as many points as were asked for are tried for that, at most."
MANY = 100
"Nodes beyond which no more points are tried: their rules are met in one another."
LONG = 60
"Operands of more characters are not written out."

Side = tuple[Expr, bool]


@dataclass(frozen=True)
class Kink:
    """An expression that has one, the first node that it is in, and the function of the
    file whose formula has it, if it is inside of one."""

    expr: Expr
    node: str
    function: str = ""

    def unmet(self, side: bool, convention: Convention) -> Unmet:
        """That the check has not been on a side of it, in words."""
        name, choosing = self.expr.op.name, self.expr.op.name in CHOOSING
        first, second = (
            write(bare(present(arg)), convention) for arg in (self.expr.args[0], self.expr.args[-1])
        )
        second, signs = (second, WORDS[name]) if choosing else ("0", (">", "<="))
        if max(len(first), len(second)) > LONG:
            first = "the first operand" if len(self.expr.args) > 1 else "the operand"
            second = "the second" if choosing else second
        called = write(present(self.expr), convention)
        called = called if len(called) <= 2 * LONG else f"{called[: 2 * LONG]}..."
        return Unmet(called, self.node, f"{first} {signs[not side]} {second}", self.function)


def kinks(network: Network) -> list[Kink]:
    """Every part of the network that has a kink where its operands vary."""
    found: dict[Expr, Kink] = {}
    seen: set[Expr] = set()
    for equation in network.equations:
        for expr, function in _bends(equation.expr, "", seen):
            found.setdefault(expr, Kink(expr, equation.name, function))
    return list(found.values())


def _bends(e: Expr, function: str, seen: set[Expr]) -> Iterator[tuple[Expr, str]]:
    for node in walk(e):
        if node in seen:
            continue
        seen.add(node)
        name, args = node.op.name, node.args
        varies = args and (args[0].free if name in SIGNED else args[0].free | args[-1].free)
        if name in SIGNED + CHOOSING and varies:
            yield node, function
        elif name == "function" and node.data[0].body is not None:
            called, order = node.data
            body = spread(derivative_body(called, order), {X: args[0]}, node.shape)
            yield from _bends(body, called.name, seen)


def points_for(
    network: Network, bends: Iterable[Kink], sizes: Mapping[str, int], points: int
) -> int:
    """How many points there have to be for enough choices: more than ``points`` where few
    entries choose."""
    if len(network.equations) > MANY:
        return points
    shapes = [kink.expr.args[0].shape for kink in bends]
    shapes += [e.shape for q in network.equations for e in walk(q.expr) if e.op.name == "max"]
    fewest = min((prod(d.size(sizes) for d in shape) for shape in shapes), default=ENOUGH)
    return max(points, min(ceil(ENOUGH / fewest), FURTHER * points))


def sides(reference: Reference, bends: Iterable[Kink]) -> Iterator[Side]:
    """The sides that the entries of each kink are on; True is that of the first operand,
    or above 0."""
    memo = dict(reference.point)
    for expr in (kink.expr for kink in bends):
        value = np.real(evaluate(expr.args[0], reference.point, reference.env, memo))
        if expr.op.name in CHOOSING:
            other = np.real(evaluate(expr.args[1], reference.point, reference.env, memo))
            first = np.asarray(value >= other if expr.op.name == "maximum" else value <= other)
        else:
            first = np.asarray(value > 0)
        if first.any():
            yield expr, True
        if not first.all():
            yield expr, False


def unmet(bends: Iterable[Kink], seen: set[Side], convention: Convention) -> tuple[Unmet, ...]:
    """The sides that are not among those seen."""
    return tuple(
        kink.unmet(side, convention)
        for kink in bends
        for side in (True, False)
        if (kink.expr, side) not in seen
    )
