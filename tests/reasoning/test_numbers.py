"""Networks of numbers: the whole way back as one product, and in terms of the result."""

import pytest

import matcalc as mc
from matcalc.expressions.expr import postorder
from matcalc.printing.language import write


def steps(d, name):
    (top,) = (s for s in d.steps if s.kind == "accumulate" and s.about == name)
    return [s for s in top.substeps if s.kind == "chain style"]


def derived(network):
    return mc.derive(
        mc.loads(f"inputs: {{x: []}}\nparameters: {{a: []}}\n{network}"), style="chain"
    )


@pytest.mark.parametrize(
    ("network", "result"),
    [
        ("network: {u: exp(-x), v: 1 + u, s: 1/v}", "s*(1 - s)"),
        ("network: {u: exp(3*x), y: 2*u + 5}", "3*(y - 5)"),
        ("network: {u: exp(x), v: 1 + u, y: log(v)}", "(exp(y) - 1)/exp(y)"),
        ("network: {v: x - 7, y: 3/v}", "-y**2/3"),
    ],
)
def test_the_slope_in_terms_of_the_result(network, result):
    d = derived(network)
    last = steps(d, "x")[-1]
    assert last.rhs.free == {d.network.symbol(d.network.loss)}
    report = mc.check(d)
    assert report.ok, report.failed
    assert write(last.rhs) == result


@pytest.mark.parametrize(
    "network",
    [
        "network: {u: x**2, y: exp(u)}",  # two branches
        "network: {u: x + exp(x), y: 1/u}",  # x stands in it twice
        "network: {u: a*x, y: exp(u)}",  # something else stands in it
    ],
)
def test_nothing_is_solved_that_cannot_be(network):
    d = derived(network)
    assert not any("solved" in s.rule for s in steps(d, "x"))
    assert mc.check(d).ok


def test_the_whole_way_back_is_one_product():
    d = derived("network: {u: a*x, v: tanh(u), y: v**3}")
    named, pattern, *_ = steps(d, "x")
    assert named.rule == "chain rule through the network"
    factors = [n.data[2:] for n in postorder(named.shown[1]) if n.op.name == "jacobian"]
    names = [(z.name, x.name) for z, x in factors]
    assert names == [("y", "v"), ("v", "u"), ("u", "x")]
    assert write(pattern.rhs) == "3*v**2*(1 - v**2)*a"


def test_branches_and_vectors_have_no_such_product():
    d = derived("network: {u: a*x, v: u + exp(u), y: u*v}")
    assert steps(d, "x") == []
    vector = mc.derive(mc.loads("dims: {n: 2}\ninputs: {x: [n, 1]}\nnetwork: {y: sum(x), z: y**2}"),
                       style="chain")  # fmt: skip
    assert not any("network" in s.rule for s in steps(vector, "x"))
