"""``matcalc trace`` as a shell sees it."""

import json

import numpy as np
import pytest

from tests.cli.test_commands import matcalc
from tests.networks import MLP


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(MLP)
    return path


def test_the_table_fits_80_columns(net):
    done = matcalc("trace", net)
    assert done.returncode == 0 and done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "sampled with seed 0" in done.stdout and "Product switches" in done.stdout


def test_long_names_are_wrapped(tmp_path):
    name = "a" * 60
    path = tmp_path / "long.yaml"
    path.write_text(
        f"dims: {{{name}N: 2}}\ninputs: {{{name}: [{name}N, {name}N]}}\n"
        f"network: {{{name}b: sum(exp({name}))}}"
    )
    done = matcalc("trace", path)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 110


def test_small_arrays_whole_and_large_ones_in_brief(net, tmp_path):
    np.savez(tmp_path / "in.npz", X=[[1.0, 2.0, -3.0]] * 2, b1=np.full((1, 5), 0.5))
    text = matcalc("trace", net, "--values", tmp_path / "in.npz").stdout
    assert "[ 1  2 -3]" in text and "[0.5 0.5 0.5 0.5 0.5]" in text
    assert "norm" in text and "X, b1 given" in text


def test_json_has_nodes_edges_and_remarks(net):
    data = json.loads(matcalc("trace", net, "--format", "json").stdout)
    nodes = {n["name"]: n for n in data["nodes"]}
    assert nodes["Z1"]["operands"] == ["X", "W1", "b1"]
    assert np.shape(nodes["W1"]["gradient"]) == np.shape(nodes["W1"]["value"])
    assert nodes["L"]["gradient"] == 1 and nodes["Y"]["gradient"] is None
    edge = next(e for e in data["edges"] if (e["from"], e["to"]) == ("W1", "Z1"))
    assert edge["contribution"] == "X.T*grad(Z1)" and edge["times"] == 1
    np.testing.assert_allclose(edge["value"], nodes["W1"]["gradient"])
    assert {"kind", "at", "text"} == set(data["remarks"][0])


def test_markdown_goes_to_a_file(net, tmp_path):
    out = tmp_path / "trace.md"
    assert matcalc("trace", net, "--format", "markdown", "-o", out).stdout == ""
    text = out.read_text()
    assert "| name | computed as |" in text and "## On the way back" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({line.count("|") for line in rows}) == 1


@pytest.mark.parametrize(
    "arrays, said",
    [
        ({"W1": np.zeros((2, 2))}, "W1 must have shape D×H = 3×5, not 2×2"),
        ({"X": np.full((2, 3), np.nan)}, "not finite"),
    ],
)
def test_bad_values_are_one_message(net, tmp_path, arrays, said):
    np.savez(tmp_path / "in.npz", **arrays)
    out = tmp_path / "out"
    done = matcalc("trace", net, "--values", tmp_path / "in.npz", "-o", out)
    assert done.returncode == 2 and done.stdout == "" and not out.exists()
    assert said in done.stderr and "Traceback" not in done.stderr


def test_missing_values_and_abstract_functions_exit_with_2(net, tmp_path):
    assert matcalc("trace", net, "--values", tmp_path / "no.npz").returncode == 2
    path = tmp_path / "f.yaml"
    path.write_text("inputs: {x: []}\nfunctions: {f: abstract}\nnetwork: {y: f(x)}")
    done = matcalc("trace", path)
    assert done.returncode == 2 and "abstract" in done.stderr and done.stdout == ""


def test_pictures_go_to_a_file_or_standard_output(net, tmp_path):
    out = tmp_path / "net.svg"
    assert matcalc("trace", net, "--format", "svg", "-o", out).stdout == ""
    svg = out.read_text()
    assert svg.startswith("<svg") and "‖" in svg
    dot = matcalc("trace", net, "--format", "dot", "--vertical", "--no-values").stdout
    assert dot.startswith("digraph") and "rankdir=TB" in dot and "‖" not in dot


def test_abstract_functions_are_drawn_without_values(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text("inputs: {x: []}\nfunctions: {f: abstract}\nnetwork: {y: f(x)}")
    done = matcalc("trace", path, "--format", "svg", "--no-values")
    assert done.returncode == 0 and "y = f(x)" in done.stdout


def test_options_that_do_not_go_together(net):
    for args in (["--vertical"], ["--format", "svg", "--no-values", "--values", "in.npz"]):
        done = matcalc("trace", net, *args)
        assert done.returncode == 2 and done.stdout == "" and "--no-values" in done.stderr


def test_a_graph_that_is_too_large_leaves_nothing_behind(tmp_path):
    path, out = tmp_path / "large.yaml", tmp_path / "large.svg"
    nodes = "\n".join(f"  y{k}: y{k - 1} + x" for k in range(1, 500))
    path.write_text(f"inputs: {{x: []}}\nnetwork:\n  y0: 2*x\n{nodes}")
    done = matcalc("trace", path, "--format", "svg", "-o", out)
    assert done.returncode == 2 and "too large to draw" in done.stderr and not out.exists()
