"""The compiled module's own functions of numbers, against mpmath and by their edge cases."""

from importlib.util import find_spec

import mpmath
import numpy as np
import pytest

from matcalc.scheduling.numba_functions import IMPORT, functions_in

pytestmark = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
RNG = np.random.default_rng(0)
TINY = np.concatenate([10.0 ** RNG.uniform(-320, 0, 1500), [0.0, 5e-324, 1e-300, 2.3e-308]])
POINTS = {
    "exp": np.concatenate(
        [
            RNG.uniform(-745, 709.78, 2500),
            RNG.uniform(-1, 1, 2500),
            TINY,
            -TINY,
            np.log(2) * (np.arange(-1070, 1024) + 0.5),
            [709.782712893384, 709.7827128933841, -708.4, -745.13, -745.14, 1000, -1000],
        ]
    ),
    "tanh": np.concatenate(
        [
            RNG.uniform(-20, 20, 2500),
            RNG.uniform(-1, 1, 4000),
            TINY,
            -TINY,
            np.log(2) / 2 * np.arange(60),
            [18.9, 19.1, 25, 1000, -1000],
        ]
    ),
}
LIMITS = {"exp": (np.inf, 0.0, 1.0, 1.0), "tanh": (1.0, -1.0, 0.0, -0.0)}


@pytest.fixture(scope="module")
def loops():
    """Each function over an array, as generated code calls it."""
    source = "import numpy as np\n" + IMPORT
    source += "\n".join(functions_in("_exp(x) _tanh(x) _rank(x) _plus(a, b)"))
    for name in POINTS:
        source += (
            f"\n@_compiled\ndef {name}(a, out):\n"
            f"    for i in range(a.size):\n        out[i] = _{name}(a[i])\n"
        )
    source += (
        "\n@_compiled\ndef largest(a):\n    rank = _LEAST\n    for i in range(a.size):\n"
        "        rank = max(rank, _rank(a[i]))\n    return _ranked(rank)\n"
    )
    module = {}
    exec(source, module)
    return module


def computed(function, values, dtype=float):
    values = np.asarray(values, dtype)
    out = np.empty_like(values)
    function(values, out)
    return out


def errors(name, values, found):
    """Errors in units of the last place of the exact value."""
    with mpmath.workprec(150), np.errstate(over="ignore"):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(x))) for x in values]
        nearest = np.array([float(y) for y in exact]).astype(found.dtype)
        infinite = np.isinf(nearest)
        np.testing.assert_array_equal(found[infinite], nearest[infinite])
        units = np.spacing(np.abs(np.where(infinite, 1, nearest)))
        pairs = zip(exact, found, units, infinite, strict=True)
        return [0.0 if skip else abs(float((float(b) - a) / float(u))) for a, b, u, skip in pairs]


@pytest.mark.parametrize(("name", "most"), [("exp", 1.1), ("tanh", 2.0)])
def test_double_precision(loops, name, most):
    values = POINTS[name]
    assert max(errors(name, values, computed(loops[name], values))) < most


@pytest.mark.parametrize("name", POINTS)
def test_single_precision(loops, name):
    values = POINTS[name].astype(np.float32)
    assert max(errors(name, values, computed(loops[name], values, np.float32))) < 0.51


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_limits(loops, name, dtype):
    found = computed(loops[name], [np.inf, -np.inf, 0.0, -0.0, np.nan, -np.nan], dtype)
    np.testing.assert_array_equal(found, np.array([*LIMITS[name], np.nan, np.nan], dtype))
    np.testing.assert_array_equal(np.signbit(found[:4]), np.signbit(np.array(LIMITS[name])))


def test_small_arguments_stay(loops):
    small = TINY[TINY < 1e-17]
    np.testing.assert_array_equal(computed(loops["tanh"], small), small)


def test_the_largest_number_or_nan(loops):
    values = RNG.normal(size=37)
    for k in range(37):
        assert loops["largest"](values[k:]) == values[k:].max()
    assert loops["largest"](np.array([-np.inf, -np.inf])) == -np.inf
    assert loops["largest"](np.array([-3, -5e-324, -1])) == -5e-324
    for nan in (np.nan, -np.nan):
        assert np.isnan(loops["largest"](np.array([1.0, nan, np.inf])))


@pytest.mark.parametrize("name", POINTS)
def test_loops_are_vectorised(loops, name):
    computed(loops[name], np.ones(4))
    texts = loops[name].inspect_llvm().values()
    assert any(" x double>" in text for text in texts)
