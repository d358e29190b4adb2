"""The check lets right forms pass near rounding and catches wrong ones."""

from dataclasses import replace

import numpy as np
import pytest

from matcalc.checking import check
from matcalc.checking.report import compare
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.errors import InputError
from matcalc.expressions.build import hadamard, mul
from matcalc.operations.entrywise import Entrywise
from tests.networks import deep, mlp

WRONG = {
    "sign flipped": lambda e: -e,
    "twice": lambda e: mul(2, e),
    "a little off": lambda e: mul(e, 1) / 1 + mul(e, 1) / 10**6,
    "squared entries": lambda e: hadamard(e, e),
    "nothing": lambda e: mul(0, e),
}


def test_right_forms_are_near_rounding():
    report = check(derive(mlp()), points=5)
    assert report.ok
    assert report.max_error < 1e-13
    assert len(set(report.sizes.values())) == len(report.sizes)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["X", "W1", "b1", "Z1", "A1", "W2", "b2", "Z2"])
def test_a_wrong_partial_is_caught(name, wrong):
    d = derive(mlp())
    partial = d.partials[name]
    d.partials[name] = replace(partial, form=WRONG[wrong](partial.form))
    report = check(d, points=1)
    assert ("partial", name) in {(row.kind, row.name) for row in report.failed}
    assert "is right" in report.failed[0].detail


def test_a_missing_transpose_is_caught_even_where_it_fits():
    network = loads("dims: {n: 3}\ninputs: {A: [n, n], B: [n, n]}\nnetwork: {L: sum(A*B*A)}")
    d = derive(network)
    partial = d.partials["B"]
    d.partials["B"] = replace(partial, form=partial.form.T)
    assert not check(d, points=1).ok


def test_a_wrong_step_is_caught():
    d = derive(mlp())
    broken = replace(d.steps[0], rhs=mul(2, d.steps[0].rhs))
    d.__dict__["steps"] = (broken, *d.steps[1:])
    failed = check(d, points=1).failed
    assert {row.kind for row in failed} == {"step", "exact"}


def test_a_wrong_rule_is_caught(monkeypatch):
    right = Entrywise.differential
    monkeypatch.setattr(
        Entrywise, "differential", lambda self, e, i, dx: mul(-1, right(self, e, i, dx))
    )
    d = derive(loads("dims: {n: 3}\ninputs: {x: [n]}\nnetwork: {L: sum(cosh(x))}"))
    assert not check(d, points=1).ok


def test_large_networks_are_checked_along_directions(monkeypatch):
    monkeypatch.setattr("matcalc.checking.forms.BUDGET", 500)
    d = derive(deep(20))
    report = check(d, points=1)
    assert report.ok
    assert ("partial", "all") in {(row.kind, row.name) for row in report.rows}
    partial = d.partials["W1"]
    d.partials["W1"] = replace(partial, form=mul(2, partial.form))
    assert not check(d, points=1).ok


def test_values_of_the_file_are_used():
    text = (
        "inputs: {x: {shape: [], value: -2}, y: {shape: [], value: 3}}\nnetwork: {L: log(x*y + 7)}"
    )
    report = check(derive(loads(text)))
    assert report.ok


def test_a_network_without_a_finite_point_is_refused():
    text = "inputs: {x: {shape: [], value: -2}}\nnetwork: {L: log(x)}"
    with pytest.raises(InputError, match="finite"):
        check(derive(loads(text)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_fails(bad):
    assert not compare("partial", "x", np.array([[bad]]), np.array([[1.0]])).ok
    assert not compare("partial", "x", np.array([[1.0]]), np.array([[bad]])).ok


def test_a_wrong_shape_fails():
    assert not compare("partial", "x", np.zeros((2, 3)), np.zeros((3, 2))).ok
