"""Closed forms as functions of arrays."""

import numpy as np
import pytest

from matcalc.derivation import derive
from matcalc.errors import CannotDerive
from matcalc.generation.kernels import load_module
from tests.networks import cross_entropy, mlp


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    shapes = {"X": (4, 3), "W1": (3, 5), "b1": (1, 5), "W2": (5, 2), "b2": (1, 2), "Y": (4, 2)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def test_kernels_equal_the_module(arrays):
    d = derive(mlp())
    _, grads = load_module(mlp())["loss_and_grads"](**arrays)
    for name, gradient in grads.items():
        np.testing.assert_allclose(d[name].kernel(**arrays), gradient, rtol=1e-12)
        np.testing.assert_allclose(d[name].kernel(*arrays.values()), gradient, rtol=1e-12)
        single = d[name].kernel(**{k: v.astype("f") for k, v in arrays.items()})
        assert single.dtype == np.float32


def test_a_kernel_computes_what_it_needs_once(arrays):
    source = derive(mlp())["W1"].kernel.source
    assert source.count("sigmoid(") == 2  # its definition and one call
    assert "def kernel(X, W1, b1, W2, b2, Y):" in source


def test_kernel_arguments_are_checked(arrays):
    k = derive(mlp())["W1"].kernel
    assert repr(k) == "<kernel(X, W1, b1, W2, b2, Y)>"
    with pytest.raises(TypeError, match="b1 is missing"):
        k(arrays["X"], arrays["W1"])
    with pytest.raises(TypeError, match="Q is given but is no argument"):
        k(**arrays, Q=1)
    with pytest.raises(TypeError, match="X is given twice"):
        k(arrays["X"], **arrays)
    with pytest.raises(TypeError, match="7 values for 6 arguments"):
        k(*range(7))


def test_lists_and_integers_are_welcome(arrays):
    k = derive(cross_entropy())["W"].kernel
    result = k(X=[[1, 0, 2]], W=np.zeros((3, 2), int), Y=[[1, 0]])
    np.testing.assert_allclose(result, [[-0.5, 0.5], [0, 0], [-1, 1]])


def test_abstract_functions_have_no_kernel():
    from matcalc.declaration import loads

    network = loads(
        "dims: {N: 2}\nfunctions: {f: abstract}\ninputs: {X: [N, N]}\nnetwork: {L: sum(f(X))}"
    )
    with pytest.raises(CannotDerive, match="abstract"):
        _ = derive(network)["X"].kernel
