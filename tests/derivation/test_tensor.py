"""The tensor of a Jacobian, entry by entry, against numbers in every arrangement."""

import numpy as np
import pytest

from matcalc.checking.run import find_point
from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.derivation.tensor import entries
from matcalc.errors import CannotDerive, InputError
from matcalc.numeric.evaluate import evaluate

NETWORK = """
convention: row
dims: {m: 2, n: 3, p: 4}
inputs: {X: [m, n], r: [1, n], s: [], S: [n, n]}
parameters: {W: [n, p], c: [m, 1]}
functions: {f: abstract, g: x**2 + exp(x)}
network:
  A: sigmoid(X*W)
  B: f(hadamard(X, r) + c)
  C: s*tril(S)*X.T
  D: softmax(A)
  E: vstack(X, 2*r)
  F: hstack(c, X[:, 1:3])
  G: diag(r)*S
  H: maximum(X, c*r)
  I: sum(X, axis=1) + c
  J: kron(c, r)
  K: g(X.T)
  L1: vec(X)
  M: sum(power(X, 2))
  N: diagonal(S) + r.T
outputs: [B, C, D, E, F, G, H, I, J, K, L1, M, N]
"""


def network():
    return loads(NETWORK)


def stacked(expected, of, wrt, order):
    """∂v(Y)/∂v(X) as a tensor of Y's shape followed by X's."""
    shapes = np.shape(of), np.shape(wrt)
    if order == "C":
        return expected.reshape(shapes[0] + shapes[1])
    turned = expected.reshape(shapes[0][::-1] + shapes[1][::-1])
    k = len(shapes[0])
    axes = [*range(k)][::-1] + [*range(k, turned.ndim)][::-1]
    return turned.transpose(axes)


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("convention", ["row", "column"])
def test_the_tensor_is_the_same_in_every_layout_and_right(convention, layout):
    d = derive(network(), convention=convention, layout=layout)
    reference = find_point(d.network, d.network.dims, np.random.default_rng(3))
    order = "C" if convention == "row" else "F"
    for jacobian in d.jacobians:
        equation, operand = d.network.equation[jacobian.of], d.network.symbol(jacobian.wrt)
        tensor = jacobian.tensor()
        of, wrt = reference.point[equation.symbol], reference.point[operand]
        expected = reference.jacobian(equation.expr, operand, order)
        found = [
            float(evaluate(parse(text, d.network), reference.point, reference.env))
            for text in tensor.reshape(-1)
        ]
        assert tensor.shape == np.shape(of) + np.shape(wrt), (jacobian.of, jacobian.wrt)
        np.testing.assert_allclose(
            np.reshape(found, tensor.shape),
            stacked(expected, of, wrt, order),
            atol=1e-12,
            err_msg=f"{jacobian.of} by {jacobian.wrt}",
        )


def test_other_sizes_than_the_networks_own():
    tensor = derive(network()).jacobian("A", "X")
    assert tensor.tensor({"m": 1, "n": 2}).shape == (1, 4, 1, 2)


def test_what_is_too_large_or_unknown_is_refused():
    jacobian = derive(network()).jacobian("A", "X")
    with pytest.raises(CannotDerive, match="more than 4096 entries"):
        jacobian.tensor({"m": 30, "n": 30})
    with pytest.raises(InputError, match="no dimension k"):
        jacobian.tensor({"k": 3})
    with pytest.raises(InputError, match="size of m is 0"):
        jacobian.tensor({"m": 0})
    inverse = loads(
        "dims: {n: 2}\ninputs: {A: [n, n], x: [n, 1]}\nnetwork: {B: inv(A)*x}\noutputs: [B]"
    )
    with pytest.raises(CannotDerive, match="inv cannot be written out"):
        derive(inverse).jacobian("B", "A").tensor()


def test_entries_of_an_expression():
    d = derive(network())
    found = entries(parse("X*r.T + s*c", d.network), {"m": 1, "n": 2})
    claim = parse("r[0, 0]*X[0, 0] + r[0, 1]*X[0, 1] + s*c[0, 0]", d.network)
    assert found.shape == (1, 1)
    assert evaluate_at_ones(found[0, 0]) == evaluate_at_ones(claim) == 3


def evaluate_at_ones(e):
    from matcalc.expressions.operation import Environment

    values = {s: np.ones((4, 4)) if s.shape else 1.0 for s in e.free}
    return evaluate(e, values, Environment({"m": 4, "n": 4, "p": 4}))
