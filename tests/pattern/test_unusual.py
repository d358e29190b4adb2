"""Loops that differ from most: their pattern, their code, and what is said about them."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

from matcalc.checking.patterns import check_pattern
from matcalc.declaration import loads
from matcalc.depth.pattern import derive_pattern
from matcalc.depth.proofs import proofs
from matcalc.errors import InputError
from matcalc.generation import codegen
from matcalc.generation.library import run
from matcalc.generation.loops import codegen_loops
from matcalc.layout.layout import LAYOUTS
from matcalc.printing.pattern_json import pattern_data
from matcalc.printing.pattern_outline import PatternLanguage
from tests.pattern.test_loops_in_code import arguments, flat
from tests.pattern.unusual import UNUSUAL


@pytest.mark.parametrize("name", UNUSUAL)
def test_every_claim_holds(name):
    template = loads(UNUSUAL[name]).template
    for layout, depths in (("denominator", (1, 2, 4)), ("numerator", (2,))):
        report = check_pattern(derive_pattern(template, LAYOUTS[layout]), depths=depths)
        assert report.ok, report.failed
    turned = derive_pattern(template.convert(template.convention.other), LAYOUTS["denominator"])
    report = check_pattern(turned, depths=(3,))
    assert report.ok, report.failed


@pytest.mark.parametrize("style", ["chain", "index", "vec"])
@pytest.mark.parametrize("name", ["assumed start", "one by one"])
def test_in_every_way_of_reasoning(name, style):
    template = loads(UNUSUAL[name]).template
    pattern = derive_pattern(template, LAYOUTS["denominator"], style=style)
    report = check_pattern(pattern, depths=(1, 2))
    assert report.ok, report.failed


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("name", UNUSUAL)
def test_the_code_agrees_with_the_unrolled_code(name, depth):
    template = loads(UNUSUAL[name]).template
    depths = dict.fromkeys(template.depths, depth)
    looped, values = arguments(template, depths)
    module = run(codegen_loops(template))
    asked = inspect.signature(module["forward"]).parameters
    looped |= {n: size for n, size in depths.items() if n in asked}
    loss, grads = module["loss_and_grads"](**looped)
    expected, other = run(codegen(template.unrolled(depths)))["loss_and_grads"](**values)
    np.testing.assert_allclose(loss, expected, rtol=1e-12)
    found = flat(template, depths, grads)
    assert set(found) == set(other)
    for key, gradient in found.items():
        np.testing.assert_allclose(gradient, other[key], rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", ["one by one", "forward from zero", "families of assumed weights"])
def test_a_module_checks_itself(name, tmp_path):
    path = tmp_path / "module.py"
    path.write_text(codegen_loops(loads(UNUSUAL[name]).template), encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_step_names_what_it_comes_from():
    source = codegen_loops(loads(UNUSUAL["forward from zero"]).template)
    assert "x[n + 1], cache" in source
    assert "def x_forward(x_before, W):" in source


def test_a_recursion_has_a_rule_of_its_own_where_less_follows():
    pattern = derive_pattern(loads(UNUSUAL["two steps back"]).template, LAYOUTS["denominator"])
    (recursion,) = proofs(pattern)
    text = PatternLanguage(pattern.template.convention).text
    last, one, general = recursion.claims
    step = "W[n+1].T*hadamard(grad(x[n+1]), 1 - power(x[n+1], 2))"
    assert text(last.rhs) == "x[N] - y"
    assert (one.about, text(one.rhs), one.least) == ("x[N-1]", step.replace("n+1", "N"), 2)
    assert text(general.rhs) == step.replace("n+1", "n+2").replace("W[n+2]", "V") + f" + {step}"
    assert (str(general.first), str(general.last)) == ("1", "N-2")
    assert "from N = 2 on" in one.text
    assert "those that are known by then" in recursion.text


def test_a_claim_in_json_says_from_which_depth_it_holds():
    pattern = derive_pattern(loads(UNUSUAL["three steps back"]).template, LAYOUTS["denominator"])
    (recursion,) = pattern_data(pattern)["proofs"]
    found = {c["wrt"]: c["holds_from"] for c in recursion["claims"]}
    assert found == {"h[T]": 1, "h[T-1]": 2, "h[T-2]": 3, "h[t]": 3}


def test_the_loss_may_be_the_last_member_of_a_loop():
    pattern = derive_pattern(loads(UNUSUAL["a running loss"]).template, LAYOUTS["denominator"])
    text = PatternLanguage(pattern.template.convention).text
    found = {rule.symbol.name: text(rule.expr) for rule in pattern.ordered()}
    assert found["c[N]"] == "1"
    assert found["c[n]"] == "grad(c[n+1])"
    assert found["x[N]"] == "grad(c[N])*x[N]/norm(x[N])"


def test_a_family_of_sizes_has_an_index_in_expressions_too():
    with pytest.raises(InputError, match="m is a family of sizes and has an index"):
        loads(UNUSUAL["scaled by sizes"].replace("/m[N]", "/m"))
    with pytest.raises(InputError, match=r"m\[4\] is needed"):
        loads(UNUSUAL["scaled by sizes"].replace("sqrt(m[n-1])", "m[n+1]"))
