"""Right forms pass and wrong ones fail at values of any size, at which digits cancel."""

from dataclasses import replace

import numpy as np
import pytest

from matcalc.checking import check
from matcalc.checking.reference import FROM_ZERO, STEP, length
from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.expr import postorder, rebuild
from matcalc.expressions.operation import REGISTRY, Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.rounding import EXACT, perturbed
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
    assert length(np.zeros(3), everywhere) == FROM_ZERO
    assert length(np.float64(0.5), np.float64(1)) == STEP


HARD = [("tiny", 194), ("tiny", 20012), ("large", 531), ("plain", 966)]
"Where the reference once had fewer digits than the form."


@pytest.mark.parametrize(("kind", "seed"), HARD)
def test_a_random_network_at_hard_values(kind, seed):
    with drawn(kind):
        assert check(derive(network(kind, seed)), points=1, seed=seed).ok


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


def test_what_is_chosen_is_not_rounded():
    assert set(REGISTRY) >= EXACT
    assert moved("minimum(x, y) - x", x=-1.5, y=2.0) == (0.0, 0.0)
    assert moved("step(maximum(X, 0.5*X) - X)", X=[[1.5, 2.5]]) == (0.0, 0.0)


def test_a_wrong_form_that_a_tie_decides_is_wrong():
    """step(min(a, b) - a) is 0 wherever a is the smaller one, and rounding leaves it there."""
    net = "inputs: {a: [], b: []}\nnetwork:\n  L: minimum(minimum(a, b), a + b)\n"
    d = derive(loads(net), wrt=["b"])
    partial = d.partials["b"]
    wrong = parse("step(minimum(a, b) - a) + step(a - b)*(1 - step(minimum(a, b) - a))", d.network)
    assert partial.form.shape == wrong.shape
    d.__dict__["partials"] = {"b": replace(partial, form=wrong)}
    assert not check(d, steps=False, jacobians=False).ok


def test_a_number_below_the_smallest_normal_one_has_few_digits():
    change, value = moved("hadamard(X, X)", X=[[1e-160, 2e-160]])
    assert change > 1e-5 * value


def test_what_starts_at_zero_has_its_own_derivative():
    network = loads("inputs: {s: []}\nnetwork:\n  Z: s - s\n  L: -3*Z*gelu(Z/3)")
    assert check(derive(network)).ok


def test_an_inverse_that_does_not_exist_is_no_measure():
    """A term left out makes the inverse one of a matrix without any, huge and all rounding."""
    d = derive(
        loads(
            "dims: {n: 2, m: 5}\ninputs: {B: [n, m], A: [m, n]}\n"
            "network: {L: logdet(A*B/9 + 4*eye(m))}"
        )
    )
    assert check(d).ok
    partial = d.partials["A"]
    inside = next(node for node in postorder(partial.form) if node.op.name == "add")
    shorter = next(term for term in inside.args if term.free)
    d.partials["A"] = replace(partial, form=rebuild(partial.form, {inside: shorter}))
    assert not check(d).ok
