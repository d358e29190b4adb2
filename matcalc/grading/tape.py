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

    @cached_property
    def edges(self) -> dict[tuple[str, Expr], list[Edge]]:
        """By equation and operation. Edges that carry nothing are left out."""
        found: dict[tuple[str, Expr], list[Edge]] = {}
        for equation in self.network.equations:
            for node in postorder(equation.expr):
                found[equation.name, node] = list(self._edges_of(equation, node))
        return found

    def _edges_of(self, equation: Equation, node: Expr) -> Iterator[Edge]:
        if node.op.is_symbol:
            return
        for index, arg in enumerate(node.args):
            if arg.free:
                form = simplify(local_map(node, index).adjoint().apply(up(node.shape)))
                if not is_zero(form):
                    yield Edge(equation.name, node, index, form)

    @cached_property
    def _reached(self) -> dict[str, frozenset[str]]:
        """For each node, every name that its value depends on."""
        found: dict[str, frozenset[str]] = {}
        for equation in self.network.equations:
            names = {s.name for s in equation.expr.free}
            found[equation.name] = frozenset(names).union(*(found.get(n, ()) for n in names))
        return found

    @cached_property
    def activations(self) -> dict[str, str]:
        """For each node that is a function of one other, entry by entry, that other's name."""
        found = {}
        for equation in self.network.equations:
            symbols = list(equation.expr.free)
            entrywise = all(
                node.op.is_symbol or (len(node.args) == 1 and node.shape == node.args[0].shape)
                for node in postorder(equation.expr)
            )
            if len(symbols) == 1 and entrywise and equation.expr.args:
                found[equation.name] = symbols[0].name
        return found

    def depends(self, node: str, name: str) -> bool:
        """Whether a node's value depends on a name (or is it)."""
        return node == name or name in self._reached.get(node, ())

    def path(self, target: str) -> list[Equation]:
        """The equations through which the loss depends on a name, the nearest first."""
        ends = set(self.network.ends)
        useful: set[str] = set(ends)
        for equation in reversed(self.network.equations):
            if equation.name in useful:
                useful |= {s.name for s in equation.expr.free}
        return [
            e
            for e in self.network.equations
            if e.name in useful and target in self._reached[e.name]
        ]

    def edges_to(self, equation: Equation, target: str) -> Iterator[Edge]:
        """The edges of an equation that lead towards a name, the outermost first."""
        for node in reversed(list(postorder(equation.expr))):
            for edge in self.edges[equation.name, node]:
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
        for equation in reversed(self.path(target)):
            if not any(s.name in touched for s in equation.expr.free):
                continue
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
        between = [e.name for e in self.path(target)]
        return {target} | {
            n for n in between if any(n in self._reached[c] for c in changed if c in self._reached)
        }

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
            for edge in self.edges[equation.name, node]:
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
