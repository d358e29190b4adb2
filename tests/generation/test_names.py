"""Names that mean something in Python, in NumPy or in the generated module itself."""

import numpy as np
import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.generation.kernels import kernel
from tests.generation.running import Generated

HOSTILE = """\
name: 'hostile \"\"\" \\ name'
dims: {np: 4, cache: 3, lambda_: 2}
functions: {swish: x*sigmoid(x), print: x**2 + x}
inputs: {forward: [np, cache], backward: [cache, lambda_], self: [1, lambda_], values: []}
parameters: {grads: [np, lambda_], grad_L: [], dout: [], x: [], name: []}
network:
  list: forward*backward + self
  dtype: sigmoid(list)
  len: hadamard(swish(dtype), grads)*grad_L
  affine_forward: print(len)*values
  math: affine_forward*dout + affine_forward
  float: math*2
  sigmoid_backward: float*x
  swish_prime: swish(sigmoid_backward)
  result: sum(swish_prime) + name
  L: result*result
loss: L
"""


def test_hostile_names_do_not_break_a_module(tmp_path):
    made = Generated(HOSTILE, tmp_path)
    assert made.check() < 1e-8
    values = dict(zip(made.network.variable, made.values(), strict=True))
    loss, grads = made.loss_and_grads(**values)
    assert list(grads) == list(values)
    np.testing.assert_array_equal(loss, made.forward(*values.values())[0])


WORDS = [
    "np",
    "numpy",
    "special",
    "cache",
    "forward",
    "backward",
    "loss_and_grads",
    "grads",
    "dout",
    "self",
    "lambda_",
    "input",
    "id",
    "type",
    "object",
    "zip",
    "range",
    "tuple",
    "isinstance",
    "float",
    "int",
    "bool",
    "str",
    "print",
    "super",
    "None_",
    "value",
    "values",
    "N_",
    "loss",
    "result",
    "total",
    "product",
    "P",
    "part",
    "sums",
    "x",
    "y",
    "t",
    "t0",
    "shapes",
    "array",
    "arrays",
    "name",
    "dtype",
    "SystemExit",
    "ValueError",
    "commute",
    "polygamma",
    "each",
    "rng",
    "attempt",
    "math_",
    "grad_L",
    "grad_Z",
    "affine_forward",
    "sse_backward",
    "linear_forward",
    "_checked_",
]


@pytest.mark.parametrize("word", [w for w in WORDS if not w.startswith("_")])
def test_any_word_may_name_a_variable_a_node_or_a_size(tmp_path, word):
    as_variable = (
        f"dims: {{N: 2, D: 3}}\ninputs: {{{word}: [N, D]}}\nparameters: {{W: [D, N]}}\n"
        f"network:\n  Z: {word}*W\n  A: softmax(sigmoid(Z)*{word}) + {word}\n  L: sse(A, {word})\n"
    )
    as_node = (
        f"dims: {{N: 2, D: 3}}\ninputs: {{V: [N, D]}}\nparameters: {{W: [D, N]}}\n"
        f"network:\n  {word}: V*W\n  A: softmax(sigmoid({word})*V) + V\n  L: sse(A, V)\n"
    )
    as_size = (
        f"dims: {{{word}: 2, D: 3}}\ninputs: {{V: [{word}, D]}}\nparameters: {{W: [D, {word}]}}\n"
        f"network:\n  Z: V*W/{word}\n  A: softmax(sigmoid(Z)*V) + V\n  L: mean(square(A))\n"
    )
    for text in (as_variable, as_node, as_size):
        made = Generated(text, tmp_path)
        loss, _ = made.forward(*made.values())
        assert np.isfinite(loss)
        _, grads = made.loss_and_grads(*made.values())
        assert all(np.all(np.isfinite(g)) for g in grads.values())


def test_kernels_go_by_the_declared_names():
    network = loads(
        "dims: {N: 2, D: 3}\ninputs: {np: [N, D], cache: [N, D]}\n"
        "network:\n  L: sse(np, sin(cache))\n"
    )
    k = derive(network)["np"].kernel
    a, b = np.ones((2, 3)), np.zeros((2, 3))
    np.testing.assert_array_equal(k(np=a, cache=b), a)
    assert "import numpy as np" in k.source


def test_a_variable_may_be_called_dx():
    network = loads("dims: {N: 2}\ninputs: {dx: [N, N]}\nnetwork:\n  L: sum(exp(dx))\n")
    value = np.arange(4.0).reshape(2, 2)
    found = kernel(derive(network)["dx"].closed, [network.symbol("dx")])(value)
    np.testing.assert_allclose(found, np.exp(value))
