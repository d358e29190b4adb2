"""Points until both sides of every kink have been met, or enough have been tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from matcalc.checking.points import Find, Rows, decided
from matcalc.checking.report import Row, Unmet
from matcalc.checking.sides import TRIES, Side, kinks, points_for, sides, unmet
from matcalc.expressions import work
from matcalc.network.network import Network

MARGIN = 5
"So many times what a point has taken on average has to be left for another one: so much it"
" takes where its differences are looked at again."
Progress = Callable[[str], None]


def at_points(
    network: Network,
    find: Find,
    rows_at: Rows,
    add: Callable[[Iterable[Row]], None],
    *,
    sizes: dict[str, int],
    points: int,
    seed: int,
    first: int = 0,
    progress: Progress | None = None,
) -> tuple[int, tuple[Unmet, ...]]:
    """Hands the rows of ``points`` random points to ``add``, and those of more where these
    leave out a side of a kink; of fewer where what may be computed does not suffice for one
    more. Gives how many were tried, of those that were asked for, and the sides that were left
    out even so.

    ``first`` is the number of the first point, which decides what is drawn.
    """
    bends, seen = kinks(network), set[Side]()

    def try_point(k: int) -> None:
        here = decided(find, rows_at, seed, k)
        met = (set(sides(reference, bends)) for reference in here.references)
        seen.update(set.intersection(*met))
        add(here.rows)

    before, tried = work.left_to_compute(), 0
    wanted = points_for(network, bends, sizes, points)
    for k in range(wanted):
        if k and MARGIN * (before - work.left_to_compute()) / k > work.left_to_compute():
            break
        if progress:
            progress(f"checking at point {k + 1} of {wanted}")
        try_point(first + k)
        tried = k + 1
    for k in range(first + wanted, first + wanted + TRIES):
        if len(seen) == 2 * len(bends) or tried < wanted:
            break
        if not seen.issuperset(sides(find(np.random.default_rng([seed, k]), 0), bends)):
            try_point(k)
    return min(tried, points), unmet(bends, seen, network.convention)
