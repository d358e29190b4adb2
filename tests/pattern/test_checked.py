"""The check of a pattern: wrong claims are found on whichever side of a kink they are wrong."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from matcalc.cli.main import group

import matcalc as mc
from matcalc.checking.patterns import check_pattern
from matcalc.declaration import loads
from matcalc.depth.pattern import derive_pattern
from matcalc.errors import InputError
from matcalc.expressions.build import gradient, mul
from matcalc.layout.layout import LAYOUTS
from tests.pattern.networks import NETWORKS

NUMBERS = """
dims: {N: 3}
inputs:
  x[0]: []
parameters:
  w[n]: []
network:
  for n in 1..N:
    z[n]: w[n]*x[n-1]
    x[n]: %s
  L: x[N]**2/2 + x[N]
"""
KINKED = ("abs(z[n])", "relu(z[n])", "leaky_relu(z[n])", "elu(z[n])", "maximum(z[n], 2*z[n])")


def one_sided(text, factor):
    """A pattern whose rule of z[n] is right on one side of the kink alone."""
    pattern = derive_pattern(loads(text).template, LAYOUTS["denominator"])
    rules = pattern.rules["z"]
    (k,) = [k for k, rule in enumerate(rules) if rule.letter]
    x = next(r.symbol for r in pattern.rules["x"] if r.letter)
    rules[k] = replace(rules[k], expr=mul(factor, gradient(x)))
    return pattern


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", KINKED)
def test_one_depth_and_one_number_are_enough_to_find_a_wrong_side(form, seed):
    factor = 2 if "maximum" in form else 1
    report = check_pattern(one_sided(NUMBERS % form, factor), depths=(1,), seed=seed)
    assert "z[n]" in {row.name for row in report.failed}


def test_a_side_that_no_point_was_on_is_named():
    text = NUMBERS.replace(
        "parameters:", "constants:\n  M[n]: {shape: [], assume: positive}\nparameters:"
    )
    pattern = derive_pattern(
        loads(text % "where(M[n], z[n], 2*z[n])").template, LAYOUTS["denominator"]
    )
    report = check_pattern(pattern, depths=(1, 2))
    assert report.ok
    assert [(side.node, side.side) for side in report.unmet] == [
        ("x1", "M1 <= 0"),
        ("x2", "M2 <= 0"),
    ]


def test_sizes_are_found_at_which_an_inverse_exists():
    text = """
dims: {N: 2, B: 5, H: 2}
inputs:
  x[0]: [B, H]
parameters:
  W[n]: [H, H]
constants: {y: [B, 1]}
network:
  for n in 1..N:
    x[n]: tanh(x[n-1]*W[n])
  w: solve(x[N].T*x[N], x[N].T*y)
  L: sse(x[N]*w, y)
"""
    report = check_pattern(
        derive_pattern(loads(text).template, LAYOUTS["denominator"]), depths=(2,)
    )
    assert report.ok, report.failed
    assert report.sizes["B"] > report.sizes["H"]


def test_what_has_no_derivative_anywhere_is_the_fault_of_the_network(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        NUMBERS.replace("x[N]**2/2 + x[N]", "norm(x[N])") % "z[n] - z[n]", encoding="utf-8"
    )
    with pytest.raises(InputError, match="is not finite at any of the points"):
        CliRunner().invoke(group, ["derive", str(path)], catch_exceptions=False)


def test_a_check_in_python_includes_the_pattern():
    d = mc.derive(mc.loads(NUMBERS % "abs(z[n])"))
    report = mc.check(d, points=1, exact=False, jacobians=False, depths=(1, 2))
    assert report.ok
    assert "w[n], for every depth" in {row.name for row in report.rows}
    one_sided_rules = one_sided(NUMBERS % "abs(z[n])", 1).rules
    d.pattern.rules.update(one_sided_rules)
    assert not mc.check(d, points=1, exact=False, jacobians=False, depths=(1, 2)).ok


def test_that_there_is_no_pattern_is_passed_over_with_the_reason():
    d = mc.derive(mc.loads(NETWORKS["layers"]), style="explicit")
    (row,) = [row for row in mc.check(d, points=1).passed_over if row.kind == "pattern"]
    assert "--unroll" in row.detail


GATES = "ifog"
LSTM = f"""
dims: {{T: 3, B: 2, D: 2, H: 3}}
inputs:
  x[t]: [B, D]
  h[0]: [B, H]
  c[0]: [B, H]
parameters: {{{", ".join(f"W{k}: [D, H], U{k}: [H, H], b{k}: [H]" for k in GATES)}, V: [H, 2]}}
constants:
  y[t]: [B, 2]
network:
  for t in 1..T:
    i[t]: sigmoid(x[t]*Wi + h[t-1]*Ui + bi)
    f[t]: sigmoid(x[t]*Wf + h[t-1]*Uf + bf)
    o[t]: sigmoid(x[t]*Wo + h[t-1]*Uo + bo)
    g[t]: tanh(x[t]*Wg + h[t-1]*Ug + bg)
    c[t]: hadamard(f[t], c[t-1]) + hadamard(i[t], g[t])
    h[t]: hadamard(o[t], tanh(c[t]))
    l[t]: softmax_cross_entropy(h[t]*V, y[t])
  L: sum(l[:])/T
"""


def test_there_is_room_for_the_pattern_of_an_lstm_in_its_longest_style(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(LSTM, encoding="utf-8")
    done = CliRunner().invoke(group, ["derive", str(path), "--style", "vec"])
    assert done.exit_code == 0, done.stderr
