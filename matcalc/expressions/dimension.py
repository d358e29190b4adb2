"""Dimensions: polynomials with integer coefficients in named sizes.

A shape's entry is a Dimension: ``N``, ``3``, ``D + 1``, ``N*H``. Two dimensions
are equal when they are the same polynomial, never because their sizes agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from matcalc.expressions import work

Monomial = tuple[str, ...]


class Dimension:
    """An immutable polynomial; ``terms`` maps sorted monomials to coefficients."""

    __slots__ = ("_hash", "_text", "terms")

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        work.spend(4)
        kept = {m: c for m, c in terms.items() if c}
        self.terms: tuple[tuple[Monomial, int], ...] = tuple(sorted(kept.items(), key=_order))
        self._hash = hash(self.terms)
        self._text = _write(self.terms)

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(value: int | str) -> Dimension:
        """The dimension of an integer or of a name."""
        return Dimension({(): value}) if isinstance(value, int) else Dimension({(value,): 1})

    def __add__(self, other: Dimension | int) -> Dimension:
        total = dict(self.terms)
        for monomial, coefficient in as_dimension(other).terms:
            total[monomial] = total.get(monomial, 0) + coefficient
        return Dimension(total)

    def __sub__(self, other: Dimension | int) -> Dimension:
        return self + as_dimension(other) * Dimension.of(-1)

    def __mul__(self, other: Dimension | int) -> Dimension:
        total: dict[Monomial, int] = {}
        for m1, c1 in self.terms:
            for m2, c2 in as_dimension(other).terms:
                key = tuple(sorted(m1 + m2))
                total[key] = total.get(key, 0) + c1 * c2
        return Dimension(total)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dimension) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Dimension({self._text})"

    @property
    def constant(self) -> int | None:
        """The integer that this dimension is, or None where a name occurs."""
        if not self.terms:
            return 0
        (monomial, coefficient), *rest = self.terms
        return coefficient if not monomial and not rest else None

    @property
    def names(self) -> set[str]:
        return {name for monomial, _ in self.terms for name in monomial}

    def size(self, sizes: Mapping[str, int]) -> int:
        """The number that the dimension has when its names have these sizes."""
        total = 0
        for monomial, coefficient in self.terms:
            for name in monomial:
                coefficient *= sizes[name]
            total += coefficient
        return total


def as_dimension(value: Dimension | int | str) -> Dimension:
    return value if isinstance(value, Dimension) else Dimension.of(value)


def _order(term: tuple[Monomial, int]) -> tuple[int, tuple[tuple[str, int], ...]]:
    monomial, _ = term
    return (-len(monomial), tuple(natural(name) for name in monomial))


def natural(text: str) -> tuple[str, int]:
    """A sorting key that puts Z2 before Z10."""
    match = re.fullmatch(r"(.*?)(\d{1,9})", text)
    return (match[1], int(match[2])) if match else (text, -1)


def _write(terms: tuple[tuple[Monomial, int], ...]) -> str:
    text = ""
    for monomial, coefficient in terms:
        factors = [str(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
        piece = "*".join(factors + list(monomial))
        if text:
            text += f" + {piece}" if coefficient > 0 else f" - {piece}"
        else:
            text = piece if coefficient > 0 else f"-{piece}"
    return text or "0"


ONE = Dimension.of(1)
