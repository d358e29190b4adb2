"""A form against numbers: what is settled at once, and what a gentler point has to decide."""

import numpy as np
import pytest

from matcalc.checking.room import Room
from matcalc.checking.values import Values
from matcalc.declaration import loads
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.operation import Environment
from matcalc.operations.notation import Index, entry, sum_over, through

ROW, COLUMN = (Index(letter, Dimension.of("n")) for letter in "ij")
HEAD = "dims: {n: 3}\ninputs: {x: [n, 1], y: [n, 1]}\nnetwork:\n  Y: "


def judged(expression, x, y=(1.0, 2.0, 3.0), expected=1.0):
    network = loads(f"{HEAD}{expression}\noutputs: [Y]")
    column = {"x": np.reshape(x, (3, 1)), "y": np.reshape(y, (3, 1))}
    values = Values({network.symbol(n): v for n, v in column.items()}, Environment({"n": 3}))
    with np.errstate(all="ignore"):
        return values.form("partial", "x", network.equation["Y"].expr, expected)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("log(x)", "log"),
        ("2*sqrt(x) + y", "sqrt"),
        ("log1p(2*x)", "log1p"),
        ("arccos(x - 1)", "arccos"),
        ("power(x, 0.5)", "power"),
    ],
)
def test_a_function_that_is_left_settles_it(expression, name):
    row = judged(expression, [1.0, -2.0, 1.5], expected=np.ones((3, 1)))
    assert not row.ok and not row.apart
    assert row.detail == f"is not a number: {name} outside its domain"


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        ("sqrt(y - x)", [1.0, 2.0 + 4e-16, 3.0]),  # rounding may have left it
        ("x/norm(x)", [0.0, 0.0, 0.0]),  # not a number, but no function is left
        ("where(x, log(x), 0) + y/norm(x - y)", [1.0, 2.0, 3.0]),
        ("where(x, log(x), 0) + x/norm(x + y)", [-1.0, -2.0, -3.0]),  # left where it is not used
    ],
)
def test_another_point_has_to_decide(expression, x):
    row = judged(expression, x, expected=np.ones((3, 1)))
    assert not row.ok and row.apart == np.inf


def test_a_function_that_is_left_where_it_does_not_count():
    y = np.reshape([1.0, 2.0, 3.0], (3, 1))
    assert judged("where(x, log(x), 0) + y", [-1.0, -2.0, -3.0], expected=y).ok


@pytest.mark.parametrize(
    ("make", "needed"),
    [
        (lambda x, y: entry(x, ROW, None), 3 + 3),
        (lambda x, y: entry(x, ROW, None) * entry(y, COLUMN, None), 3 + 3 + 3 + 3 + 9),
        (
            lambda x, y: sum_over(entry(x, ROW, None) * entry(y, COLUMN, None), (COLUMN,)),
            12 + 9 + 3,
        ),
        (lambda x, y: through(x, y), 9),
    ],
)
def test_open_indices_take_room(make, needed):
    network = loads(f"{HEAD}x*y.T\noutputs: [Y]")
    form = make(network.symbol("x"), network.symbol("y"))
    assert Room(needed, {"n": 3}).holds(form) and not Room(needed - 1, {"n": 3}).holds(form)


def test_what_there_is_no_room_for_is_passed_over():
    network = loads(f"{HEAD}x*y.T + x*x.T\noutputs: [Y]")
    form = network.equation["Y"].expr
    assert not Room(30, {"n": 3}).holds(form) and Room(60, {"n": 3}).holds(form)
    row = Values({}, Environment({"n": 3}), Room(30, {"n": 3})).form("partial", "x", form, 0.0)
    assert row.passed_over and row.detail == "takes more than 30 numbers"
