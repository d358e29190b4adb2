"""The best NumPy that we can write by hand for the same works: no checks, fixed arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.works import Product, Work


def limit(products: Sequence[Product]) -> Callable[[], None]:
    """The necessary matrix products alone."""
    rng = np.random.default_rng(0)
    made = []
    for m, k, n, turned in products:
        a = rng.normal(size=(k, m)).T if turned == "l" else rng.normal(size=(m, k))
        b = rng.normal(size=(n, k)).T if turned == "r" else rng.normal(size=(k, n))
        made.append((a, b, np.empty((m, n))))

    def run() -> None:
        for a, b, out in made:
            np.matmul(a, b, out)

    return run


def floor(work: Work) -> Callable[[], None]:
    """The products, and NumPy's exp or tanh of what it has to be taken of: nothing else."""
    products = limit(work.products)
    rng = np.random.default_rng(0)
    made = [(getattr(np, f), -rng.uniform(size=(m, n)), np.empty((m, n)))
            for f, m, n in work.functions]  # fmt: skip

    def run() -> None:
        products()
        for function, a, out in made:
            function(a, out)

    return run


def by_hand(work: Work, arrays: Sequence[Any]) -> Callable[[], tuple[Any, list[Any]]]:
    return _network(work, arrays) if work.sizes else _attention(arrays)


def _network(work: Work, arrays: Sequence[Any]) -> Callable[[], tuple[Any, list[Any]]]:
    *parameters, x, y = arrays
    weights, biases = parameters[::2], parameters[1::2]
    n, count = len(x), len(weights)
    values = [np.empty((n, w.shape[1])) for w in weights]
    deltas = [np.empty((n, w.shape[1])) for w in weights]
    masks = [np.empty((n, w.shape[1]), bool) for w in weights]
    grads = [(np.empty_like(w), np.empty((1, w.shape[1]))) for w in weights]
    inputs = [x, *values[:-1]]
    row, tops = np.ones((1, n)), np.empty((n, 1))
    one, zero = np.array(1.0), np.array(0.0)
    product = np.dot if max(w.size for w in weights) < 10_000 else np.matmul

    def run() -> tuple[Any, list[Any]]:
        for k in range(count):
            z = values[k]
            product(inputs[k], weights[k], z)
            np.add(z, biases[k], z)
            if k < count - 1 or work.activation == "all":
                if work.activation == "relu":
                    np.maximum(z, zero, out=z)
                else:
                    np.tanh(z, z)
        last, g = values[-1], deltas[-1]
        if work.end == "cross_entropy":
            np.maximum.reduce(last, 1, None, tops, True)
            np.subtract(last, tops, last)
            np.exp(last, g)
            np.add.reduce(g, 1, None, tops, True)
            loss = np.vdot(row, np.log(tops)) - np.vdot(y, last)
            np.divide(g, tops, g)
            np.subtract(g, y, g)
        else:
            np.subtract(last, y, g)
            loss = np.vdot(g, g) / 2
        for k in range(count - 1, -1, -1):
            g, z = deltas[k], values[k]
            if k < count - 1 or work.activation == "all":
                if work.activation == "relu":
                    np.greater(z, zero, masks[k])
                    np.multiply(g, masks[k], g)
                else:
                    np.multiply(z, z, z)
                    np.subtract(one, z, z)
                    np.multiply(g, z, g)
            product(inputs[k].T, g, grads[k][0])
            if g.size < 100_000:
                row.dot(g, grads[k][1])
            else:
                np.add.reduce(g, 0, None, grads[k][1], True)
            if k:
                product(g, weights[k].T, deltas[k - 1])
        return loss, [a for pair in grads for a in pair]

    return run


def _attention(arrays: Sequence[Any]) -> Callable[[], tuple[Any, list[Any]]]:
    q, k, v, t = arrays
    n = len(q)
    e, s = np.empty((n, n)), np.empty((n, n))
    a, o, d, rows = (np.empty_like(q) for _ in range(4))
    gq, gk, gv = (np.empty_like(q) for _ in range(3))
    tops, sums, column = np.empty((n, 1)), np.empty((n, 1)), np.ones((n, 1))
    wide = np.ones((q.shape[1], 1))
    eighth = np.array(0.125)

    def run() -> tuple[Any, list[Any]]:
        np.multiply(q, eighth, a)
        np.matmul(a, k.T, e)
        np.maximum.reduce(e, 1, None, tops, True)
        np.subtract(e, tops, e)
        np.exp(e, e)
        e.dot(column, sums)
        np.matmul(e, v, o)
        np.divide(o, sums, o)
        np.subtract(o, t, d)
        loss = np.vdot(d, d) / 2
        np.matmul(d, v.T, s)
        np.multiply(d, o, rows)
        rows.dot(wide, tops)
        np.subtract(s, tops, s)
        np.multiply(s, e, s)
        np.divide(d, sums, d)
        np.matmul(e.T, d, gv)
        np.divide(a, sums, a)
        np.matmul(s.T, a, gk)
        np.matmul(s, k, gq)
        np.divide(gq, sums, gq)
        np.multiply(gq, eighth, gq)
        return loss, [gq, gk, gv]

    return run
