"""``matcalc check`` names the sides of kinks that were not met, in text and in JSON."""

import json

import pytest

from tests.running import run as matcalc

MET = "dims: {n: 3}\ninputs: {X: [n, n]}\nnetwork: {Z: relu(X), L: sum(Z)}\n"
UNMET = MET.replace("relu(X)", "relu(exp(X))")
LOOP = """dims: {N: 2, D: 3}
inputs: {"x[0]": [1, D]}
network:
  for n in 1..N: {"x[n]": "relu(x[n-1])"}
  L: sum(x[N])
"""


@pytest.fixture
def run(tmp_path):
    def with_text(text, *options):
        path = tmp_path / "net.yaml"
        path.write_text(text)
        return matcalc(options[0], str(path), *options[1:])

    return with_text


def test_a_side_that_is_not_met_is_named_and_the_exit_code_stays(run):
    done = run(UNMET, "check", "--points", "1")
    assert done.code == 0
    assert "\nnot met: relu(exp(X)) in node Z with exp(X) <= 0\n" in done.out
    done = run(UNMET, "derive")
    assert done.code == 0
    assert "Not met: relu(exp(X)) in node Z with exp(X) <= 0." in " ".join(done.out.split())


def test_where_all_are_met_nothing_is_said(run):
    for command in ("check", "derive"):
        assert "ot met" not in run(MET, command).out


def test_the_report_as_json(run):
    data = json.loads(run(UNMET, "check", "--points", "1", "--format", "json").out)
    assert data["ok"] is True
    assert data["sizes"] == {"n": 2}
    assert {claim["verdict"] for claim in data["claims"]} == {"ok"}
    assert data["not_met"] == [
        {"kink": "relu(exp(X))", "node": "Z", "function": "", "side": "exp(X) <= 0"}
    ]
    assert json.loads(run(MET, "check", "--format", "json").out)["not_met"] == []


def test_the_report_on_a_pattern_as_json(run):
    data = json.loads(run(LOOP, "check", "--points", "1", "--format", "json").out)
    assert data["pattern"]["ok"] is True
    assert data["pattern"]["depths"].startswith("at N = 1")
    assert data["pattern"]["claims"]


def test_another_format_is_refused(run):
    done = run(MET, "check", "--format", "html")
    assert done.code == 2
    assert done.out == ""
