"""Networks of any depth on the command line, in every format."""

import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from matcalc.cli.main import group

from matcalc.declaration import loads
from tests.pattern.networks import NETWORKS


@pytest.fixture
def run(tmp_path):
    for name, text in NETWORKS.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    def call(command, name, *options):
        arguments = [command, str(tmp_path / f"{name}.yaml"), *options]
        return CliRunner().invoke(group, arguments, catch_exceptions=False)

    return call


def test_derive_prints_the_pattern(run):
    text = run("derive", "recurrent").stdout
    assert "∂L/∂W = Σ[t=1..T] (∂L/∂h[t] ∘ (1 − h[t]∘²)) · h[t-1]ᵀ" in text
    assert "for t = T-1, ..., 1" in text
    assert "L = 1/T · Σ[t=1..T] l[t]" in text
    assert "Checked on numbers against the unrolled network, at T = 1, 2, 3" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_unrolled_it_is_an_ordinary_derivation(run):
    text = run("derive", "layers", "--unroll", "--dims", "N=2").stdout
    assert "∂L/∂z2 = " in text
    assert "z3" not in text


def test_one_family_alone(run):
    for name in ("b", "b[n]"):
        text = run("derive", "layers", "--wrt", name).stdout
        assert "∂L/∂b[n]" in text
        assert "∂L/∂W[n]" not in text


def test_latex_has_subscripts(run):
    text = run("derive", "layers", "--format", "latex", "--fragment").stdout
    assert r"W_{n+1}^{\top} \frac{\partial L}{\partial z_{n+1}}" in text
    assert r"\prod_{n=k+1}^{N}" in text
    assert r"\text{for } n = N-1, \ldots, 1" in text
    assert r"\sum_{t=1}^{T}" in run("derive", "recurrent", "--format", "latex").stdout


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is missing")
@pytest.mark.parametrize("name", ["layers", "encoder"])
def test_documents_compile(run, tmp_path, name):
    path = tmp_path / "all.tex"
    assert run("derive", name, "--format", "latex", "-o", str(path)).exit_code == 0
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-600:]


def test_markdown(run):
    text = run("derive", "tied", "--format", "markdown").stdout
    assert "### `∂L/∂W[n]` (m\\[n\\]×m\\[n-1\\])" in text
    assert r"\frac{\partial L}{\partial y_{k}} = W_{k}" in text


def test_json_has_the_unrolled_network_and_the_pattern(run):
    data = json.loads(run("derive", "recurrent", "--format", "json", "--jacobians").stdout)
    assert {p["wrt"] for p in data["partials"]} >= {"W", "h1", "h4"}
    assert data["jacobians"]
    pattern = data["pattern"]
    assert (pattern["depths"], pattern["holds_from"]) == ({"T": 4}, 1)
    found = {p["wrt"]: p for p in pattern["partials"]}
    assert found["W"]["for"] is None
    assert found["h[t]"]["for"] == {"variable": "t", "first": "1", "last": "T-1"}
    assert found["W"]["expr"].endswith("*h[t-1].T for t in 1..T)")
    assert found["W"]["steps"][-1]["over"] == {"variable": "t", "first": "1", "last": "T"}
    assert pattern["loops"] == [
        {"for": {"variable": "t", "first": "1", "last": "T"}, "down": False}
    ]


def test_json_says_why_there_is_no_pattern(run):
    data = json.loads(run("derive", "layers", "--format", "json", "--style", "explicit").stdout)
    assert "--unroll" in data["pattern"]["reason"]


def test_what_has_no_pattern_is_refused(run):
    done = run("derive", "layers", "--jacobians")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--unroll" in done.stderr


def test_check_tries_six_depths(run):
    text = run("check", "layers", "--points", "1").stdout
    assert "The pattern, at N = 1, 2, 3, 4, 5, 6:" in text
    assert "ok   pattern     conclusion: x[k-1]" in text
    assert "FAIL" not in text


def test_code_has_loops_and_checks_itself(run, tmp_path):
    path = tmp_path / "module.py"
    assert run("codegen", "gated", "-o", str(path)).exit_code == 0
    source = path.read_text(encoding="utf-8")
    assert "for t in range(1, T + 1):" in source
    assert "for t in reversed(range(1, T + 1)):" in source
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "def affine_forward" in run("codegen", "layers", "--unroll").stdout


def test_other_commands_see_the_unrolled_network(run, tmp_path):
    assert "z3" in run("trace", "layers").stdout
    assert run("derive", "layers", "--unroll", "--jacobians", "--wrt", "W").exit_code == 0


def test_show(run):
    text = run("show", "tied").stdout
    assert "  for k in N..1:\n    y[k-1]: tanh(W[k].T*y[k] + c[k-1])\n" in text
    flat = run("show", "tied", "--unroll", "--dims", "N=2", "--convention", "row").stdout
    assert "y0: tanh(y1*W1.T + c0)" in flat
    assert loads(flat).convention.value == "row"


def test_show_of_a_file_that_is_not_there():
    from matcalc.errors import InputError

    with pytest.raises(InputError, match="cannot be read"):
        CliRunner().invoke(group, ["show", "nowhere.yaml"], catch_exceptions=False)
