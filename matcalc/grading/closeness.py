"""Whether an answer that is close to the right values is right, or leaves a small term out.

Numbers are compared to a part in ten million, so that no rounding makes a right answer wrong.
Within that could hide 1/P for 1/(P + 1e-8). So what is left of a difference is looked at in
arithmetic that is off by other roundings: one that stays as it is does not come from rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.expressions.expr import Expr
from matcalc.grading.answers import Answer
from matcalc.grading.evidence import Arrays, Evidence
from matcalc.grading.points import Point
from matcalc.grading.relations import ROUNDING, equal, fitted
from matcalc.numeric.rounding import perturbed

ROUND = 1e-11
"Differences up to this, relative to the largest entry, are rounding."
ROUND_IN_CODE = 1e-9
"The same for functions that compute in their own way, which cannot be run with other rounding."
STEADY = 0.01
REPEATS = 3


def neglected(evidence: Evidence, answer: Answer, values: Arrays, truth: Arrays) -> float:
    """The largest difference, relative to the largest entry, that is no rounding; 0 if none.

    ``values`` are those of the answer, which are close to ``truth`` at all points.
    """
    expr = answer.side.expr if answer.side else None
    least = ROUND_IN_CODE if expr is None else ROUND
    found = 0.0
    for point, a, b in zip(evidence.points, values, truth, strict=True):
        gap = fitted(a, b) - b
        size = float(np.max(np.abs(b), initial=0.0))
        worst = float(np.max(np.abs(gap), initial=0.0))
        if size < ROUNDING or worst <= max(least, found) * size:
            continue
        if _is_steady(evidence, answer.target, expr, gap, point):
            found = worst / size
    return found


def undecided(evidence: Evidence, answer: Answer, values: Arrays, truth: Arrays) -> set[int]:
    """The special points, by number, at which an answer that is wrong there may be right: where
    it is not finite, as an exponential far out, or differs by rounding."""
    expr = answer.side.expr if answer.side else None
    wrong, found = set[int](), set[int]()
    for k, (point, a, b) in enumerate(zip(evidence.points, values, truth, strict=True)):
        if np.shape(fitted(a, b)) != np.shape(b):
            return set()
        if point.where and not np.all(np.isfinite(a)):
            found.add(k)
        elif not equal([a], [b]):
            wrong.add(k)
    if expr is not None and all(evidence.points[k].where for k in wrong):
        found |= {k for k in wrong if not _stays(evidence, answer, values[k], k)}
    return found


def _stays(evidence: Evidence, answer: Answer, value: Any, k: int) -> bool:
    point, target = evidence.points[k], answer.target
    right = evidence.arranged(target, [point.truth(target)])[0]
    expr = answer.side.expr if answer.side else None
    return _is_steady(evidence, target, expr, fitted(value, right) - right, point)


def _is_steady(evidence: Evidence, target: str, expr: Expr | None, gap: Any, point: Point) -> bool:
    """Whether the largest entry of a difference stays as it is under other rounding."""
    at = np.unravel_index(int(np.argmax(np.abs(gap))), np.shape(gap))

    def difference(here: Point) -> float:
        right = np.asarray(evidence.arranged(target, [here.truth(target)])[0])
        own = 0.0 if expr is None else fitted(here.value(expr), right)[at]
        return float(own - right[at])

    before = difference(point)
    for n in range(REPEATS):
        with perturbed(np.random.default_rng([n, 7])), np.errstate(all="ignore"):
            other = Point(point.reference.again(), point.reference.upstream, point.equations)
            if not abs(difference(other) - before) <= STEADY * abs(float(gap[at])):
                return False
    return True
