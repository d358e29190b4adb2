"""The forms that a textbook prints, as they are promised."""

import pytest

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.printing.document import write_document
from matcalc.printing.language import write
from matcalc.printing.terminal import write_terminal
from tests.networks import cross_entropy, deep, mlp


def test_the_two_layer_network():
    d = derive(mlp())
    forms = {name: str(partial) for name, partial in d.partials.items()}
    assert forms == {
        "Z2": "Z2 - Y",
        "A1": "grad(Z2)*W2.T",
        "Z1": "hadamard(grad(A1), A1, 1 - A1)",
        "X": "grad(Z1)*W1.T",
        "W1": "X.T*grad(Z1)",
        "b1": "ones(1, N)*grad(Z1)",
        "W2": "A1.T*grad(Z2)",
        "b2": "ones(1, N)*grad(Z2)",
    }
    assert write(d["W2"].closed) == "A1.T*(Z2 - Y)"
    assert "sum over the rows" in write_terminal(d).replace("\n      ", " ")


@pytest.mark.parametrize("assume", ["one_hot", "row_stochastic"])
def test_softmax_with_cross_entropy_says_what_it_used(assume):
    d = derive(cross_entropy(assume))
    assert str(d["Z"]) == "softmax(Z) - Y"
    assert "Used: Y is row stochastic" in write_terminal(d)


def test_without_an_assumption_the_row_sums_stay():
    d = derive(cross_entropy())
    assert str(d["Z"]) == "hadamard(softmax(Z), sum(Y, axis=1)) - Y"
    assert "Used:" not in write_terminal(d)


def test_a_node_used_three_times():
    network = loads(
        """
dims: {m: 2, n: 3}
inputs: {X: [m, n]}
parameters: {W: [n, n]}
network:
  A: tanh(X)
  B: A*W
  C: hadamard(A, B)
  D: exp(A) + C
  L: sum(D)
"""
    )
    d = derive(network)
    contributions = d.gradients["A"].contributions
    assert [c.via for c in contributions] == ["B", "C", "D"]
    assert [write(c.expr) for c in contributions] == [
        "grad(B)*W.T",
        "hadamard(grad(C), B)",
        "hadamard(grad(D), exp(A))",
    ]
    text = write_terminal(d)
    assert "A is used 3 times, in B, C and D" in text.replace("\n      ", " ")
    assert check(d).ok


def test_size_grows_linearly_with_depth():
    """Characters per layer, once one layer's worth of names is as long as the next's."""
    for write_all in (write_terminal, write_document):
        sizes = {n: len(write_all(derive(deep(n)))) for n in (10, 20, 40, 80)}
        per_layer = [(sizes[2 * n] - sizes[n]) / n for n in (10, 20, 40)]
        assert max(per_layer) <= 1.1 * min(per_layer)
        assert sizes[10] / 10 <= 1.1 * sizes[80] / 80


def test_a_variable_that_the_loss_does_not_see_has_zero_gradient():
    network = loads(
        "dims: {n: 3}\ninputs: {x: [n], y: [n]}\nnetwork:\n  u: 2*y\n  L: sum(x)\nloss: L"
    )
    d = derive(network)
    assert str(d["y"]) == "zeros(1, n)"
    assert "u" not in d.partials
    assert check(d).ok


def test_wrt_limits_what_is_derived():
    d = derive(mlp(), "W2")
    assert list(d.partials) == ["Z2", "W2"]


def test_closed_forms_past_the_limit_are_refused():
    lines = ["dims: {n: 3}", "inputs: {x: [n]}", "network:", "  a0: x"]
    lines += [f"  a{k}: softmax(a{k - 1})" for k in range(1, 24)]
    d = derive(loads("\n".join([*lines, "  L: sum(a23)"])))
    assert d.closed_form("a22") is not None
    assert d.closed_form("x") is None
    assert check(d, points=1).ok
