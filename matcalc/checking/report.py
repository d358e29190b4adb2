"""The outcome of a check: one row per claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

TOLERANCE = 1e-8
"A right form is near rounding (1e-15 to 1e-11); a wrong one is off by far more."
FLOOR = 1e-6
"Entries that are all smaller are compared on this scale: this part of the largest value"
" on the way to them, whose rounding they carry. Whether rounding is all that they carry is"
" found out by repeating the arithmetic: see points.py."
ROUNDING = 1e-12
"Of the largest entry: what is not farther apart needs no other scale."
NOT_FINITE = ("is not finite", np.inf)
SMALLEST = 1e-250
"Below this there is no rounding but underflow: nothing can be told there."


@dataclass(frozen=True)
class Row:
    """One claim. ``error`` is relative to the largest entry; ``detail`` says what differs
    first, or why the claim could not be checked."""

    kind: str
    name: str
    error: float
    detail: str = ""
    apart: float = 0.0
    "How far the two sides are from each other, where that is more than rounding explains at"
    " the size of the entries themselves; else 0."
    passed_over: bool = False
    "Whether it was not checked at all; ``detail`` says why."
    undecided: bool = False
    "Whether it fails because no point told its difference from rounding: it may be right."

    @property
    def ok(self) -> bool:
        return bool(self.error <= TOLERANCE)


@dataclass(frozen=True)
class Unmet:
    """A side of a kink on which no point of the check was: the formula that a derivative has
    there was not held against numbers. Expressions are in the language of network files."""

    kink: str
    node: str
    side: str
    function: str = ""
    "The function of the file whose formula has the kink, where one has."

    def __str__(self) -> str:
        of = f" (function {self.function})" if self.function else ""
        return f"{self.kink} in node {self.node}{of} with {self.side}"


@dataclass(frozen=True)
class Report:
    """``points`` random points were tried; ``sizes`` are the dimensions' sizes there.

    ``chance`` bounds the probability with which a claim of kind "exact" holds by accident.
    """

    rows: tuple[Row, ...]
    points: int
    sizes: dict[str, int]
    passed_over: tuple[Row, ...] = ()
    "Claims that were not checked; ``detail`` says why."
    chance: float = 0.0
    unmet: tuple[Unmet, ...] = ()
    "Sides of kinks that no point was on, although points were looked for. Not a failure."

    @property
    def ok(self) -> bool:
        return all(row.ok for row in self.rows)

    @property
    def max_error(self) -> float:
        return max((row.error for row in self.rows), default=0.0)

    @property
    def failed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.ok)

    def __str__(self) -> str:
        verdict = "all hold" if self.ok else f"{len(self.failed)} FAIL"
        undecided = sum(row.undecided for row in self.failed)
        verdict += f" ({undecided} of them undecided)" if undecided else ""
        over = f", {len(self.passed_over)} passed over" if self.passed_over else ""
        return f"{len(self.rows)} claims, {verdict}, largest error {self.max_error:.1e}{over}"


def compare(
    kind: str, name: str, found: Any, expected: Any, scale: Callable[[], float] = lambda: 1.0
) -> Row:
    """A row for one claim at one point. NaN on either side is a failure.

    ``scale`` gives the size of the largest value that was met in computing either side; it is
    asked for only where the difference is more than rounding at the size of the entries.
    """
    if isinstance(found, float) and isinstance(expected, float) and found == expected:
        finite = np.isfinite(found)
        return Row(kind, name, 0.0 if finite else np.inf, *(() if finite else NOT_FINITE))
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    if found.shape != expected.shape:
        if found.size != expected.size or found.size != 1:
            detail = f"has shape {found.shape} where {expected.shape} is right"
            return Row(kind, name, np.inf, detail)
        found = found.reshape(expected.shape)
    difference = np.abs(found - expected)
    apart = float(np.max(difference, initial=0.0))
    largest = float(np.max(np.abs(expected), initial=0.0))
    if not np.isfinite(apart) or not np.isfinite(largest):
        return Row(kind, name, np.inf, *NOT_FINITE)
    if apart <= ROUNDING * largest:
        return Row(kind, name, apart / largest if largest else 0.0)
    met = scale()
    size = max(largest, FLOOR * max(met, 1.0)) if np.isfinite(met) else max(largest, FLOOR)
    error = apart / size
    if apart <= max(TOLERANCE * largest, SMALLEST):
        return Row(kind, name, error if apart > SMALLEST else 0.0)
    row = Row(kind, name, error, apart=apart)
    return row if row.ok else replace(row, detail=_first_difference(found, expected, size))


def _first_difference(found: Any, expected: Any, size: float) -> str:
    wrong = np.argwhere(~(np.abs(found - expected) <= TOLERANCE * size))
    place = tuple(int(i) for i in wrong[0])
    where = f"entry {list(place)}" if place else "the value"
    return f"{where} is {found[place]:.10g} where {expected[place]:.10g} is right"
