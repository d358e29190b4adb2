"""Checks a derivation at several random points, claim by claim.

Partials and closed forms are held against the complex step through the whole network,
Jacobians against that of their one equation, steps side against side. Networks too large
for every entry are checked along random directions instead, each equation's pullback by
itself and all variables together, which is linear in the number of equations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Literal

import numpy as np

from matcalc.checking import room
from matcalc.checking.abstract import abstract_functions
from matcalc.checking.points import decided
from matcalc.checking.reference import Reference
from matcalc.checking.report import FLOOR, Report, Row, compare
from matcalc.checking.sides import TRIES, Side, kinks, sides
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Jacobian, Partial
from matcalc.derivation.steps import Step
from matcalc.errors import InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment
from matcalc.network.network import Convention, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import STYLES, distinct_sizes, sample

BUDGET = 60_000
"Equation evaluations that a full entry-by-entry reference may take at one point."
WORK = 400_000
"What these may cost: one for each operation, and one for every THOUSAND of its entries."
THOUSAND = 1000
JACOBIAN_ENTRIES = 40_000
"Jacobians with more are checked along random directions."
DIRECTIONS = 3

INVERTING = ("inv", "solve", "det", "logdet")
WORST_CONDITION = 1e5
Progress = Callable[[str], None]
Order = Literal["C", "F"]


def check(
    d: Derivation,
    *,
    points: int = 3,
    seed: int = 0,
    jacobians: bool = True,
    steps: bool = True,
    progress: Progress | None = None,
    entries: int = room.ENTRIES,
) -> Report:
    """Every claim of a derivation against numbers.

    ``points`` random points are tried, at sizes that differ from each other, and more where
    they are all on one side of a kink; the worst of them counts. ``progress`` is called with
    a line of text now and then. ``entries`` is how many numbers a forward pass, or one form,
    may take: an InputError beyond for the network, a claim passed over for a form.
    """
    sizes = sizes_for(d.network, seed, entries)
    worst: dict[tuple[str, str], Row] = {}
    over: dict[tuple[str, str], Row] = {}
    bends, seen = kinks(d.network), set[Side]()

    def find(rng: np.random.Generator, gentle: int = 0) -> Reference:
        return find_point(d.network, sizes, rng, gentle)

    def rows_at(reference: Reference, rng: np.random.Generator) -> list[Row]:
        rows = list(_rows(d, reference, rng, jacobians, steps, entries))
        over.update({(row.kind, row.name): row for row in rows if row.passed_over})
        return [row for row in rows if not row.passed_over]

    def try_point(k: int) -> None:
        found = decided(find, rows_at, seed, k)
        seen.update(sides(found.reference, bends))
        for row in found.rows:
            key = (row.kind, row.name)
            if key not in worst or not row.error <= worst[key].error:
                worst[key] = row

    with np.errstate(all="ignore"):
        for k in range(points):
            if progress:
                progress(f"checking at point {k + 1} of {points}")
            try_point(k)
        for k in range(points, points + TRIES):
            if len(seen) == 2 * len(bends):
                break
            if not seen.issuperset(sides(find(np.random.default_rng([seed, k])), bends)):
                try_point(k)
    return Report(tuple(worst.values()), points, sizes, tuple(over.values()))


def sizes_for(network: Network, seed: int = 0, entries: int = room.ENTRIES) -> dict[str, int]:
    """Sizes that differ, in an order in which a regular point exists; else the file's."""
    for sizes in (distinct_sizes(network), distinct_sizes(network, backwards=True)):
        if room.total(network, sizes) > entries:
            sizes = next(room.smaller_sizes(network), sizes)
        room.refuse_large(network, sizes, entries)
        with suppress(InputError), np.errstate(all="ignore"):
            find_point(network, sizes, np.random.default_rng([seed, 0]))
            return sizes
    room.refuse_large(network, network.dims, entries)
    return dict(network.dims)


def find_point(
    network: Network, sizes: dict[str, int], rng: np.random.Generator, gentle: int = 0
) -> Reference:
    """Values at which the whole network is finite; ``gentle`` ones keep close to zero."""
    env = Environment(sizes, abstract_functions(network, rng))
    for attempt in range(40):
        style = STYLES[(attempt + gentle) % len(STYLES)]
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
        for node in walk(equation.expr):
            if node.op.name in INVERTING and node.args[0].shape:
                value = evaluate(node.args[0], reference.point, reference.env, memo)
                if not np.linalg.cond(value) < WORST_CONDITION:
                    return False
    return True


def _rows(
    d: Derivation,
    reference: Reference,
    rng: np.random.Generator,
    jacobians: bool,
    steps: bool,
    entries: int,
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
        yield from _gradients(d, reference, known, entries)
    else:
        known |= _local_gradients(d, reference, known)
        yield from _directional(d, reference, directions, known)
    if jacobians:
        yield from _jacobians(d, reference, known, rng, entries)
    if steps:
        for step in d.steps:
            yield from _step(d, step, reference.env, known, entries)


def _affordable(d: Derivation, reference: Reference) -> bool:
    equations = d.network.equations
    evaluations, work = 0, 0.0
    later = [0.0]  # what all equations from the last one to this one cost
    for equation in reversed(equations):
        later.append(later[-1] + _cost(equation.expr, reference.env))
    for name in d.gradients:
        entries = int(np.size(reference.point[d.network.symbol(name)]))
        after = len(equations) - reference.position.get(name, -1) - 1
        evaluations += entries * after
        work += entries * later[after]
    return evaluations <= BUDGET and work <= WORK


def _cost(e: Expr, env: Environment) -> float:
    return sum(1 + room.entries(node, env.sizes) / THOUSAND for node in walk(e))


def _gradients(
    d: Derivation, reference: Reference, known: dict[Expr, Any], most: int
) -> Iterator[Row]:
    memo, env = dict[Expr, Any](), reference.env
    for name, partial in d.partials.items():
        if name in d.network.outputs:
            continue
        expected = np.asarray(known[gradient(d.network.symbol(name))])
        if d.layout.transposes_gradient(d.network.declared_shape(name)):
            expected = expected.T
        yield _claim("partial", name, partial.form, expected, env, known, memo, most)
        if partial.free_entries is not None:
            yield from _free_entries(partial, reference, known)
        if d.closed_form(name) is not None:
            yield _claim("closed form", name, partial.closed, expected, env, known, memo, most)


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
    most: int,
) -> Row:
    if room.needed(form, env.sizes) > most:
        return Row(kind, name, 0.0, f"takes more than {most} numbers", passed_over=True)
    try:
        found = evaluate(form, known, env, memo)
    except np.linalg.LinAlgError:
        return compare(kind, name, np.full(np.shape(expected), np.nan), expected)
    return compare(kind, name, found, expected, _magnitude(memo, form))


def _magnitude(memo: dict[Expr, Any], *forms: Expr) -> float:
    """The largest value met in computing the forms."""
    nodes = {node for form in forms for node in walk(form)}
    return max(float(np.max(np.abs(memo[node]), initial=0.0)) for node in nodes)


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
    cost = sum(_cost(equation.expr, reference.env) for equation in d.network.equations)
    alone = min(BUDGET // len(d.network.equations), int(WORK // cost))
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


def _jacobians(
    d: Derivation,
    reference: Reference,
    known: dict[Expr, Any],
    rng: np.random.Generator,
    most: int,
) -> Iterator[Row]:
    order: Order = "C" if d.network.convention is Convention.ROW else "F"
    env = reference.env
    for jacobian in d.jacobians:
        equation = d.network.equation[jacobian.of]
        operand = next(s for s in equation.expr.free if s.name == jacobian.wrt)
        entries = np.size(known[operand]) * np.size(known[equation.symbol])
        name = f"{jacobian.of} by {jacobian.wrt}"
        if room.needed(jacobian.form, env.sizes) > most:
            yield Row("Jacobian", name, 0.0, f"takes more than {most} numbers", passed_over=True)
        elif entries > JACOBIAN_ENTRIES and operand.shape and equation.symbol.shape:
            yield _along(d, jacobian, operand, reference, known, rng, order)
        else:
            expected = reference.jacobian(equation.expr, operand, order)
            expected = _arranged(d, equation.symbol, operand, expected, known, order)
            yield _claim("Jacobian", name, jacobian.form, expected, env, known, {}, most)


def _along(
    d: Derivation,
    jacobian: Jacobian,
    operand: Expr,
    reference: Reference,
    known: dict[Expr, Any],
    rng: np.random.Generator,
    order: Order,
) -> Row:
    """A large Jacobian times random directions, which no wrong one gets right."""
    expr, memo = d.network.equation[jacobian.of].expr, dict[Expr, Any]()
    matrix = evaluate(jacobian.form, known, reference.env, memo)
    matrix = matrix if d.layout.jacobian == "numerator" else matrix.T
    directions = [rng.normal(size=np.shape(known[operand])) for _ in range(DIRECTIONS)]
    moved = [reference.moved(expr, operand, direction) for direction in directions]
    expected = np.stack([np.reshape(m, -1, order) for m in moved])
    found = np.stack([matrix @ np.reshape(v, -1, order) for v in directions])
    scale = _magnitude(memo, jacobian.form)
    return compare("Jacobian", f"{jacobian.of} by {jacobian.wrt}", found, expected, scale)


def _arranged(
    d: Derivation, of: Expr, wrt: Expr, jacobian: Any, known: dict[Expr, Any], order: Order
) -> Any:
    """∂v/∂v as layouts.md arranges it, worked out on numbers alone."""
    if not of.shape:
        gradient_array = np.reshape(jacobian, np.shape(known[wrt]), order=order)
        turn = d.layout.transposes_gradient(d.network.declared_shape(wrt.name))
        return gradient_array.T if turn else gradient_array
    if not wrt.shape:
        derivative = np.reshape(jacobian, np.shape(known[of]), order=order)
        return derivative if d.layout.jacobian == "numerator" else derivative.T
    return jacobian if d.layout.jacobian == "numerator" else jacobian.T


def _step(
    d: Derivation, step: Step, env: Environment, known: dict[Expr, Any], most: int
) -> Iterator[Row]:
    for inner in step.substeps:
        yield from _step(d, inner, env, known, most)
    name = f"{step.kind} at {step.about}: {step.rule}"
    if missing(step.lhs, known) or missing(step.rhs, known):
        yield Row("step", name, 0.0, "has a symbol without a value", passed_over=True)
        return
    if max(room.needed(side, env.sizes) for side in (step.lhs, step.rhs)) > most:
        yield Row("step", name, 0.0, f"takes more than {most} numbers", passed_over=True)
        return
    memo: dict[Expr, Any] = {}
    lhs = evaluate(step.lhs, known, env, memo)
    rhs = evaluate(step.rhs, known, env, memo)
    scale = _magnitude(memo, step.lhs, step.rhs)
    yield compare("step", name, lhs, rhs, scale)


def missing(e: Expr, known: Iterable[Expr]) -> bool:
    return any(s not in known for s in e.free)
