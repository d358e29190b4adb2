"""The entrywise functions of the language as SymPy functions of one scalar.

Where SymPy has a function, that one is used. The others are small named classes: they
stay as they are until ``sympy.expand_func`` writes them out, and SymPy differentiates
them through their formula.
"""

# ruff: noqa: N801, the classes print by their names

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy
from sympy.codegen.cfunctions import expm1, log1p

HALF = sympy.Rational(1, 2)


class Defined(sympy.Function):
    """A function given by a formula."""

    nargs = 1

    @staticmethod
    def formula(x: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def eval(cls, x: Any) -> Any:
        return cls.formula(x) if x.is_Number else None

    def fdiff(self, argindex: int = 1) -> Any:
        x = sympy.Dummy("x", real=True)
        return self.formula(x).diff(x).subs(x, self.args[0])

    def _eval_expand_func(self, **hints: Any) -> Any:
        return sympy.expand_func(self.formula(self.args[0]))

    def _eval_evalf(self, prec: int) -> Any:
        return self.formula(self.args[0])._eval_evalf(prec)

    def _eval_is_extended_real(self) -> Any:
        return self.args[0].is_extended_real


class step(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return sympy.Piecewise((1, x > 0), (0, True))


class sigmoid(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return 1 / (1 + sympy.exp(-x))


class log_sigmoid(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return -sympy.log(1 + sympy.exp(-x))


class softplus(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return sympy.log(1 + sympy.exp(x))


class relu(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return sympy.Piecewise((x, x > 0), (0, True))


class leaky_relu(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return sympy.Piecewise((x, x > 0), (x / 100, True))


class elu(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return sympy.Piecewise((x, x > 0), (sympy.exp(x) - 1, True))


class silu(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return x / (1 + sympy.exp(-x))


class gelu(Defined):
    @staticmethod
    def formula(x: Any) -> Any:
        return x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2


class lgamma(Defined):
    """SymPy's loggamma is complex below zero."""

    @staticmethod
    def formula(x: Any) -> Any:
        return sympy.log(sympy.Abs(sympy.gamma(x)))


FUNCTION: dict[str, Any] = {
    "exp": sympy.exp,
    "expm1": expm1,
    "log": sympy.log,
    "log1p": log1p,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "step": step,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "sigmoid": sigmoid,
    "log_sigmoid": log_sigmoid,
    "softplus": softplus,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "silu": silu,
    "gelu": gelu,
    "erf": sympy.erf,
    "lgamma": lgamma,
    "digamma": sympy.digamma,
}
EXPONENT = {"sqrt": HALF, "square": sympy.Integer(2)}
"Functions that SymPy has as a power."

NAME = {function: name for name, function in FUNCTION.items()}


def name_of(function: Any) -> str:
    """What the language, or else SymPy, calls the function."""
    return NAME.get(function) or str(function.__name__)


@lru_cache(maxsize=1024)
def as_lambda(function: Any) -> Any:
    """x ↦ f(x). One for each function: SymPy takes two with other variables as different."""
    x = sympy.Dummy("x", real=True)
    return sympy.Lambda(x, function(x, evaluate=False))


@lru_cache(maxsize=1024)
def derivative_lambda(function: Any, order: int) -> Any:
    """x ↦ f'(x), f''(x), ..., not worked out."""
    x = sympy.Dummy("x", real=True)
    if function is sympy.digamma:
        return sympy.Lambda(x, sympy.polygamma(order, x))
    return sympy.Lambda(x, sympy.Derivative(function(x, evaluate=False), (x, order)))
