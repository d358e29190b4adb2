"""Generated code at ±1000 and beyond: accurate, in float32 too; NaN and infinity as in NumPy."""

import warnings

import numpy as np
import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.generation.kernels import load_module
from tests.numerics import CASES, worst


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_stays_accurate(name, dtype):
    assert worst(name, dtype) < 20 * np.finfo(dtype).eps


@pytest.mark.parametrize("shape", [[2, 3], [3, 1], [1, 3]])
def test_a_softmax_over_all_entries_keeps_its_digits(shape):
    d = derive(loads(f"inputs: {{X: {shape}}}\nnetwork:\n  L: 2*logsumexp(X) + sum(X)\n"))
    x = np.linspace(990, 1000, np.prod(shape), dtype=np.float32).reshape(shape)
    wide = np.exp(x.astype(float) - 1000)
    expected = 1 + 2 * wide / wide.sum()
    kernels = d.kernel(), d.kernel(workspace=True)
    for found in (d.partials["X"].kernel(x), *(k(x)[1]["X"] for k in kernels)):
        assert np.max(np.abs(found - expected)) < 5 * np.finfo(np.float32).eps


def run(expression, x):
    """Loss and gradient, where a warning is an error."""
    module = load_module(loads(f"inputs: {{X: [2, 3]}}\nnetwork:\n  L: {expression}\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, grads = module["loss_and_grads"](np.array(x))
    return loss, grads["X"]


ANYTHING = [
    "sum(softmax(X))", "sum(log_softmax(X))", "logsumexp(X)", "sum(logsumexp(X, axis=0))",
    "sum(sigmoid(X))", "sum(softplus(X))", "sum(log_sigmoid(X))", "sum(silu(X))",
    "sum(gelu(X))", "sum(tanh(X))", "sum(relu(X))", "sum(elu(X))", "sum(leaky_relu(X))", "norm(X)",
    "sum(norm(X, axis=1))", "sum(exp(X))", "sum(X)", "mean(X)", "max(X)", "sum(square(X))",
    "sum(layernorm(X))", "var(X)", "softmax_cross_entropy(X, 1)", "sum(erf(X))", "sum(abs(X))",
]  # fmt: skip


@pytest.mark.parametrize("expression", ANYTHING)
def test_nan_comes_out_as_nan(expression):
    loss, gradient = run(expression, [[np.nan, 1.0, 2.0], [3.0, 4.0, 5.0]])
    assert np.isnan(loss)
    assert np.shape(gradient) == (2, 3)


@pytest.mark.parametrize("expression", ANYTHING)
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_gives_no_warning(expression, value):
    loss, gradient = run(expression, [[value, 1.0, 2.0], [3.0, 4.0, 5.0]])
    assert np.shape(loss) == () and np.shape(gradient) == (2, 3)


@pytest.mark.parametrize(
    ("expression", "value", "loss"),
    [
        ("sum(sigmoid(X))", np.inf, 1 + 5 / 2),
        ("sum(softplus(X))", np.inf, np.inf),
        ("logsumexp(X)", np.inf, np.inf),
        ("logsumexp(X)", -np.inf, np.log(5)),
        ("sum(relu(X))", -np.inf, 0),
        ("norm(X)", -np.inf, np.inf),
        ("sum(tanh(X))", -np.inf, -1),
        ("sum(gelu(X))", np.inf, np.inf),
        ("max(X)", np.inf, np.inf),
    ],
)
def test_infinity_comes_out_as_its_limit(expression, value, loss):
    found, _ = run(expression, [[value, 0.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(found, loss)


def test_systems_are_solved_and_not_inverted():
    from matcalc.generation import codegen

    network = loads(
        "dims: {n: 3}\ninputs: {A: [n, n], b: [n, 1]}\nnetwork:\n  x: inv(A)*b\n  L: sse(x, 1)\n"
    )
    source = codegen(network)
    assert "np.linalg.solve" in source and "np.linalg.inv" not in source
