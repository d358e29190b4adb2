"""W6, the second half: a Hessian times a direction, in units of the product by hand.

What is written by hand comes in two parts: what rests on the point alone, and the product.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import matcalc as mc
from benchmarks.hessians import (
    FACTORISATION,
    LAYER,
    LOGISTIC,
    SOFTMAX,
    TWO_LAYERS,
    loss_of,
    probabilities,
)
from benchmarks.measure import agree, interleaved, ratio, written
from benchmarks.works import arrays_of

COLUMNS = ["matcalc", "by hand, prepared", "matcalc, prepared", "JAX jit", "HIPS autograd"]

Product = Callable[..., Any]


def logistic(w: Any, X: Any, y: Any) -> Product:
    p = 1 / (1 + np.exp(-(X @ w)))
    s = p * (1 - p)
    return lambda v: [X.T @ (s * (X @ v))]


def factorisation(U: Any, V: Any, R: Any, M: Any) -> Product:
    squares = M * M
    return lambda d: [(squares * (d @ V.T)) @ V]


def second_layer(W2: Any, W1: Any, X: Any, Y: Any) -> Product:
    A = np.tanh(X @ W1)
    return lambda v: [A.T @ (A @ v)]


def first_layer(W1: Any, W2: Any, X: Any, Y: Any) -> Product:
    A = np.tanh(X @ W1)
    S = 1 - A * A
    curved = 2 * A * ((A @ W2 - Y) @ W2.T)

    def product(v: Any) -> Any:
        dA = S * (X @ v)
        return [X.T @ (S * (dA @ W2 @ W2.T) - curved * dA)]

    return product


def both_layers(W1: Any, W2: Any, X: Any, Y: Any) -> Product:
    A = np.tanh(X @ W1)
    S, E = 1 - A * A, A @ W2 - Y
    curved = 2 * A * (E @ W2.T)

    def product(v: Any, w: Any) -> Any:
        dA = S * (X @ v)
        dE = dA @ W2 + A @ w
        return [X.T @ (S * (dE @ W2.T + E @ w.T) - curved * dA), dA.T @ E + A.T @ dE]

    return product


def softmax(W: Any, X: Any, Y: Any) -> Product:
    P = probabilities(X @ W)

    def product(v: Any) -> Any:
        T = P * (X @ v)
        return [X.T @ (T - P * T.sum(axis=1, keepdims=True))]

    return product


CASES: list[tuple[str, str, str, Callable[..., Product], int]] = [
    ("logistic regression, 2000 × 200", LOGISTIC, "w", logistic, 30),
    ("masked matrix factorisation, n = 200, k = 10", FACTORISATION, "U", factorisation, 100),
    ("second layer, 40 × 10, batch 500", LAYER, "W2", second_layer, 30),
    ("first of two layers, 20 × 40, batch 500", TWO_LAYERS, "W1", first_layer, 20),
    ("both layers, 20 × 40 and 40 × 10, batch 500", TWO_LAYERS, "W1 W2", both_layers, 20),
    ("softmax regression, 1000 × 50, 10 classes", SOFTMAX, "W", softmax, 20),
]


def measured(left_out: set[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Rows by title, and notes on what was left out."""
    rows, notes = {}, []
    for title, text, wrt, hand, calls in CASES:
        network, names = mc.loads(text), wrt.split()
        arrays = arrays_of(network)
        rng = np.random.default_rng(1)
        moving = arrays[: len(names)]
        directions = [rng.normal(size=np.shape(a)) for a in moving]
        runs = _runs(network, names, hand, arrays, directions)
        runs |= _peers(title, arrays, directions, left_out)
        expected = runs["by hand"]()
        for name in list(runs):
            print(f"  W6 times a direction, {title}: {name}", file=sys.stderr, flush=True)
            if not agree(runs[name](), expected):
                notes.append(f"W6 times a direction, {title}, {name}: another product; left out")
                del runs[name]
        timings = interleaved(runs, calls)
        rows[title] = {
            name: written(ratio(timings[name], timings["by hand"]))
            for name in runs
            if name != "by hand"
        }
    return rows, notes


def _runs(
    network: Any,
    names: Sequence[str],
    hand: Callable[..., Product],
    arrays: Sequence[Any],
    directions: Sequence[Any],
) -> dict[str, Callable[[], Any]]:
    d = mc.derive(network)
    together = d.hessian_product(*names)
    by_hand, prepared = hand(*arrays), together.at(*arrays)
    if len(names) == 1:
        kernel = d.hessian(*names).product_kernel

        def once() -> Any:
            return [kernel(*arrays, *directions)]
    else:

        def once() -> Any:
            return list(together.at(*arrays)(*directions).values())

    return {
        "by hand": lambda: hand(*arrays)(*directions),
        "matcalc": once,
        "by hand, prepared": lambda: by_hand(*directions),
        "matcalc, prepared": lambda: list(prepared(*directions).values()),
    }


def _peers(
    title: str, arrays: Sequence[Any], directions: Sequence[Any], left_out: set[str]
) -> dict[str, Callable[[], Any]]:
    """The forward derivative of the gradient in JAX; the gradient of ⟨gradient, V⟩ in autograd."""
    found: dict[str, Callable[[], Any]] = {}
    count = len(directions)
    if "JAX jit" not in left_out:
        import jax

        jax.config.update("jax_enable_x64", True)
        loss = loss_of(title, jax.numpy, jax.nn.softplus)
        slope = jax.grad(loss, tuple(range(count)))

        @jax.jit
        def moved(values: Any, along: Any) -> Any:
            rest = values[count:]
            return jax.jvp(lambda *a: slope(*a, *rest), values[:count], along)[1]

        values = tuple(jax.numpy.asarray(a) for a in arrays)
        along = tuple(jax.numpy.asarray(v) for v in directions)
        found["JAX jit"] = lambda: [np.asarray(a) for a in moved(values, along)]
    if "HIPS autograd" not in left_out:
        import autograd
        import autograd.numpy as anp

        whole = loss_of(title, anp, lambda z: anp.logaddexp(0.0, z))
        first = autograd.grad(whole, tuple(range(count)))

        def inner(*given: Any) -> Any:
            return sum(anp.sum(g * v) for g, v in zip(first(*given), directions, strict=True))

        second = autograd.grad(inner, tuple(range(count)))
        found["HIPS autograd"] = lambda: list(second(*arrays))
    return found
