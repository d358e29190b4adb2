"""The works W1 to W5: a network as text, its sizes, and its necessary matrix products.

``loss`` says the same in the operations of a library, so that each peer differentiates one
and the same function. ``products`` are (rows, inner, columns, turned): which of the two
factors is a transpose, "l", "r" or "".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Product = tuple[int, int, int, str]


@dataclass(frozen=True)
class Work:
    """``parameters`` and ``constants`` are in the order of the arrays; ``calls``: per timing."""

    name: str
    title: str
    text: str
    loss: Callable[..., Any]
    products: tuple[Product, ...]
    calls: int
    sizes: tuple[int, ...] = ()
    activation: str = ""
    end: str = ""

    @property
    def functions(self) -> list[tuple[str, int, int]]:
        """Entrywise functions that no rewriting saves, with the size of what they are of."""
        if not self.sizes:
            n = self.products[0][0]
            return [("exp", n, n)]
        n = self.products[0][0]
        found = [("exp", n, self.sizes[-1])] if self.end == "cross_entropy" else []
        if self.activation != "relu":
            last = len(self.sizes) if self.activation == "all" else len(self.sizes) - 1
            found += [("tanh", n, size) for size in self.sizes[1:last]]
        return found

    @property
    def rounds(self) -> int:
        return 7 if self.name == "W4" else 11


def mlp(
    name: str, title: str, sizes: list[int], batch: int, act: str, end: str, calls: int
) -> Work:
    layers = range(1, len(sizes))
    dims = {f"H{k}": size for k, size in enumerate(sizes)}
    head = ", ".join(f"{d}: {s}" for d, s in {"N": batch, **dims}.items())
    last = len(sizes) - 1
    lines = [f"dims: {{{head}}}", "parameters:"]
    for k in layers:
        lines += [f"  W{k}: [H{k - 1}, H{k}]", f"  b{k}: [1, H{k}]"]
    assumed = ", assume: [one_hot, row_stochastic]" if end == "cross_entropy" else ""
    lines += ["constants:", "  X: [N, H0]", f"  Y: {{shape: [N, H{last}]{assumed}}}", "network:"]
    before = "X"
    for k in layers:
        lines.append(f"  Z{k}: {before}*W{k} + b{k}")
        if k < last or act == "all":
            lines.append(f"  A{k}: {'tanh' if act == 'all' else act}(Z{k})")
        before = f"A{k}"
    before = before if act == "all" else f"Z{last}"
    lines.append(
        f"  L: {'softmax_cross_entropy' if end == 'cross_entropy' else 'sse'}({before}, Y)"
    )
    products: list[Product] = []
    for k in layers:
        products.append((batch, sizes[k - 1], sizes[k], ""))
    for k in reversed(layers):
        products.append((sizes[k - 1], batch, sizes[k], "l"))
        if k > 1:
            products.append((batch, sizes[k], sizes[k - 1], "r"))

    def loss(xp: Any, *arrays: Any) -> Any:
        *weights, x, y = arrays
        for k in layers:
            x = x @ weights[2 * k - 2] + weights[2 * k - 1]
            if k < last or act == "all":
                x = xp.relu(x) if act == "relu" else xp.tanh(x)
        if end == "cross_entropy":
            return -xp.sum(y * xp.log_softmax(x))
        return xp.sum((x - y) ** 2) / 2

    whole = tuple(sizes)
    return Work(name, title, "\n".join(lines), loss, tuple(products), calls, whole, act, end)


def attention(name: str, n: int, d: int, calls: int) -> Work:
    text = f"""\
dims: {{N: {n}, D: {d}}}
parameters: {{Q: [N, D], K: [N, D], V: [N, D]}}
constants: {{T: [N, D]}}
network:
  S: Q*K.T/8
  P: softmax(S)
  O: P*V
  L: sse(O, T)
"""

    def loss(xp: Any, q: Any, k: Any, v: Any, t: Any) -> Any:
        return xp.sum((xp.softmax(q @ k.T / 8) @ v - t) ** 2) / 2

    products = ((n, d, n, "r"), (n, n, d, ""), (n, d, n, "r"))
    products += ((n, n, d, "l"), (n, n, d, ""), (n, n, d, "l"))
    return Work(name, f"attention, {n} × {d}", text, loss, products, calls)


WORKS = [
    mlp("W1", "784-512-256-10, relu, softmax CE, batch 256", [784, 512, 256, 10], 256, "relu",
        "cross_entropy", 3),
    mlp("W4", "two layers of 2048, tanh, sse, batch 512", [2048] * 3, 512, "tanh", "sse", 1),
    mlp("W3", "50 layers of 64, tanh, batch 32", [64] * 51, 32, "all", "sse", 20),
    attention("W5", 256, 64, 30),
    mlp("W2", "4-8-8-1, tanh, sse, batch 1", [4, 8, 8, 1], 1, "tanh", "sse", 3000),
]  # fmt: skip


def arrays_of(network: Any, seed: int = 0) -> list[Any]:
    """Random arrays in declared order; targets that are one-hot where that is assumed."""
    rng = np.random.default_rng(seed)
    arrays = []
    for v in network.variables:
        shape = [d.size(network.dims) for d in v.shape]
        a = rng.normal(size=shape) / (np.sqrt(shape[0]) if v.name.startswith("W") else 1)
        if "one_hot" in v.assume:
            a = np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]
        arrays.append(a)
    return arrays
