"""The entrywise rules against SymPy: each definition differentiated by SymPy alone."""

import numpy as np
import pytest
import sympy
from sympy import Piecewise, exp, log, sqrt

from matcalc.expressions.build import symbol
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.operations.entrywise import FUNCTIONS, derivative_of
from matcalc.sympy_bridge.entrywise import EXPONENT, FUNCTION

x = sympy.Symbol("x", real=True)
Z = symbol("z", ())
EVERYWHERE = (-2.3, -0.7, -0.1, 0.2, 0.9, 3.1)
POSITIVE = (0.1, 0.4, 1.3, 2.6, 7.0)
UNIT = (-0.9, -0.3, 0.05, 0.8)

DEFINITIONS = {
    "exp": (exp(x), EVERYWHERE),
    "expm1": (exp(x) - 1, EVERYWHERE),
    "log": (log(x), POSITIVE),
    "log1p": (log(1 + x), (-0.9, -0.3, *POSITIVE)),
    "sqrt": (sqrt(x), POSITIVE),
    "square": (x * x, EVERYWHERE),
    "abs": (Piecewise((x, x > 0), (-x, True)), EVERYWHERE),
    "sign": (Piecewise((1, x > 0), (-1, True)), EVERYWHERE),
    "step": (Piecewise((1, x > 0), (0, True)), EVERYWHERE),
    "sin": (sympy.sin(x), EVERYWHERE),
    "cos": (sympy.cos(x), EVERYWHERE),
    "tan": (sympy.sin(x) / sympy.cos(x), EVERYWHERE),
    "sinh": ((exp(x) - exp(-x)) / 2, EVERYWHERE),
    "cosh": ((exp(x) + exp(-x)) / 2, EVERYWHERE),
    "tanh": ((exp(x) - exp(-x)) / (exp(x) + exp(-x)), EVERYWHERE),
    "arcsin": (sympy.asin(x), UNIT),
    "arccos": (sympy.acos(x), UNIT),
    "arctan": (sympy.atan(x), EVERYWHERE),
    "sigmoid": (1 / (1 + exp(-x)), EVERYWHERE),
    "log_sigmoid": (log(1 / (1 + exp(-x))), EVERYWHERE),
    "softplus": (log(1 + exp(x)), EVERYWHERE),
    "relu": (Piecewise((x, x > 0), (0, True)), EVERYWHERE),
    "leaky_relu": (Piecewise((x, x > 0), (x / 100, True)), EVERYWHERE),
    "elu": (Piecewise((x, x > 0), (exp(x) - 1, True)), EVERYWHERE),
    "silu": (x / (1 + exp(-x)), EVERYWHERE),
    "gelu": (x * (1 + sympy.erf(x / sqrt(2))) / 2, EVERYWHERE),
    "erf": (sympy.erf(x), EVERYWHERE),
    "lgamma": (sympy.loggamma(x), POSITIVE),
    "digamma": (sympy.digamma(x), (-2.3, -0.7, *POSITIVE)),
}


def numbers(formula, points):
    return [float(formula.subs(x, sympy.Float(point, 40)).evalf(30)) for point in points]


def test_every_function_has_a_definition():
    assert set(DEFINITIONS) == {name for name, _, _ in FUNCTIONS}


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_rule_is_the_derivative_of_the_definition(name, order):
    definition, points = DEFINITIONS[name]
    rule = derivative_of(name, Z, order)
    values = [float(evaluate(rule, {Z: np.float64(p)}, Environment({}))) for p in points]
    expected = numbers(sympy.diff(definition, x, order), points)
    np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_bridge_has_the_same_function(name):
    definition, points = DEFINITIONS[name]
    ours = x ** EXPONENT[name] if name in EXPONENT else FUNCTION[name](x)
    for order in (0, 1):
        np.testing.assert_allclose(
            numbers(sympy.diff(ours, x, order).doit(), points),
            numbers(sympy.diff(definition, x, order), points),
            rtol=1e-11,
            atol=1e-12,
        )
