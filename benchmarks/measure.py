"""Timings that can be compared: interleaved in one process, CPU time, medians of ratios."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Timing:
    """Seconds of CPU per call in each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return float(np.median(self.seconds))


def interleaved(
    runs: Mapping[str, Callable[[], Any]], calls: int, rounds: int = 11
) -> dict[str, Timing]:
    """Every run in every round, so that what slows the machine down slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            for _ in range(calls):
                run()
            taken[name].append((time.process_time() - start) / calls)
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}


def ratio(above: Timing, below: Timing) -> tuple[float, float, float]:
    """The median of the rounds' ratios, and the quartiles."""
    ratios = np.divide(above.seconds, below.seconds)
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    return float(middle), float(low), float(high)


def agree(found: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Whether gradients are the same to TOLERANCE of their largest entry."""
    return len(found) == len(expected) and all(
        np.shape(a) == np.shape(b)
        and np.max(np.abs(np.asarray(a) - b)) <= TOLERANCE * max(np.max(np.abs(b)), 1e-300)
        for a, b in zip(found, expected, strict=True)
    )


def written(value: tuple[float, float, float], digits: int = 2) -> str:
    middle, low, high = value
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
