"""Checks a derivation at several random points, claim by claim.

Partials and closed forms are held against the complex step through the whole network,
Jacobians against that of their one equation, steps side against side. Networks too large
for every entry are checked along random directions instead, each equation's pullback by
itself and all variables together, which is linear in the number of equations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from matcalc.checking.abstract import abstract_functions
from matcalc.checking.exact import exact_rows
from matcalc.checking.quantities import Order, Quantities
from matcalc.checking.reference import Reference
from matcalc.checking.report import FLOOR, Report, Row, compare
from matcalc.checking.steps import check_steps, magnitude
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Partial
from matcalc.errors import InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, postorder
from matcalc.expressions.operation import Environment
from matcalc.network.network import Convention, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import STYLES, distinct_sizes, sample

BUDGET = 60_000
"Equation evaluations that a full entry-by-entry reference may take at one point."
JACOBIAN_ENTRIES = 40_000

INVERTING = ("inv", "solve", "det", "logdet")
WORST_CONDITION = 1e5
Progress = Callable[[str], None]


def check(
    d: Derivation,
    *,
    points: int = 3,
    seed: int = 0,
    jacobians: bool = True,
    steps: bool = True,
    exact: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Every claim of a derivation against numbers.

    ``points`` random points are tried, at sizes that differ from each other; the worst of
    them counts. Steps are also checked exactly where they are rational (``exact``), modulo a
    prime. ``progress`` is called with a line of text now and then.
    """
    sizes = sizes_for(d.network, seed)
    worst: dict[tuple[str, str], Row] = {}
    for k in range(points):
        if progress:
            progress(f"checking at point {k + 1} of {points}")
        rng = np.random.default_rng([seed, k])
        with np.errstate(all="ignore"):
            reference = find_point(d.network, sizes, rng)
            for row in _rows(d, reference, rng, jacobians, steps):
                key = (row.kind, row.name)
                if key not in worst or not row.error <= worst[key].error:
                    worst[key] = row
            if steps and d.style == "explicit":
                for row in _written_out(d, rng):
                    worst.setdefault((row.kind, row.name), row)
    found, chance = exact_rows(d, seed) if exact and steps else ([], 0.0)
    return Report((*worst.values(), *found), points, sizes, chance)


def _written_out(d: Derivation, rng: np.random.Generator) -> Iterator[Row]:
    """The steps that write entries out, at the sizes whose entries they are."""
    reference = find_point(d.network, dict(d.network.dims), rng)
    known = _known(d, reference, rng)
    yield from check_steps(d, Quantities(d, reference, known), reference.env, concrete=True)


def _known(d: Derivation, reference: Reference, rng: np.random.Generator) -> dict[Expr, Any]:
    """Values at the point, changes along a random direction, and gradients."""
    directions = {
        v.name: rng.normal(size=np.shape(reference.point[v.symbol]))
        for v in d.network.differentiable
    }
    known = {**reference.point, **reference.changes(directions)}
    known |= reference.gradients([n for n in d.gradients if n not in d.network.outputs])
    for name, value in reference.upstream.items():
        known[gradient(d.network.symbol(name))] = value
    return known


def sizes_for(network: Network, seed: int = 0) -> dict[str, int]:
    """Sizes that differ, in an order in which a regular point exists; else the file's."""
    for backwards in (False, True):
        sizes = distinct_sizes(network, backwards)
        with suppress(InputError), np.errstate(all="ignore"):
            find_point(network, sizes, np.random.default_rng([seed, 0]))
            return sizes
    return dict(network.dims)


def find_point(network: Network, sizes: dict[str, int], rng: np.random.Generator) -> Reference:
    """Values at which the whole network is finite."""
    env = Environment(sizes, abstract_functions(network, rng))
    for attempt in range(40):
        style = STYLES[attempt % len(STYLES)]
        values = sample(network, sizes, rng, style)
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
    raise InputError(
        "no point was found at which every node is finite and every inverse exists",
        mend="Give other sizes, or values or assumptions (assume: positive) inside the domain.",
    )


def _well_conditioned(reference: Reference) -> bool:
    """Whether every matrix that is inverted is far from singular."""
    memo: dict[Expr, Any] = {}
    for equation in reference.network.equations:
        for node in postorder(equation.expr):
            if node.op.name in INVERTING and node.args[0].shape:
                value = evaluate(node.args[0], reference.point, reference.env, memo)
                if not np.linalg.cond(value) < WORST_CONDITION:
                    return False
    return True


def _rows(
    d: Derivation, reference: Reference, rng: np.random.Generator, jacobians: bool, steps: bool
) -> Iterator[Row]:
    directions = {
        v.name: rng.normal(size=np.shape(reference.point[v.symbol]))
        for v in d.network.differentiable
    }
    known = {**reference.point, **reference.changes(directions)}
    full = _affordable(d, reference)
    if full:
        known |= reference.gradients([n for n in d.gradients if n not in d.network.outputs])
    for name, value in reference.upstream.items():
        known[gradient(d.network.symbol(name))] = value
    if full:
        yield from _gradients(d, reference, known)
    else:
        known |= _local_gradients(d, reference, known)
        yield from _directional(d, reference, directions, known)
    if jacobians:
        yield from _jacobians(d, reference, known)
    if steps:
        quantities = Quantities(d, reference, known)
        yield from check_steps(d, quantities, reference.env, concrete=False)


def _affordable(d: Derivation, reference: Reference) -> bool:
    equations = len(d.network.equations)
    cost = 0
    for name in d.gradients:
        entries = int(np.size(reference.point[d.network.symbol(name)]))
        cost += entries * (equations - reference.position.get(name, -1) - 1)
    return cost <= BUDGET


def _gradients(d: Derivation, reference: Reference, known: dict[Expr, Any]) -> Iterator[Row]:
    memo: dict[Expr, Any] = {}
    for name, partial in d.partials.items():
        if name in d.network.outputs:
            continue
        expected = np.asarray(known[gradient(d.network.symbol(name))])
        if d.layout.transposes_gradient(d.network.declared_shape(name)):
            expected = expected.T
        yield _claim("partial", name, partial.form, expected, reference.env, known, memo)
        if partial.free_entries is not None:
            yield from _free_entries(partial, reference, known)
        if d.closed_form(name) is not None:
            yield _claim("closed form", name, partial.closed, expected, reference.env, known, memo)


def _free_entries(partial: Partial, reference: Reference, known: dict[Expr, Any]) -> Iterator[Row]:
    """Each free entry moved by itself, with the entry that it is tied to."""
    free = partial.free_entries
    assert free is not None
    found = np.asarray(evaluate(free.form, known, reference.env))
    n = np.shape(reference.point[reference.network.symbol(partial.wrt)])[0]
    sign = {"symmetric": 1.0, "antisymmetric": -1.0}.get(free.kind)
    entries, expected = [], []
    for i in range(n):
        for j in range(i + 1):
            direction = np.zeros((n, n))
            direction[i, j] = 1.0
            if i != j:
                direction[j, i] = sign or 0.0
            if (i != j and sign is None) or (i == j and sign == -1.0):
                continue
            entries.append(found[i, 0] if sign is None else found[i, j])
            expected.append(reference.along(partial.wrt, direction))
    if entries:
        yield compare("free entries", partial.wrt, np.array(entries), np.array(expected))


def _claim(
    kind: str,
    name: str,
    form: Expr,
    expected: Any,
    env: Environment,
    known: dict[Expr, Any],
    memo: dict[Expr, Any],
) -> Row:
    found = evaluate(form, known, env, memo)
    return compare(kind, name, found, expected, magnitude(memo, form))


def _local_gradients(
    d: Derivation, reference: Reference, known: dict[Expr, Any]
) -> dict[Expr, Any]:
    """grad(...) by the derivation's own equations, for the directional check to judge."""
    found = dict(known)
    for name, equation in d.gradients.items():
        symbol = gradient(d.network.symbol(name))
        if symbol not in found:
            found[symbol] = evaluate(equation.expr, found, reference.env)
    return {s: v for s, v in found.items() if s.op.name == "grad"}


def _directional(
    d: Derivation, reference: Reference, directions: dict[str, Any], known: dict[Expr, Any]
) -> Iterator[Row]:
    """All variables together along one direction, and as many alone as the budget allows.

    That every equation's own pullback is right is checked by the steps.
    """
    alone = BUDGET // len(d.network.equations)
    total, size = 0.0, 0.0
    moving = [name for name in d.partials if name in directions]
    for k, name in enumerate(moving):
        found = evaluate(d.partials[name].form, known, reference.env)
        if d.layout.transposes_gradient(d.network.declared_shape(name)):
            found = np.transpose(found)
        parts = found * directions[name]
        total, size = total + np.sum(parts), size + float(np.sum(np.abs(parts)))
        if k < alone:
            expected = reference.along(name, directions[name])
            own = float(np.sum(np.abs(parts)))
            yield compare("partial", name, np.sum(parts), expected, own / FLOOR)
    together = {name: directions[name] for name in moving}
    yield compare("partial", "all", total, reference.along_all(together), size / FLOOR)


def _jacobians(d: Derivation, reference: Reference, known: dict[Expr, Any]) -> Iterator[Row]:
    order: Order = "C" if d.network.convention is Convention.ROW else "F"
    for jacobian in d.jacobians:
        equation = d.network.equation[jacobian.of]
        operand = next(s for s in equation.expr.free if s.name == jacobian.wrt)
        entries = np.size(known[operand]) * np.size(known[equation.symbol])
        if entries > JACOBIAN_ENTRIES:
            continue
        expected = reference.jacobian(equation.expr, operand, order)
        quantities = Quantities(d, reference, known)
        expected = quantities.arranged(equation.symbol, operand, expected)
        name = f"{jacobian.of} by {jacobian.wrt}"
        yield _claim("Jacobian", name, jacobian.form, expected, reference.env, known, {})
