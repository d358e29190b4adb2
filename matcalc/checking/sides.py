"""On which sides of its kinks a network has been: a form is right only if it is on both.

A derivative of relu, of maximum, of where has a formula for each side. At a point that is
on one side the formula of the other says nothing, so points are looked for until both have
been met, as far as chance finds them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.expressions.expr import Expr, walk
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate

SIGNED = ("relu", "leaky_relu", "elu", "abs", "sign", "step", "where", "norm1")
"Kinks where the first operand changes its sign."
CHOOSING = ("maximum", "minimum")
"Kinks where two operands are equal."
TRIES = 60
"Points that are drawn, beside those of the check, to meet a side."

Side = tuple[Expr, bool]


def kinks(network: Network) -> list[Expr]:
    """Every part of the network that has a kink where its operands vary."""
    found = {
        node: None
        for equation in network.equations
        for node in walk(equation.expr)
        if node.op.name in SIGNED + CHOOSING and node.args[0].free | node.args[-1].free
    }
    return list(found)


def sides(reference: Reference, nodes: list[Expr]) -> Iterator[Side]:
    """The sides that the entries of each kink are on."""
    memo = dict(reference.point)
    for node in nodes:
        first = np.real(evaluate(node.args[0], reference.point, reference.env, memo))
        if node.op.name in CHOOSING:
            second = np.real(evaluate(node.args[1], reference.point, reference.env, memo))
            above = np.asarray(first >= second)
        else:
            above = np.asarray(first > 0)
        if above.any():
            yield node, True
        if not above.all():
            yield node, False
