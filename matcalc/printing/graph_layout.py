"""A layered drawing of a graph without circles: geometry alone, no text and no colours.

Every node gets a rank, one more than the largest of those it comes from; an edge that
spans several ranks passes through a point in each rank between, so that it goes around
boxes and not through them. Orders within ranks come from barycentre sweeps, positions
from a least-squares fit that keeps the order and the gaps.

Coordinates are ``main`` (along the ranks) and ``cross``; whoever draws turns them into x
and y. Edges end on ports, one for each, spread over the side of the target that faces the
ranks before it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 12
FITS = 40
STILL = 0.2
"How far, in pixels, a sweep may move things and be the last."
BEND = 6.0
"How much more than its ends an edge's inner points weigh: long edges come out straight."


@dataclass
class Box:
    """A node with its extent along and across the ranks; ``main`` and ``cross`` are where
    it starts along, and its middle across. ``lead`` is room that is kept before it."""

    length: float
    width: float
    rank: int = 0
    main: float = 0.0
    cross: float = 0.0
    virtual: bool = False
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)


Route = tuple[tuple[float, float, float], ...]
"""An edge: straight pieces (start, end, cross), with a curve from each to the next. The
first leaves its node, the last ends on its port with the room for labels before it."""


@dataclass(frozen=True)
class Drawing:
    """``places`` maps a node to (main start, cross middle); ``routes`` are in the order of
    the edges. All within 0..length and 0..width."""

    places: dict[str, tuple[float, float]]
    routes: tuple[Route, ...]
    length: float
    width: float


def layered(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str]],
    *,
    lead: float,
    gap: float,
    apart: float,
    port: float,
    late: frozenset[str] = frozenset(),
) -> Drawing:
    """Places for nodes of the given (length, width), in an order in which edges go forward.

    ``lead`` is a straight run before each node, for labels; ``gap`` the room for curves
    between ranks; ``apart`` the distance across between neighbours; ``port`` the distance
    between the ends of edges at a node. Nodes in ``late`` stand right before their first
    use instead of as early as they can.
    """
    return _Layered(sizes, edges, lead, gap, apart, port, late).drawing()


class _Layered:
    def __init__(
        self,
        sizes: Mapping[str, tuple[float, float]],
        edges: Sequence[tuple[str, str]],
        lead: float,
        gap: float,
        apart: float,
        port: float,
        late: frozenset[str],
    ) -> None:
        self.names = {name: k for k, name in enumerate(sizes)}
        self.lead, self.gap, self.apart, self.port = lead, gap, apart, port
        self.boxes = [Box(length, width) for length, width in sizes.values()]
        self.edges = [(self.names[a], self.names[b]) for a, b in edges]
        self._rank({self.names[name] for name in late})
        self.chains = [self._chain(a, b) for a, b in self.edges]
        self.ranks: list[list[int]] = [[] for _ in range(1 + max(b.rank for b in self.boxes))]
        for k, box in enumerate(self.boxes):
            self.ranks[box.rank].append(k)

    def _rank(self, late: set[int]) -> None:
        for a, b in self.edges:  # sources come first in the order of nodes
            self.boxes[b].before.append(a)
            self.boxes[a].after.append(b)
        for box in self.boxes:
            box.rank = 1 + max((self.boxes[a].rank for a in box.before), default=-1)
        for k in late:
            box = self.boxes[k]
            if box.after and not box.before:
                box.rank = min(self.boxes[b].rank for b in box.after) - 1
        for box in self.boxes:
            box.before, box.after = [], []

    def _chain(self, a: int, b: int) -> list[int]:
        """The edge's nodes, with a virtual one in every rank between."""
        chain = [a]
        for rank in range(self.boxes[a].rank + 1, self.boxes[b].rank):
            self.boxes.append(Box(0.0, 6.0, rank, virtual=True))
            chain.append(len(self.boxes) - 1)
        chain.append(b)
        for u, v in pairwise(chain):
            self.boxes[u].after.append(v)
            self.boxes[v].before.append(u)
        return chain

    def drawing(self) -> Drawing:
        self._order()
        self.ports = self._ports()
        self._spread()
        starts, ends = self._columns()
        low = min(b.cross - b.width / 2 for b in self.boxes)
        high = max(b.cross + b.width / 2 for b in self.boxes)
        for box in self.boxes:
            # In the middle of its rank, so that short boxes line up with long ones.
            box.main = starts[box.rank] + (ends[box.rank] - starts[box.rank] - box.length) / 2
            box.cross -= low
        places = {n: (self.boxes[k].main, self.boxes[k].cross) for n, k in self.names.items()}
        return Drawing(places, self._routes(starts, ends), ends[-1], high - low)

    # -- order -------------------------------------------------------------------

    def _order(self) -> None:
        best, fewest = [list(r) for r in self.ranks], self._crossings()
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            ranks = self.ranks[1:] if down else self.ranks[-2::-1]
            place = {k: i for rank in self.ranks for i, k in enumerate(rank)}
            for rank in ranks:
                self._sort(rank, down, place)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(r) for r in self.ranks], crossings
            if not fewest:
                break
        self.ranks = best

    def _sort(self, rank: list[int], down: bool, place: dict[int, int]) -> None:
        keys = {}
        for i, k in enumerate(rank):
            near = self.boxes[k].before if down else self.boxes[k].after
            keys[k] = sum(place[n] for n in near) / len(near) if near else float(i)
        rank.sort(key=lambda k: keys[k])
        place.update((k, i) for i, k in enumerate(rank))

    def _crossings(self) -> int:
        total = 0
        for rank, following in pairwise(self.ranks):
            place = {k: i for i, k in enumerate(following)}
            seen: list[int] = []
            for k in rank:
                ends = sorted(place[n] for n in self.boxes[k].after if n in place)
                total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total

    # -- positions ---------------------------------------------------------------

    def _spread(self) -> None:
        for rank in self.ranks:
            at = 0.0
            for k in rank:
                box = self.boxes[k]
                box.cross = at + box.width / 2
                at += box.width + self.apart
        self.pulls = [self._pull(k) for k in range(len(self.boxes))]
        for sweep in range(FITS):
            ranks = self.ranks if sweep % 2 == 0 else self.ranks[::-1]
            if max([self._fit(rank) for rank in ranks]) < STILL:
                break

    def _pull(self, k: int) -> list[tuple[int, float, float]]:
        """Neighbours with what to add to their place for a straight edge, and its weight."""
        box = self.boxes[k]
        found = [(n, -self.ports.get((n, k), 0.0)) for n in box.before]
        found += [(n, self.ports.get((k, n), 0.0)) for n in box.after]
        inner = [BEND if box.virtual and self.boxes[n].virtual else 1.0 for n, _ in found]
        return [(n, shift, weight) for (n, shift), weight in zip(found, inner, strict=True)]

    def _fit(self, rank: list[int]) -> float:
        """Moves a rank's boxes towards their neighbours, in order and apart; how far."""
        boxes, wanted, weights, offset, offsets = self.boxes, [], [], 0.0, []
        for i, k in enumerate(rank):
            box = boxes[k]
            if i:
                offset += (boxes[rank[i - 1]].width + box.width) / 2 + self.apart
            offsets.append(offset)
            middle, total = 0.0, 0.0
            for n, shift, weight in self.pulls[k]:
                middle += (boxes[n].cross + shift) * weight
                total += weight
            wanted.append((middle / total if total else box.cross) - offset)
            weights.append(max(total, 0.1))
        moved = 0.0
        for k, position, shift in zip(rank, _rising(wanted, weights), offsets, strict=True):
            moved = max(moved, abs(boxes[k].cross - position - shift))
            boxes[k].cross = position + shift
        return moved

    def _columns(self) -> tuple[list[float], list[float]]:
        starts, ends, at = [], [], 0.0
        for r, rank in enumerate(self.ranks):
            at += (self.gap + self.lead) if r else 0.0
            starts.append(at)
            at += max(self.boxes[k].length for k in rank)
            ends.append(at)
        return starts, ends

    # -- edges -------------------------------------------------------------------

    def _ports(self) -> dict[tuple[int, int], float]:
        """How far from the middle of its target each edge ends, by its last two nodes."""
        place = {k: i for rank in self.ranks for i, k in enumerate(rank)}
        arriving: dict[int, list[int]] = {}
        for chain in self.chains:
            arriving.setdefault(chain[-1], []).append(chain[-2])
        ports = {}
        for target, found in arriving.items():
            for i, k in enumerate(sorted(found, key=lambda k: place[k])):
                ports[k, target] = self.port * (i - (len(found) - 1) / 2)
        return ports

    def _routes(self, starts: list[float], ends: list[float]) -> tuple[Route, ...]:
        routes = []
        for chain in self.chains:
            first, *inner, last = (self.boxes[n] for n in chain)
            pieces = [(first.main + first.length, ends[first.rank], first.cross)]
            pieces += [(starts[b.rank] - self.lead, ends[b.rank], b.cross) for b in inner]
            pieces += [
                (
                    starts[last.rank] - self.lead,
                    last.main,
                    last.cross + self.ports[chain[-2], chain[-1]],
                )
            ]
            routes.append(tuple(pieces))
        return tuple(routes)


def _rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The rising sequence that is nearest to the wanted one, in weighted least squares."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (v1, w1, n1), (v2, w2, n2) = blocks[-2:]
            blocks[-2:] = [((v1 * w1 + v2 * w2) / (w1 + w2), w1 + w2, n1 + n2)]
    return [value for value, _, count in blocks for _ in range(count)]
