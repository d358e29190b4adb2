"""Forms that are right on paper, written so that they keep their digits.

    exp(A - logsumexp(A))  =  exp(A) / sum(exp(A)),  with the largest entry taken off first

At entries around 1000 the logarithm is rounded to the digits of 1000, which exp would turn
into an error a thousand times as large as need be.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.expressions.build import add, broadcast
from matcalc.expressions.expr import Expr, operation, postorder, rebuild
from matcalc.simplify import simplify


def sound(e: Expr, defined: Mapping[Expr, Expr]) -> Expr:
    """The expression with such forms replaced; ``defined``: what symbols stand for."""
    found = {}
    for node in postorder(e):
        if node.op.name == "exp" and node.shape:
            inside = _normalised(node.args[0], defined)
            if inside is not None:
                found[node] = operation("softmax")(inside, data=(None,))
    return rebuild(e, found) if found else e


def _normalised(e: Expr, defined: Mapping[Expr, Expr]) -> Expr | None:
    """A, where the expression is A - logsumexp(A) over all entries."""
    for node in postorder(e):
        value = defined.get(node, node)
        if value.op.name == "logsumexp" and value.data == (None,) and value.args[0].shape:
            a = value.args[0]
            if simplify(add(e, broadcast(node, e.shape))) == simplify(a):
                return a
    return None
