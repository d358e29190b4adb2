"""W6: Hessians, in units of the closed form as one writes it by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import matcalc as mc
from benchmarks.measure import agree, interleaved, ratio, written
from benchmarks.works import arrays_of

LOGISTIC = """\
dims: {N: 2000, D: 200}
parameters: {w: [D, 1]}
constants: {X: [N, D], y: [N, 1]}
network:
  z: X*w
  L: sum(softplus(z) - hadamard(y, z))
"""
FACTORISATION = """\
dims: {m: 200, n: 200, k: 10}
parameters: {U: [m, k]}
constants: {V: [n, k], R: [m, n], M: [m, n]}
network:
  E: hadamard(M, U*V.T - R)
  L: sum(square(E))/2
"""
LAYER = """\
dims: {N: 500, D: 20, H: 40, C: 10}
parameters: {W2: [H, C]}
constants: {W1: [D, H], X: [N, D], Y: [N, C]}
network:
  A: tanh(X*W1)
  L: sse(A*W2, Y)
"""
TWO_LAYERS = """\
dims: {N: 500, D: 20, H: 40, C: 10}
parameters: {W1: [D, H], W2: [H, C]}
constants: {X: [N, D], Y: [N, C]}
network:
  A: tanh(X*W1)
  L: sse(A*W2, Y)
"""
SOFTMAX = """\
dims: {N: 1000, D: 50, C: 10}
parameters: {W: [D, C]}
constants: {X: [N, D], Y: {shape: [N, C], assume: [one_hot]}}
network:
  L: softmax_cross_entropy(X*W, Y)
"""
QUADRATIC = """\
dims: {n: 500}
parameters: {x: [n, 1]}
constants: {A: [n, n]}
network:
  L: x.T*A*x
"""


def logistic(w: Any, X: Any, y: Any) -> Any:
    p = 1 / (1 + np.exp(-(X @ w)))
    return X.T @ ((p * (1 - p)) * X)


def blocks(U: Any, V: Any, R: Any, M: Any) -> Any:
    return np.matmul(V.T * (M**2)[:, None, :], V)


def factorisation(U: Any, V: Any, R: Any, M: Any) -> Any:
    m, k = U.shape
    matrix = np.zeros((m * k, m * k))
    for i, block in enumerate(blocks(U, V, R, M)):
        matrix[i * k : (i + 1) * k, i * k : (i + 1) * k] = block
    return matrix


def layer_block(W2: Any, W1: Any, X: Any, Y: Any) -> Any:
    A = np.tanh(X @ W1)
    return A.T @ A


def layer(W2: Any, W1: Any, X: Any, Y: Any) -> Any:
    return np.kron(layer_block(W2, W1, X, Y), np.eye(W2.shape[1]))


def probabilities(Z: Any) -> Any:
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def softmax(W: Any, X: Any, Y: Any) -> Any:
    """A loop over pairs of classes, half of them."""
    P = probabilities(X @ W)
    D, C = W.shape
    matrix = np.empty((D, C, D, C))
    for c in range(C):
        for e in range(c, C):
            weights = P[:, c] * ((c == e) - P[:, e])
            block = X.T @ (weights[:, None] * X)
            matrix[:, c, :, e] = block
            matrix[:, e, :, c] = block
    return matrix.reshape(D * C, D * C)


def first_layer(W1: Any, W2: Any, X: Any, Y: Any) -> Any:
    """A loop over pairs of hidden units, half of them."""
    A = np.tanh(X @ W1)
    S = 1 - A * A
    curved, inner = -2 * A * S * ((A @ W2 - Y) @ W2.T), W2 @ W2.T
    D, H = W1.shape
    matrix = np.empty((D, H, D, H))
    for h in range(H):
        for g in range(h, H):
            weights = S[:, h] * S[:, g] * inner[h, g] + (curved[:, h] if h == g else 0)
            block = X.T @ (weights[:, None] * X)
            matrix[:, h, :, g] = block
            matrix[:, g, :, h] = block
    return matrix.reshape(D * H, D * H)


CASES: list[tuple[str, str, str, bool, Callable[..., Any], int]] = [
    ("logistic regression, 2000 × 200", LOGISTIC, "w", False, logistic, 5),
    ("masked matrix factorisation, n = 200, k = 10: all of it", FACTORISATION, "U", False,
     factorisation, 3),
    ("the same: its blocks", FACTORISATION, "U", True, blocks, 10),
    ("second layer, 40 × 10, batch 500: all of it", LAYER, "W2", False, layer, 10),
    ("the same: its one block", LAYER, "W2", True, layer_block, 30),
    ("softmax regression, 1000 × 50, 10 classes", SOFTMAX, "W", False, softmax, 3),
    ("first of two layers, 20 × 40, batch 500", TWO_LAYERS, "W1", False, first_layer, 1),
    ("quadratic form, n = 500", QUADRATIC, "x", False, lambda x, A: A + A.T, 10),
]  # fmt: skip


def measured(left_out: set[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    rows, notes = {}, []
    for title, text, wrt, structured, hand, calls in CASES:
        network = mc.loads(text)
        arrays = arrays_of(network)
        kernel = mc.derive(network).hessian(wrt).kernel(structured=structured)
        expected = hand(*arrays)
        runs = {
            "by hand": lambda f=hand, a=arrays: f(*a),
            "matcalc": lambda k=kernel, a=arrays: k(*a),
        }
        if not structured:
            # PyTorch takes minutes for the 2000 entries of the factorisation.
            slow_ones = {"PyTorch"} if title.startswith("masked") else set()
            runs |= _peers(title, arrays, left_out | slow_ones)
        for name in list(runs):
            print(f"  W6 {title}: {name}", file=sys.stderr, flush=True)
            if not agree([runs[name]()], [expected]):
                notes.append(f"W6 {title}, {name}: another Hessian; left out")
                del runs[name]
        slow = [name for name in runs if name not in ("by hand", "matcalc")]
        timings = interleaved({n: r for n, r in runs.items() if n not in slow}, calls)
        row = {"matcalc": written(ratio(timings["matcalc"], timings["by hand"]))}
        for name in slow:
            seconds = interleaved({name: runs[name]}, 1, 3)[name].median
            row[name] = f"{seconds / timings['by hand'].median:.0f}"
        rows[title] = row
    return rows, notes


def _peers(title: str, arrays: list[Any], left_out: set[str]) -> dict[str, Callable[[], Any]]:
    """jax.hessian and torch.func.hessian of the loss, as matrices."""
    found: dict[str, Callable[[], Any]] = {}
    size = arrays[0].size
    if "JAX jit" not in left_out:
        import jax

        jax.config.update("jax_enable_x64", True)
        function = jax.jit(jax.hessian(loss_of(title, jax.numpy, jax.nn.softplus)))
        values = [jax.numpy.asarray(a) for a in arrays]
        found["JAX jit"] = lambda: np.asarray(function(*values)).reshape(size, size)
    if "PyTorch" not in left_out:
        import torch

        torch.set_num_threads(1)
        second = torch.func.hessian(loss_of(title, torch, torch.nn.functional.softplus))
        tensors = [torch.from_numpy(a.copy()) for a in arrays]
        found["PyTorch"] = lambda: second(*tensors).reshape(size, size).numpy()
    return found


def loss_of(title: str, xp: Any, softplus: Callable[..., Any]) -> Callable[..., Any]:
    """The loss in the operations of a library."""
    if title.startswith("logistic"):
        return lambda w, X, y: xp.sum(softplus(X @ w) - y * (X @ w))
    if title.startswith("masked"):
        return lambda U, V, R, M: xp.sum((M * (U @ V.T - R)) ** 2) / 2
    if title.startswith("softmax"):
        return lambda W, X, Y: xp.sum(_logsumexp(xp, X @ W)) - xp.sum(Y * (X @ W))
    if title.startswith(("first", "both")):
        return lambda W1, W2, X, Y: xp.sum((xp.tanh(X @ W1) @ W2 - Y) ** 2) / 2
    if title.startswith("second"):
        return lambda W2, W1, X, Y: xp.sum((xp.tanh(X @ W1) @ W2 - Y) ** 2) / 2
    return lambda x, A: xp.sum(x.T @ A @ x)


def _logsumexp(xp: Any, Z: Any) -> Any:
    top = xp.max(Z)
    return top + xp.log(xp.sum(xp.exp(Z - top), 1))
