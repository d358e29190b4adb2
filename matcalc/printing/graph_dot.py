"""The computation graph in DOT, for Graphviz: the same as the SVG, laid out by others.

Forward edges are solid and carry the value; where a gradient comes back, a dashed edge in
the other direction carries it, without a say in the layout.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.derivation.derivation import Derivation
from matcalc.printing.graph_picture import Picture, PictureEdge, picture
from matcalc.tracing.trace import Trace

SHAPES = {"input": "box", "parameter": "hexagon", "constant": "box"}
LOOKS = {"constant": ", style=dotted", "loss": ", penwidth=2", "output": ", penwidth=2"}


def graph_dot(source: Trace | Derivation, *, vertical: bool = False) -> str:
    """The text of a ``digraph``. Raises InputError where the graph is too large."""
    return "\n".join(_lines(picture(source), vertical)) + "\n"


def _lines(found: Picture, vertical: bool) -> Iterator[str]:
    yield f"digraph {quoted(found.title)} {{"
    yield f"  rankdir={'TB' if vertical else 'LR'};"
    yield '  node [fontname="monospace"];'
    yield '  edge [fontname="monospace", fontsize=10];'
    for node in found.nodes:
        lines = [*node.lines, node.shape] if node.shape != "scalar" else list(node.lines)
        shape = SHAPES.get(node.kind, "ellipse")
        label, look = quoted("\n".join(lines)), LOOKS.get(node.kind, "")
        yield f"  {quoted(node.name)} [shape={shape}, label={label}{look}];"
    for k, edge in enumerate(found.edges):
        yield from _edge(edge, k)
    yield "}"


def _edge(edge: PictureEdge, k: int) -> Iterator[str]:
    # No name of a network has a blank in it: this one is nobody's.
    source, target = quoted(edge.source), quoted(edge.target or f"out {k}")
    if edge.target is None:
        yield f'  {target} [shape=none, label=""];'
    times = f" {edge.times}×" if edge.times > 1 else ""
    yield f"  {source} -> {target} [label={quoted((edge.forward + times).strip())}];"
    if edge.flows:
        label = quoted(edge.backward)
        look = 'style=dashed, color="#b3261e", fontcolor="#b3261e", constraint=false'
        yield f"  {target} -> {source} [label={label}, {look}];"


def quoted(text: str) -> str:
    """A DOT string in which nothing but a line's end has a meaning."""
    shown = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        shown = shown.replace(plain, written)
    return f'"{shown}"'
