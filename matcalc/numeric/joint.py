"""Values that satisfy several assumptions at once.

One assumption after the other will not do where the second undoes the first: a symmetric
matrix made orthogonal is no longer symmetric. Here are the sets for which that is so; for
all others ``joint`` gives None, and each assumption can be applied by itself.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np

STOCHASTIC = frozenset({"row_stochastic", "column_stochastic"})


def joint(assume: Set[str], shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """An n×n array that satisfies all the assumptions, or None where they do not interfere."""
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 1:
        return None
    n, symmetric, sums = shape[0], "symmetric" in assume, assume & STOCHASTIC
    if "one_hot" in assume:
        if symmetric:
            return _swaps(n, rng)
        return _permutation(n, rng) if len(sums) == 2 or "orthogonal" in assume else None
    if "orthogonal" in assume:
        if "diagonal" in assume:
            return None
        if "antisymmetric" in assume:
            return _rotations(n, rng)
        if symmetric:
            return _reflection(n, rng, keeps_ones=bool(sums))
        return _turn_about_ones(n, rng) if sums else None
    if sums and (symmetric or len(sums) == 2):
        return _around_mean(n, rng, symmetric)
    return None


def _permutation(n: int, rng: np.random.Generator) -> Any:
    return np.eye(n)[rng.permutation(n)]


def _swaps(n: int, rng: np.random.Generator) -> Any:
    """A permutation that is its own inverse: pairs change places."""
    order = rng.permutation(n)
    to = np.arange(n)
    for i, j in zip(order[0 : n - 1 : 2], order[1:n:2], strict=True):
        to[i], to[j] = j, i
    return np.eye(n)[to]


def _reflection(n: int, rng: np.random.Generator, keeps_ones: bool) -> Any:
    v = rng.normal(size=(n, 1))
    if keeps_ones:
        v = v - v.mean()
    return np.eye(n) - 2 * v @ v.T / np.sum(v * v)


def _rotations(n: int, rng: np.random.Generator) -> Any:
    """Quarter turns in n/2 planes that stand at right angles to each other."""
    q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    return q @ np.kron(np.eye(n // 2), [[0.0, -1.0], [1.0, 0.0]]) @ q.T


def _turn_about_ones(n: int, rng: np.random.Generator) -> Any:
    """An orthogonal matrix whose rows and columns sum to 1."""
    basis = np.linalg.qr(np.hstack([np.ones((n, 1)), rng.normal(size=(n, n - 1))]))[0]
    inner = np.eye(n)
    inner[1:, 1:] = np.linalg.qr(rng.normal(size=(n - 1, n - 1)))[0]
    return basis @ inner @ basis.T


def _around_mean(n: int, rng: np.random.Generator, symmetric: bool) -> Any:
    """Rows and columns that sum to 1, positive entries; symmetric ones are positive definite."""
    a = rng.normal(size=(n, n))
    a = a @ a.T + np.eye(n) if symmetric else a
    centring = np.eye(n) - 1 / n
    rest = centring @ a @ centring
    return 1 / n + rest * (0.8 / n / np.max(np.abs(rest)))
