"""How two arrays are related at every point: equal, transposed, scaled, not summed up.

Arrays are compared relative to their largest entry. A relation holds only if it holds at
all points, and a scale only if it is one number, or one size, at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from matcalc.grading.points import Point

CLOSE = 1e-7
SINGLE = 1e-4
"The same for what is computed in single precision."
ROUNDING = 1e-9
"The least size that arrays are compared relative to: below it there is rounding."
TINY = 1e-8
"Gradients that are smaller than this everywhere say little about an answer."
Arrays = Sequence[Any]


@dataclass(frozen=True)
class Scale:
    """A factor, as text in the language (``-1``, ``1/2``, ``N``, ``2/N``), and its inverse."""

    text: str
    inverse: str
    dims: tuple[str, ...] = ()


def equal(a: Arrays, b: Arrays, floor: float = ROUNDING, close: float = CLOSE) -> bool:
    return all(_equal(x, y, floor, close) for x, y in zip(a, b, strict=True))


def _equal(a: Any, b: Any, floor: float = ROUNDING, close: float = CLOSE) -> bool:
    a, b = fitted(a, b), np.asarray(b, dtype=float)
    if a.shape != b.shape or not np.all(np.isfinite(a)):
        return False
    size = max(float(np.max(np.abs(b), initial=0.0)), floor)
    return bool(np.max(np.abs(a - b), initial=0.0) <= close * size)


def fitted(a: Any, b: Any) -> Any:
    """An array of one entry, or of one axis, in the shape of what it is compared with."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    alone = a.size == b.size == 1
    flat = a.ndim == 1 and a.size == b.size and 1 in b.shape
    return a.reshape(b.shape) if alone or flat else a


def transposed(a: Arrays) -> list[Any]:
    return [np.transpose(x) for x in a]


def is_tiny(a: Arrays) -> bool:
    """Whether no entry can be told from rounding."""
    return all(float(np.max(np.abs(x), initial=0.0)) < TINY for x in a)


def is_zero(a: Arrays) -> bool:
    return all(not np.any(np.abs(x) > 1e-12) for x in a)


def scale(a: Arrays, b: Arrays, points: Sequence[Point]) -> Scale | None:
    """The factor c with a = c b, where it is a number or made of sizes; None else."""
    ratios = []
    for x, y in zip(a, b, strict=True):
        x, y = fitted(x, y), np.asarray(y, dtype=float)
        if x.shape != y.shape or not np.any(y):
            return None
        ratio = float(np.sum(x * y) / np.sum(y * y))
        if not np.isfinite(ratio) or not ratio or not _equal(x, ratio * y):
            return None
        ratios.append(ratio)
    return next(_scales(ratios, points), None)


def _scales(ratios: list[float], points: Sequence[Point]) -> Iterator[Scale]:
    """What the ratios may be: a simple number first, then sizes and their products."""
    number = _number(ratios)
    if number:
        yield Scale(str(number), str(1 / number))
    names = list(points[0].env.sizes)
    for count in (1, 2):
        for chosen in combinations(names, count):
            sizes = [np.prod([p.env.sizes[n] for n in chosen]) for p in points]
            product = "*".join(chosen)
            over = f"({product})" if count > 1 else product
            up = _number([r / s for r, s in zip(ratios, sizes, strict=True)])
            if up:
                yield Scale(_times(up, product), _over(1 / up, over), chosen)
            down = _number([r * s for r, s in zip(ratios, sizes, strict=True)])
            if down:
                yield Scale(_over(down, over), _times(1 / down, product), chosen)


def _number(ratios: list[float]) -> Fraction | None:
    """The one simple fraction that all ratios are."""
    guess = Fraction(ratios[0]).limit_denominator(64)
    if not guess or abs(guess.numerator) > 1000:
        return None
    close = all(abs(r - float(guess)) <= CLOSE * abs(float(guess)) for r in ratios)
    return guess if close else None


def _times(number: Fraction, product: str) -> str:
    if abs(number) == 1:
        return product if number > 0 else f"-{product}"
    return f"{number}*{product}"


def _over(number: Fraction, product: str) -> str:
    return f"{number}/{product}" if number.denominator == 1 else f"{number}*1/{product}"


def summed(a: Arrays, b: Arrays) -> str | None:
    """How ``a`` has still to be summed to give ``b``: "rows", "columns" or "all"."""
    if any(np.ndim(x) != 2 for x in a):
        return None
    if all(np.shape(x) == np.shape(y) for x, y in zip(a, b, strict=True)):
        return None
    ways = {
        "rows": [np.sum(x, axis=0, keepdims=True) for x in a],
        "columns": [np.sum(x, axis=1, keepdims=True) for x in a],
        "all": [np.sum(x) for x in a],
    }
    return next((way for way, sums in ways.items() if equal(sums, b)), None)


def repeated(a: Arrays, b: Arrays) -> bool:
    """Whether ``a`` is ``b`` with its rows, columns or entry repeated."""
    pairs = list(zip(a, b, strict=True))
    if all(np.size(x) == np.size(y) for x, y in pairs):
        return False
    for x, y in pairs:
        try:
            whole = np.broadcast_to(y, np.shape(x))
        except ValueError:
            return False
        if not _equal(x, whole):
            return False
    return True


def summed_too_much(a: Arrays, b: Arrays) -> bool:
    """Whether ``a`` is a sum of entries of ``b``."""
    if all(np.size(x) == np.size(y) for x, y in zip(a, b, strict=True)):
        return False
    sums = [[np.sum(y), *(np.sum(y, axis=k, keepdims=True) for k in range(np.ndim(y)))] for y in b]
    return any(equal(a, way) for way in zip(*sums, strict=True))


def on_diagonal(a: Arrays, b: Arrays) -> bool:
    """Whether ``a`` is the diagonal matrix of the vector ``b``."""
    return all(
        np.ndim(x) == 2 and np.size(y) > 1 and 1 in np.shape(y) and _equal(x, np.diag(np.ravel(y)))
        for x, y in zip(a, b, strict=True)
    )


def stacked(a: Arrays, b: Arrays) -> bool:
    """Whether ``a`` is ``b`` as one vector."""
    for x, y in zip(a, b, strict=True):
        if np.ndim(x) != 2 or np.ndim(y) != 2 or 1 not in np.shape(x) or np.size(x) != np.size(y):
            return False
        if 1 in np.shape(y):
            return False
    orders = ("C", "F")
    return any(
        all(_equal(np.ravel(x), np.ravel(y, order=o)) for x, y in zip(a, b, strict=True))  # type: ignore[call-overload]
        for o in orders
    )


@dataclass(frozen=True)
class Difference:
    """The entry that differs most, at one point; None for a scalar."""

    entry: tuple[int, int] | None
    answered: float
    right: float


def difference(a: Any, b: Any) -> Difference | None:
    """The entry of two arrays of one shape that differs most; None for other shapes."""
    a, b = fitted(a, b), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return None
    gap = np.asarray(np.nan_to_num(np.abs(a - b), nan=np.inf, posinf=np.inf))
    place = np.unravel_index(int(np.argmax(gap)), gap.shape)
    entry = (int(place[0]), int(place[1])) if len(place) == 2 else None
    return Difference(entry, float(a[place]), float(b[place]))


def size_name(axis: Sequence[int], sizes: Sequence[Mapping[str, int]]) -> str:
    """The dimension that has these sizes at all points, or the number."""
    for name in sizes[0]:
        if all(size == known[name] for size, known in zip(axis, sizes, strict=True)):
            return name
    return str(axis[0])
