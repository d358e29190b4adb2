"""The step of gradient descent in generated modules."""

import inspect

import numpy as np
import pytest

from matcalc.generation.body import WIDTH, broken
from tests.generation.running import Generated
from tests.networks import MLP

SMALL = """
dims: {{n: 3}}
inputs: {{x: [n, 1]}}
parameters: {{{parameters}}}
network: {{L: '{loss}'}}
"""


def small(parameters, loss):
    return SMALL.format(parameters=parameters, loss=loss)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("train_step")


def test_every_parameter_and_nothing_else_moves(folder):
    module = Generated(MLP, folder)
    values = module.values()  # read-only: writing to them would raise
    kept = [value.copy() for value in values]
    loss, after = module.train_step(*values, learning_rate=0.01)
    expected, gradients = module.loss_and_grads(*values)
    assert loss == expected and list(after) == ["W1", "b1", "W2", "b2"]
    for name, value in zip(module.network.variable, values, strict=True):
        if name in after:
            np.testing.assert_array_equal(after[name], value - 0.01 * gradients[name])
            assert not np.shares_memory(after[name], value)
    for value, before in zip(values, kept, strict=True):
        np.testing.assert_array_equal(value, before)
    lower, _ = module.train_step(
        *[after.get(n, v) for n, v in zip(module.network.variable, values, strict=True)]
    )
    assert lower < loss


def test_the_docstring_has_shapes_and_the_rule(folder):
    text = " ".join(inspect.getdoc(Generated(MLP, folder).train_step).split())
    assert "w - learning_rate * dL/dw" in text
    assert "W1 (D, H), b1 (1, H), W2 (H, C) and b2 (1, C)" in text


def test_float32_stays_float32(folder):
    module = Generated(MLP, folder)
    loss, after = module.train_step(*(v.astype(np.float32) for v in module.values()))
    assert loss.dtype == np.float32 and {w.dtype for w in after.values()} == {np.dtype("float32")}


def test_numbers_lists_and_declared_1_by_1(folder):
    module = Generated(small("s: [], t: [1, 1], W: [n, n]", "s*t*x.T*W*x"), folder)
    x, W = [[1.0], [2.0], [3.0]], np.eye(3).tolist()
    _, after = module.train_step(x, 2, [[3.0]], W)
    assert float(after["s"]) == pytest.approx(2 - 0.1 * 42)
    assert after["t"].shape == (1, 1) and after["W"].shape == (3, 3)


@pytest.mark.parametrize(
    "name", ["learning_rate", "value", "gradients", "loss_and_grads", "train_step"]
)
def test_names_that_the_function_uses_itself(folder, name):
    module = Generated(small(f"{name}: [n, 1]", f"sum(square({name} - x))"), folder)
    x, w = np.zeros((3, 1)), np.ones((3, 1))
    rate = list(inspect.signature(module.train_step).parameters)[-1]
    loss, after = module.train_step(x, w, **{rate: 0.25})
    assert loss == 3
    np.testing.assert_allclose(after[name], w / 2)
    assert module.check() < 1e-6


def test_a_function_may_be_called_train_step(folder):
    text = small("w: [n, 1]", "sum(train_step(w - x))") + "functions: {train_step: x**2}"
    module = Generated(text, folder)
    _, after = module.train_step(np.zeros((3, 1)), np.ones((3, 1)))
    np.testing.assert_allclose(after["w"], 0.8 * np.ones((3, 1)))


def test_it_says_that_assumptions_are_not_kept(folder):
    module = Generated(small("S: {shape: [n, n], assume: symmetric}", "x.T*S*x"), folder)
    assert "does not keep what is assumed of S" in inspect.getdoc(module.train_step)


def test_no_parameters_or_no_loss_no_step(folder):
    without = Generated("dims: {n: 2}\ninputs: {x: [n]}\nnetwork: {L: sum(x)}", folder)
    outputs = Generated(
        "dims: {n: 2}\nparameters: {x: [n]}\nnetwork: {y: 2*x}\noutputs: [y]", folder
    )
    assert "train_step" not in without.source and "train_step" not in outputs.source


def test_values_of_the_file_are_defaults(folder):
    text = "inputs: {x: {shape: [], value: 3}}\nparameters: {w: {shape: [], value: 2}}\nnetwork: {L: 'w*x'}"
    loss, after = Generated(text, folder).train_step()
    assert loss == 6 and float(after["w"]) == pytest.approx(1.7)


@pytest.mark.parametrize("length", range(20, 50))
def test_a_signature_of_any_length_is_broken_where_it_must(length):
    line = f"def f({'x' * length}, {'y' * 40}):"
    lines = broken(line)
    assert max(map(len, lines)) <= WIDTH and "".join(lines).replace("    ", "") in (
        line,
        line.replace(", ", ","),
    )
