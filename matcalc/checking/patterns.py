"""The claims of a pattern against unrolled networks of several depths.

At each depth every rule is taken at every index: its two sides are compared at a random
point, where the gradients come from the complex step through the whole unrolled network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.checking.forms import affordable, along_directions, local_gradients
from matcalc.checking.quantities import Quantities
from matcalc.checking.report import Report, Row
from matcalc.checking.run import find_point
from matcalc.checking.steps import claims_of, missing
from matcalc.checking.values import Values
from matcalc.depth.index import Index
from matcalc.depth.pattern import Pattern, Rule
from matcalc.depth.proofs import claims
from matcalc.derivation.derivation import derive
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr
from matcalc.network.network import Network
from matcalc.numeric.sampling import distinct_sizes

DEPTHS = (1, 2, 3, 4, 5, 6)
WIDTHS = (2, 3, 4)
"Sizes, in turn: neighbouring layers differ."
Progress = Callable[[str], None]


def check_pattern(
    pattern: Pattern,
    *,
    depths: Iterable[int] = DEPTHS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Every claim of a pattern at these depths, at one random point each; the worst counts.

    Depths for which the pattern is not meant are left out.
    """
    worst: dict[tuple[str, str], Row] = {}
    tried = [depth for depth in depths if depth >= pattern.least]
    sizes: dict[str, int] = {}
    for depth in tried:
        if progress:
            progress(f"checking at depth {depth}")
        values = {name: depth + k for k, name in enumerate(pattern.template.depths)}
        with np.errstate(all="ignore"):
            at = _At(pattern, values, seed)
            sizes |= at.sizes
            for row in at.rows():
                key = (row.kind, row.name)
                if key not in worst or not row.error <= worst[key].error:
                    worst[key] = row
    return Report(tuple(worst.values()), len(tried), sizes)


@dataclass
class _At:
    """The pattern at one depth."""

    pattern: Pattern
    depths: Mapping[str, int]
    seed: int

    def __post_init__(self) -> None:
        template = self.pattern.template
        network = template.unrolled(self.depths)
        self.sizes = distinct_sizes(network, pool=WIDTHS)
        rng = np.random.default_rng([self.seed, *self.depths.values()])
        self.reference = find_point(network, self.sizes, rng)
        self.d = derive(network, layout=self.pattern.layout)
        self.directions = {
            v.name: rng.normal(size=np.shape(self.reference.point[v.symbol]))
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
        here = {**self.depths, **values}
        lhs, rhs = (self.pattern.template.concrete(side, here) for side in sides)
        self.quantities.add(lhs.free | rhs.free)
        known = self.quantities.known
        if missing(lhs, known) or missing(rhs, known):
            names = sorted(s.name for s in lhs.free | rhs.free if s not in known)
            yield Row(kind, name, np.inf, f"has no value for {', '.join(names)}")
            return
        yield Values(known, self.reference.env).sides(kind, name, rhs, lhs)
