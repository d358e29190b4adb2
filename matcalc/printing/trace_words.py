"""What every picture and table of a trace says: numbers, cells, where values come from."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.printing.outline import author_text
from matcalc.tracing.trace import Node, Trace

FEW = 6
"The most rows of an array that are printed whole."


def number(x: Any, digits: int = 4) -> str:
    """A number with a few digits: -12, 0.8808, 1.2e-05."""
    text = f"{float(x):.{digits}g}"
    return "0" if text == "-0" else text


def rows(value: Any, digits: int = 3) -> list[str]:
    """A small array, a line for each row, its columns in line; a scalar on one line."""
    if np.ndim(value) == 0:
        return [number(value, digits + 1)]
    cells = [[number(x, digits) for x in line] for line in np.atleast_2d(value)]
    width = max((len(c) for line in cells for c in line), default=0)
    return ["[" + " ".join(c.rjust(width) for c in line) + "]" for line in cells]


def summary(value: Any) -> tuple[str, str, str]:
    """A large array: its smallest and largest entry, and the norm of all."""
    return (
        f"min {number(np.min(value), 3)}",
        f"max {number(np.max(value), 3)}",
        f"norm {number(np.linalg.norm(np.ravel(value)), 3)}",
    )


def cell(value: Any | None, width: int, few: int = FEW) -> list[str]:
    """An array as lines: whole where it fits, else a summary; a dash for none."""
    if value is None:
        return ["–"]
    if np.ndim(value) == 0 or (np.shape(value)[0] <= few and np.shape(value)[1] <= width // 2):
        for digits in (3, 2):
            lines = rows(value, digits)
            if len(lines[0]) <= width:
                return lines
    return list(summary(value))


def computed(trace: Trace, node: Node) -> str:
    """The right side of a node's equation; what a variable is."""
    if node.name in trace.network.equation:
        return author_text(trace.network.equation[node.name], trace.network.convention)
    return node.kind


def origin_words(trace: Trace) -> str:
    """A sentence on where the values come from."""
    groups: dict[str, list[str]] = {}
    for name, origin in trace.origin.items():
        groups.setdefault(origin, []).append(name)
    words = {
        "given": "given",
        "file": "from the file",
        "sampled": f"sampled with seed {trace.seed}",
    }
    parts = [f"{', '.join(groups[o])} {text}" for o, text in words.items() if o in groups]
    return f"Values: {'; '.join(parts)}."


def dims_words(trace: Trace) -> str:
    return ", ".join(f"{name} = {size}" for name, size in trace.sizes.items())


def turned_words(trace: Trace) -> str:
    """A sentence where the layout writes some gradient transposed; nothing elsewhere."""
    layout = trace.derivation.layout
    shapes = [n.shape for n in trace.nodes if n.gradient is not None]
    if not any(layout.transposes_gradient(shape) for shape in shapes):
        return ""
    return (
        "Gradients stand as the layout arranges them; the remarks speak of them in the shape"
        " of what they belong to."
    )
