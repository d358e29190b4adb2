"""Files with loops: what they unroll to, and what is refused, with place and mend."""

from pathlib import Path

import pytest

from matcalc.declaration import loads
from matcalc.declaration.limits import Limits
from matcalc.errors import InputError, ManyErrors
from matcalc.printing.network_yaml import network_yaml, template_yaml
from tests.pattern.networks import NETWORKS

FILE = """convention: column
dims: {N: 3, m: [2, 5, 4, 3], K: 2}
parameters:
  W[n]: [m[n], m[n-1]]
inputs:
  x[0]: [m[0], 1]
constants:
  y: [m[N], 1]
network:
  for n in 1..N:
    z[n]: W[n]*x[n-1]
    x[n]: tanh(z[n])
  L: sse(x[N], y)
"""

UNROLLED = """
convention: column
dims: {m0: 2, m1: 5, m2: 4, m3: 3}
parameters: {W1: [m1, m0], W2: [m2, m1], W3: [m3, m2], b1: [m1, 1], b2: [m2, 1], b3: [m3, 1]}
inputs: {x0: [m0, 1]}
constants: {y: [m3, 1]}
network:
  z1: W1*x0 + b1
  x1: tanh(z1)
  z2: W2*x1 + b2
  x2: tanh(z2)
  z3: W3*x2 + b3
  x3: tanh(z3)
  L: sse(x3, y)
"""


def test_loops_are_unrolled():
    network, plain = loads(NETWORKS["layers"]), loads(UNROLLED)
    assert {v.symbol for v in network.variables} == {v.symbol for v in plain.variables}
    assert [e.symbol for e in network.equations] == [e.symbol for e in plain.equations]
    assert [e.expr for e in network.equations] == [e.expr for e in plain.equations]
    assert (network.loss, dict(network.dims)) == ("L", dict(plain.dims))


def test_the_depth_can_be_chosen():
    network = loads(NETWORKS["layers"], dims={"N": 1})
    assert [e.name for e in network.equations] == ["z1", "x1", "L"]


def test_sums_over_members_and_steps_as_numbers():
    network = loads(NETWORKS["penalty"])
    texts = [line.strip() for line in network_yaml(network).splitlines()]
    assert "L: (r1 + r2 + r3)/3 + sse(x3, y)" in texts or any(
        line.startswith("L: ") and "r1 + r2 + r3" in line for line in texts
    )
    assert "x2: tanh(W2*x1) + scale*x0/2" in texts


def test_a_loop_that_goes_down():
    names = [e.name for e in loads(NETWORKS["tied"]).equations]
    assert names == ["x1", "x2", "x3", "y3", "y2", "y1", "y0", "L"]


def test_names_that_end_in_a_digit_get_an_underscore():
    text = FILE.replace("W[n]", "W1[n]")
    assert "W1_2" in loads(text).variable


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_shown_reads_back(name):
    network = loads(NETWORKS[name])
    again = loads(template_yaml(network.template))
    assert again.template == network.template
    plain = loads(network_yaml(network))
    assert [e.expr for e in plain.equations] == [e.expr for e in network.equations]
    assert plain.variables == network.variables


REFUSED = [
    ("W[n]*x[n-1]", "W[n]*x[n-2]", 11, 16, "x[n-2] is 2 steps away", "A step reaches one step"),
    ("W[n]*x[n-1]", "W[n]*x[n+1]", 11, 16, "x[n+1] is not there yet", "The step before is x[n-1]"),
    ("W[n]*x[n-1]", "W[n]*z[n]", 11, 16, "z[n] is used before it is defined", "Move it up"),
    ("W[n]*x[n-1]", "W[2*n]*x[n-1]", 11, 13, "2*n is no index", "An index is 0, n, n-1"),
    ("W[n]*x[n-1]", "W[n].T*x[n-1]", 11, 11, "m[n-1]×m[n] and m[n-1]×1 do not fit", "transpose"),
    ("W[n]*x[n-1]", "V[n]*x[n-1]", 11, 11, "there is no V", "Declare it first"),
    ("for n in", "for N in", 10, 3, "N is a dimension already", "Take another letter"),
    ("for n in", "for W in", 10, 3, "W is a family already", "Take another letter"),
    ("for n in", "for lambda in", 10, 3, "lambda is a keyword", "another name"),
    ("1..N", "N", 10, 3, "this is no loop", "Write for n in 1..N"),
    ("1..N", "1..N/2", 10, 3, "N/2 is not a size", "A size is an integer"),
    ("inputs:\n  x[0]: [m[0], 1]\n", "", 9, 16, "x[0] is missing", "Declare it, as in inputs"),
    ("[2, 5, 4, 3]", "[2, 5]", 2, 7, "m[2] is needed, and m has 2 sizes", "Give more sizes"),
    ("sse(x[N], y)", "sse(x[N+1], y)", 13, 10, "x[N+1] is used, and there is x[0..N]", "range"),
    ("sse(x[N], y)", "sse(x[K], y)", 13, 12, "K counts no steps", "the end of a loop"),
    ("sse(x[N], y)", "sse(x, y)", 13, 10, "x has an index", "Write x[n], x[N]"),
    ("sse(x[N], y)", "sum(x[1:N])", 13, 6, "over all of them", "Write sum(l[:])"),
    ("sse(x[N], y)", "x[N]", 13, 3, "there is no loss", "Add a scalar node"),
    ("  L: sse(x[N], y)\n", "", 10, 3, "the network ends in a loop", "outputs: [x[N]]"),
    ("x[0]: [m[0], 1]", "x[0]: [m[1], 1]", 11, 11, "do not fit", "Check the shapes"),
    ("z[n]: W", "z: W", 11, 5, "z has no index", "Write z[n] in a loop"),
    ("z[n]: W", "z[0]: W", 11, 5, "a step defines z[n], [n-1] or [n+1]", "Write z[n]"),
    ("    x[n]", "    for k in 1..2", 12, 5, "a loop inside of a loop", "Write the inner steps"),
    ("y: [m[N], 1]", "y: [N, 1]", 8, 7, "N counts steps and is not a size", "Use a name"),
    ("y: [m[N], 1]", "y: [q[N], 1]", 8, 7, "q[N] is not a size", "Families of sizes: m"),
    ("constants:", "constants:\n  V[n]: [m[n], 1]", 8, 3, "V[n] is never used", "Use it in a loop"),
    ("constants:", "constants:\n  W1: [K, 1]", 8, 3, "two things are called W1", "Rename one"),
    ("constants:", "constants:\n  x: [K, 1]", 8, 3, "x is a family already", "another name"),
    ("[m[n], m[n-1]]", "{shape: [m[n], m[n-1]], value: 1}", 4, 3, "has no value", "Leave it out"),
    ("  L:", "  x[2]: x[1]\n  L:", 13, 3, "x is defined twice", "another index"),
    ("  L:", "  for n in 1..N:\n    u[n]: x[n]\n  L:", 13, 3, "a second time", "Rename"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[f"{case[1][:24]!r}" for case in REFUSED])
def test_what_is_wrong_is_said_where_it_is(case):
    old, new, line, column, words, mend = case
    assert old in FILE
    with pytest.raises(InputError) as caught:
        loads(FILE.replace(old, new, 1), "net.yaml")
    error = caught.value.errors[0] if isinstance(caught.value, ManyErrors) else caught.value
    assert words in error.message
    assert mend in error.mend
    assert (error.place.line, error.place.column) == (line, column)


def test_one_mistake_in_a_loop_is_reported_once():
    with pytest.raises(InputError) as caught:
        loads(FILE.replace("tanh(z[n])", "tanh(z[n]"))
    assert not isinstance(caught.value, ManyErrors)


def test_too_many_nodes_are_refused_before_they_are_made():
    with pytest.raises(InputError, match="more than 20000 nodes"):
        loads(NETWORKS["shared"].replace("N: 3", "N: 1000000"))
    assert loads(NETWORKS["shared"], limits=Limits(nodes=7)).loss == "L"


def test_the_step_has_to_give_what_the_next_one_takes():
    text = FILE.replace("    x[n]: tanh(z[n])", "    x[n]: z[n].T")
    with pytest.raises(InputError, match=r"x\[n\] is 1×m\[n\], so x\[n-1\] is 1×m\[n-1\]"):
        loads(text)


def test_brackets_in_lists_are_read_and_others_stay_wrong():
    assert loads("dims: {N: 2}\ninputs: {A: [N, N]}\nnetwork: {L: 'A[0, 1]'}").loss == "L"
    with pytest.raises(InputError, match="an index has two parts"):
        loads("dims: {N: 2}\ninputs: {A: [N, N]}\nnetwork: {L: A[0]}")


RICH = """
name: "It's: a # title"
layout: {vector_gradient: transpose, jacobian: numerator}
dims: {N: 2, D: 3}
inputs: {X: [N, D], "y": []}
parameters:
  S: {shape: [D, D], assume: positive_definite}
  w: {shape: [D, 1], flip: false}
constants: {M: {shape: [D, D], value: [[1, 0, 0], [0, 2e-5, 0], [0, 0, -3]]}, r: {shape: [], value: 0.1}}
functions: {swish: x*sigmoid(x), f: abstract}
network:
  A: -swish(X*S*M)*w
  B: 'f(A)[0:1, :] + r*y'
  C: "where(A, A, 2*A)[1, 0]"
outputs: [B, C]
"""
FILES = sorted((Path(__file__).parents[2] / "derivations").glob("*/*.yaml"))


@pytest.mark.parametrize("text", [RICH, *(p.read_text("utf-8") for p in FILES)])
def test_every_file_is_shown_so_that_it_reads_back(text):
    network = loads(text)
    again = loads(network_yaml(network))
    assert [(e.name, e.expr) for e in again.equations] == [
        (e.name, e.expr) for e in network.equations
    ]
    assert [v.symbol for v in again.variables] == [
        v.symbol for v in sorted(network.variables, key=lambda v: ORDER.index(v.kind.value))
    ]
    assert [str(v.value) for v in again.variables] == [
        str(v.value) for v in sorted(network.variables, key=lambda v: ORDER.index(v.kind.value))
    ]
    for field in ("loss", "outputs", "name", "functions", "layout", "convention"):
        assert getattr(again, field) == getattr(network, field)
    assert dict(again.dims) == dict(network.dims)


ORDER = ["input", "parameter", "constant"]
