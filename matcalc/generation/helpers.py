"""Functions that generated modules carry along: plain NumPy, each standing by itself.

Generated code gets the source of the ones it calls. They take arrays and NumPy scalars,
keep float32, and stay finite wherever the function itself does.
"""

# mypy: ignore-errors
import math

import numpy as np

try:
    from scipy import special
except ImportError:  # SciPy is faster; everything works without it
    special = None


def sigmoid(x):
    """1/(1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def softplus(x):
    """log(1 + exp(x)), without overflow."""
    return np.logaddexp(0, x)


def log_sigmoid(x):
    """log(sigmoid(x)), without overflow."""
    return -np.logaddexp(0, -x)


def step(x):
    """1 above zero, else 0."""
    return (x > 0).astype(x.dtype)


def leaky_relu(x):
    """x above zero, else x/100."""
    return np.where(x > 0, x, 0.01 * x)


def elu(x):
    """x above zero, else exp(x) - 1."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def silu(x):
    """x*sigmoid(x)."""
    return x * sigmoid(x)


def gelu(x):
    """x times the probability that a standard normal variable is below x."""
    return x * erfc(-x / math.sqrt(2)) / 2


def erfc(x):
    """1 - erf(x), accurate where that is small."""
    if special is not None:
        return special.erfc(x)
    return each(math.erfc, x)


def erf(x):
    """The error function."""
    if special is not None:
        return special.erf(x)
    return each(math.erf, x)


def lgamma(x):
    """The logarithm of |gamma(x)|; infinite at zero and the negative integers."""
    if special is not None:
        return special.gammaln(x)
    return each(lambda v: math.inf if v > 2e305 or (v <= 0 and v % 1 == 0) else math.lgamma(v), x)


def each(function, x):
    """A function of Python numbers applied to every entry."""
    x = np.asarray(x)
    values = [function(v) for v in x.ravel().tolist()]
    return np.array(values, dtype=x.dtype).reshape(x.shape)[()]


def digamma(x):
    """The derivative of lgamma: up to 10 by its recurrence, from there by its series."""
    given = np.asarray(x)
    x = given.astype(float)
    turned = x <= 0  # psi(x) = psi(1 - x) - pi/tan(pi x)
    y = np.where(turned, 1 - x, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(turned, -np.pi / np.tan(np.pi * (x - np.round(x))), 0)
        for _ in range(10):
            result = result - np.where(y < 10, 1 / y, 0)
            y = np.where(y < 10, y + 1, y)
        r = 1 / (y * y)
        tail = 1 / 132 - r * (691 / 32760 - r / 12)
        series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * tail))))
        return (result + np.log(y) - 1 / (2 * y) - series).astype(given.dtype)[()]


def polygamma(order, x):
    """The order-th derivative of digamma, order 1 or more, for x above -1000."""
    given = np.asarray(x)
    y = given.astype(float)
    sign = (-1) ** (order + 1)
    result = np.zeros_like(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        while np.any(y < 20) and np.all(y > -1000):
            result += np.where(y < 20, sign * math.factorial(order) / y ** (order + 1), 0)
            y = np.where(y < 20, y + 1, y)
        series = math.factorial(order - 1) / y**order + math.factorial(order) / (
            2 * y ** (order + 1)
        )
        for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730), 1):
            factor = math.factorial(2 * k + order - 1) / math.factorial(2 * k)
            series = series + bernoulli * factor / y ** (2 * k + order)
        return (result + sign * series).astype(given.dtype)[()]


def softmax(x, axis):
    """exp(x) over its sum along the axis; the largest entry is taken off first."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis):
    """The logarithm of softmax, without taking the logarithm of a tiny number."""
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def logsumexp(x, axis=None):
    """log(sum(exp(x))) along the axis, or of all entries; the largest is taken off first."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    result = top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True))
    return result if axis is not None else result[0, 0]


def layernorm(x, axis, eps):
    """x to mean 0 and (biased) variance 1 along the axis."""
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=axis, keepdims=True) + eps)


def batchnorm(x, axis, eps):
    """x to mean 0 and (biased) variance 1 along the axis, that of the samples."""
    return layernorm(x, axis, eps)


def binary_cross_entropy(p, y):
    """-sum(y log(p) + (1 - y) log(1 - p))."""
    return -np.sum(y * np.log(p) + (1 - y) * np.log1p(-p))


def norm(x, axis=None):
    """The square root of the sum of squares, without overflow on the way."""
    scale = np.max(np.abs(x), axis=axis, keepdims=True)
    scale = np.where((scale > 0) & np.isfinite(scale), scale, np.ones_like(scale))
    result = scale * np.linalg.norm(x / scale, axis=axis, keepdims=True)
    return result if axis is not None else result[0, 0]


def argmax_one_hot(x, axis=None):
    """1 at the first maximum along the axis (or of all entries, row by row), else 0."""
    result = np.zeros_like(x)
    if axis is None:
        result.flat[np.argmax(x)] = 1
    else:
        np.put_along_axis(result, np.argmax(x, axis=axis, keepdims=True), 1, axis=axis)
    return result


def commute(x, m, n):
    """K x for the commutation matrix K: vec(A) becomes vec(A.T), A of shape (m, n)."""
    return x.reshape(n, m, -1).swapaxes(0, 1).reshape(m * n, -1)


def gram(a, v):
    """a.T diag(v) a: where no weight is negative, a square, which is half the products."""
    if np.all(v >= 0):
        rooted = np.sqrt(v) * a
        return rooted.T @ rooted
    return a.T @ (v * a)
