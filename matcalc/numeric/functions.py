"""The entrywise functions on NumPy arrays.

They take complex arrays too, continued analytically from the real line on either side
of a kink, so that the complex step can judge every derivative. They stay finite where
the function does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
    return _special("erf")(x)


def lgamma(x: Array) -> Array:
    return _special("lgamma")(x)


def digamma(x: Array) -> Array:
    return _special("digamma")(x)


def derivative(name: str, order: int) -> Callable:
    """The order-th derivative of a function that has no closed form in the language."""
    if name != "digamma":
        raise KeyError(name)
    return _special("polygamma", order)


def _direction(x: Array) -> Array:
    return np.where(np.real(x) >= 0, 1.0, -1.0)


UNDERFLOW = 750.0
"Where exp(-x) is no number any more."


def _special(name: str, order: int = 0) -> Callable:
    """SciPy's function for real arrays where SciPy is installed, else mpmath's."""
    exact = _from_mpmath(name, order)
    try:
        from scipy import special
    except ImportError:
        return exact
    table = {"erf": special.erf, "digamma": special.digamma, "lgamma": special.gammaln}
    if name not in table:
        return exact
    return lambda x: table[name](x) if np.isrealobj(x) else exact(x)


def _from_mpmath(name: str, order: int) -> Callable:
    import mpmath

    table = {
        "erf": mpmath.erf,
        "lgamma": lambda v: mpmath.loggamma(v) if mpmath.re(v) > 0 else _reflected(v),
        "digamma": mpmath.digamma,
        "polygamma": lambda v: mpmath.polygamma(order, v),
    }

    def call(x: Array) -> Array:
        kind = np.float64 if np.isrealobj(x) else np.complex128
        values = []
        for v in np.ravel(x):
            with mpmath.workdps(15 if kind is np.float64 else 50 + _places(v, name)):
                values.append(kind(table[name](mpmath.mpmathify(v))))
        return np.array(values, dtype=kind).reshape(np.shape(x))[()]

    return call


def _places(v: Any, name: str) -> int:
    """How many decimal places a complex step is below the value that carries it, and the
    change that it makes below the result: erf is 1 where its derivative is exp(-v²)."""
    step, size = np.abs(np.imag(v)), np.abs(v)
    below = int(np.log10(size) - np.log10(step)) if 0 < step < size else 0
    return below + (int(min(size**2, UNDERFLOW) / np.log(10)) if name == "erf" else 0)


def _reflected(v: Any) -> Any:
    """log|gamma| below zero, continued analytically from the real line."""
    import mpmath

    inside = mpmath.sin(mpmath.pi * v)
    if mpmath.re(inside) < 0:
        inside = -inside
    return mpmath.log(mpmath.pi / inside) - mpmath.loggamma(1 - v)
