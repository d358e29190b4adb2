"""The way back, one edge for each use of an operand, so that a single use can go wrong.

Every equation is taken apart into its operations. An edge says how the gradient of an
operation's result, called UP here, reaches one operand. A slip is another form for an
edge, an edge left out, or another gradient arriving at an equation; running the tape with
it gives what someone who made this slip would have found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.expressions.expr import Expr, Shape, operation, postorder
from matcalc.grading.graph import Graph
from matcalc.grading.points import Point
from matcalc.linear_maps.local import local_map
from matcalc.network.network import Equation, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_zero


class Misfit(Exception):
    """A slip's result has a shape with which the way back cannot go on."""


def up(shape: Shape) -> Expr:
    """The placeholder for the gradient that arrives at an operation's result."""
    return operation("grad")(data=("·", shape))


@dataclass(frozen=True)
class Edge:
    """One use of an operand: ``form`` is what it adds to the operand's gradient."""

    equation: str
    node: Expr
    index: int
    form: Expr

    @property
    def operand(self) -> Expr:
        return self.node.args[self.index]

    @property
    def upstream(self) -> Expr:
        return up(self.node.shape)


def _edges_of(equation: Equation, node: Expr) -> Iterator[Edge]:
    if node.op.is_symbol:
        return
    for index, arg in enumerate(node.args):
        if arg.free:
            form = simplify(local_map(node, index).adjoint().apply(up(node.shape)))
            if not is_zero(form):
                yield Edge(equation.name, node, index, form)


@dataclass(frozen=True, eq=False)
class Change:
    """What goes wrong: forms for edges (None: left out), gradients for equations.

    ``upstream`` maps an equation to the name whose gradient is taken in place of its own.
    """

    edges: Mapping[Edge, Expr | None] = field(default_factory=dict)
    upstream: Mapping[str, str] = field(default_factory=dict)

    def also(self, other: Change) -> Change:
        return Change({**self.edges, **other.edges}, {**self.upstream, **other.upstream})

    @property
    def equations(self) -> set[str]:
        return {edge.equation for edge in self.edges} | set(self.upstream)


class Tape:
    """The edges of a network, and gradients found by running them."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._edges: dict[tuple[str, Expr], list[Edge]] = {}

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.network)

    def edges_of(self, equation: Equation, node: Expr) -> list[Edge]:
        """The edges of one operation. Those that carry nothing are left out."""
        key = equation.name, node
        if key not in self._edges:
            self._edges[key] = list(_edges_of(equation, node))
        return self._edges[key]

    def path(self, target: str) -> tuple[Equation, ...]:
        """The equations through which the loss depends on a name, the nearest first."""
        return self.graph.path(target)

    def depends(self, node: str, name: str) -> bool:
        """Whether a node's value depends on a name (or is it)."""
        return self.graph.depends(node, name)

    def edges_to(self, equation: Equation, target: str) -> Iterator[Edge]:
        """The edges of an equation that lead towards a name, the outermost first."""
        for node in reversed(list(postorder(equation.expr))):
            for edge in self.edges_of(equation, node):
                if any(self.depends(s.name, target) for s in edge.operand.free):
                    yield edge

    def run(
        self,
        point: Point,
        target: str,
        change: Change | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> Any:
        """The gradient by ``target`` at a point; raises Misfit where shapes do not go on.

        Only what a change can reach is computed anew; the rest has its true gradient.
        """
        change, given = change or Change(), given or {}
        goal = self.network.symbol(target)
        touched = self._touched(target, change.equations | set(given))
        found: dict[Expr, Any] = {self.network.symbol(n): value for n, value in given.items()}
        known = dict(point.known)
        for equation in reversed(self._using(touched, target)):
            if equation.name in change.upstream:
                arriving = point.gradient(change.upstream[equation.name])
            elif equation.name in touched or equation.name in given:
                arriving = found.get(equation.symbol)
            else:
                arriving = point.gradient(equation.name)
            if arriving is None:
                continue
            for symbol, value in self._back(equation, arriving, known, change, point, goal):
                if symbol.name in touched and symbol.name not in given:
                    found[symbol] = _plus(found.get(symbol), value)
        if goal not in found:
            raise Misfit
        return found[goal]

    def _touched(self, target: str, changed: set[str]) -> set[str]:
        """The names whose gradient a change can reach, on the way to the target."""
        between = self.graph.after(target) & self.graph.useful
        reached = frozenset[str]().union(*(self.graph.before(name) for name in changed))
        return {target} | (between & reached)

    def _using(self, names: set[str], target: str) -> list[Equation]:
        """The equations on the way to the target that any of the names stands in."""
        users = {user for name in names for user in self.graph.uses.get(name, ())}
        users &= self.graph.useful
        ordered = sorted(users, key=self.graph.position.__getitem__)
        return [self.network.equation[name] for name in ordered]

    def _back(
        self,
        equation: Equation,
        arriving: Any,
        known: dict[Expr, Any],
        change: Change,
        point: Point,
        goal: Expr,
    ) -> Iterator[tuple[Expr, Any]]:
        """What each use in one equation adds to its symbols."""
        local: dict[Expr, Any] = {equation.expr: arriving}
        for node in reversed(list(postorder(equation.expr))):
            value = local.get(node)
            if value is None:
                continue
            if node.op.is_symbol:
                yield node, value
                continue
            for edge in self.edges_of(equation, node):
                form = change.edges.get(edge, edge.form) if change.edges else edge.form
                if form is None:
                    continue
                if form.shape != edge.operand.shape and edge.operand is not goal:
                    raise Misfit
                known[edge.upstream] = value
                for s in form.free:
                    if s not in known:
                        known[s] = point.gradient(s.name)
                added = evaluate(form, known, point.env)
                if np.shape(added) != tuple(point.env.size(size) for size in form.shape):
                    raise Misfit
                arg = edge.operand
                local[arg] = _plus(local.get(arg), added)


def _plus(a: Any, b: Any) -> Any:
    if a is None:
        return b
    if np.shape(a) != np.shape(b):
        raise Misfit
    return a + b
