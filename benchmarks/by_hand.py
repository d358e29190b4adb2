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
    if not work.sizes:
        return _attention(arrays)
    if work.name == "W2":
        return _three_layers(arrays)
    if len(set(work.sizes)) == 1 and len(work.sizes) > 10:
        return _stacked(arrays)
    return _network(work, arrays)


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
    product = np.matmul

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


def _three_layers(arrays: Sequence[Any]) -> Callable[[], tuple[Any, list[Any]]]:
    """Straight on, with products that are bound to their first factor: calls are what counts."""
    W1, b1, W2, b2, W3, b3, X, Y = arrays
    n = len(X)
    A1, A2, Z3 = (np.empty((n, w.shape[1])) for w in (W1, W2, W3))
    G1, G2 = np.empty_like(A1), np.empty_like(A2)
    gW1, gW2, gW3, gb1, gb2, gb3 = map(np.empty_like, (W1, W2, W3, b1, b2, b3))
    W2T, W3T, row, one = W2.T, W3.T, np.ones((1, n)), np.array(1.0)
    X_dot, A1_dot, A2_dot, Z3_dot, G2_dot = X.dot, A1.dot, A2.dot, Z3.dot, G2.dot
    XT_dot, A1T_dot, A2T_dot, sums = X.T.dot, A1.T.dot, A2.T.dot, row.dot
    add, subtract, multiply, tanh, vdot = np.add, np.subtract, np.multiply, np.tanh, np.vdot

    def run() -> tuple[Any, list[Any]]:
        X_dot(W1, A1)
        add(A1, b1, A1)
        tanh(A1, A1)
        A1_dot(W2, A2)
        add(A2, b2, A2)
        tanh(A2, A2)
        A2_dot(W3, Z3)
        add(Z3, b3, Z3)
        subtract(Z3, Y, Z3)
        loss = vdot(Z3, Z3) / 2
        A2T_dot(Z3, gW3)
        sums(Z3, gb3)
        Z3_dot(W3T, G2)
        multiply(A2, A2, A2)
        subtract(one, A2, A2)
        multiply(G2, A2, G2)
        A1T_dot(G2, gW2)
        sums(G2, gb2)
        G2_dot(W2T, G1)
        multiply(A1, A1, A1)
        subtract(one, A1, A1)
        multiply(G1, A1, G1)
        XT_dot(G1, gW1)
        sums(G1, gb1)
        return loss, [gW1, gb1, gW2, gb2, gW3, gb3]

    return run


def _stacked(arrays: Sequence[Any]) -> Callable[[], tuple[Any, list[Any]]]:
    """Equal layers of tanh, in one array, so that what is entrywise backward is one call."""
    *parameters, x, y = arrays
    weights, biases = parameters[::2], parameters[1::2]
    n, count = len(x), len(weights)
    values, slopes = np.empty((count, n, x.shape[1])), np.empty((count, n, x.shape[1]))
    grads, sums = np.empty((count, *weights[0].shape)), np.empty((count, *biases[0].shape))
    inputs, turned = [x, *values[:-1]], [w.T for w in weights]
    products = [a.dot for a in inputs]
    outer = [a.T.dot for a in inputs]
    inner = [g.dot for g in slopes]
    row, one, g = np.ones((1, n)), np.array(1.0), np.empty_like(x)
    results = [a for pair in zip(grads, sums, strict=True) for a in pair]

    def run() -> tuple[Any, list[Any]]:
        for k in range(count):
            z = values[k]
            products[k](weights[k], z)
            np.add(z, biases[k], z)
            np.tanh(z, z)
        np.subtract(values[-1], y, g)
        loss = np.vdot(g, g) / 2
        np.multiply(values, values, slopes)
        np.subtract(one, slopes, slopes)
        for k in range(count - 1, -1, -1):
            d = slopes[k]
            np.multiply(g, d, d)
            outer[k](d, grads[k])
            if k:
                inner[k](turned[k], g)
        np.matmul(row, slopes, sums)
        return loss, results

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
