"""What a picture of a network shows, whether it is drawn as SVG or written as DOT.

Made from a trace, with values and gradients, or from a derivation, with shapes alone.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.derivation.derivation import Derivation
from matcalc.errors import InputError
from matcalc.expressions.expr import write_shape
from matcalc.printing.outline import author_text
from matcalc.printing.trace_words import number
from matcalc.printing.unicode import pretty_name
from matcalc.tracing.trace import Trace, operands_of

MOST = 400
"The most nodes of a picture."
MOST_EDGES = 2_000
ACROSS = 22
"The most characters on a line of a node."
LINES = 3


@dataclass(frozen=True)
class PictureNode:
    """``kind`` as in Node. ``lines`` is its formula, broken to fit; ``title`` says all."""

    name: str
    kind: str
    lines: tuple[str, ...]
    shape: str
    title: str


@dataclass(frozen=True)
class PictureEdge:
    """``target`` is None where a result leaves the graph. ``forward`` and ``backward`` are
    what is written on the edge; ``flows`` whether a gradient comes back along it."""

    source: str
    target: str | None
    times: int
    forward: str = ""
    backward: str = ""
    flows: bool = False


@dataclass(frozen=True)
class Picture:
    title: str
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    valued: bool

    @property
    def description(self) -> str:
        """The picture in sentences, for those who cannot see it."""
        return " ".join(f"{node.title}." for node in self.nodes)


def picture(source: Trace | Derivation) -> Picture:
    """Raises InputError where the network is too large to be looked at."""
    d = source.derivation if isinstance(source, Trace) else source
    trace = source if isinstance(source, Trace) else None
    network = d.network
    names = [*network.variable, *network.equation]
    uses = {e.name: operands_of(e) for e in network.equations}
    count = sum(map(len, uses.values()))
    if len(names) > MOST or count > MOST_EDGES:
        raise InputError(
            f"a graph of {len(names)} nodes and {count} edges is too large to draw; the most"
            f" is {MOST} nodes and {MOST_EDGES} edges",
            mend="The table (--format text) and the data (--format json) have no such limit.",
        )
    nodes = tuple(_node(d, trace, name) for name in names)
    edges = [
        _edge(d, trace, operand, name, times)
        for name, operands in uses.items()
        for operand, times in operands.items()
    ]
    used = {edge.source for edge in edges}
    for name in network.equation:
        if name in network.ends or name not in used:
            edges.append(_leaving(d, trace, name))
    title = network.name or f"Graph of {d.of}"
    return Picture(title, nodes, tuple(edges), trace is not None)


def _node(d: Derivation, trace: Trace | None, name: str) -> PictureNode:
    network = d.network
    shape = write_shape(network.declared_shape(name))
    if name in network.equation:
        kind = "loss" if name == network.loss else "output" if name in network.outputs else "node"
        text = f"{name} = {author_text(network.equation[name], network.convention)}"
        shown = text.replace(f"{name} =", f"{pretty_name(name)} =", 1)
    else:
        kind = text = network.variable[name].kind.value
        text, shown = f"{kind} {name}", pretty_name(name)
    words = [text, f"shape {shape}" if shape != "scalar" else "scalar"]
    if trace is not None:
        found = trace[name]
        words.append(f"value {_words(found.value)}")
        if found.gradient is not None:
            words.append(f"gradient {_words(found.gradient)}")
    return PictureNode(name, kind, _lines(shown), shape, ", ".join(words))


def _edge(d: Derivation, trace: Trace | None, source: str, target: str, times: int) -> PictureEdge:
    if trace is None:
        found = d.gradients.get(source)
        flows = found is not None and any(c.via == target for c in found.contributions)
        return PictureEdge(source, target, times, flows=flows)
    edge = trace.edge[source, target]
    back = "" if edge.value is None else _label(edge.value)
    return PictureEdge(source, target, times, _label(trace[source].value), back, bool(back))


def _leaving(d: Derivation, trace: Trace | None, name: str) -> PictureEdge:
    end = name in d.network.ends
    if trace is None:
        return PictureEdge(name, None, 1, flows=end)
    node = trace[name]
    back = _label(node.gradient) if end and node.gradient is not None else ""
    return PictureEdge(name, None, 1, _label(node.value), back, end)


def _label(value: Any) -> str:
    """A scalar, or the norm of an array between bars."""
    if np.ndim(value) == 0:
        return number(value, 4)
    return f"‖{number(np.linalg.norm(np.ravel(value)), 3)}‖"


def _words(value: Any) -> str:
    if np.ndim(value) == 0:
        return number(value, 6)
    return f"of norm {number(np.linalg.norm(np.ravel(value)), 3)}"


def _lines(text: str) -> tuple[str, ...]:
    """The text on a few short lines; what does not fit is cut."""
    spaced = text.replace(",", ", ").replace(",  ", ", ").replace("*", "*\u200b")
    lines = textwrap.wrap(spaced.replace("\u200b", " "), ACROSS, break_on_hyphens=False)
    lines = [line.replace("* ", "*") for line in lines]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], lines[LINES - 1][: ACROSS - 1] + "…"]
    return tuple(lines)
