"""The compiled workspace against the readable module; left out where numba is missing."""

from importlib.util import find_spec

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import CannotDerive, InputError
from matcalc.scheduling import workspace, workspace_module
from tests.generation.test_modules import NETWORKS
from tests.networks import MLP
from tests.random_networks import random_network
from tests.scheduling.test_kernel_and_command import arrays
from tests.scheduling.test_workspace import assert_same, values_at

NEEDS_NUMBA = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")

LARGE = """\
dims: {N: 40, D: 30}
inputs: {X: [N, D]}
parameters: {W: [D, D], b: [1, D], t: [1, 1], s: []}
network:
  A: relu(X*W + b)
  P: softmax(s*A*A.T, axis=0)
  Q: layernorm(P*A)
  L: sum(square(Q))*t + mean(gelu(A)) + sum(where(A - 1, A, X))
"""


@NEEDS_NUMBA
@pytest.mark.parametrize("key", ["classifier", "large", "random"])
def test_compiled_code_gives_what_the_module_gives(key):
    more = {"large": LARGE, "random": random_network(3).replace("f: abstract", "f: sin(x)")}
    network = mc.loads((NETWORKS | more)[key])
    d = mc.derive(network)
    compiled, readable = d.kernel(target="numba"), d.kernel()
    for seed in (0, 1):
        values = values_at(network, seed)
        if key == "large":
            rng = np.random.default_rng(seed)
            sizes = network.dims
            shapes = {v.name: [n.size(sizes) for n in v.shape] for v in network.variables}
            values = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        loss, grads = readable(**values)
        found, other = compiled(**values)
        np.testing.assert_allclose(found, loss, rtol=1e-9)
        assert_same(other, grads)


@NEEDS_NUMBA
def test_outputs_and_single_precision():
    network = mc.loads(NETWORKS["outputs"])
    d = mc.derive(network)
    values = arrays(network)
    upstream = [np.full(shape, 0.5) for shape in ((5, 4), (1, 4), ())]
    (first, one), (second, two) = (
        d.kernel(target=target)(*values, *upstream) for target in ("numpy", "numba")
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b)
    assert_same(two, one)
    single = [np.asarray(v, np.float32) for v in (*values, *upstream)]
    outputs, grads = d.kernel(target="numba")(*single)
    assert {np.asarray(a).dtype for a in (*outputs, *grads.values())} == {np.dtype("f")}


@NEEDS_NUMBA
def test_what_is_not_supported_is_named():
    network = mc.loads("dims: {N: 2}\ninputs: {X: [N, N]}\nnetwork:\n  L: sum(kron(X, X))\n")
    with pytest.raises(CannotDerive, match=r"the target numba has no np\.kron"):
        workspace_module(network, target="numba")


def test_a_missing_numba_is_named(monkeypatch):
    monkeypatch.setattr(workspace, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="needs numba") as caught:
        workspace_module(mc.loads(MLP), target="numba")
    assert "pip install" in caught.value.mend
    assert "class Workspace" in workspace_module(mc.loads(MLP))


@NEEDS_NUMBA
def test_arrays_of_any_layout_and_changes_in_place():
    network = mc.loads(MLP)
    d = mc.derive(network)
    compiled, readable = d.kernel(target="numba"), d.kernel()
    values = arrays(network)
    wide = [np.zeros((2 * v.shape[0], 3 * v.shape[1])) for v in values]
    layouts = {
        "plain": [v.copy() for v in values],
        "turned": [np.array(v, order="F") for v in values],
        "gaps": [w[::2, ::3] for w in wide],
        "unaligned": [np.zeros(v.nbytes + 1, "b")[1:].view(float).reshape(v.shape) for v in values],
        "other order of bytes": [v.astype(">f8") for v in values],
    }
    layouts["some of each"] = [*layouts["gaps"][:2], *layouts["plain"][2:]]
    for given in layouts.values():
        for factor in (1.0, 0.5):
            for a, v in zip(given, values, strict=True):
                a[...] = factor * v
            found, other = compiled(*given)
            loss, grads = readable(*(factor * v for v in values))
            np.testing.assert_allclose(found, loss)
            assert_same(other, grads)


@NEEDS_NUMBA
def test_numbers_that_are_not_finite_go_the_same_way():
    network = mc.loads(
        "dims: {N: 7, C: 9}\ninputs: {Z: [N, C]}\nconstants: {Y: [N, C]}\nnetwork:\n"
        "  P: softmax(Z)\n  L: softmax_cross_entropy(Z, Y) + sum(tanh(P))\n"
    )
    z, y = arrays(network)
    z[0, 3], z[1, 8], z[2, 0], z[3, :] = np.inf, np.nan, -np.inf, 1e4
    d = mc.derive(network, wrt="Z")
    readable, compiled = d.kernel(), d.kernel(target="numba")
    with np.errstate(all="ignore"):
        for rows in ([0], [1], [2], [3], list(range(7))):
            loss, grads = readable(z[rows], y[rows])
            found, other = compiled(z[rows], y[rows])
            np.testing.assert_allclose(found, loss)
            np.testing.assert_allclose(other["Z"], grads["Z"], atol=1e-12)


@NEEDS_NUMBA
def test_other_types_are_named():
    network = mc.loads(MLP)
    values = [np.asarray(v, np.float16) for v in arrays(network)]
    with pytest.raises(TypeError, match="float32 and float64, not float16"):
        mc.derive(network).kernel(target="numba")(*values)
