"""Functions that are computed entry by entry, at real points and a complex step away."""

import sys

import mpmath
import numpy as np
import pytest

from matcalc.numeric import functions

POINTS = np.array([0.3, -0.7, 5.2, -3.4, 1e-8, 40.0, -20.5, 1.0, 1e5])
STEP = 1e-40


@pytest.mark.parametrize(
    ("call", "slope"),
    [
        (functions.erf, lambda v: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(v**2))),
        (functions.lgamma, mpmath.digamma),
        (functions.digamma, lambda v: mpmath.psi(1, v)),
        (functions.derivative("digamma", 2), lambda v: mpmath.psi(3, v)),
    ],
)
def test_the_step_is_along_the_tangent(call, slope):
    with mpmath.workdps(30):
        expected = [float(slope(mpmath.mpf(v))) for v in POINTS]
    found = call(POINTS + 1j * STEP)
    np.testing.assert_allclose(np.imag(found) / STEP, expected, rtol=1e-11)
    np.testing.assert_array_equal(np.real(found), call(POINTS))


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with mpmath.workdps(30):
        expected = [float(mpmath.digamma(mpmath.mpf(v))) for v in POINTS]
    np.testing.assert_allclose(functions.digamma(POINTS), expected, rtol=1e-14)


def test_a_step_that_is_too_long_gives_no_number():
    assert np.isnan(np.imag(functions.erf(np.array([0.5 + 1e-3j]))))
    assert np.isnan(np.imag(functions.lgamma(np.array([-2 + 1e-9 + 1e-15j]))))
    assert np.isfinite(functions.lgamma(np.array([-2 + 1e-9 + 1e-30j])))


def test_poles_and_the_ends():
    assert np.all(np.isinf(functions.lgamma(np.array([0.0, -3.0, np.inf, 1e308]))))
    assert np.isnan(functions.lgamma(np.nan)) and np.isnan(functions.erf(np.nan))
