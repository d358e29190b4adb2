"""``trace``: forward values, gradients, and what flows back along every edge.

The graph has a node for each variable and each named equation, and an edge for each
operand of an equation. Gradients are the derivation's own equations on numbers, so what a
trace shows is what the derivation says; both are arranged by its layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.errors import InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, Shape, postorder
from matcalc.network.network import Equation, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.tracing.point import Point, point

if TYPE_CHECKING:
    from matcalc.derivation import Derivation
    from matcalc.tracing.remarks import Remark


@dataclass(frozen=True)
class Edge:
    """``source`` is an operand of ``target``, ``times`` times over.

    ``value`` is what this use adds to the gradient of ``source``, arranged as that is, and
    ``form`` the expression of it in source's own shape; None where nothing flows back.
    """

    source: str
    target: str
    times: int
    form: Expr | None
    value: Any | None


@dataclass(frozen=True)
class Node:
    """``kind`` is "input", "parameter", "constant", "node", "loss" or "output"; ``shape`` is
    as declared and ``sizes`` its numbers. ``gradient`` is None where none is derived, and
    has the layout's arrangement. ``origin`` is where a variable's value comes from."""

    name: str
    kind: str
    shape: Shape
    sizes: tuple[int, ...]
    value: Any
    gradient: Any | None
    operands: tuple[str, ...] = ()
    origin: str = ""

    @property
    def is_variable(self) -> bool:
        return not self.operands and self.kind in ("input", "parameter", "constant")


@dataclass(frozen=True, repr=False)
class Trace:
    """``nodes`` are the variables as declared, then the equations in order."""

    derivation: Derivation
    sizes: Mapping[str, int]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    origin: Mapping[str, str]
    seed: int
    point: Point

    @property
    def network(self) -> Network:
        return self.derivation.network

    @cached_property
    def node(self) -> dict[str, Node]:
        return {n.name: n for n in self.nodes}

    @cached_property
    def edge(self) -> dict[tuple[str, str], Edge]:
        return {(e.source, e.target): e for e in self.edges}

    def __getitem__(self, name: str) -> Node:
        return self.node[name]

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        """What happens on the way back, said where it happens, from the end."""
        from matcalc.tracing.remarks import remarks_of

        return tuple(remarks_of(self))

    def svg(self, *, vertical: bool = False, prefix: str = "graph", inline: bool = False) -> str:
        """The graph as SVG, see matcalc.printing.graph_svg."""
        from matcalc.printing.graph_svg import graph_svg

        return graph_svg(self, vertical=vertical, prefix=prefix, inline=inline)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        from matcalc.printing.trace_text import write_trace

        return write_trace(self)

    def __repr__(self) -> str:
        return f"Trace of {self.derivation.of}: {len(self.nodes)} nodes, {len(self.edges)} edges"


def trace(
    source: Network | Derivation, values: Mapping[str, Any] | None = None, *, seed: int = 0
) -> Trace:
    """The graph of a network or derivation at a point.

    ``values`` are arrays by variable name (and by grad_Y for the gradient that arrives at an
    output Y); variables without one take the file's ``value`` or are sampled with ``seed``
    at the file's sizes. Raises InputError for values that do not fit or leave a function's
    domain, CannotDerive where the network has abstract functions.
    """
    from matcalc.derivation import derive

    d = derive(source) if isinstance(source, Network) else source
    at = point(d.network, values or {}, seed)
    known = dict(at.values)
    with np.errstate(all="ignore"):
        _gradients(d, at, known)
        edges = tuple(e for equation in d.network.equations for e in _edges(d, equation, at, known))
    nodes = tuple(_nodes(d, at, known))
    return Trace(d, at.env.sizes, nodes, edges, at.origin, seed, at)


def _gradients(d: Derivation, at: Point, known: dict[Expr, Any]) -> None:
    """grad(...) of every variable and node on the way, in own shape, into ``known``."""
    for name, found in d.gradients.items():
        symbol = gradient(d.network.symbol(name))
        if symbol in known:
            continue
        value = evaluate(found.expr, known, at.env)
        if not np.all(np.isfinite(value)):
            raise InputError(
                f"the gradient by {name} is not finite at these values",
                mend="Give values away from the edge of a function's domain.",
            )
        known[symbol] = value


def _nodes(d: Derivation, at: Point, known: Mapping[Expr, Any]) -> list[Node]:
    network, nodes = d.network, []
    for name in [*network.variable, *network.equation]:
        symbol = network.symbol(name)
        shape = network.declared_shape(name)
        found = known.get(gradient(symbol))
        if name == network.loss:
            kind, found = "loss", np.float64(1.0)
        elif name in network.variable:
            kind = network.variable[name].kind.value
        else:
            kind = "output" if name in network.outputs else "node"
        operands = tuple(operands_of(network.equation[name])) if name in network.equation else ()
        sizes = tuple(size.size(at.env.sizes) for size in shape)
        turned = _arranged(d, name, found)
        nodes.append(
            Node(name, kind, shape, sizes, at.values[symbol], turned, operands)
            if name in network.equation
            else Node(name, kind, shape, sizes, at.values[symbol], turned, (), at.origin[name])
        )
    return nodes


def _arranged(d: Derivation, name: str, value: Any | None) -> Any | None:
    if value is None or not d.layout.transposes_gradient(d.network.declared_shape(name)):
        return value
    return np.transpose(value)


def _edges(d: Derivation, equation: Equation, at: Point, known: Mapping[Expr, Any]) -> list[Edge]:
    edges = []
    for name, times in operands_of(equation).items():
        found = d.gradients.get(name)
        uses = [c for c in found.contributions if c.via == equation.name] if found else []
        form = uses[0].expr if uses else None
        value = None if form is None else _arranged(d, name, evaluate(form, known, at.env))
        edges.append(Edge(name, equation.name, times, form, value))
    return edges


def operands_of(equation: Equation) -> dict[str, int]:
    """The variables and nodes that an equation uses, in reading order, with how often each
    occurs when the equation is written out."""
    order = [node for node in postorder(equation.expr) if node.op.is_symbol]
    occurrences = {equation.expr: 1}
    for node in reversed(list(postorder(equation.expr))):
        for arg in node.args:
            occurrences[arg] = occurrences.get(arg, 0) + occurrences[node]
    return {node.name: occurrences[node] for node in order}
