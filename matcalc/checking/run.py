"""Checks a derivation at several random points, claim by claim.

Partials and closed forms are in ``forms``, local Jacobians in ``jacobians``, steps side
against side in ``steps``, and what is rational once more in ``exact``. A difference that may
be rounding is looked at again (``points``), and points are added until both sides of each
kink have been met (``sides``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matcalc.checking.abstract import abstract_functions
from matcalc.checking.both_sides import Progress, at_points
from matcalc.checking.exact import exact_rows
from matcalc.checking.forms import (
    affordable,
    along_directions,
    entry_by_entry,
    local_gradients,
)
from matcalc.checking.jacobians import few_entries, jacobian_rows
from matcalc.checking.points import decided
from matcalc.checking.quantities import Quantities
from matcalc.checking.reference import Reference
from matcalc.checking.report import Report, Row, Unmet
from matcalc.checking.room import ENTRIES, Room, refuse_large, smaller_sizes, total
from matcalc.checking.steps import check_steps
from matcalc.derivation.derivation import Derivation
from matcalc.errors import InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import STYLES, distinct_sizes, inverts, sample
from matcalc.reasoning.explicit import at_small_sizes
from matcalc.reasoning.step import Step

WORST_CONDITION = 1e5


@dataclass(frozen=True)
class Asked:
    """What is to be checked, and with how many numbers at most."""

    d: Derivation
    jacobians: bool
    steps: bool
    entries: int


@dataclass
class Found:
    """The worst row of each claim so far, and the claims that were passed over."""

    worst: dict[tuple[str, str], Row] = field(default_factory=dict)
    over: dict[tuple[str, str], Row] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            key = (row.kind, row.name)
            if key not in self.worst or not row.error <= self.worst[key].error:
                self.worst[key] = row

    def checked(self, rows: Iterable[Row]) -> list[Row]:
        """The rows without those that are passed over, which are noted."""
        rows = list(rows)
        self.over.update({(row.kind, row.name): row for row in rows if row.passed_over})
        return [row for row in rows if not row.passed_over]


def check(
    d: Derivation,
    *,
    points: int = 3,
    seed: int = 0,
    jacobians: bool = True,
    steps: bool = True,
    exact: bool = True,
    tensors: bool = True,
    progress: Progress | None = None,
    entries: int = ENTRIES,
) -> Report:
    """Every claim of a derivation against numbers.

    ``points`` random points are tried, at sizes that differ from each other, and more where
    they are all on one side of a kink or where few entries choose; the worst of them counts.
    Steps are also checked exactly where they are rational (``exact``), and what is written out
    of local Jacobians entry by entry (``tensors``). ``progress`` is called with a line of text
    now and then. ``entries`` is how many numbers a forward pass, or one form,
    may take: an InputError beyond for the network, a claim passed over for a form.
    """
    sizes = sizes_for(d.network, seed, entries)
    found, asked = Found(), Asked(d, jacobians, steps, entries)
    with np.errstate(all="ignore"):
        points, left = _at_any_sizes(asked, found, sizes, points, seed, progress)
        if jacobians and tensors:
            _written_out(asked, found, _tensor_steps(d), at_small_sizes(d.network).dims, seed)
        if steps and d.style == "explicit":
            _written_out(asked, found, d.steps, d.network.dims, seed)
        rows, chance = exact_rows(d, seed) if exact and steps else ([], 0.0)
    all_rows = (*found.worst.values(), *rows)
    return Report(all_rows, points, sizes, tuple(found.over.values()), chance, left)


def _at_any_sizes(
    asked: Asked,
    found: Found,
    sizes: dict[str, int],
    points: int,
    seed: int,
    progress: Progress | None,
) -> tuple[int, tuple[Unmet, ...]]:
    """What holds at any sizes, at the points that were asked for and at more where these
    leave out a side of a kink. Gives at how many of those that were asked for, and the sides
    that were left out even so."""
    room = Room(asked.entries, sizes)

    def find(rng: np.random.Generator, gentle: int = 0) -> Reference:
        return find_point(asked.d.network, sizes, rng, gentle)

    def rows_at(reference: Reference, rng: np.random.Generator) -> list[Row]:
        return found.checked(_rows(asked, reference, rng, room))

    return at_points(
        asked.d.network,
        find,
        rows_at,
        found.add,
        sizes=sizes,
        points=points,
        seed=seed,
        progress=progress,
    )


def _written_out(asked: Asked, found: Found, steps: Iterable[Step], sizes: Any, seed: int) -> None:
    """The steps that write entries out, at the sizes whose entries they are."""
    chosen = [step for step in steps if any(s.concrete for s in step.flat())]
    if not chosen:
        return
    room = Room(asked.entries, sizes)

    def find(rng: np.random.Generator, gentle: int = 0) -> Reference:
        return find_point(asked.d.network, dict(sizes), rng, gentle)

    def rows_at(reference: Reference, rng: np.random.Generator) -> list[Row]:
        quantities = Quantities(asked.d, reference, _known(asked.d, reference, rng)[0])
        rows = check_steps(chosen, quantities, reference.env, concrete=True, room=room)
        return found.checked(rows)

    found.add(decided(find, rows_at, seed, 0).rows)


def _tensor_steps(d: Derivation) -> list[Step]:
    return [step for j in d.explained for step in j.steps]


def sizes_for(network: Network, seed: int = 0, entries: int = ENTRIES) -> dict[str, int]:
    """Sizes that differ, in an order in which a regular point exists; else the file's."""
    tried: dict[tuple[int, ...], InputError] = {}
    for sizes in (distinct_sizes(network), distinct_sizes(network, backwards=True)):
        if total(network, sizes) > entries:
            sizes = next(smaller_sizes(network), sizes)
        refuse_large(network, sizes, entries)
        if (key := tuple(sizes.values())) in tried:
            continue
        try:
            with np.errstate(all="ignore"):
                find_point(network, sizes, np.random.default_rng([seed, 0]))
            return sizes
        except InputError as error:
            tried[key] = error
    refuse_large(network, network.dims, entries)
    if (key := tuple(network.dims.values())) in tried:
        raise tried[key]
    return dict(network.dims)


def find_point(
    network: Network,
    sizes: dict[str, int],
    rng: np.random.Generator,
    gentle: int = 0,
    scale: float = 1.0,
) -> Reference:
    """Values at which the whole network is finite; ``gentle`` ones keep close to zero, and a
    ``scale`` multiplies those of which nothing is assumed."""
    env = Environment(sizes, abstract_functions(network, rng))
    for attempt in range(40):
        style = STYLES[(attempt + gentle) % len(STYLES)]
        values = sample(network, sizes, rng, style)
        for v in network.variables if scale != 1.0 else ():
            if v.value is None and not v.assume:
                values[v.name] = scale * values[v.name]
        upstream = {
            name: rng.normal(size=tuple(d.size(sizes) for d in network.equation[name].shape))
            for name in network.outputs
        }
        try:
            reference = Reference(network, values, env, upstream)
            if reference.finite() and _well_conditioned(reference):
                return reference
        except np.linalg.LinAlgError:
            continue
    at = ", ".join(f"{name} = {size}" for name, size in list(sizes.items())[:9])
    where = f" with {at}" if at else ""
    raise InputError(
        f"no point{where} was found at which every node is finite and every inverse exists",
        mend="Give other sizes, or values or assumptions (assume: positive) inside the domain.",
    )


def _well_conditioned(reference: Reference) -> bool:
    """Whether every matrix that is inverted is far from singular."""
    memo: dict[Expr, Any] = {}
    for equation in reference.network.equations:
        for node in walk(equation.expr):
            if inverts(node):
                value = evaluate(node.args[0], reference.point, reference.env, memo)
                if not np.linalg.cond(value) < WORST_CONDITION:
                    return False
    return True


def _rows(
    asked: Asked, reference: Reference, rng: np.random.Generator, room: Room
) -> Iterator[Row]:
    d = asked.d
    known, directions, full = _known(d, reference, rng)
    if full:
        yield from entry_by_entry(d, reference, known, room)
    else:
        yield from along_directions(d, reference, directions, known)
    quantities = Quantities(d, reference, known)
    if asked.jacobians:
        yield from jacobian_rows(d, reference, quantities, rng, room)
        about = (s for j in d.explained if few_entries(d, j, known) for s in j.steps)
        yield from check_steps(about, quantities, reference.env, concrete=False, room=room)
    if asked.steps:
        yield from check_steps(d.steps, quantities, reference.env, concrete=False, room=room)


def _known(
    d: Derivation, reference: Reference, rng: np.random.Generator
) -> tuple[dict[Expr, Any], dict[str, Any], bool]:
    """Values at the point, changes along random directions, and gradients; the directions;
    and whether the gradients are by the complex step, not by the derivation's equations."""
    directions = {
        v.name: rng.normal(size=np.shape(reference.point[v.symbol]))
        for v in d.network.differentiable
    }
    known = {**reference.point, **reference.changes(directions)}
    full = affordable(d, reference)
    if full:
        known |= reference.gradients([n for n in d.gradients if n not in d.network.outputs])
    for name, value in reference.upstream.items():
        known[gradient(d.network.symbol(name))] = value
    if not full:
        known |= local_gradients(d, reference, known)
    return known, directions, full
