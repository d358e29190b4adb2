"""What a check costs: fewer points where the work does not suffice, and no more than depends."""

import numpy as np
import pytest

from matcalc.checking import check
from matcalc.checking.reference import Reference
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions import work
from matcalc.expressions.operation import Environment
from tests.networks import mlp


@pytest.mark.parametrize("power", ["s**99", "s**100", "s**-150", "sum(power(X, 333))"])
def test_high_powers_of_negative_numbers_are_right(power):
    network = loads("dims: {n: 3}\ninputs: {s: [], X: [n, n]}\nnetwork: {L: '" + power + "'}")
    assert check(derive(network), points=4).ok


def test_points_are_left_out_where_the_work_does_not_suffice():
    def computed(points):
        work.allow(work.UNBOUNDED)
        before = work.left_to_compute()
        report = check(derive(mlp()), points=points, jacobians=False, exact=False)
        return report, before - work.left_to_compute()

    _, one = computed(1)
    try:
        work.allow(work.UNBOUNDED, computing=3 * one)
        report = check(derive(mlp()), points=9, jacobians=False, exact=False)
    finally:
        work.allow(work.UNBOUNDED)
    assert report.ok and 1 <= report.points < 9
    assert computed(9)[0].points == 9


def test_only_what_depends_on_a_variable_is_computed_again():
    text = "inputs: {s: [], t: [], u: []}\nnetwork:\n  A: sin(s)\n  B: cos(t)\n  L: A*B\n"
    network = loads(text)
    values = {"s": np.float64(0.5), "t": np.float64(0.25), "u": np.float64(2.0)}
    reference = Reference(network, values, Environment({}), {})
    assert reference.along("s", 1.0) == pytest.approx(np.cos(0.5) * np.cos(0.25), rel=1e-15)
    assert reference.along("u", 1.0) == 0.0
    expr = network.equation["L"].expr
    for name, expected in (("A", np.cos(0.25)), ("B", np.sin(0.5)), ("A", np.cos(0.25))):
        assert reference.moved(expr, network.symbol(name), 1.0) == pytest.approx(expected)
