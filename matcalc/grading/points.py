"""Where answers are compared: random points, at sizes that differ from each other.

The gradients that are held to be true come from the complex step through the whole
network; where that would take too long, from the derivation's own equations. Two sets of
sizes are used, so that a factor 2 and a factor N cannot be taken for each other; ``reach``
adds points where a wrong answer could hide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.checking.run import find_point, sizes_for
from matcalc.derivation.derivation import Derivation, derive
from matcalc.differentiate.backward import GradientEquation
from matcalc.errors import InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, postorder, write_shape
from matcalc.grading.reach import reach
from matcalc.network.network import Kind, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes

CHOICES = ((3, 5, 7, 4, 6, 8), (4, 7, 3, 5, 8, 6))
"Sizes for the dimensions in turn; 2 is left out, because it is so often a factor."
BUDGET = 10_000
"Equation evaluations that one gradient by the complex step may take."
MOST_ENTRIES = 2_000_000
STEADY = 1e-10
"The difference of two right ways to compute a gradient, relative to its largest entry."
LARGE = 200
"Equations beyond which gradients that no answer is held against come from the derivation."


class Equations:
    """The gradient equations of a network, which its points share."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def all(self) -> dict[str, GradientEquation]:
        """Of every variable, constants too, and of every node, the last first."""
        free = tuple(replace(v, kind=Kind.INPUT) for v in self.network.variables)
        return derive(replace(self.network, variables=free)).gradients


class Point:
    """Values of variables and nodes, and gradients when they are asked for."""

    def __init__(
        self,
        reference: Reference,
        upstream: Mapping[str, Any],
        equations: Equations | None = None,
        where: str = "",
    ) -> None:
        """``where`` says what is special about the point, in words."""
        self.reference, self.where = reference, where
        self.equations = equations or Equations(reference.network)
        self.network, self.env = reference.network, reference.env
        self.known: dict[Expr, Any] = dict(reference.point)
        self._true: dict[str, Any] = {}
        for name, value in upstream.items():
            self.known[gradient(self.network.symbol(name))] = value
        if self.network.loss:
            self.known[gradient(self.network.symbol(self.network.loss))] = np.float64(1.0)

    def gradient(self, name: str) -> Any:
        """The gradient by a variable or node, in its own shape.

        By the complex step; in a large network by the derivation's own equations.
        """
        symbol = gradient(self.network.symbol(name))
        if symbol not in self.known:
            if len(self.network.equations) > LARGE:
                self._by_equations()
            else:
                self.known[symbol] = self._by_complex_step(name)
        return self.known[symbol]

    def truth(self, name: str) -> Any:
        """The gradient that an answer is held against: no rule has a hand in it, unless the
        network is too large for that."""
        after = len(self.network.equations) - self.reference.position.get(name, -1) - 1
        entries = int(np.size(self.reference.point[self.network.symbol(name)]))
        if entries * after > BUDGET:
            return self.gradient(name)
        if name not in self._true:
            self._true[name] = self._by_complex_step(name)
        return self._true[name]

    def pushed(self, pushes: Mapping[str, Any]) -> Point:
        """The same point with other gradients at some nodes, as if more came from the loss."""
        other = Point(self.reference, self.reference.upstream, self.equations, self.where)
        other.known |= self.known
        for name, push in pushes.items():
            symbol = gradient(self.network.symbol(name))
            other.known[symbol] = self.gradient(name) + push
        return other

    def _by_complex_step(self, name: str) -> Any:
        if name in self.network.outputs:
            return self.reference.upstream[name]
        with np.errstate(all="ignore"):
            return self.reference.gradient(name)

    def _by_equations(self) -> None:
        """Every gradient, from the last node on."""
        for name, found in self.equations.all.items():
            symbol = gradient(self.network.symbol(name))
            if symbol not in self.known:
                with np.errstate(all="ignore"):
                    self.known[symbol] = evaluate(found.expr, self.known, self.env)

    def value(self, e: Expr, changed: Mapping[Expr, Any] | None = None) -> Any:
        """The value of an expression; ``changed`` stands instead of what is known."""
        for s in e.free:
            if s.op.name == "grad" and not (changed and s in changed):
                self.gradient(s.name)
        known = {**self.known, **changed} if changed else self.known
        try:
            with np.errstate(all="ignore"):
                return evaluate(e, known, self.env)
        except np.linalg.LinAlgError:
            # An answer may invert what has no inverse.
            return np.full(tuple(self.env.size(size) for size in e.shape), np.nan)

    def refuse_large(self, e: Expr) -> None:
        """Raise an InputError where a piece of an answer would be too large to compute."""
        for node in postorder(e):
            entries = int(np.prod([self.env.size(size) for size in node.shape], dtype=float))
            if entries > MOST_ENTRIES:
                raise InputError(
                    f"a piece of the answer, {write_shape(node.shape)}, has {entries} entries",
                    mend=f"Answers are compared with pieces of up to {MOST_ENTRIES}.",
                )


@dataclass(frozen=True)
class Places:
    """Where answers are compared. ``unmet`` has the sides of kinks that no point is on, each
    with the node that it is in."""

    points: list[Point]
    unmet: tuple[tuple[str, str], ...] = ()


def places_of(d: Derivation, seed: int = 0) -> Places:
    """Two points at each of two sets of sizes, and those of ``reach``; given values of inputs
    and parameters are sampled too, because an answer is a formula."""
    network = _without_values(d.network)
    shared = Equations(network)
    points = [
        point_at(network, sizes, np.random.default_rng([seed, k, number]), shared)
        for k, sizes in enumerate(sizes_sets(network))
        for number in range(2)
    ]
    if not _affordable(points[0]):
        return Places(points)
    with np.errstate(all="ignore"):
        more = reach(network, [point.reference for point in points], seed)
    further = [Point(r, r.upstream, shared, where) for r, where in more.references]
    return Places(points + [point for point in further if _decides(point)], more.unmet)


def _affordable(point: Point) -> bool:
    """Whether all gradients by the complex step are cheap."""
    network = point.network
    entries = sum(np.size(point.known[v.symbol]) for v in network.differentiable)
    return entries * len(network.equations) <= BUDGET


def _decides(point: Point) -> bool:
    """Whether rounding is small at a point: so far out, or so near to zero, it need not be."""
    known = dict(point.known)
    for name, found in point.equations.all.items():
        symbol = gradient(point.network.symbol(name))
        if symbol not in known:
            with np.errstate(all="ignore"):
                known[symbol] = evaluate(found.expr, known, point.env)
        if not np.all(np.isfinite(known[symbol])):
            return False
    for v in point.network.differentiable:
        own, true = known[gradient(v.symbol)], point.truth(v.name)
        size = float(np.max(np.abs(true), initial=0.0))
        if not np.max(np.abs(own - true), initial=0.0) <= STEADY * size:
            return False
    return True


def point_at(
    network: Network,
    sizes: dict[str, int],
    rng: np.random.Generator,
    equations: Equations | None = None,
) -> Point:
    with np.errstate(all="ignore"):
        reference = find_point(network, sizes, rng)
    return Point(reference, reference.upstream, equations)


def given_point(d: Derivation, seed: int = 0) -> Point | None:
    """A point with the values of the file, where it has some for what gets a gradient."""
    if all(v.value is None for v in d.network.differentiable):
        return None
    return point_at(d.network, dict(d.network.dims), np.random.default_rng([seed, 9]))


def sizes_sets(network: Network) -> list[dict[str, int]]:
    """Two sets of sizes at which a regular point exists, as different as can be had."""
    found: list[dict[str, int]] = []
    for choices in CHOICES:
        sizes = distinct_sizes(network, pool=choices)
        with suppress(InputError), np.errstate(all="ignore"):
            find_point(network, sizes, np.random.default_rng(0))
            found.append(sizes)
    return found or [sizes_for(network)]


def _without_values(network: Network) -> Network:
    return with_variables(network, {v.name for v in network.differentiable if v.value is not None})


def with_variables(network: Network, names: Iterable[str]) -> Network:
    """The network with the given values of these variables taken away."""
    names = set(names)
    variables = tuple(replace(v, value=None) if v.name in names else v for v in network.variables)
    return replace(network, variables=variables) if names else network
