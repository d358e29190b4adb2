"""Gradients of variables declared 1×1, written so that they come out as 1×1.

matcalc counts 1×1 as a scalar, but whoever declared a bias [1, 1] expects the sum over
the batch as a product with ones, as for every other bias: 1ᵀ G instead of sum(G).
"""

from __future__ import annotations

from matcalc.expressions.build import dimension, mul, ones, power
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape


def as_declared(form: Expr, shape: Shape) -> Expr:
    """The form with a full sum as 1ᵀ A 1, where the variable was declared 1×1."""
    if shape != (ONE, ONE):
        return form
    factors = list(form.args) if form.op.name == "mul" else [form]
    sums = [k for k, f in enumerate(factors) if f.op.name in ("sum", "mean") and f.args[0].shape]
    if len(sums) != 1 or any(f.shape for f in factors):
        return form
    a = factors[sums[0]].args[0]
    m, n = a.shape
    around = [f for f in (ones(1, m), a, ones(n, 1)) if f.shape]
    if factors[sums[0]].op.name == "mean":
        around.append(power(dimension(m * n), -1))
    return mul(*(f for k, f in enumerate(factors) if k != sums[0]), *around)
