"""Networks of any depth in Python."""

import pytest

import matcalc as mc
from matcalc.errors import CannotDerive
from tests.pattern.networks import NETWORKS


def test_the_pattern_of_a_derivation_is_in_its_layout_and_convention():
    d = mc.derive(mc.loads(NETWORKS["layers"]), convention="row", layout="numerator")
    (rule,) = d.pattern.rules["b"]
    assert rule.form(d.layout).shape == rule.shape[::-1]
    assert d["b1"].shape == d["b1"].equation.expr.shape[::-1]


def test_a_family_stands_for_its_members():
    d = mc.derive(mc.loads(NETWORKS["layers"]), "W")
    assert d.wrt == ("W1", "W2", "W3")
    assert d.pattern.wanted == {"W"}
    assert mc.derive(d.network, ["W[n]", "b2"]).pattern.wanted == {"W", "b"}


def test_a_network_without_loops_has_no_pattern():
    net = mc.loads("dims: {N: 2}\ninputs: {x: [N]}\nnetwork: {L: sum(x)}")
    with pytest.raises(CannotDerive, match="no loops"):
        _ = mc.derive(net).pattern


def test_code_has_loops_unless_they_are_unrolled():
    net = mc.loads(NETWORKS["residual"])
    assert "for n in range(1, N + 1):" in mc.codegen(net)
    assert "for n in range" not in mc.codegen(net, unroll=True)
