"""What authors write by hand at ±1000: as accurate as the operation of the language that it is."""

import numpy as np
import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.generation.sound import sound_network

HEAD = "dims: {N: 2, C: 3}\ninputs: {X: [N, C]}\nconstants: {Y: [N, C]}\nnetwork:\n"
BINARY = "sum(softplus(X)) - inner(Y, X)"
ENTROPY = "softmax_cross_entropy(X, Y)"
WRITTEN = [
    ("L: -sum(hadamard(Y, log(softmax(X))))", ENTROPY),
    ("L: -trace(Y.T*log(softmax(X)))", ENTROPY),
    ("L: cross_entropy(softmax(X), Y)", ENTROPY),
    ("P: softmax(X)\n  L: cross_entropy(P, Y)", ENTROPY),
    ("P: softmax(2*X - X)\n  Q: log(P)\n  L: -inner(Q, Y)", ENTROPY),
    ("P: softmax(X)\n  L: -log(P[0, 1]) - sum(log(P[1:, :]))",
     "-log_softmax(X)[0, 1] - sum(log_softmax(X)[1, :])"),
    ("P: sigmoid(X)\n  L: binary_cross_entropy(P, Y)", BINARY),
    ("P: sigmoid(X)\n  L: -sum(hadamard(Y, log(P)) + hadamard(1 - Y, log(1 - P)))", BINARY),
    ("L: -sum(hadamard(Y, log(divide(1, 1 + exp(-X)))) + hadamard(1 - Y, log1p(-sigmoid(X))))",
     BINARY),
    ("P: sigmoid(X)\n  L: cross_entropy(P, Y)", "-inner(Y, log_sigmoid(X))"),
    ("L: sum(log(1 + exp(-hadamard(Y, X))))", "sum(softplus(-hadamard(Y, X)))"),
    ("E: exp(X)\n  L: sum(log(E + 1)) + sum(log1p(E))", "2*sum(softplus(X))"),
    ("L: log(sum(exp(X)))", "logsumexp(X)"),
    ("E: exp(X)\n  s: sum(E, axis=1)\n  L: sum(log(s)) - sum(log(mean(E, axis=0)))",
     "sum(logsumexp(X, axis=1)) - sum(logsumexp(X, axis=0)) + C*log(N)"),
    ("L: inner(Y, divide(exp(X), sum(exp(X), axis=1)))", "inner(Y, softmax(X))"),
    ("L: inner(Y, exp(X)/sum(exp(X)))", "inner(Y, exp(X - logsumexp(X)))"),
    ("L: inner(Y, divide(exp(X), 1 + exp(X)))", "inner(Y, sigmoid(X))"),
    ("L: log(ones(1, N)*exp(X)*ones(C, 1))", "logsumexp(X)"),
    ("E: exp(X)\n  L: sum(log(E*ones(C, 1))) - sum(log(ones(1, N)*E))",
     "sum(logsumexp(X, axis=1)) - sum(logsumexp(X, axis=0))"),
    ("L: sum(log(exp(X)*ones(C, C)))", "C*sum(logsumexp(X, axis=1))"),
    ("L: inner(Y, divide(exp(X), exp(X)*ones(C, C)))", "inner(Y, softmax(X))"),
    ("E: exp(X)\n  S: E*ones(C, 1)\n  L: inner(Y, divide(E, S*ones(1, C)))", "inner(Y, softmax(X))"),
    ("E: exp(X)\n  s: sum(E, axis=1)\n  L: inner(Y, divide(E, s))", "inner(Y, softmax(X))"),
    ("E: exp(X)\n  s: sum(E)\n  L: inner(Y, E/s)", "inner(Y, exp(X - logsumexp(X)))"),
    ("E: exp(X)\n  s: sum(E)\n  L: inner(Y, divide(E, s*ones(N, C)))", "inner(Y, exp(X - logsumexp(X)))"),
    ("L: inner(Y, divide(exp(X), ones(N, N)*exp(X)))", "inner(Y, softmax(X, axis=0))"),
    ("L: inner(Y, divide(exp(X) - exp(-X), exp(X) + exp(-X)))", "inner(Y, tanh(X))"),
    ("E: exp(X)\n  F: exp(-X)\n  D: E + F\n  L: inner(Y, divide(F - E, D))", "-inner(Y, tanh(X))"),
    ("L: inner(Y, divide(exp(2*X) - 1, exp(2*X) + 1))", "inner(Y, tanh(X))"),
    ("L: inner(Y, divide(1 - exp(-X), 1 + exp(-X)))", "inner(Y, tanh(X/2))"),
    ("L: inner(Y, divide(sinh(X), cosh(X)))", "inner(Y, tanh(X))"),
    ("L: inner(Y, log(exp(2*X) + exp(-X)))", "inner(Y, softplus(3*X) - X)"),
]  # fmt: skip
ENTRIES = np.array([[1000.0, -1000.0, 3.0], [-1000.0, 999.0, 1001.0]])
ONE_HOT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def values(nodes, dtype, **options):
    d = derive(loads(HEAD + f"  {nodes}\n"))
    loss, grads = d.kernel(**options)(ENTRIES.astype(dtype), ONE_HOT.astype(dtype))
    return loss, grads["X"].copy(), d


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("written", "meant"), WRITTEN)
def test_a_form_written_by_hand_is_as_accurate_as_its_operation(written, meant, dtype):
    known = derive(loads(HEAD + f"  L: {meant}\n")).kernel()
    loss, grads = known(ENTRIES.astype(dtype), ONE_HOT.astype(dtype))
    close = {"rtol": 20 * np.finfo(dtype).eps, "atol": 20 * np.finfo(dtype).eps}
    for options in {}, {"workspace": True}:
        found, gradient, d = values(written, dtype, **options)
        assert sound_network(d.network) is not d.network
        np.testing.assert_allclose(found, loss, **close)
        np.testing.assert_allclose(gradient, grads["X"], **close)


@pytest.mark.parametrize(
    "nodes",
    [
        "L: sum(log(2 + exp(X)))",
        "L: sum(log(1 - exp(-square(X))))",
        "L: sum(log(1e-9 + softmax(X)))",
        "L: sum(log(sum(softmax(X), axis=1)))",
        "L: sum(log(sum(exp(X) + 1, axis=1)))",
        "L: sum(sqrt(sum(power(X, 4), axis=1))) + inner(X, Y)**0.5",
        "L: sum(divide(exp(X), sum(exp(Y), axis=1))) + sum(divide(exp(X), 2 + exp(X)))",
        "L: sum(divide(exp(X), sum(exp(2*X)))) + sum(divide(1, 2 + exp(X)))",
        "L: sum(divide(exp(X) - exp(-Y), exp(X) + exp(-X))) + sum(log(exp(X) + exp(Y) + 2))",
        "L: sum(divide(exp(X) - 2*exp(-X), exp(X) + exp(-X))) + sum(log(exp(X) - exp(-X)))",
        "L: sum(log(exp(X)*Y.T)) + sum(log(1 + exp(X)*ones(C, 1))) + sum(divide(sinh(X), cosh(Y)))",
        "s: sum(exp(X))\n  L: sum(divide(exp(X), (s + 1)*ones(N, C)))",
        "s: sum(exp(X), axis=1)\n  L: sum(divide(exp(X), s*ones(1, N)*ones(N, C)))",
        "s: sum(exp(2*X), axis=1)\n  L: sum(divide(exp(X), s)) + sum(log(s*ones(1, C) + 1))",
        "L: sum(divide(exp(X), exp(X)*ones(C, 1)*sum(Y, axis=0))) + sum(log(X*ones(C, 1)))",
    ],
)
def test_what_only_looks_alike_is_left_alone(nodes):
    network = loads(HEAD + f"  {nodes}\n")
    assert sound_network(network) is network
