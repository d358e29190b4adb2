"""Both sides of every kink are looked for, and a side that was not met is said."""

from dataclasses import replace

import pytest

from matcalc.checking import check, points
from matcalc.checking.sides import kinks
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions.build import apply, mul
from matcalc.printing.outline import checked
from matcalc.printing.table import write_report


def network(loss, functions="", **inputs):
    shapes = ", ".join(f"{name}: {shape}" for name, shape in inputs.items())
    return loads(
        f"inputs: {{{shapes}}}\n"
        + (f"functions: {{{functions}}}\n" if functions else "")
        + f"network: {{Z: '{loss}', L: sum(Z)}}"
    )


def unmet(*args, **inputs):
    return [str(side) for side in check(derive(network(*args, **inputs)), points=1).unmet]


@pytest.mark.parametrize(
    "loss",
    [
        "relu(X)",
        "maximum(X, 0)",
        "minimum(X, Y)",
        "where(X, Y, exp(Y))",
        "f(X)",
        "sin(X)",
        "g(f(X))",
    ],
)
def test_where_both_sides_are_met_nothing_is_said(loss):
    functions = "f: 'relu(x - 1) + x', g: 'maximum(x, x**2)'"
    report = check(derive(network(loss, functions, X=[1, 1], Y=[1, 1])), points=1)
    assert report.ok
    assert report.unmet == ()
    assert "ot met" not in write_report(report) + checked(report)


SIDES = {
    "relu(exp(X))": "relu(exp(X)) in node Z with exp(X) <= 0",
    "relu(-exp(X))": "relu(-exp(X)) in node Z with -exp(X) > 0",
    "maximum(X, exp(X))": "maximum(X, exp(X)) in node Z with X >= exp(X)",
    "maximum(exp(X), 0)": "maximum(exp(X), 0) in node Z with exp(X) < 0",
    "minimum(X, exp(X))": "minimum(X, exp(X)) in node Z with X > exp(X)",
    "where(X - 1000, X, exp(X))": "where(X - 1000, X, exp(X)) in node Z with X - 1000 > 0",
    "X + f(X)": "relu(X - 1000) in node Z (function f) with X - 1000 > 0",
}


@pytest.mark.parametrize("loss", SIDES)
def test_a_side_that_is_not_met_is_said_and_is_no_failure(loss):
    report = check(derive(network(loss, "f: relu(x - 1000)", X=[2, 3])), points=1)
    assert report.ok
    assert [str(side) for side in report.unmet] == [SIDES[loss]]
    assert f"not met: {SIDES[loss]}" in write_report(report)
    assert checked(report).endswith(f"Not met: {SIDES[loss]}.")


def test_a_long_operand_is_left_out():
    loss = "relu(exp(X) + " + " + ".join(f"hadamard(X, {k}*X)" for k in range(1, 9)) + ")"
    (side,) = check(derive(network(loss, X=[2, 3])), points=1).unmet
    assert side.kink.endswith("...")
    assert side.side == "the operand <= 0"


def test_functions_in_functions_are_looked_into_once():
    found = kinks(network("g(g(X))", "f: abs(x - 1), g: f(x)*f(x) + f(f(x))", X=[2, 3]))
    assert len(found) == len({kink.expr for kink in found}) == 4
    assert {kink.function for kink in found} == {"f"}


def test_a_form_that_is_right_on_one_side_of_a_kink_in_a_function_is_caught():
    d = derive(network("f(X)", "f: relu(x - 1)", X=[1, 1]))
    d.partials["X"] = replace(d.partials["X"], form=mul(0, d.partials["X"].form))
    report = check(d, points=1)
    assert ("partial", "X") in {(row.kind, row.name) for row in report.failed}


def cancelling():
    """A right form, written so that its digits are lost: x + 10^6 y - 10^6 y, times 10^10."""
    net = loads("inputs: {x: [], y: []}\nnetwork: {L: sin(10000000000*(x*y))}")
    d = derive(net)
    x, y = net.symbol("x"), net.symbol("y")
    again = (x + mul(10**6, y)) - mul(10**6, y)
    form = mul(10**10, y, apply("cos", mul(10**10, again, y)))
    d.partials["x"] = replace(d.partials["x"], form=form)
    return d


def test_a_claim_that_no_point_decides_fails_and_says_that_it_is_undecided():
    report = check(cancelling(), points=1, jacobians=False, steps=False)
    (row,) = report.failed
    assert row.undecided
    assert row.detail.startswith(f"is undecided: at none of {points.ATTEMPTS} points")
    assert "(1 of them undecided)" in str(report)


def test_what_is_wrong_at_one_point_stays_wrong():
    d = cancelling()
    y = d.partials["y"]
    d.partials["y"] = replace(y, form=mul(2, y.form))
    report = check(d, points=1, jacobians=False, steps=False)
    assert {row.name: row.undecided for row in report.failed} == {"x": True, "y": False}


def test_few_choices_are_met_at_more_points():
    """The largest of four entries is on the diagonal half of the time, where a transpose of
    its place is not seen."""
    d = derive(loads("inputs: {X: [2, 2]}\nnetwork: {L: max(X)}"))
    assert check(d).ok
    partial = d.partials["X"]
    d.partials["X"] = replace(partial, form=partial.form.T)
    assert not any(check(d, seed=seed).ok for seed in range(8))
