"""The value of expressions at given arrays: the reference that checks rest on.

Every operation is evaluated by its own definition, on float64 or complex128. Scalars
are 0-dimensional, everything else has two dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from matcalc.expressions import work
from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment
from matcalc.numeric.rounding import is_perturbed, rounded

Values = dict[Expr, Any]
STEPS = 2
"Of symbolic work that one operation on small arrays is worth."
ENTRIES = 600
"So many entries of operands take about as long as a step of symbolic work;"
PRODUCTS = 15_000
"so many multiplications in a product, a tenth of them in a decomposition."
CUBIC = ("inv", "solve", "det", "logdet", "matpow")
SLOW = {"erf": 0.02, "gelu": 0.02, "lgamma": 12.0, "digamma": 12.0}
"Steps for each entry where the entries are computed one by one; ten times as many for a"
" derivative of digamma, which a complex step takes too."


def evaluate(
    root: Expr, values: Mapping[Expr, Any], env: Environment, memo: Values | None = None
) -> Any:
    """The value of ``root``.

    ``values`` maps symbols (and gradients, changes) to arrays of their shape; ``memo``,
    where given, keeps the value of every sub-expression for the next call.
    """
    done: Values = {} if memo is None else memo
    off = is_perturbed()
    if root in done:
        return done[root]
    for node in walk(root, done):
        if node.op.is_symbol:
            args, value = [], values[node]
        else:
            args = [done[arg] for arg in node.args]
            work.compute(_steps(node, args))
            value = node.op.evaluate(args, node, env)
            if getattr(value, "ndim", 0) > 2:  # open indices: it may be larger than operands are
                work.compute(np.size(value) // ENTRIES)
        if off:
            value = rounded(value, node, args, env)
        done[node] = value if node.shape else shaped(value, node)
    return done[root]


def _steps(node: Expr, args: list[Any]) -> int:
    """What an operation costs, in steps of symbolic work, before it is done."""
    name = node.op.name
    entries = sum([getattr(arg, "size", 1) for arg in args])
    if name in SLOW:
        derived = name == "digamma" and np.iscomplexobj(args[0])
        return STEPS + int(entries * SLOW[name] * (10 if derived else 1))
    if entries < ENTRIES:
        return STEPS
    steps = STEPS + entries // ENTRIES
    if name == "mul":
        for a, b in pairwise(np.shape(arg) for arg in args if np.ndim(arg) == 2):
            steps += a[0] * a[1] * b[1] // PRODUCTS
    elif name in CUBIC:
        steps += int(np.size(args[0]) ** 1.5) // (PRODUCTS // 10)
    return steps


def shaped(value: Any, e: Expr) -> Any:
    """A scalar as 0-dimensional, whatever an operation or a caller made of it.

    More than two axes belong to an expression with open indices (operations/notation.py):
    its values at all of them.
    """
    if not e.shape and 0 < np.ndim(value) <= 2:
        return np.reshape(value, ())[()]
    return value
