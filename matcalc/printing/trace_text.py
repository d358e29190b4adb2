"""A trace for the terminal, 80 columns: a table of values, then what happens to gradients."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import zip_longest

from matcalc.expressions.expr import write_shape
from matcalc.printing.outline import conventions, title
from matcalc.printing.prose import plain
from matcalc.printing.trace_words import (
    cell,
    computed,
    dims_words,
    origin_words,
    turned_words,
)
from matcalc.printing.unicode import pretty_name
from matcalc.printing.wrapping import BOLD, DIM, OFF, WIDTH, wrap
from matcalc.tracing.local import local_gradients
from matcalc.tracing.trace import Node, Trace

VALUE = 22
"The most columns of a value."
NAME, SHAPE = 12, 12
GAP = "  "
HEADS = ("name", "computed as", "shape", "forward", "gradient")


def write_trace(trace: Trace, *, colour: bool = False) -> str:
    """The whole text; no line has more than 80 columns."""
    bold, dim, off = (BOLD, DIM, OFF) if colour else ("", "", "")
    lines = [f"{bold}{title(trace.derivation)}{off}", *wrap(conventions(trace.derivation))]
    if trace.sizes:
        lines += wrap(dims_words(trace))
    lines += [*wrap(origin_words(trace)), ""]
    head, *table = _table(trace)
    lines += [f"{bold}{head}{off}", *table]
    if edges := [*_edges(trace)]:
        lines += ["", f"{bold}Edge by edge{off}", *(f"  {line}" for line in edges)]
    if trace.remarks:
        lines += ["", f"{bold}On the way back{off}"]
        if words := turned_words(trace):
            lines += [f"{dim}{line}{off}" for line in wrap(words, "  ", "  ")]
        width = min(max(len(pretty_name(r.at)) for r in trace.remarks), NAME)
        for r in trace.remarks:
            at = pretty_name(r.at)[:NAME].ljust(width)
            lines += wrap(plain(r.text), f"  {at}  ", " " * (width + 4))
    return "\n".join(line.rstrip() for line in lines)


def _table(trace: Trace) -> Iterator[str]:
    table = [_cells(trace, node) for node in trace.nodes]
    widths = [
        max(len(h), *(len(line) for r in table for line in r[k])) for k, h in enumerate(HEADS)
    ]
    widths[0], widths[2] = min(widths[0], NAME), min(widths[2], SHAPE)
    fixed = widths[0] + sum(widths[2:]) + len(GAP) * 4
    widths[1] = min(widths[1], max(WIDTH - fixed, len(HEADS[1])))
    yield GAP.join(h.ljust(w) for h, w in zip(HEADS, widths, strict=True)).rstrip()
    for r in table:
        columns = [_fitted(lines, w) for lines, w in zip(r, widths, strict=True)]
        for parts in zip_longest(*columns, fillvalue=""):
            yield GAP.join(p.ljust(w) for p, w in zip(parts, widths, strict=True)).rstrip()


def _edges(trace: Trace) -> Iterator[str]:
    """For each edge, the gradient that arrives, the local one, and what flows back."""
    rows = [
        [
            [f"{pretty_name(e.source)} ← {pretty_name(e.target)}"],
            *(cell(value, VALUE) for value in (e.upstream, e.jacobian, e.back)),
        ]
        for e in local_gradients(trace)
    ]
    if not rows:
        return
    rows.insert(0, [["edge"], ["upstream"], ["local"], ["flows back"]])
    widths = [max(len(line) for row in rows for line in row[k]) for k in range(4)]
    if sum(widths) + len(GAP) * 4 > WIDTH:
        return
    for row in rows:
        for parts in zip_longest(*row, fillvalue=""):
            yield GAP.join(p.ljust(w) for p, w in zip(parts, widths, strict=True)).rstrip()


def _cells(trace: Trace, node: Node) -> list[list[str]]:
    return [
        [pretty_name(node.name)],
        [computed(trace, node)],
        [write_shape(node.shape)],
        cell(node.value, VALUE),
        cell(node.gradient, VALUE),
    ]


def _fitted(lines: list[str], width: int) -> list[str]:
    if all(len(line) <= width for line in lines):
        return lines
    return [part for line in lines for part in textwrap.wrap(line, width)]
