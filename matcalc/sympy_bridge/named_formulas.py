"""Formulas that have a name in the language: 1/(1 + exp(-x)) is sigmoid(x).

SymPy lacks these functions, so its users write them out; under their names their
derivatives are short, as in A∘(1 − A). Equal expressions are the same object, so finding
a formula is comparing.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc.declaration.broadcasting import product
from matcalc.expressions.build import apply, power
from matcalc.expressions.expr import Expr, lift, operation

HALF = Fraction(1, 2)
ZERO, ONE, MINUS_ONE = lift(0), lift(1), lift(-1)


def power_of(base: Expr, exponent: Expr) -> Expr:
    """base**exponent: sqrt(x), 1/sqrt(x), sigmoid(x)."""
    if exponent is lift(HALF):
        return apply("sqrt", base)
    if exponent is lift(-HALF):
        return power(apply("sqrt", base), -1)
    inner = _one_plus_exp(base) if exponent is MINUS_ONE else None
    if inner is not None and inner.op.name == "mul" and inner.args[0] is MINUS_ONE:
        return apply("sigmoid", product(*inner.args[1:]))
    return power(base, exponent)


def log_of(x: Expr) -> Expr:
    """log(x): logdet(A), softplus(x)."""
    if x.op.name == "abs" and x.args[0].op.name == "det":
        return operation("logdet")(*x.args[0].args)
    inner = _one_plus_exp(x)
    return apply("log", x) if inner is None else apply("softplus", inner)


def maximum_of(*args: Expr) -> Expr:
    """The largest, entry by entry: relu(x)."""
    others = [arg for arg in args if arg is not ZERO]
    if len(args) == 2 and len(others) == 1:
        return apply("relu", others[0])
    first, *rest = args
    for other in rest:
        first = operation("maximum")(first, other)
    return first


def case_of(mask: Expr, above: Expr, below: Expr) -> Expr:
    """where(mask, above, below): step, relu, leaky_relu, elu."""
    name = ""
    if above is ONE and below is ZERO:
        name = "step"
    elif above is mask:
        name = {
            ZERO: "relu",
            product(lift(Fraction(1, 100)), mask): "leaky_relu",
            apply("exp", mask) - 1: "elu",
            lift(-1) + apply("exp", mask): "elu",
            apply("expm1", mask): "elu",
        }.get(below, "")
    return apply(name, mask) if name else operation("where")(mask, above, below)


def _one_plus_exp(e: Expr) -> Expr | None:
    """x, where the expression is 1 + exp(x)."""
    if e.op.name != "add" or len(e.args) != 2 or ONE not in e.args:
        return None
    other = e.args[0] if e.args[1] is ONE else e.args[1]
    return other.args[0] if other.op.name == "exp" else None
