"""Whether a difference at a point is a mistake, or the rounding of that point.

Two sides of a claim may differ although it holds: where digits cancel (1 − σ of a
saturated σ), and where a value is not finite (the norm of zeros has no derivative). So a
difference is looked at four times more, with every operation's result moved by about a rounding
error. One that stays as it is does not come from rounding, however small it is: the claim
is wrong. One that moves decides nothing: the claim is held against a gentler point. Only a
claim that holds at a point that decides it, or whose difference is below rounding on the
scale of what it was computed from, passes; one that no point decides fails, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.checking.report import Row
from matcalc.numeric.rounding import perturbed

ATTEMPTS = 8
"Points that are tried until one decides every claim, each gentler than the one before."
REPEATS = 4
SEPARATE = 1_000_003
"Sets the stream of random directions apart from that of the point."
STEADY = 0.01
"The part of itself by which a difference that is no rounding may change."

Find = Callable[[np.random.Generator, int], Reference]
"The point that a generator gives; an attempt's number says how gentle it is."
Rows = Callable[[Reference, np.random.Generator], list[Row]]


@dataclass(frozen=True)
class Decided:
    """A row for each claim, and the points at which they were decided."""

    rows: list[Row]
    references: list[Reference]


def decided(find: Find, rows_at: Rows, seed: int, k: int) -> Decided:
    """The rows of the k-th point; those that it does not decide, of gentler ones. What is
    wrong at one of them is wrong."""
    result: list[Row] = []
    left, used = set[int](), list[Reference]()
    for attempt in range(ATTEMPTS):
        stream = [seed, k, attempt] if attempt else [seed, k]
        reference = find(np.random.default_rng(stream), attempt)
        rows = rows_at(reference, np.random.default_rng([*stream, SEPARATE]))
        rows, undecided = judged(rows, reference, rows_at, stream)
        if not attempt:
            result, left, used = rows, undecided, [reference]
        else:
            settled = left - undecided
            wrong = {n for n, row in enumerate(rows) if not row.ok} - undecided
            for n in settled | wrong:
                result[n] = rows[n]
            left -= settled
            used += [reference] if settled else []
        if not left:
            break
    return Decided([_open(row) if n in left else row for n, row in enumerate(result)], used)


def judged(
    rows: list[Row], reference: Reference, rows_at: Rows, stream: list[int]
) -> tuple[list[Row], set[int]]:
    """The rows, those that are wrong made to fail; and which of them decide nothing."""
    if not any(row.apart for row in rows):
        return rows, set()
    again = []
    for n in range(REPEATS):
        with perturbed(np.random.default_rng([*stream, n])):
            other = reference.again()
            again.append(rows_at(other, np.random.default_rng([*stream, SEPARATE])))
    result, undecided = [], set[int]()
    for n, row in enumerate(rows):
        if row.apart and np.isfinite(row.apart):
            if all(abs(o[n].apart - row.apart) <= STEADY * row.apart for o in again):
                row = _wrong(row)
            elif not row.ok:
                undecided.add(n)
        elif row.apart:
            undecided.add(n)
        result.append(row)
    return result, undecided


def _open(row: Row) -> Row:
    """A claim that no point has decided. It fails: nothing is true that was not shown."""
    if not np.isfinite(row.apart):
        return replace(row, detail=f"{row.detail} at any of {ATTEMPTS} points", undecided=True)
    detail = (
        f"is undecided: at none of {ATTEMPTS} points can the difference be told from rounding;"
        f" at the first, {row.detail}"
    )
    return replace(row, detail=detail, undecided=True)


def _wrong(row: Row) -> Row:
    if not row.ok:
        return row
    detail = f"differs by {row.apart:.1e}, which is small but no rounding"
    return replace(row, error=np.inf, detail=detail)
