"""The commands as a shell sees them: output, messages, exit codes, files."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.networks import MLP

BAD = MLP.replace("A1*W2 + b2", "A1*W3 + b2")


def matcalc(*args, stdin=None, cwd=None):
    command = [sys.executable, "-m", "matcalc.cli.main", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=cwd)


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(MLP)
    return path


def test_derive_prints_forms_shapes_and_the_check(net):
    done = matcalc("derive", net)
    assert done.returncode == 0
    assert "∂L/∂W1 = Xᵀ · ∂L/∂Z1" in done.stdout
    assert "A1.T*grad(Z2)" in done.stdout
    assert "Checked on numbers" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout and done.stderr == ""


def test_json_has_what_the_contract_says(net):
    done = matcalc("derive", net, "--format", "json", "--jacobians")
    data = json.loads(done.stdout)
    assert data["convention"] == "row" and data["layout"] == "denominator"
    assert data["dims"] == {"N": 2, "D": 3, "H": 5, "C": 7}
    assert data["variables"][0] == {"name": "X", "kind": "input", "shape": ["N", "D"]}
    assert data["nodes"][0]["expr"] == "X*W1 + ones(N, 1)*b1"
    partials = {p["wrt"]: p for p in data["partials"]}
    assert set(partials) == {"X", "W1", "b1", "W2", "b2", "Z1", "A1", "Z2"}
    assert partials["W1"]["expr"] == "X.T*grad(Z1)"
    assert partials["W2"]["closed_form"] == "A1.T*(Z2 - Y)"
    assert partials["W1"]["shape"] == ["D", "H"] and partials["W1"]["of"] == "L"
    jacobians = {(j["of"], j["wrt"]): j for j in data["jacobians"]}
    assert jacobians["Z1", "W1"]["expr"] == "kron(X.T, eye(H))"
    assert jacobians["Z1", "W1"]["shape"] == ["D*H", "N*H"]
    assert jacobians["Z1", "W1"]["condensed"] == "X.T"
    assert ("L", "Y") not in jacobians
    assert {"rule", "lhs", "rhs", "latex", "text"} <= set(data["steps"][0])


def test_a_mapping_of_layouts_is_repeated(net):
    net.write_text(MLP + "layout: {vector_gradient: transpose}\n")
    data = json.loads(matcalc("derive", net, "--format", "json").stdout)
    assert data["layout"]["vector_gradient"] == "transpose"


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "json"])
def test_every_format_goes_to_a_file(net, tmp_path, form):
    out = tmp_path / "out"
    done = matcalc("derive", net, "--format", form, "-o", out)
    assert done.returncode == 0 and done.stdout == ""
    assert "W1" in out.read_text() or "W_{1}" in out.read_text()


def test_standard_input_options_and_presets(net):
    done = matcalc(
        "derive", "-", "--preset", "handwritten", "--wrt", "W2", "--dims", "N=8", stdin=MLP
    )
    assert "∂L/∂W2 = ∂L/∂Z2 · A1ᵀ" in done.stdout
    assert "∂L/∂W1" not in done.stdout and "N = 8" in done.stdout
    numerator = matcalc("derive", net, "--layout", "numerator").stdout
    assert "grad(Z1).T*X" in numerator


def test_a_fragment_has_no_preamble(net):
    text = matcalc("derive", net, "--format", "latex", "--fragment").stdout
    assert "documentclass" not in text and r"\begin{align*}" in text
    assert matcalc("derive", net, "--fragment").returncode == 2


def test_check_lists_every_claim(net):
    done = matcalc("check", net, "--points", "2")
    assert done.returncode == 0
    assert "ok   partial" in done.stdout and "all hold" in done.stdout


@pytest.mark.parametrize("command", ["derive", "check", "codegen"])
def test_bad_input_leaves_nothing_behind(tmp_path, command):
    path, out = tmp_path / "bad.yaml", tmp_path / "out"
    path.write_text(BAD)
    done = matcalc(command, path, "-o", out)
    assert done.returncode == 2
    assert done.stdout == "" and not out.exists()
    assert "bad.yaml:9:10" in done.stderr and "W3" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "args",
    [
        ["derive"],
        ["derive", "missing.yaml"],
        ["derive", "."],
        ["derivee", "net.yaml"],
        ["derive", "net.yaml", "--wrt", "W9"],
        ["derive", "net.yaml", "--wrt", "Y"],
        ["derive", "net.yaml", "--layout", "sideways"],
        ["derive", "net.yaml", "--preset", "nobody"],
        ["derive", "net.yaml", "--convention", "diagonal"],
        ["derive", "net.yaml", "--dims", "M=3"],
        ["derive", "net.yaml", "--dims", "N=x"],
        ["derive", "net.yaml", "-o", "."],
        ["derive", "net.yaml", "-o", "no/such/folder/out"],
        ["eval", "net.yaml", "--values", "missing.npz"],
        ["check", "net.yaml", "--points", "0"],
    ],
)
def test_bad_usage_is_exit_code_2(net, args):
    done = matcalc(*args, cwd=net.parent)
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr and "Traceback" not in done.stderr


def test_help_and_version():
    assert "derive" in matcalc("--help").stdout
    assert "Examples" in matcalc("derive", "--help").stdout
    assert matcalc("--version").stdout.startswith("matcalc, version 0.")


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['matcalc', '--help']\n"
        "from matcalc.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'sympy', 'yaml'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_derive_loads_only_what_it_uses(net):
    code = (
        f"import sys; sys.argv = ['matcalc', 'derive', {str(net)!r}]\n"
        "from matcalc.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'sympy', 'scipy', 'matcalc.generation', 'matcalc.scheduling'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_codegen_writes_a_module_that_checks_itself(net, tmp_path):
    out = tmp_path / "backward.py"
    assert matcalc("codegen", net, "-o", out).returncode == 0
    done = subprocess.run([sys.executable, str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_eval_gives_loss_and_gradients(net, tmp_path):
    rng = np.random.default_rng(0)
    shapes = {"X": (4, 3), "W1": (3, 5), "b1": (1, 5), "W2": (5, 7), "b2": (1, 7), "Y": (4, 7)}
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    np.savez(tmp_path / "in.npz", **arrays)
    done = matcalc("eval", net, "--values", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out.npz") as out:
        assert set(out.files) == {"loss", "X", "W1", "b1", "W2", "b2"}
        hidden = 1 / (1 + np.exp(-(arrays["X"] @ arrays["W1"] + arrays["b1"])))
        residual = hidden @ arrays["W2"] + arrays["b2"] - arrays["Y"]
        np.testing.assert_allclose(out["loss"], np.sum(residual**2) / 2)
        np.testing.assert_allclose(out["W2"], hidden.T @ residual)
        assert out["loss"].shape == ()


def test_eval_names_what_is_missing(net, tmp_path):
    np.savez(tmp_path / "in.npz", X=np.zeros((2, 3)))
    done = matcalc("eval", net, "--values", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    assert done.returncode == 2 and "W1" in done.stderr
    assert not (tmp_path / "out.npz").exists()
