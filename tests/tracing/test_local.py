"""Edge by edge: the upstream gradient and the local one give what flows back."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.printing.trace_json import trace_data
from matcalc.tracing import trace
from matcalc.tracing.local import MOST, local_gradients

NETWORK = """
dims: {n: 2, m: 2}
inputs: {X: [n, m], s: {shape: [], value: 2}}
parameters: {W: [m, n], b: [1, n]}
network: {Y: X*W + b, A: tanh(Y), L: s*sum(A)}
"""


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("convention", ["row", "column"])
def test_upstream_times_local_is_what_flows_back(convention, layout):
    t = trace(mc.derive(mc.loads(NETWORK), convention=convention, layout=layout))
    network, arrangement = t.network, t.derivation.layout
    order = "C" if convention == "row" else "F"

    def stacked(value, name):
        turned = arrangement.transposes_gradient(network.declared_shape(name))
        return np.ravel(np.transpose(value) if turned else value, order=order)

    found = list(local_gradients(t))
    assert {(e.source, e.target) for e in found} == {
        ("X", "Y"), ("W", "Y"), ("b", "Y"), ("Y", "A"), ("A", "L"), ("s", "L")
    }  # fmt: skip
    for e in found:
        upstream, back = stacked(e.upstream, e.target), stacked(e.back, e.source)
        if e.target == "L":
            np.testing.assert_allclose(e.back, e.jacobian)
            continue
        local = e.jacobian if arrangement.jacobian == "numerator" else e.jacobian.T
        np.testing.assert_allclose(upstream @ local, back, atol=1e-12)


def test_json_has_them_too():
    t = trace(mc.loads("inputs: {x: [5, 1]}\nnetwork: {y: tanh(x), l: sum(y)}"))
    assert [edge["local"] for edge in trace_data(t)["edges"]] == [None, [[1.0]] * 5]


def test_large_local_gradients_are_left_out():
    t = trace(mc.loads("inputs: {x: [5, 1]}\nnetwork: {y: tanh(x), l: sum(y)}"))
    assert [(e.source, e.target) for e in local_gradients(t)] == [("y", "l")]
    assert 5 <= MOST < 25


def test_the_table_is_printed():
    t = trace(mc.loads("inputs: {x: {shape: [], value: 3}}\nnetwork: {y: 2*x, z: y**2}"))
    text = str(t)
    assert "Edge by edge" in text and "upstream" in text
    (line,) = (line for line in text.splitlines() if line.strip().startswith("x ← y"))
    assert line.split() == ["x", "←", "y", "12", "2", "24"]
