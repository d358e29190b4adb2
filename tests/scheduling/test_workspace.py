"""Workspaces against the readable modules: every operation, networks, random networks."""

import re
import tracemalloc
import warnings

import numpy as np
import pytest

from matcalc.checking.run import find_point
from matcalc.declaration import loads
from matcalc.errors import CannotDerive, InputError, MatcalcError
from matcalc.generation import codegen
from matcalc.numeric.sampling import distinct_sizes
from matcalc.operations.examples import EXAMPLES
from matcalc.scheduling import workspace_module
from tests.generation.running import Generated
from tests.generation.test_modules import NETWORKS
from tests.networks import deep
from tests.random_networks import random_network


def defined(source):
    module = {"__name__": "generated"}
    exec(compile(source, "generated", "exec"), module)
    return module


def values_at(network, seed=0, dtype=float):
    """Values inside every function's domain, read-only; None where there are none."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sizes = distinct_sizes(network)
        point = find_point(network, sizes, np.random.default_rng(seed))
    values = {}
    for v in network.variables:
        shape = [d.size(sizes) for d in v.shape]
        values[v.name] = np.array(np.reshape(point.point[v.symbol], shape), dtype)
        values[v.name].flags.writeable = False
    return values


def assert_same(found, expected, rtol=1e-9):
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert np.shape(found[name]) == np.shape(value), name
        size = max(1.0, float(np.max(np.abs(value), initial=0.0)))
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=rtol * size, err_msg=name)


def compare(network, values, rtol=1e-9):
    """Two calls of a workspace against the readable module."""
    reference = defined(codegen(network))["loss_and_grads"]
    workspace = defined(workspace_module(network))["Workspace"]()
    with np.errstate(all="ignore"):
        loss, grads = reference(**values)
        for _ in range(2):
            again, found = workspace.loss_and_grads(**values)
            np.testing.assert_allclose(again, loss, rtol=rtol)
            assert_same(found, grads, rtol)
    return workspace, found


def network_of(text, shapes):
    inputs = "\n".join(f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items())
    return loads(
        "dims: {m: 2, n: 3, p: 5, q: 7}\nfunctions: {f: x*sigmoid(x)}\n"
        f"inputs:\n{inputs}\nnetwork:\n  E: {text}\n  L: sum(sin(E)) + sum(square(E))\n"
    )


OPERATIONS = [(op, *example) for op, examples in EXAMPLES.items() for example in examples]


@pytest.mark.parametrize(("op", "text", "shapes"), OPERATIONS, ids=lambda x: str(x)[:40])
def test_every_operation(op, text, shapes):
    try:
        network = network_of(text, shapes)
    except MatcalcError:
        pytest.skip("not in a network file")
    workspace, _ = compare(network, values_at(network))
    single = values_at(network, dtype=np.float32)
    with np.errstate(all="ignore"):
        loss, grads = workspace.loss_and_grads(**single)
    assert {loss.dtype, *(np.asarray(g).dtype for g in grads.values())} == {np.dtype("f")}


@pytest.mark.parametrize("key", NETWORKS)
def test_networks(key, tmp_path):
    made = Generated(NETWORKS[key], tmp_path)
    workspace = defined(workspace_module(made.network))["Workspace"]()
    values = made.values()
    if made.network.loss:
        compare(made.network, dict(zip(made.network.variable, values, strict=True)))
        return
    outputs, cache = made.forward(*values)
    upstream = [np.full(np.shape(o), 0.5) for o in outputs]
    found, grads = workspace.outputs_and_grads(*values, *upstream)
    for one, other in zip(found, outputs, strict=True):
        np.testing.assert_allclose(one, other)
    assert_same(grads, made.backward(cache, *upstream))


@pytest.mark.parametrize("batch", range(4))
def test_random_networks(batch):
    for seed in range(batch * 10, batch * 10 + 10):
        network = loads(random_network(seed).replace("f: abstract", "f: sin(x)"))
        compare(network, values_at(network, seed))


@pytest.mark.parametrize("key", ["mlp", "outputs", "values", "structure"])
def test_a_module_checks_itself(key, tmp_path):
    made = Generated(NETWORKS[key], tmp_path)
    made.path.write_text(workspace_module(made.network), encoding="utf-8")
    assert made.check() < 1e-8


def test_arrays_may_change_in_place_and_in_size(tmp_path):
    made = Generated(NETWORKS["classifier"], tmp_path)
    workspace = defined(workspace_module(made.network))["Workspace"]()
    values = [np.array(v) for v in made.values()]
    for sizes in ({}, {"N": 6}, {"H": 2}, {}):
        values = [np.array(v) for v in made.values(**sizes)]
        for _ in range(2):
            loss, grads = workspace.loss_and_grads(*values)
            expected, other = made.loss_and_grads(*values)
            np.testing.assert_allclose(loss, expected)
            assert_same(grads, other)
            values[1] *= 0.5
            values[0] += 0.1


def test_the_same_arrays_need_no_preparation(tmp_path):
    made = Generated(NETWORKS["classifier"], tmp_path)
    workspace = defined(workspace_module(made.network))["Workspace"]()
    values = [np.array(v) for v in made.values()]
    values[0] = np.stack([values[0], values[0]])[0]  # a view
    workspace.loss_and_grads(*values)
    run = workspace.run
    workspace.loss_and_grads(*values)
    assert workspace.run is run
    for other in (values[0].astype(np.float32), values[0].tolist(), values[0].copy()):
        workspace.loss_and_grads(other, *values[1:])
        assert workspace.run is not run
        run = workspace.run


def test_functions_of_numbers_bring_their_helpers():
    network = network_of("A*sigmoid(2) + f(A)*erf(1/2) + silu(ones(m, n))", {"A": ["m", "n"]})
    compare(network, values_at(network))


def test_scalars_are_read_anew():
    network = loads("inputs: {s: [], t: [1, 1]}\nnetwork: {L: s**2*t}\n")
    workspace = defined(workspace_module(network))["Workspace"]()
    s, t = np.array(3.0), np.array([[2.0]])
    assert workspace.loss_and_grads(s, t)[0] == 18
    s[()], t[0, 0] = 1.0, 5.0
    loss, grads = workspace.loss_and_grads(s, t)
    assert loss == 5 and grads["s"] == 10 and grads["t"] == [[1.0]]
    values = [[1, 2], [3, 4]]
    network = loads("dims: {N: 2}\ninputs: {X: [N, N]}\nnetwork: {L: sum(square(X))}\n")
    workspace = defined(workspace_module(network))["Workspace"]()
    assert workspace.loss_and_grads(values)[0] == 30
    values[0][0] = 10
    assert workspace.loss_and_grads(values)[0] == 129


def test_results_are_arrays_of_their_own():
    text = "dims: {N: 2}\ninputs: {X: [N, N], Y: [N, N]}\nnetwork:\n  L: inner(X, Y) + sum(X)\n"
    network = loads(text)
    workspace = defined(workspace_module(network))["Workspace"]()
    x, y = np.ones((2, 2)), np.ones((2, 2))
    for _ in range(2):
        _, grads = workspace.loss_and_grads(x, y)
        np.testing.assert_array_equal(grads["X"], 2 * np.ones((2, 2)))
        np.testing.assert_array_equal(grads["Y"], np.ones((2, 2)))
        for gradient in grads.values():
            gradient += 7
        assert x.sum() == y.sum() == 4


def test_wrong_arguments_are_refused_by_name():
    workspace = defined(workspace_module(loads(NETWORKS["mlp"])))["Workspace"]()
    with pytest.raises(ValueError, match=r"b1 must have shape"):
        workspace.loss_and_grads(*(np.ones((3, 3)) for _ in range(6)))
    with pytest.raises(CannotDerive, match="abstract"):
        workspace_module(
            loads(
                "dims: {N: 2}\nfunctions: {f: abstract}\ninputs: {X: [N, N]}\nnetwork: {L: sum(f(X))}"
            )
        )
    with pytest.raises(InputError, match="there is no target fortran"):
        workspace_module(loads(NETWORKS["mlp"]), target="fortran")


def test_no_array_is_allocated_in_a_call():
    network = deep(4)
    workspace = defined(workspace_module(network))["Workspace"]()
    rng = np.random.default_rng(0)
    sizes = {"N": 400, "H": 300}
    values = [rng.normal(size=[d.size(sizes) for d in v.shape]) for v in network.variables]
    for _ in range(2):
        workspace.loss_and_grads(*values)
    tracemalloc.start()
    workspace.loss_and_grads(*values)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100_000  # one array takes 720,000 or more; NumPy has a small one for rows


def test_the_weights_of_attention_are_never_divided():
    source = workspace_module(loads(NETWORKS["attention"]))
    run = source[source.index("def _run()") :]
    (weights,) = re.findall(r"_exp\(\w+, (\w+)\)", run)
    assert f"_divide({weights}," not in run[run.index("_exp(") :]


def test_what_forward_and_backward_share_is_computed_once():
    source = workspace_module(loads(NETWORKS["classifier"]))
    run = source[source.index("def _run()") : source.index("return _run")]
    assert run.count("_exp(") == 1 and run.count("_maximum_reduce(") == 1
