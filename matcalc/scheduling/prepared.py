"""Forms that are linear in directions, prepared at a point and applied to many directions.

What rests on the point alone is computed when the point is given, once. What rests on the
directions is a schedule like that of a network: values once, in arrays that are kept from
call to call. A product c ∘ (d ∘ V) becomes (c ∘ d) ∘ V, so that c ∘ d is made before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from matcalc.expressions.expr import Expr
from matcalc.generation.body import indented
from matcalc.generation.definitions import definitions
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.kernels import argument_name, head_lines
from matcalc.generation.library import QUIET, helpers_for, imports_for
from matcalc.generation.program import Program
from matcalc.generation.scope import dimensions_in
from matcalc.network.network import Network
from matcalc.scheduling.buffers import planned
from matcalc.scheduling.numpy_target import NumpyTarget, expression
from matcalc.scheduling.rewrites import improved
from matcalc.scheduling.schedule import ENTRY, Schedule, Scheduler
from matcalc.scheduling.values import Graph, Value, ordered


def prepared_source(
    network: Network,
    equations: Sequence[tuple[Expr, Expr]],
    results: Mapping[str, Expr],
    arguments: Sequence[Expr],
    directions: Sequence[Expr],
) -> str:
    """The source of ``at(...)``, which takes the arrays of ``arguments`` and then arrays that
    directions will be put into (1×1 for a number), and returns a function without arguments:
    the results, as new arrays by name, for what is in these arrays by then.

    ``equations``, (symbol, right side) in order, define the results by the network's nodes,
    arguments and directions. Raises CannotDerive where no argument shows a size that is needed.
    """
    return _Prepared(network, equations, results, arguments, directions).text()


class _Prepared:
    def __init__(
        self,
        network: Network,
        equations: Sequence[tuple[Expr, Expr]],
        results: Mapping[str, Expr],
        arguments: Sequence[Expr],
        directions: Sequence[Expr],
    ) -> None:
        self.network = network
        self.names = list(results)
        program = _program(network, equations, results)
        identifiers = Identifiers(("at", "partial"))
        every = [*arguments, *directions]
        self.local = {a: identifiers.fresh(argument_name(a)) for a in every}
        dims = {name for a in every for d in a.shape for name in d.names}
        dims = dims.union(*(dimensions_in(e) for _, e in program.assignments))
        self.sizes = {name: identifiers.fresh(name) for name in sorted(dims)}
        self.scheduler = Scheduler(network, {}, self.sizes, identifiers)
        self.graph = self.scheduler.graph
        known = {a: self.scheduler.argument(self.local[a], a) for a in arguments}
        for a in directions:
            # The number in a 1×1 array is read in every call, under this name.
            mark = "" if a.shape else ENTRY
            known[a] = self.scheduler.argument(mark + self.local[a], a)
        roots = self.scheduler.run(program, known)
        starts = {known[a] for a in directions}
        roots = _regrouped(self.graph, roots, starts)
        self.fixed: dict[Value, str] = {}
        roots = self._cut(roots, _moving(roots, starts))
        kept = improved(self.graph, roots, network.dims)
        self.roots = [kept[root] for root in roots]

    def _cut(self, roots: Sequence[Value], moving: set[Value]) -> list[Value]:
        """The roots with what rests on the point alone as arguments."""
        done: dict[Value, Value] = {}
        for value in ordered(roots):
            if value in moving:
                args = [done[arg] for arg in value.args]
                done[value] = self.graph.make(value.op, args, value.data, value.shape, value.kind)
            elif value.is_constant or value.op == "argument":
                done[value] = value
            else:
                name = self.fixed.setdefault(value, f"_f{len(self.fixed)}")
                done[value] = self.graph.make("argument", (), (name,), value.shape, value.kind)
        return [done[root] for root in roots]

    def text(self) -> str:
        values = ordered(self.roots)
        schedule = Schedule(
            {},
            dict(zip(self.names, self.roots, strict=True)),
            values,
            {},
            self.scheduler.functions,
            self.sizes,
        )
        form = planned(values, self.roots)
        target = _ProductTarget(schedule, form, self.network)
        body = target.lines()
        used = {value.data[0] for value in values if value.op == "argument"}
        lines = self._at_the_point([v for v, name in self.fixed.items() if name in used], target)
        if form.forms:
            first, *rows, last = target.buffers()
            lines += [first.replace("return", "_arrays ="), *rows, last]
        lines += body
        head = head_lines(["\n".join(lines)], self.local, self.sizes, self.network.dims)
        signature = f"def at({', '.join(self.local.values())}):"
        code = "\n".join([QUIET, *indented([signature], 0), *indented([*head, *lines])]) + "\n"
        parts = [*definitions(self.scheduler.functions), code]
        helpers = [*helpers_for(parts), *target.helpers()[:-1]]
        imports = imports_for([*helpers, *parts])
        if any("partial(" in helper for helper in helpers):
            imports = f"from functools import partial\n\n{imports}"
        return "\n\n".join([imports, *helpers, *parts])

    def _at_the_point(self, wanted: Sequence[Value], target: NumpyTarget) -> list[str]:
        """A line for each value that rests on the point alone."""
        lines: list[str] = []
        texts: dict[Value, str] = {}
        for value in ordered(wanted):
            if value.op in ("argument", "constant"):
                texts[value] = str(value.data[0])
                continue
            texts[value] = self.fixed.get(value) or f"_g{len(texts)}"
            text = expression(value, [texts[arg] for arg in value.args], target.scope)
            lines.append(f"{texts[value]} = {text}")
        return lines


class _ProductTarget(NumpyTarget):
    def _results(self) -> list[str]:
        """The results as arrays of their own."""
        rows = []
        for name, value in self.schedule.grads.items():
            text = self._operand(value)
            row = f"{text}.copy()" if value.shape else f"dtype.type({text})"
            rows.append(f'    "{name}": {row},')
        return ["return {", *rows, "}"]


def _program(
    network: Network, equations: Sequence[tuple[Expr, Expr]], results: Mapping[str, Expr]
) -> Program:
    """The equations with those of the nodes that they rest on."""
    every = [*((e.symbol, e.expr) for e in network.equations), *equations]
    wanted = set(results.values())
    kept = []
    for symbol, expr in reversed(every):
        if symbol in wanted:
            wanted |= expr.free
            kept.append((symbol, expr))
    return Program(tuple(reversed(kept)), tuple(results.values()))


def _moving(roots: Sequence[Value], directions: set[Value]) -> set[Value]:
    """The values that rest on a direction."""
    moving = set(directions)
    for value in ordered(roots):
        if not moving.isdisjoint(value.args):
            moving.add(value)
    return moving


def _regrouped(graph: Graph, roots: Sequence[Value], directions: set[Value]) -> list[Value]:
    """c ∘ (d ∘ V) as (c ∘ d) ∘ V, where nothing else needs d ∘ V."""
    values = ordered(roots)
    users = Counter([*roots, *(arg for value in values for arg in value.args)])
    moving, done = set(directions), dict[Value, Value]()
    for value in values:
        args = [done[arg] for arg in value.args]
        made = graph.make(value.op, args, value.data, value.shape, value.kind)
        alone = [done[arg] for arg in value.args if users[arg] == 1]
        parts = _coefficients(made, alone, moving)
        if parts is not None:
            c, d, v = parts
            made = graph.entrywise("multiply", graph.entrywise("multiply", c, d), v)
        done[value] = made
        if not moving.isdisjoint(made.args):
            moving.add(made)
    return [done[root] for root in roots]


def _coefficients(
    value: Value, alone: Sequence[Value], moving: set[Value]
) -> tuple[Value, Value, Value] | None:
    """c, d and V of c ∘ (d ∘ V), where c ∘ d takes no more room than V."""
    if value.op != "multiply":
        return None
    for c, inner in (value.args, value.args[::-1]):
        if c in moving or inner not in alone or inner.op != "multiply":
            continue
        for d, v in (inner.args, inner.args[::-1]):
            if d not in moving and v in moving and v.shape == value.shape:
                return c, d, v
    return None
