"""The claims of a pattern against unrolled networks of several depths.

At each depth every rule is taken at every index: its two sides are compared at random points,
where the gradients come from the complex step through the whole unrolled network. There are
as many points as it takes to be on both sides of every kink of that network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from matcalc.checking.both_sides import Progress, at_points
from matcalc.checking.forms import affordable, along_directions, local_gradients
from matcalc.checking.quantities import Quantities
from matcalc.checking.reference import Reference
from matcalc.checking.report import Report, Row, Unmet
from matcalc.checking.run import Found, find_point
from matcalc.checking.steps import claims_of, missing
from matcalc.checking.values import Values
from matcalc.depth.index import Index
from matcalc.depth.pattern import Pattern, Rule
from matcalc.depth.proofs import claims
from matcalc.derivation.derivation import Derivation, derive
from matcalc.errors import CannotDerive, InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr
from matcalc.network.network import Network
from matcalc.numeric.sampling import distinct_sizes

DEPTHS = (1, 2, 3, 4, 5, 6)
WIDTHS = (2, 3, 4)
"Sizes, in turn: neighbouring layers differ."
APART = 1000
"Numbers of points between one depth and the next, so that each depth has points of its own."


def check_pattern(
    pattern: Pattern,
    *,
    depths: Iterable[int] = DEPTHS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Every claim of a pattern at these depths, at random points; the worst counts.

    Depths for which the pattern is not meant are left out. A side of a kink is named as not
    met once, at the first depth at which no point was on it.
    """
    found = Found()
    tried = [depth for depth in depths if depth >= pattern.least]
    sizes: dict[str, int] = {}
    left: dict[tuple[str, str, str], Unmet] = {}
    for depth in tried:
        if progress:
            progress(f"checking at depth {depth}")
        values = {name: depth + k for k, name in enumerate(pattern.template.depths)}
        with np.errstate(all="ignore"):
            here = _Depth.of(pattern, values, seed)
            sizes |= here.sizes
            for side in here.check(found, seed, depth * APART):
                left.setdefault((side.kink, side.node, side.side), side)
    return Report(tuple(found.worst.values()), len(tried), sizes, unmet=tuple(left.values()))


def with_pattern(report: Report, d: Derivation, depths: Iterable[int], seed: int = 0) -> Report:
    """The report of a network with loops, and the claims of its pattern in it, for every depth,
    checked at these. Where there is no pattern, that is passed over, with the reason."""
    try:
        found = check_pattern(d.pattern, depths=depths, seed=seed)
    except CannotDerive as reason:
        over = Row("pattern", "for every depth", 0.0, str(reason), passed_over=True)
        return replace(report, passed_over=(*report.passed_over, over))
    rows = (replace(row, name=f"{row.name}, for every depth") for row in found.rows)
    unmet = dict.fromkeys((*report.unmet, *found.unmet))
    return replace(report, rows=(*report.rows, *rows), unmet=tuple(unmet))


@dataclass(frozen=True)
class _Depth:
    """The unrolled network of one depth, at sizes at which there is a regular point."""

    pattern: Pattern
    depths: Mapping[str, int]
    d: Derivation
    sizes: dict[str, int]
    known: dict[tuple[Expr, tuple[tuple[str, int], ...]], Expr] = field(default_factory=dict)
    "Sides of claims at an index, with numbers in the place of it: the same at every point."

    @classmethod
    def of(cls, pattern: Pattern, depths: Mapping[str, int], seed: int) -> _Depth:
        d = derive(pattern.template.unrolled(depths), layout=pattern.layout)
        return cls(pattern, depths, d, _regular_sizes(d.network, seed))

    def concrete(self, side: Expr, values: Mapping[str, int]) -> Expr:
        """A side of a claim for one index."""
        key = side, tuple(values.items())
        if key not in self.known:
            self.known[key] = self.pattern.template.concrete(side, {**self.depths, **values})
        return self.known[key]

    def check(self, found: Found, seed: int, first: int) -> tuple[Unmet, ...]:
        """The rows of as many points as it takes, into ``found``; the sides that are left."""

        def find(rng: np.random.Generator, gentle: int = 0) -> Reference:
            return find_point(self.d.network, self.sizes, rng, gentle)

        def rows_at(reference: Reference, rng: np.random.Generator) -> list[Row]:
            return list(_At(self, reference, rng).rows())

        _, left = at_points(
            self.d.network,
            find,
            rows_at,
            found.add,
            sizes=self.sizes,
            points=1,
            seed=seed,
            first=first,
        )
        return left


def _regular_sizes(network: Network, seed: int) -> dict[str, int]:
    """Sizes that differ, in an order in which there is a point; else the file's."""
    for backwards in (False, True):
        sizes = distinct_sizes(network, backwards, WIDTHS)
        try:
            find_point(network, sizes, np.random.default_rng([seed, 0]))
            return sizes
        except InputError:
            continue
    return dict(network.dims)


@dataclass
class _At:
    """The pattern at one depth and point."""

    here: _Depth
    reference: Reference
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.pattern, self.depths, self.d = self.here.pattern, self.here.depths, self.here.d
        network = self.d.network
        self.directions = {
            v.name: self.rng.normal(size=np.shape(self.reference.point[v.symbol]))
            for v in network.differentiable
        }
        self.full = affordable(self.d, self.reference)
        self.known = self._known(network)
        self.quantities = Quantities(self.d, self.reference, self.known)

    def _known(self, network: Network) -> dict[Expr, Any]:
        """Values, changes along random directions, and gradients: by the complex step, or,
        in a large network, by its own derivation, which is checked along directions then."""
        reference = self.reference
        known = {**reference.point, **reference.changes(self.directions)}
        for name, value in reference.upstream.items():
            known[gradient(network.symbol(name))] = value
        if network.loss:  # as a member of a family it has a gradient by that name
            known[gradient(network.symbol(network.loss))] = np.asarray(1.0)
        if not self.full:
            return known | local_gradients(self.d, reference, known)
        every = (*(v.name for v in network.differentiable), *network.equation)
        return known | reference.gradients([name for name in every if name not in network.ends])

    def rows(self) -> Iterator[Row]:
        if not self.full:
            yield from along_directions(self.d, self.reference, self.directions, self.known)
        for rule in self.pattern.ordered():
            yield from self.rule(rule)
        for claim in claims(self.pattern):
            if min(self.depths.values(), default=claim.least) < claim.least:
                continue
            for values in self.steps(claim.letter, claim.first, claim.last):
                name = f"{claim.rule}: {claim.about}"
                yield from self.claim("pattern", name, (claim.lhs, claim.rhs), values)

    def rule(self, rule: Rule) -> Iterator[Row]:
        name = rule.symbol.name
        for values in self.steps(rule.letter, rule.first, rule.last):
            sides = (gradient(rule.symbol), rule.expr)
            yield from self.claim("partial", name, sides, values)
            for part in rule.parts:
                over = part.over or ("", rule.first, rule.last)
                for inner in self.steps(*over):
                    for step, pair in claims_of(part.step) if part.argued else ():
                        about = f"{step.kind} at {name}: {step.rule}"
                        yield from self.claim("step", about, pair, {**values, **inner})

    def steps(self, letter: str, first: Index, last: Index) -> Iterator[dict[str, int]]:
        """The values of a letter at this depth."""
        if not letter:
            yield {}
            return
        for k in range(first.number(self.depths), last.number(self.depths) + 1):
            yield {letter: k}

    def claim(
        self, kind: str, name: str, sides: tuple[Expr, Expr], values: Mapping[str, int]
    ) -> Iterator[Row]:
        lhs, rhs = (self.here.concrete(side, values) for side in sides)
        self.quantities.add(lhs.free | rhs.free)
        known = self.quantities.known
        if missing(lhs, known) or missing(rhs, known):
            names = sorted(s.name for s in lhs.free | rhs.free if s not in known)
            yield Row(kind, name, np.inf, f"has no value for {', '.join(names)}")
            return
        yield Values(known, self.reference.env).sides(kind, name, rhs, lhs)
