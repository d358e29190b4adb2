"""The numeric helpers against 50 digits, at the ends of their ranges, in both precisions."""

import math

import mpmath
import numpy as np
import pytest

from matcalc.generation import helpers

POINTS = [-1000.0, -100, -30, -8.5, -2, -1, -0.3, -1e-6, 0.0, 1e-6, 0.5, 1, 3, 9, 40, 100, 1000]
POSITIVE = [1e-3, 0.2, 0.5, 1, 1.5, 2, 4.25, 9.9, 10, 37, 1000]

mpmath.mp.dps = 50
EXACT = {
    "sigmoid": lambda v: 1 / (1 + mpmath.exp(-v)),
    "softplus": lambda v: mpmath.log1p(mpmath.exp(v)),
    "log_sigmoid": lambda v: -mpmath.log1p(mpmath.exp(-v)),
    "leaky_relu": lambda v: v if v > 0 else v / 100,
    "elu": lambda v: v if v > 0 else mpmath.expm1(v),
    "silu": lambda v: v / (1 + mpmath.exp(-v)),
    "erf": mpmath.erf,
    "step": lambda v: mpmath.mpf(v > 0),
}


@pytest.fixture(params=[False, True], ids=["as it is", "without SciPy"])
def without_scipy(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(helpers, "special", None)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EXACT)
def test_entrywise_helper(name, dtype, without_scipy):
    x = np.array(POINTS, dtype)
    with np.errstate(all="raise", under="ignore"):
        found = getattr(helpers, name)(x)
    assert found.dtype == dtype
    expected = np.array([float(EXACT[name](mpmath.mpf(float(v)))) for v in x])
    np.testing.assert_allclose(
        found, expected, rtol=8 * np.finfo(dtype).eps, atol=1e3 * np.finfo(dtype).tiny
    )
    assert np.ndim(getattr(helpers, name)(x[3])) == 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gelu_is_finite(dtype, without_scipy):
    x = np.array(POINTS, dtype)
    found = helpers.gelu(x)
    assert found.dtype == dtype
    expected = [float(v * (1 + mpmath.erf(v / mpmath.sqrt(2))) / 2) for v in map(float, x)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=30 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gamma_functions(dtype, without_scipy):
    x = np.array([*POSITIVE, -0.5, -1.25, -7.9], dtype)
    for name, exact in (
        ("lgamma", lambda v: mpmath.log(abs(mpmath.gamma(v)))),
        ("digamma", mpmath.digamma),
    ):
        found = getattr(helpers, name)(x)
        assert found.dtype == dtype
        expected = np.array([float(exact(mpmath.mpf(float(v)))) for v in x])
        eps = 40 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, expected, rtol=eps, atol=eps)
    assert helpers.lgamma(np.array([0.0, -3.0, np.inf])).tolist() == [math.inf] * 3


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_polygamma(order):
    x = np.array([*POSITIVE, -0.5, -7.9])
    expected = np.array([float(mpmath.polygamma(order, mpmath.mpf(float(v)))) for v in x])
    np.testing.assert_allclose(helpers.polygamma(order, x), expected, rtol=1e-12)
    assert helpers.polygamma(order, x.astype("f")).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axis", [0, 1])
def test_along_an_axis(dtype, axis):
    a = np.array([[1000, -1000, 3.0], [999, 0, 4], [-5, 1000, 1000], [0, 0, 0]], dtype)
    with np.errstate(all="raise", under="ignore"):
        softmax, log = helpers.softmax(a, axis), helpers.log_softmax(a, axis)
        total = helpers.logsumexp(a, axis)
    lines = a if axis == 1 else a.T
    for k, line in enumerate(lines.tolist()):
        exact = mpmath.log(sum(mpmath.exp(mpmath.mpf(v)) for v in line))
        eps = 4 * np.finfo(dtype).eps
        np.testing.assert_allclose(total.ravel()[k], float(exact), rtol=eps)
        logs = log[k] if axis == 1 else log[:, k]
        weights = softmax[k] if axis == 1 else softmax[:, k]
        np.testing.assert_allclose(logs, [float(v - exact) for v in line], rtol=eps, atol=eps)
        exact_weights = [float(mpmath.exp(v - exact)) for v in line]
        np.testing.assert_allclose(weights, exact_weights, rtol=300 * eps, atol=1e-300)
    assert softmax.dtype == log.dtype == total.dtype == dtype


def test_norm_neither_overflows_nor_underflows():
    for scale in (1e-200, 1.0, 1e200):
        a = np.array([[3.0, 4.0], [0.0, 0.0]]) * scale
        np.testing.assert_allclose(helpers.norm(a), 5 * scale)
        np.testing.assert_allclose(helpers.norm(a, axis=1), [[5 * scale], [0]])
    assert helpers.norm(np.zeros((2, 2))) == 0
    assert helpers.norm(np.array([[np.inf, 1.0]])) == np.inf
    assert np.isnan(helpers.norm(np.array([[np.nan, 1.0]])))
    assert helpers.norm(np.ones((2, 2), "f")).dtype == np.float32


def test_normalised_to_mean_zero_and_variance_one():
    a = np.random.default_rng(0).normal(size=(4, 50)).astype("f") * 1000 + 1000
    normed = helpers.layernorm(a, axis=1, eps=1e-5)
    assert normed.dtype == np.float32
    np.testing.assert_allclose(normed.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(normed.std(axis=1), 1, rtol=1e-5)
