"""The computation graph of a page: the picture in two arrangements, and what happens on it.

Values are the file's own or sampled, and the caption says which. Where there are none
(abstract functions, a point that is not found) shapes stand alone; a network that is too
large to draw gets a sentence in place of a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from matcalc.derivation.derivation import Derivation
from matcalc.errors import CannotDerive, InputError
from matcalc.expressions.build import gradient
from matcalc.network.network import Network
from matcalc.printing.graph_svg import graph_svg
from matcalc.printing.html_variants import Slot
from matcalc.printing.mathml_markup import characters, math, name_mathml
from matcalc.printing.mathml_prose import sentence_html
from matcalc.printing.outline import sizes_text
from matcalc.printing.trace_words import origin_words, turned_words
from matcalc.tracing.point import point
from matcalc.tracing.trace import Trace, trace

ON_PAPER = 900
"The width in pixels beyond which a picture is too small on paper."
_WIDTH = re.compile(r' width="(\d+)"')


def graph_slots(d: Derivation, source: Network) -> Iterator[Slot]:
    """The figure, and what happens on the way back. ``source`` is the network as it was
    declared: its point is taken in every convention, so that all pictures of a page show
    the same numbers."""
    try:
        found = _traced(d, source)
    except (CannotDerive, InputError) as error:
        yield _figure(d, d, f"Shapes alone: {_said(error)}.")
        return
    yield _figure(d, found, _caption(found))
    if found.remarks:
        if words := turned_words(found):
            yield Slot(("graph", "remarks", "turned"), f"<p>{characters(words)}</p>")
        items = "".join(
            f"<li><p>{math(name_mathml(r.at))}: {sentence_html(r.text)}</p></li>"
            for r in found.remarks
        )
        yield Slot(("graph", "remarks", "all"), f'<ul class="remarks">{items}</ul>')


def _figure(d: Derivation, found: Trace | Derivation, caption: str) -> Slot:
    key, prefix = ("graph", "picture"), f"g-{d.network.convention.value}"
    try:
        wide = graph_svg(found, prefix=prefix, inline=True)
        tall = graph_svg(found, prefix=f"{prefix}-tall", inline=True, vertical=True)
    except InputError as error:
        return Slot(key, f"<p>There is no picture: {characters(_said(error))}.</p>")
    pictures = _box("wide", "from left to right", wide) + _box("tall", "from top to bottom", tall)
    caption = f"<figcaption>{characters(caption)}</figcaption>"
    return Slot(key, f"<figure>{pictures}{caption}</figure>")


def _box(kind: str, words: str, svg: str) -> str:
    """A picture that scrolls by itself; a long one is shrunk on paper no further than to be
    read, the other arrangement takes its place."""
    width = int(_WIDTH.findall(svg)[0])
    long = " long" if kind == "wide" and width > ON_PAPER else ""
    label = f"The computation graph, {words}"
    return (
        f'<div class="picture {kind}{long}" role="region" tabindex="0" aria-label="{label}"'
        f' style="--natural: {width}px">'
        f"{svg}</div>"
    )


def _traced(d: Derivation, source: Network) -> Trace:
    if d.network.convention is source.convention:
        return trace(d)
    at = point(source, {}, 0)
    values: dict[str, Any] = {}
    for name, origin in at.origin.items():
        if origin == "sampled":
            node = name.removeprefix("grad_") if name not in source.variable else name
            flips = node not in source.variable or source.variable[node].flip
            symbol = source.symbol(node)
            value = at.values[symbol if node == name else gradient(symbol)]
            values[name] = np.transpose(value) if flips else value
    return replace(trace(d, values), origin=at.origin)


def _caption(found: Trace) -> str:
    words = "Values stand above the arrows, gradients flowing back below them"
    words += "; of an array, its norm." if any(n.shape for n in found.nodes) else "."
    sizes = f" Sizes: {sizes_text(found.derivation)}." if found.sizes else ""
    return f"{words} {origin_words(found)}{sizes}"


def _said(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
