"""Arithmetic modulo the prime 2⁶¹ − 1, with an infinitesimal: a + b ε where ε² = 0.

Rational operations are exact here, and so are derivatives: f(a + b ε) = f(a) + f'(a) b ε
needs no rule but those of arithmetic. NumPy's object arrays carry such numbers through
sums, products and matrix products.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

PRIME = 2**61 - 1
Array = Any
"A NumPy array of residues."


class NotRational(Exception):
    """Something on the way has no exact value here."""


class Unlucky(Exception):
    """A division by zero at this point; another point will do."""


class Residue:
    """a + b ε modulo PRIME."""

    __slots__ = ("a", "b")

    def __init__(self, a: int, b: int = 0) -> None:
        self.a, self.b = a % PRIME, b % PRIME

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented  # the array takes this number to each of its entries
        other = residue(other)
        return Residue(self.a + other.a, self.b + other.b)

    def __neg__(self) -> Residue:
        return Residue(-self.a, -self.b)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self + -residue(other)

    def __rsub__(self, other: Any) -> Residue:
        return residue(other) + -self

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = residue(other)
        return Residue(self.a * other.a, self.a * other.b + self.b * other.a)

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self * residue(other).inverse()

    def __rtruediv__(self, other: Any) -> Residue:
        return self.inverse() * residue(other)

    def __pow__(self, k: int) -> Residue:
        if k < 0:
            return self.inverse() ** -k
        raised = pow(self.a, k, PRIME)
        return Residue(raised, k * pow(self.a, k - 1, PRIME) * self.b if k else 0)

    def inverse(self) -> Residue:
        if not self.a:
            raise Unlucky
        one_over = pow(self.a, -1, PRIME)
        return Residue(one_over, -self.b * one_over * one_over)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Residue) and (self.a, self.b) == (other.a, other.b)

    def __hash__(self) -> int:
        return hash((self.a, self.b))

    __radd__, __rmul__ = __add__, __mul__


def residue(value: Any) -> Residue:
    """A number that is known exactly: a residue, an integer or a fraction."""
    if isinstance(value, Residue):
        return value
    exact = Fraction(value.item() if isinstance(value, np.generic) else value)
    return Residue(exact.numerator * pow(exact.denominator, -1, PRIME))


def residues(values: Any) -> Array:
    """An array of numbers as residues."""
    found = np.asarray(values)
    made = np.empty(found.shape, dtype=object)
    for place in np.ndindex(found.shape):
        made[place] = residue(found[place])
    return made if made.shape else made[()]


def random_residues(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return residues(rng.integers(1, PRIME, size=shape))


def value_part(a: Array) -> Array:
    return np.frompyfunc(lambda r: Residue(residue(r).a), 1, 1)(a)


def slope_part(a: Array) -> Array:
    return np.frompyfunc(lambda r: Residue(residue(r).b), 1, 1)(a)


def with_slope(a: Array, b: Array) -> Array:
    """a + b ε, from arrays of values."""
    return np.frompyfunc(lambda x, y: Residue(residue(x).a, residue(y).a), 2, 1)(a, b)


def solve(a: Array, b: Array = None) -> Array:
    """A⁻¹ B, by elimination; without B, A⁻¹. A number counts as 1×1."""
    a = np.atleast_2d(residues(a))
    n = len(a)
    b = np.eye(n) if b is None else np.atleast_2d(b)
    rows = np.concatenate([a, residues(b)], axis=1)
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i, k].a), None)
        if pivot is None:
            raise Unlucky
        rows[[k, pivot]] = rows[[pivot, k]]
        rows[k] = rows[k] * rows[k, k].inverse()
        for i in range(n):
            if i != k:
                rows[i] = rows[i] - rows[k] * rows[i, k]
    return rows[:, n:]


def determinant(a: Array) -> Residue:
    rows, result = np.atleast_2d(residues(a)), Residue(1)
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i, k].a), None)
        if pivot is None:
            raise Unlucky
        if pivot != k:
            rows[[k, pivot]] = rows[[pivot, k]]
            result = -result
        result = result * rows[k, k]
        for i in range(k + 1, len(rows)):
            rows[i] = rows[i] - rows[k] * (rows[i, k] / rows[k, k])
    return result
