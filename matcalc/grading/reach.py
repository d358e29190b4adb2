"""Where a wrong answer could hide from random points, and the points that look there.

A derivative of relu, of maximum, of where is chosen by a sign. An answer that chooses by
another one, step(x) for step(x - 8), is right wherever both agree, which may be everywhere
that chance goes. So points are looked for on both sides of every kink, with larger values
where need be, and from two of them one close to the kink on either side. What chooses may
also be all of one sign, as for the maximum of a matrix to be below zero. Another point has
small values: there, no term is drowned by one that is exponentially larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.checking.run import find_point
from matcalc.checking.sides import CHOOSING, MANY, SIGNED, Kink, Side, kinks, sides, unmet
from matcalc.errors import InputError
from matcalc.expressions.expr import Expr, walk
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate
from matcalc.printing.language import write
from matcalc.printing.parts import bare
from matcalc.simplify.presentation import present

SMALL = 0.1
SCALES = (1, 1, 1, 1, 3, 3, 0.3, 0.3, 10, 10, 30, 100, 1000)
"Of the values that are drawn to meet the sides of kinks, in turn."
MOST_KINKS = 12
"Kinks that are approached."
MOST_PAIRS = 10
"Places at which one is approached, until the loss depends on it there."
CLOSE = 1e-4
"How far from a kink, as a part of the way between two points on its sides."
FEW = 4
"Places at which a kink of one entry is approached."
HALVINGS = 18
CONVEX = {"positive", "symmetric", "positive_definite", "row_stochastic", "column_stochastic"}
"What holds between two values of which it holds."


@dataclass(frozen=True)
class Reach:
    """Further points, each with words on where it is, and for each side of a kink that was
    not met the node it is in and the side in words."""

    references: list[tuple[Reference, str]]
    unmet: tuple[tuple[str, str], ...] = ()


def reach(network: Network, base: Sequence[Reference], seed: int) -> Reach:
    """What is compared beside the points ``base``. Overflow on the way is no concern."""
    sizes = dict(base[0].env.sizes)
    found = [(r, "for small values") for r in _drawn(network, sizes, seed, 900, SMALL)]
    if len(network.equations) > MANY:
        return Reach(found)
    bends = [b for b in kinks(network) if len(set(b.expr.args[:2])) > 1 or b.expr.op.name in SIGNED]
    if bends or any(e.op.name == "max" for q in network.equations for e in walk(q.expr)):
        found += [(r, "for positive values") for r in _drawn(network, sizes, seed, 901, 1, 1)]
        found += [(r, "for negative values") for r in _drawn(network, sizes, seed, 902, -1, 1)]
    if not bends:
        return Reach(found)
    seen: set[Side] = set()
    for reference in (*base, *(r for r, _ in found)):
        seen.update(sides(reference, bends))
    pool = [r for r in base if dict(r.env.sizes) == sizes]
    for k, scale in enumerate(SCALES):
        for drawn in _drawn(network, sizes, seed, k, scale):
            pool.append(drawn)
            new = set(sides(drawn, bends)) - seen
            if new:
                seen |= new
                found.append((drawn, _words(network, bends, new)))
    for bend in bends[:MOST_KINKS]:
        name = write(bare(present(bend.expr)), network.convention)
        found += [(r, f"close to the kink of {name}") for r in _beside(network, bend, pool)]
    left = unmet(bends, seen, network.convention)
    return Reach(found, tuple((side.node, side.side) for side in left))


def _words(network: Network, bends: Sequence[Kink], met: set[Side]) -> str:
    """Where a point is that is on these sides."""
    first = next(b.unmet(up, network.convention) for b in bends for up in (True, False)
                 if (b.expr, up) in met)  # fmt: skip
    return f"where {first.side}"


def _drawn(
    network: Network, sizes: dict[str, int], seed: int, k: int, scale: float, style: int = 0
) -> Iterator[Reference]:
    rng = np.random.default_rng([seed, 31, k])
    try:
        yield find_point(network, sizes, rng, style, scale)
    except InputError:
        return


def _beside(network: Network, bend: Kink, pool: Sequence[Reference]) -> list[Reference]:
    """Points on each side of a kink, close to it, at several places where it has few entries;
    where the loss depends on what has the kink, if that can be had."""
    heights = [np.ravel(_height(bend.expr, reference)) for reference in pool]
    matters = [bool(np.any(reference.gradient(bend.node))) for reference in pool]
    pairs = combinations(range(len(pool)), 2)
    wanted = 2 * max(1, FEW // heights[0].size)
    good: list[Reference] = []
    first: list[Reference] = []
    tried = 0
    for i, j in sorted(pairs, key=lambda p: (-matters[p[0]] - matters[p[1]], sum(p))):
        crossed = np.nonzero((heights[i] > 0) != (heights[j] > 0))[0]
        if not crossed.size:
            continue
        near = _at_kink(network, bend.expr, pool[i], pool[j], int(crossed[0]))
        if near and (not any(matters) or all(np.any(r.gradient(bend.node)) for r in near)):
            good += near
        first, tried = first or near, tried + 1
        if len(good) >= wanted or tried == MOST_PAIRS:
            break
    return good or first


def _at_kink(
    network: Network, kink: Expr, a: Reference, b: Reference, entry: int
) -> list[Reference]:
    """The points on both sides of where an entry changes its sign between two points."""
    at = _crossing(network, kink, a, b, entry)
    near = [_between(network, a, b, at + way * CLOSE) for way in (-1, 1)]
    if not all(r.finite() for r in near):
        return []
    signs = {bool(np.ravel(_height(kink, r))[entry] > 0) for r in near}
    return near if len(signs) == 2 else []


def _crossing(network: Network, kink: Expr, a: Reference, b: Reference, entry: int) -> float:
    """How far on the way from one point to the other the sign of an entry changes."""
    low, high = 0.0, 1.0
    above = np.ravel(_height(kink, a))[entry] > 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        height = np.ravel(_height(kink, _between(network, a, b, middle)))[entry]
        low, high = (middle, high) if (height > 0) == above else (low, middle)
    return (low + high) / 2


def _between(network: Network, a: Reference, b: Reference, part: float) -> Reference:
    values: dict[str, Any] = dict(a.values)
    for v in network.variables:
        if v.value is None and v.assume <= CONVEX:
            values[v.name] = (1 - part) * a.values[v.name] + part * b.values[v.name]
    return Reference(network, values, a.env, a.upstream)


def _height(kink: Expr, reference: Reference) -> Any:
    """What a kink chooses by: its operand, or how much one is larger than the other."""
    values = [np.real(evaluate(x, reference.point, reference.env)) for x in kink.args[:2]]
    return values[0] - values[1] if kink.op.name in CHOOSING else values[0]
