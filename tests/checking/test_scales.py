"""Right forms pass and wrong ones fail at values of any size, at which digits cancel."""

from dataclasses import replace

import numpy as np
import pytest

from matcalc.checking import check
from matcalc.checking.reference import STEP, length
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.rounding import perturbed
from tests.forms import drawn, network


def with_values(loss, scale):
    rows = [[1.5 * scale, -0.4 * scale, 0.7 * scale], [0.3 * scale, 2.1 * scale, -scale]]
    return loads(f"inputs: {{X: {{shape: [2, 3], value: {rows}}}}}\nnetwork: {{L: '{loss}'}}")


LOSSES = ("std(X)", "norm(X)", "sum(log(square(X)))", "trace(X*X.T)", "sum(erf(X))")
SCALES = (1e-100, 1e-49, 1e-30, 1e-7, 1e7, 1e60)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", SCALES)
def test_a_derivative_is_told_at_any_size(loss, scale):
    d = derive(with_values(loss, scale))
    assert check(d, points=1).ok
    if "erf" in loss and scale > 1:
        return  # exp(-x^2) is rounding alone there
    partial = d.partials["X"]
    d.partials["X"] = replace(partial, form=partial.form + partial.form / 10**6)
    assert not check(d, points=1).ok


def test_a_step_is_short_beside_what_moves():
    here, everywhere = np.array([1.0, 0.0, 1e-49]), np.ones(3)
    assert length(here, np.array([1, 0, 0])) == STEP
    assert length(here, np.array([0, 0, 1])) < 1e-60
    assert length(here, np.array([0, 1, 0])) == length(here, everywhere) < 1e-60
    assert length(np.zeros(3), everywhere) == STEP


@pytest.mark.parametrize("seed", [194, 20012])
def test_a_random_network_at_with_values(seed):
    with drawn("tiny"):
        assert check(derive(network("tiny", seed)), points=1, seed=seed).ok


def moved(text, more="", **values):
    """By how much rounding may change an expression's value, and the value."""
    shapes = {name: list(np.shape(value)) for name, value in values.items()}
    net = loads(f"{more}inputs: {shapes}\nnetwork: {{Z: '{text}', L: 'sum(Z)'}}")
    expr = net.equation["Z"].expr
    point = {net.symbol(name): np.asarray(value, dtype=float) for name, value in values.items()}
    right, found = evaluate(expr, point, Environment({})), []
    for n in range(20):
        with perturbed(np.random.default_rng(n)):
            found.append(evaluate(expr, point, Environment({})))
    return float(np.max(np.ptp(found, axis=0))), float(np.max(np.abs(right)))


def test_rounding_is_that_of_the_terms_where_they_cancel():
    change, value = moved("1 + x - y", x=1e-12, y=1.0)
    assert 1e-16 < change < 1e-14 and value < 2e-12
    change, value = moved("A*B", A=[[1.0, 1e-12, 0.5]], B=[[1.0], [1.0], [-2.0]])
    assert 1e-16 < change < 1e-14 and value < 2e-12


def test_rounding_reaches_into_a_function_of_the_file():
    change, value = moved("g(x)", "functions: {g: 1 + x - cos(x)}\n", x=1e-12)
    assert 1e-16 < change < 1e-14 and value < 2e-12


def test_what_is_0_by_itself_stays_0():
    assert moved("X - X + 0*X", X=[[1.5, 2.5]]) == (0.0, 0.0)
    assert moved("relu(X)", X=[[-1.0, -2.0]]) == (0.0, 0.0)


def test_a_number_below_the_smallest_normal_one_has_few_digits():
    change, value = moved("hadamard(X, X)", X=[[1e-160, 2e-160]])
    assert change > 1e-5 * value
