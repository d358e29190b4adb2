"""The text answers what people ask."""

import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.printing.terminal import write_terminal
from tests.networks import mlp

LAYER = """
convention: column
dims: {m: 2, n: 3}
inputs: {x: [n, 1]}
parameters: {W: [m, n], b: [m, 1]}
network: {z: W*x + b, a: sigmoid(z)}
outputs: [a]
"""


def told(network, **options):
    """The written derivation on one line."""
    return " ".join(write_terminal(derive(network, **options)).split())


def test_why_the_transpose():
    assert "the factor on the left, X, moves across, transposed" in told(mlp())


def test_why_the_sum_over_the_batch():
    text = told(mlp())
    assert "b1 is repeated in every one of the N rows, so every row contributes" in text


@pytest.mark.parametrize("style", ["differential", "chain"])
def test_why_an_entrywise_product_instead_of_a_matrix(style):
    text = told(loads(LAYER), style=style)
    assert "diagonal" in text and "matrix" in text


def test_why_the_order_of_the_chain_rule_changes():
    right = told(loads(LAYER), style="chain", layout="denominator")
    left = told(loads(LAYER), style="chain", layout="numerator")
    assert "Gradients are columns, so the Jacobian stands on the left" in right
    assert "∂L/∂x = ∂z/∂x · ∂L/∂z" in right
    assert "Gradients are rows, so the Jacobian stands on the right" in left
    assert "∂L/∂x = ∂L/∂z · ∂z/∂x" in left


def test_where_two_branches_add_up():
    network = loads("inputs: {x: []}\nnetwork: {u: exp(x), v: sin(x), L: u*v}")
    assert "x is used twice, in u and v" in told(network)


def test_the_shape_of_each_factor():
    lines = write_terminal(derive(loads(LAYER), style="chain")).splitlines()
    at = next(k for k, line in enumerate(lines) if "∂L/∂x = ∂z/∂x · ∂L/∂z" in line)
    assert lines[at + 1].split() == ["n×1", "n×m", "m×1"]


def test_where_a_style_does_not_reach_it_says_so():
    text = told(loads("dims: {n: 3}\ninputs: {A: [n, n]}\nnetwork: {L: sum(A*A)}"), style="vec")
    assert "With a number on one side there is nothing to stack" in text


def test_a_reason_is_given_once():
    text = told(mlp())
    assert text.count("⟨A, B⟩ = tr(AᵀB)") == 1
    assert text.count("inner product as a trace") > 1


@pytest.mark.parametrize("style", ["differential", "chain", "index", "vec", "explicit"])
def test_eighty_columns(style):
    assert max(map(len, write_terminal(derive(mlp(), style=style)).splitlines())) <= 80
