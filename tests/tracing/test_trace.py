"""Traces hold what a complex step says, edge by edge, and say what happens where."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.checking.reference import Reference
from matcalc.errors import CannotDerive, InputError
from matcalc.expressions.build import gradient
from matcalc.tracing import trace
from tests.networks import MLP

ATTENTION = """
dims: {N: 4, D: 3, H: 5}
inputs: {X: [N, D]}
parameters: {Wq: [D, H], Wk: [D, H], Wv: [D, D], gamma: [1, D]}
constants: {Y: [N, D]}
network:
  Q: X*Wq
  K: X*Wk
  S: Q*K.T/sqrt(H)
  A: softmax(S)
  O: A*(X*Wv)
  R: X + O
  M: hadamard(gamma, layernorm(R))
  L: sse(M, Y)
"""
SHARED = """
dims: {n: 3}
inputs: {x: [n], s: []}
network:
  u: hadamard(x, x, exp(x))
  v: maximum(u, s*x)
  w: u + v + stop_gradient(x)
  L: sum(w)*s
"""
GRAPH = """
inputs: {x: {shape: [], value: -2}, y: {shape: [], value: 5}, z: {shape: [], value: -4}}
network: {q: x + y, f: q*z}
"""
NETWORKS = {"mlp": MLP, "attention": ATTENTION, "shared": SHARED, "graph": GRAPH}


def texts(t, kind):
    return [r.text for r in t.remarks if r.kind == kind]


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("name", NETWORKS)
def test_values_and_gradients_are_those_of_the_complex_step(name, layout):
    t = trace(mc.derive(mc.loads(NETWORKS[name]), layout=layout))
    network = t.network
    values = {v.name: t.point.values[v.symbol] for v in network.variables}
    reference = Reference(network, values, t.point.env, {})
    known = reference.gradients(list(t.derivation.gradients))
    for node in t.nodes:
        symbol = network.symbol(node.name)
        np.testing.assert_allclose(node.value, reference.point[symbol])
        if node.gradient is None or node.name == network.loss:
            continue
        turn = t.derivation.layout.transposes_gradient(network.declared_shape(node.name))
        expected = np.asarray(known[gradient(symbol)])
        np.testing.assert_allclose(node.gradient, expected.T if turn else expected, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_flows_along_the_edges_adds_up_to_the_gradient(name):
    t = trace(mc.loads(NETWORKS[name]))
    for node in t.nodes:
        if node.gradient is not None and node.kind != "loss":
            flows = [e.value for e in t.edges if e.source == node.name and e.value is not None]
            np.testing.assert_allclose(sum(flows), node.gradient, atol=1e-12)


def test_the_graph_of_the_lecture():
    t = trace(mc.loads(GRAPH))
    assert [float(n.value) for n in t.nodes] == [-2, 5, -4, 3, -12]
    assert [float(n.gradient) for n in t.nodes] == [-4, -4, 3, -4, 1]
    assert [(e.source, e.target, e.times) for e in t.edges][-2:] == [("q", "f", 1), ("z", "f", 1)]
    (switch,) = texts(t, "switches")
    assert "`q` receives `z` times what arrives and `z` receives `q`" in switch
    (add,) = texts(t, "distributes")
    assert "`x` and `y` each receive what arrives at `q`, unchanged" in add


def test_remarks_follow_from_the_operations():
    t = trace(mc.loads(MLP))
    assert any("`W1` receives `Xᵀ` times what arrives" in text for text in texts(t, "switches"))
    assert any("repeated in every one of the `N` rows" in text for text in texts(t, "sums"))
    assert any("slope" in text and "here from" in text for text in texts(t, "scales"))
    shared = trace(mc.loads(SHARED))
    assert any(
        "goes to the larger of `u` and `s·x`" in x.replace(" · ", "·")
        for x in texts(shared, "routes")
    )
    assert any("Nothing flows back to `x`" in text for text in texts(shared, "stops"))
    assert any("`x` is used in `u` 3 times and `v`" in text for text in texts(shared, "adds"))
    assert any(
        "every entry of `w` receives what arrives" in text for text in texts(shared, "copies")
    )
    attention = trace(mc.loads(ATTENTION))
    assert any("softmax(S)" in text for text in texts(attention, "mixes"))
    assert any("`X` is used in" in text for text in texts(attention, "adds"))


@pytest.mark.parametrize(
    "x, y, taken, other", [(3, 2, "`x`", "`y`"), (2, 3, "`y`", "`x`"), (2, 2, "`x`", "`y`")]
)
def test_max_says_which_way_was_taken(x, y, taken, other):
    t = trace(mc.loads("inputs: {x: [], y: []}\nnetwork: {m: 'maximum(x, y)'}"), {"x": x, "y": y})
    (text,) = texts(t, "routes")
    assert f"here to {taken}; {other} receives 0" in text
    assert [float(t[n].gradient) for n in "xy"] == ([1, 0] if taken == "`x`" else [0, 1])


def test_given_values_set_the_sizes():
    X = np.arange(9.0).reshape(3, 3)
    t = trace(mc.loads(MLP), {"X": X, "Y": np.zeros((3, 7))})
    assert t.sizes["N"] == 3 and t["Z1"].sizes[0] == 3
    np.testing.assert_array_equal(t["X"].value, X)
    assert t.origin["X"] == "given" and t.origin["W1"] == "sampled"


def test_outputs_take_the_gradient_that_is_handed_over():
    net = mc.loads("dims: {n: 2}\ninputs: {x: [n]}\nnetwork: {y: 3*x}\noutputs: [y]")
    t = trace(net, {"grad_y": np.array([[1.0, -2.0]])})
    np.testing.assert_allclose(t["x"].gradient, [[3.0, -6.0]])
    assert t.origin == {"x": "sampled", "grad_y": "given"}


def test_seeds_decide_the_samples():
    net = mc.loads(MLP)
    assert trace(net, seed=3)["L"].value == trace(net, seed=3)["L"].value
    assert trace(net, seed=3)["L"].value != trace(net, seed=4)["L"].value


def test_samples_stay_inside_the_domain_where_one_is_found():
    net = mc.loads("dims: {n: 6}\ninputs: {x: [n]}\nnetwork: {y: log(x), L: sum(y)}")
    assert np.all(trace(net)["x"].value > 0)


@pytest.mark.parametrize(
    "values, said",
    [
        ({"W9": 1.0}, "no variable W9"),
        ({"X": np.zeros((4, 9))}, "X must have shape"),
        ({"X": np.zeros(3)}, "X must have shape"),
        ({"X": np.zeros((4, 3)), "Y": np.zeros((6, 7))}, "do not fit together"),
        ({"X": np.zeros((4, 3))}, "of X must have shape N×D = 2×3, not 4×3"),
        ({"X": np.full((4, 3), np.nan)}, "not finite (entry [0, 0])"),
        ({"X": np.array([["a"] * 3] * 4)}, "real numbers"),
        ({"X": np.zeros((4, 3), complex)}, "real numbers"),
    ],
)
def test_values_that_do_not_fit_are_refused(values, said):
    with pytest.raises(InputError, match=None) as found:
        trace(mc.loads(MLP), values)
    assert said in str(found.value)


def test_values_outside_a_domain_are_refused():
    net = mc.loads("inputs: {x: []}\nnetwork: {y: log(x), L: 2*y}")
    with pytest.raises(InputError, match="y is not finite"):
        trace(net, {"x": -1.0})
    root = mc.loads("inputs: {x: []}\nnetwork: {y: sqrt(x), L: 2*y}")
    with pytest.raises(InputError, match="gradient by x is not finite"):
        trace(root, {"x": 0.0})


def test_abstract_functions_and_huge_sizes_are_refused():
    with pytest.raises(CannotDerive, match="f is abstract"):
        trace(mc.loads("inputs: {x: []}\nfunctions: {f: abstract}\nnetwork: {y: f(x)}"))
    with pytest.raises(InputError, match="would hold"):
        trace(mc.loads("dims: {n: 100000}\ninputs: {A: [n, n]}\nnetwork: {L: sum(A)}"))
