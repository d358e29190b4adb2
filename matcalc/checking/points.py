"""Whether a difference at a point is a mistake, or the rounding of that point.

Two sides of a claim may differ although it holds: where digits cancel (1 − σ of a
saturated σ), and where a value is not finite (the norm of zeros has no derivative). So a
difference is looked at twice more, with every operation's result moved by about a rounding
error. One that stays as it is does not come from rounding, however small it is: the claim
is wrong. One that moves decides nothing: the claim is held against a gentler point. Only a
claim that holds at a point that decides it, or whose difference is below rounding on the
scale of what it was computed from, passes.
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
    """The rows of a point, and the point."""

    rows: list[Row]
    reference: Reference


def decided(find: Find, rows_at: Rows, seed: int, k: int) -> Decided:
    """The rows of the k-th point, or of a gentler one in its place."""
    first: Decided | None = None
    for attempt in range(ATTEMPTS):
        stream = [seed, k, attempt] if attempt else [seed, k]
        reference = find(np.random.default_rng(stream), attempt)
        rows = rows_at(reference, np.random.default_rng([*stream, SEPARATE]))
        if not any(row.apart for row in rows):
            return Decided(rows, reference)
        rows, undecided = judged(rows, reference, rows_at, stream)
        here = Decided(rows, reference)
        if not undecided:
            return here
        first = first or here
    assert first is not None
    return first


def judged(
    rows: list[Row], reference: Reference, rows_at: Rows, stream: list[int]
) -> tuple[list[Row], bool]:
    """The rows, those that are wrong made to fail; and whether some decide nothing."""
    again = []
    for n in range(REPEATS):
        with perturbed(np.random.default_rng([*stream, n])):
            other = reference.again()
            again.append(rows_at(other, np.random.default_rng([*stream, SEPARATE])))
    result, undecided = [], False
    for n, row in enumerate(rows):
        if row.apart and np.isfinite(row.apart):
            others = [other[n].apart if len(other) == len(rows) else np.inf for other in again]
            if all(abs(o - row.apart) <= STEADY * row.apart for o in others):
                row = _wrong(row)
            else:
                undecided |= not row.ok
        elif row.apart:
            undecided = True
        result.append(row)
    return result, undecided


def _wrong(row: Row) -> Row:
    if not row.ok:
        return row
    detail = f"differs by {row.apart:.1e}, which is small but no rounding"
    return replace(row, error=np.inf, detail=detail)
