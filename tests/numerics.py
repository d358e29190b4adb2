"""Generated code at hard values, in float32 and float64, against 50 digits.

For each function there is a network whose loss is a weighted sum of its entries. The loss
and the gradient of the module that matcalc writes are compared with mpmath's: the loss
worked out with 50 digits, the gradient as its central difference, which is good to 20.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import mpmath as mp
import numpy as np

from matcalc.declaration import loads
from matcalc.generation.kernels import load_module

DIGITS, STEP = 60, "1e-20"

WEIGHTS = [[1, -2, 0.5], [0.25, 3, -1]]
HARD = [[1000, -1000, 0], [-1000, 3, 999]]
VALUES = {
    "±1000": HARD,
    "equal": [[1000, 1000, 1000], [-1000, -1000, -1000]],
    "±100": [[100, -100, 50], [-30, 20, -88]],
    "tiny": [[2**-30, -(2**-40), 0.5], [2**-20, -1, 2**-60]],
    "plain": [[0.5, -1.25, 2], [3, -0.75, 0.125]],
}
WIDE = {"1e200": 2.0**660, "1e-200": 2.0**-660}
"Beyond what may be squared: for norms, in float64; float32 has its own in ``scales``."


def rows(x):
    return [list(row) for row in x]


def weighted(f: Callable) -> Callable:
    """The weighted sum of a function's entries, of a matrix of mpmath numbers."""

    def loss(x):
        return mp.fsum(
            mp.mpf(w) * v
            for ws, vs in zip(WEIGHTS, f(x), strict=True)
            for w, v in zip(ws, vs, strict=True)
        )

    return loss


def entrywise(f: Callable) -> Callable:
    return weighted(lambda x: [[f(v) for v in row] for row in x])


def lse(values):
    top = max(values)
    return top + mp.log(mp.fsum(mp.exp(v - top) for v in values))


def log_softmax(x):
    return [[v - lse(row) for v in row] for row in x]


def sigmoid(v):
    return 1 / (1 + mp.exp(-v))


def softplus(v):
    return mp.log1p(mp.exp(v)) if v < 0 else v + mp.log1p(mp.exp(-v))


def norm(values):
    return mp.sqrt(mp.fsum(v * v for v in values))


@dataclass(frozen=True)
class Case:
    expression: str
    loss: Callable
    wide: bool = False
    square: bool = False


CASES = {
    "softmax": Case(
        "sum(hadamard(M, softmax(X)))",
        weighted(lambda x: [[mp.exp(v) for v in row] for row in log_softmax(x)]),
    ),
    "log_softmax": Case("sum(hadamard(M, log_softmax(X)))", weighted(log_softmax)),
    "logsumexp": Case("logsumexp(X)", lambda x: lse([v for row in x for v in row])),
    "logsumexp, axis=1": Case(
        "sum(logsumexp(X, axis=1))", lambda x: mp.fsum(lse(row) for row in x)
    ),
    "sigmoid": Case("sum(hadamard(M, sigmoid(X)))", entrywise(sigmoid)),
    "log_sigmoid": Case("sum(hadamard(M, log_sigmoid(X)))", entrywise(lambda v: -softplus(-v))),
    "softplus": Case("sum(hadamard(M, softplus(X)))", entrywise(softplus)),
    "silu": Case("sum(hadamard(M, silu(X)))", entrywise(lambda v: v * sigmoid(v))),
    "gelu": Case(
        "sum(hadamard(M, gelu(X)))", entrywise(lambda v: v * mp.erfc(-v / mp.sqrt(2)) / 2)
    ),
    "tanh": Case("sum(hadamard(M, tanh(X)))", entrywise(mp.tanh)),
    "softmax_cross_entropy": Case(
        "softmax_cross_entropy(X, M)", lambda x: -weighted(log_softmax)(x)
    ),
    "binary cross-entropy of logits": Case(
        "-sum(hadamard(M, log_sigmoid(X)) + hadamard(1 - M, log_sigmoid(-X)))",
        lambda x: mp.fsum(
            mp.mpf(w) * softplus(-v) + (1 - mp.mpf(w)) * softplus(v)
            for ws, vs in zip(WEIGHTS, x, strict=True)
            for w, v in zip(ws, vs, strict=True)
        ),
    ),
    "norm": Case("norm(X)", lambda x: norm([v for row in x for v in row]), wide=True),
    "norm, axis=1": Case(
        "sum(norm(X, axis=1))", lambda x: mp.fsum(norm(row) for row in x), wide=True
    ),
    "logdet": Case("logdet(S)", lambda x: mp.log(abs(mp.det(mp.matrix(rows(x))))), square=True),
}

SQUARE = {
    "plain": np.array([[4, 1, 0.5], [-1, 3, 2], [0.25, -2, 5]]),
    "±1000": np.array([[1000, -999, 1], [2, 1000, -1000], [-1000, 500, 1000.0]]),
    "large": np.diag([2.0**50] * 40) + np.tri(40),
    "small": (np.diag([2.0**-20] * 40) + np.tri(40, k=-1) * 2.0**-22),
}


def network(case: Case, n: int = 3):
    if case.square:
        text = f"inputs: {{S: [{n}, {n}]}}"
    else:
        text = "inputs: {X: [2, 3]}\nconstants: {M: [2, 3]}"
    return loads(f"{text}\nnetwork:\n  L: {case.expression}\n")


def points(case: Case, dtype: type) -> dict[str, np.ndarray]:
    if case.square:
        return {name: value.astype(dtype) for name, value in SQUARE.items()}
    found = {name: np.array(value, dtype=dtype) for name, value in VALUES.items()}
    if case.wide:
        found.pop("equal")
        scales = {"huge": 2.0**100, "minute": 2.0**-100} if dtype is np.float32 else WIDE
        plain = np.array(VALUES["plain"], dtype=dtype)
        found |= {name: plain * dtype(scale) for name, scale in scales.items()}
        found["rows apart"] = plain * np.array([[max(scales.values())], [1]], dtype=dtype)
    return found


def exact(case: Case, x: np.ndarray, entries: list[tuple[int, int]]):
    """The loss, and its derivative by some entries, to 20 digits and more."""
    with mp.workdps(DIGITS if not case.wide else 600):
        here = [[mp.mpf(float(v)) for v in row] for row in x]
        found = []
        for i, j in entries:
            h = mp.mpf(STEP) * (abs(here[i][j]) or mp.mpf(float(np.max(np.abs(x)))))
            up, down = rows(here), rows(here)
            up[i][j] += h
            down[i][j] -= h
            found.append((case.loss(up) - case.loss(down)) / (2 * h))
        return case.loss(here), found


def errors(name: str, dtype: type) -> dict[str, float]:
    """The larger of the loss's and the gradient's error, at each point."""
    return {label: error(name, x) for label, x in points(CASES[name], dtype).items()}


@cache
def module(name: str, n: int) -> dict:
    return load_module(network(CASES[name], n))


def error(name: str, x: np.ndarray) -> float:
    """The larger of the loss's and the gradient's error at a matrix, in its precision.

    The gradient's is relative to its largest entry, or to 1, the order of what arrives, where
    a function is saturated; the loss's to itself or to the largest of its terms.
    """
    case = CASES[name]
    arguments = [x] if case.square else [x, np.array(WEIGHTS, dtype=x.dtype)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, grads = module(name, len(x))["loss_and_grads"](*arguments)
    gradient = grads["S" if case.square else "X"]
    assert gradient.dtype == x.dtype and np.asarray(loss).dtype == x.dtype, name
    indices = list(np.ndindex(x.shape))[:: max(1, x.size // 9)]
    right, derivative = exact(case, x, indices)
    scale = max([abs(d) for d in derivative] + ([] if case.square or case.wide else [1]))
    apart = max(
        abs(mp.mpf(float(gradient[i])) - d) for i, d in zip(indices, derivative, strict=True)
    )
    of_loss = abs(mp.mpf(float(loss)) - right) / max(abs(right), largest_term(case, x))
    return float(max(of_loss, apart / scale))


def largest_term(case: Case, x: np.ndarray) -> float:
    """What a sum may cancel from: the scale on which its rounding is seen."""
    return max(1.0 if not case.wide else 1e-300, float(np.max(np.abs(x))))


def worst(name: str, dtype: type) -> float:
    return max(errors(name, dtype).values())


def against_condition(types: tuple[type, ...]) -> dict:
    """The error of ``logdet`` at a matrix that is hard to invert, in each precision: itself, in
    parts of rounding × condition number, and that of NumPy's inverse."""
    matrix = 1 / (np.arange(5)[:, None] + np.arange(5) + 1)
    rows = []
    for t in types:
        x = matrix.astype(t)
        with mp.workdps(DIGITS):
            exactly = mp.matrix([[mp.mpf(float(v)) for v in row] for row in x]) ** -1
            right = np.array(exactly.tolist(), dtype=float)
        of_numpy = float(np.max(np.abs(np.linalg.inv(x) - right)) / np.max(np.abs(right)))
        own = error("logdet", x)
        unavoidable = float(np.finfo(t).eps) * float(np.linalg.cond(x.astype(float)))
        rows.append((t.__name__, own, own / unavoidable, of_numpy))
    return {"size": len(matrix), "condition": float(np.linalg.cond(matrix)), "rows": rows}


if __name__ == "__main__":
    for name in CASES:
        print(name, {t.__name__: errors(name, t) for t in (np.float32, np.float64)})
