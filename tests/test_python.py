"""The Python interface as README and docs show it."""

import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy
from sympy import MatrixSymbol, OneMatrix, Symbol, Trace

import matcalc as mc
from tests.networks import MLP


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(MLP)
    return mc.load(path)


def arrays(**sizes):
    rng = np.random.default_rng(5)
    shapes = {"X": "ND", "W1": "DH", "b1": "1H", "W2": "HC", "b2": "1C", "Y": "NC"}
    return {k: rng.normal(size=[sizes.get(d, 1) for d in s]) for k, s in shapes.items()}


def test_partials(net):
    d = mc.derive(net, layout="denominator")
    assert str(d["W1"]) == "X.T*grad(Z1)"
    assert str(d["W1"].expr) == "X.T*grad(Z1)"
    assert tuple(map(str, d["W1"].shape)) == ("D", "H")
    assert isinstance(d["W2"].closed_form, sympy.MatrixExpr)
    assert r"\frac{\partial L}{\partial Z_{1}}" in d["W1"].latex()
    assert d["W1"]._repr_latex_().startswith("$")
    for shown in (d, d["W1"], d.jacobian("Z1", "W1")):
        markup = shown._repr_html_()
        assert ElementTree.fromstring(markup).find(".//mfrac") is not None
        assert "∂" in markup and "class=" not in markup
    assert d._repr_html_().count("<mtr>") == len(d.partials)
    with pytest.raises(KeyError, match="did you mean"):
        d["W3"]


def test_jacobians_and_steps(net):
    d = mc.derive(net)
    jacobian = d.jacobian("Z1", "W1")
    assert str(jacobian) == "kron(X.T, eye(H))"
    assert str(jacobian.condensed) == "X.T"
    assert r"\otimes" in jacobian.latex()
    assert {"differential", "accumulate"} == {step.kind for step in d.steps}


def test_check_reports(net):
    report = mc.check(mc.derive(net))
    assert report.ok and report.max_error < 1e-12 and report.rows


def test_kernels_are_functions_of_the_variables(net):
    values = arrays(N=4, D=3, H=5, C=2)
    d = mc.derive(net)
    hidden = 1 / (1 + np.exp(-(values["X"] @ values["W1"] + values["b1"])))
    residual = hidden @ values["W2"] + values["b2"] - values["Y"]
    np.testing.assert_allclose(d["W2"].kernel(**values), hidden.T @ residual)
    np.testing.assert_allclose(
        d["b1"].kernel(**values),
        (residual @ values["W2"].T * hidden * (1 - hidden)).sum(axis=0, keepdims=True),
    )


def test_codegen_takes_networks_and_derivations(net):
    assert mc.codegen(net) == mc.codegen(mc.derive(net))


def test_a_network_from_sympy():
    n, m, p = (Symbol(name, integer=True, positive=True) for name in "NDH")
    x, w, b = MatrixSymbol("X", n, m), MatrixSymbol("W", m, p), MatrixSymbol("b", 1, p)
    z = MatrixSymbol("Z", n, p)
    net = mc.Network(
        {"Z": x * w + OneMatrix(n, 1) * b, "L": Trace(z.T * z)},
        inputs=[x],
        parameters=[w, b],
        loss="L",
    )
    d = mc.derive(net)
    assert str(d["Z"]) == "2*Z"
    assert str(d["W"]) == "X.T*grad(Z)"
    assert mc.check(d).ok


def test_importing_is_light():
    code = "import sys, matcalc; sys.exit(bool({'sympy', 'numpy', 'yaml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_derivation_without_sympy(net):
    code = (
        "import sys, matcalc as mc\n"
        f"net = mc.loads({MLP!r})\n"
        "d = mc.derive(net); str(d['W1']); d.steps; mc.check(d)\n"
        "sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
