"""A trace for GitHub and notebooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.printing.latex import name_latex
from matcalc.printing.markdown import escape, inline, sizes
from matcalc.printing.outline import conventions, title
from matcalc.printing.trace_words import (
    computed,
    dims_words,
    number,
    origin_words,
    summary,
    turned_words,
)
from matcalc.tracing.local import MOST, local_gradients
from matcalc.tracing.trace import Trace

FEW = 12
"The most entries of an array that are written whole."


def write_trace_markdown(trace: Trace) -> str:
    lines = [f"# {escape(title(trace.derivation))}", "", f"{conventions(trace.derivation)}."]
    lines += [escape(origin_words(trace))]
    if trace.sizes:
        lines += [f"Sizes: {escape(dims_words(trace))}."]
    lines += ["", "| name | computed as | shape | forward | gradient |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for node in trace.nodes:
        source = computed(trace, node)
        # A bar would end the cell, even within backticks.
        shown = f"`{source}`" if node.operands and "|" not in source else escape(source)
        name = inline(name_latex(node.name))
        values = f"{_value(node.value)} | {_value(node.gradient)}"
        lines.append(f"| {name} | {shown} | {sizes(node.shape)} | {values} |")
    lines += _edges(trace)
    if trace.remarks:
        lines += ["", "## On the way back", ""]
        if words := turned_words(trace):
            lines += [words, ""]
        lines += [f"- {inline(name_latex(r.at))}: {_sentence(r.text)}" for r in trace.remarks]
    return "\n".join(lines)


def _edges(trace: Trace) -> list[str]:
    rows = [
        f"| {inline(name_latex(e.source))} | {inline(name_latex(e.target))}"
        f" | {_value(e.upstream)} | {_jacobian(e.jacobian)} | {_value(e.back)} |"
        for e in local_gradients(trace)
    ]
    if not rows:
        return []
    heads = ("back to", "from", "upstream gradient", "local gradient", "what flows back")
    return ["", "## Edge by edge", "", f"| {' | '.join(heads)} |", "| --- " * 5 + "|", *rows]


def _jacobian(value: Any) -> str:
    """As a value, with every entry: local gradients are small."""
    return _value(value, few=MOST)


def _sentence(text: str) -> str:
    """Formulas of remarks are in Unicode: they stand as they are, as code."""
    parts = text.split("`")
    return "".join(f"`{part}`" if k % 2 else escape(part) for k, part in enumerate(parts))


def _value(value: Any | None, few: int = FEW) -> str:
    if value is None:
        return "–"
    if np.ndim(value) == 0:
        return number(value)
    if np.size(value) > few:
        return ", ".join(summary(value))
    lines = (", ".join(number(x, 3) for x in line) for line in value)
    return f"`[{', '.join(f'[{line}]' for line in lines)}]`"
