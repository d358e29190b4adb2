"""The network in which a pattern is argued: equations of a few neighbouring steps, in which
everything that comes from further away is a variable."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import TopologicalSorter

from matcalc.depth.index import moved, split_member
from matcalc.depth.template import Loop, Template
from matcalc.derivation.derivation import Derivation
from matcalc.layout.layout import Layout
from matcalc.network.network import Equation, Kind, Network, Variable

Met = Iterable[tuple[Loop | None, Equation]]


def generic_derivation(template: Template, layout: Layout, style: str, met: Met) -> Derivation:
    """A derivation that knows these equations and the others of their steps.

    Its partials mean nothing; its names, layout and equations are what arguments rest on.
    """
    known: dict[str, Equation] = {}
    for loop, equation in met:
        for other in _step(loop, equation):
            known.setdefault(other.name, other)
    for loop, equation in template.equations():
        known.setdefault(equation.name, equation)
        for other in _step(loop, equation):
            known.setdefault(other.name, other)
    graph = {e.name: {s.name for s in e.expr.free} & set(known) for e in known.values()}
    equations = [known[name] for name in TopologicalSorter(graph).static_order()]
    symbols = {s for e in equations for s in e.expr.free if s.name not in known}
    kinds = {d.family: d.variable.kind for d in template.declared}
    variables = []
    for s in sorted(symbols, key=lambda s: s.name):
        found = split_member(s.name)
        kind = kinds.get(found[0] if found else s.name, Kind.INPUT)
        variables.append(Variable(s.name, kind, s.shape, s.data[2]))
    network = Network(
        tuple(variables),
        tuple(equations),
        template.loss,
        tuple(name for name in template.outputs if name in known),
        {},
        template.convention,
        layout.spec,
        template.name,
        template.functions,
    )
    return Derivation(network, layout, (), style)


def _step(loop: Loop | None, equation: Equation) -> Iterable[Equation]:
    """The equation as it is given, and all others of the same step of its loop."""
    yield equation
    if loop is None:
        return
    here = split_member(equation.name)
    for own in loop.equations:
        there = split_member(own.name)
        if here and there and here[0] == there[0]:
            index = here[1] - there[1].shift
            renaming = moved(loop.variable, index)
            for other in loop.equations:
                yield Equation(renaming.name(other.name), renaming.expr(other.expr))
