"""The entrywise functions on NumPy arrays.

They take complex arrays too, continued analytically from the real line on either side
of a kink, so that the complex step can judge every derivative. They stay finite where
the function does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

SHORT = 1e-12
"Of the distance from a pole: how long a complex step may be."
Array = Any
"A NumPy array or scalar, real or complex."

exp, expm1, log1p = np.exp, np.expm1, np.log1p
sin, cos, tan, sinh, cosh, tanh = np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh
arcsin, arccos, arctan = np.arcsin, np.arccos, np.arctan
log, sqrt, square = np.log, np.sqrt, np.square


def sign(x: Array) -> Array:
    return np.sign(np.real(x))


def step(x: Array) -> Array:
    return (np.real(x) > 0) * 1.0


def abs(x: Array) -> Array:
    return np.abs(x) if np.isrealobj(x) else x * sign(x)


def sigmoid(x: Array) -> Array:
    e = np.exp(-x * _direction(x))
    return np.where(np.real(x) >= 0, 1 / (1 + e), e / (1 + e))


def log_sigmoid(x: Array) -> Array:
    return -softplus(-x)


def softplus(x: Array) -> Array:
    s = _direction(x)
    return np.where(s > 0, x, 0) + np.log1p(np.exp(-x * s))


def relu(x: Array) -> Array:
    return np.where(np.real(x) > 0, x, 0)


def leaky_relu(x: Array) -> Array:
    return np.where(np.real(x) > 0, x, 0.01 * x)


def elu(x: Array) -> Array:
    positive = np.real(x) > 0
    return np.where(positive, x, np.expm1(np.where(positive, 0, x)))


def silu(x: Array) -> Array:
    return x * sigmoid(x)


def gelu(x: Array) -> Array:
    return x * (1 + erf(x / np.sqrt(2.0))) / 2


def erf(x: Array) -> Array:
    return _along_the_step(_entry_by_entry(math.erf), _density, x)


def lgamma(x: Array) -> Array:
    return _along_the_step(_entry_by_entry(math.lgamma), digamma, x)


def digamma(x: Array) -> Array:
    return _along_the_step(_polygamma(0), _polygamma(1), x)


def derivative(name: str, order: int) -> Callable:
    """The order-th derivative of a function that has no closed form in the language."""
    if name != "digamma":
        raise KeyError(name)
    return partial(_along_the_step, _polygamma(order), _polygamma(order + 1))


def _direction(x: Array) -> Array:
    return np.where(np.real(x) >= 0, 1.0, -1.0)


def _along_the_step(value: Callable, slope: Callable, x: Array) -> Array:
    """A function that is known on the real line, at x + ih with a complex step h: f(x) + ih f'(x).

    Beside f(x) the rest, (h f''/f')² at most, is below rounding where h is below SHORT times
    the distance from the poles, if there are any. NaN where it is not.
    """
    at = np.real(x)
    if np.isrealobj(x):
        return value(at)
    by = np.imag(x)
    distance = 1.0 if slope is _density else np.abs(at - np.minimum(np.round(at), 0))
    short = np.abs(by) <= SHORT * distance
    return value(at) + 1j * np.where(short, by * slope(at), np.nan)


def _density(x: Array) -> Array:
    """erf(x) is the integral of this."""
    return 2 / np.sqrt(np.pi) * np.exp(-(x**2))


def _entry_by_entry(function: Callable[[float], float]) -> Callable:
    def at(v: float) -> float:
        try:
            return function(v)
        except (ValueError, ArithmeticError):  # at a pole, beyond the largest number
            return math.inf

    def call(x: Array) -> Array:
        flat = np.ravel(x).tolist()
        try:
            values = list(map(function, flat))  # several times as fast as with ``at``
        except (ValueError, ArithmeticError):
            values = [at(v) for v in flat]
        return np.reshape(np.array(values, dtype=float), np.shape(x))[()]

    return call


@cache  # looking for SciPy where there is none takes a millisecond
def _polygamma(order: int) -> Callable:
    """SciPy's function where SciPy is installed, else mpmath's."""
    try:
        from scipy.special import digamma, polygamma
    except ImportError:
        return _entry_by_entry(partial(_by_mpmath, order))
    return digamma if order == 0 else partial(polygamma, order)


def _by_mpmath(order: int, v: float) -> float:
    import mpmath

    with mpmath.workdps(17):  # mpmath.fp loses digits near 0
        return float(mpmath.psi(order, v))
