"""A node that equals its transpose, as it is computed, needs none: G⁻ᵀ becomes G⁻¹."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.checking.hessians import check_hessians
from matcalc.printing.language import write

HEAD = "dims: {N: 5, D: 3}\ninputs: {X: [N, D], A: [D, D], S: {shape: [D, D], assume: symmetric}}\n"
HEAD += "parameters: {l: []}\nconstants: {y: [N, 1]}\nnetwork:\n"
RIDGE = "  G: X.T*X + l*eye(D)\n  w: solve(G, X.T*y)\n  r: X*w - y\n  L: r.T*r + l*w.T*w\n"


def derived(nodes: str, **options):
    return mc.derive(mc.loads(HEAD + nodes), **options)


def written(d, name: str) -> str:
    return write(d.gradients[name].expr, d.network.convention)


def test_the_gradient_of_a_gram_matrix_has_no_transpose():
    d = derived(RIDGE, wrt=["X", "l", "G"])
    assert written(d, "G") == "-solve(G, grad(w))*w.T"
    assert "G.T" not in written(d, "X")
    step = next(s for s in d.steps if s.kind == "accumulate" and s.about == "G")
    assert "Used: `G` is symmetric, it equals its transpose." in step.text
    assert mc.check(d).ok


@pytest.mark.parametrize(
    "node", ["exp(X*X.T) + l**2*eye(N)", "X*S*X.T", "X*A*X.T + X*A.T*X.T", "square(X*X.T)"]
)
def test_what_is_symmetric(node):
    d = derived(f"  K: {node}\n  L: y.T*inv(K + 9*eye(N))*y\n", wrt=["K"])
    assert [s.name for s in d.names.symmetric] == ["K"]
    assert ".T" not in written(d, "K").replace("y.T", "").replace("solve(9*eye(N) + K, y).T", "")
    assert mc.check(d).ok


def test_what_follows_from_a_symmetric_node():
    d = derived(RIDGE + "  H: 2*inv(G)\n  M: H*A*H\n  Q: H*S*H\n  J: sum(Q)\n", wrt=["X"])
    assert [node.name for node in d.names.symmetric] == ["G", "H", "Q"]


@pytest.mark.parametrize("node", ["A", "X.T*X*A", "exp(A)", "A - A.T", "S*A", "softmax(S)"])
def test_what_is_not(node):
    d = derived(f"  K: {node}\n  L: logdet(K*K.T + eye(D))\n", wrt=["K"])
    assert not d.names.symmetric and mc.check(d).ok


def test_a_second_derivative_by_the_node_moves_it_in_every_direction():
    d = derived(RIDGE, wrt=["G"])
    rng = np.random.default_rng(0)
    x, y, scale = rng.normal(size=(5, 3)), rng.normal(size=(5, 1)), np.array(0.7)

    def gradient(g):
        w = np.linalg.solve(g, x.T @ y)
        arriving = 2 * (scale * w + x.T @ (x @ w - y))
        return -np.linalg.solve(g.T, arriving) @ w.T

    step = 1e-6
    moves = np.eye(9).reshape(9, 3, 3) * step
    at = x.T @ x + scale * np.eye(3)
    by_differences = [(gradient(at + m) - gradient(at - m)).ravel() / (2 * step) for m in moves]
    found = d.hessian("G").kernel()(X=x, A=np.eye(3), S=np.eye(3), l=scale, y=y)
    np.testing.assert_allclose(found, np.array(by_differences), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["X", "S", "l"])
def test_second_derivatives_by_what_it_is_made_of(name):
    nodes = "  K: X*S*X.T + l**2*eye(N)\n  a: solve(K + 9*eye(N), y)\n  L: y.T*a\n"
    d = derived(nodes, wrt=[name])
    assert d.names.symmetric
    assert check_hessians(d).ok
