"""A pattern for the terminal, in the manner of ``terminal``."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.checking.report import Report
from matcalc.depth.pattern import Pattern
from matcalc.expressions.expr import write_shape
from matcalc.printing.outline import conventions, function_texts, layout_words, title
from matcalc.printing.pattern_outline import (
    Argument,
    Formula,
    Head,
    Words,
    blocks,
    checked_words,
    depth_words,
    variable_rows,
)
from matcalc.printing.prose import plain
from matcalc.printing.terminal import TerminalWriter
from matcalc.printing.unicode import pretty_name
from matcalc.printing.wrapping import wrap


def write_pattern(
    pattern: Pattern, *, report: Report | None = None, depths: str = "", colour: bool = False
) -> str:
    """The pattern as text; ``depths`` says where it was checked."""
    w = TerminalWriter(pattern.d, colour)
    lines = [*_head(w, pattern)]
    for block in blocks(pattern):
        match block:
            case Head(text):
                lines += ["", w.bold(text)]
            case Words(text, remark):
                lines += w.remark(plain(text)) if remark else wrap(plain(text), "  ")
            case Argument(found):
                lines += w.argument(found)
            case Formula():
                lines += _formula(w, pattern, block)
    return "\n".join([*lines, "", *wrap(checked_words(report, depths))])


def _head(w: TerminalWriter, pattern: Pattern) -> Iterator[str]:
    yield w.bold(title(pattern.d))
    yield from wrap(plain(conventions(pattern.d) + ": " + layout_words(pattern.d)))
    yield from wrap(depth_words(pattern))
    if texts := function_texts(pattern.d, pretty_name, w.pretty):
        yield from wrap(f"Functions of one entry: {', '.join(texts)}")
    yield ""
    yield w.bold("Variables")
    rows = variable_rows(pattern)
    width = max((len(name) for name, _, _ in rows), default=0)
    wide = max((len(write_shape(shape)) for _, shape, _ in rows), default=0)
    for name, shape, words in rows:
        yield f"  {name:<{width}}  {write_shape(shape):<{wide}}  {words}"


def _formula(w: TerminalWriter, pattern: Pattern, block: Formula) -> Iterator[str]:
    name = pretty_name(block.left)
    label = f"∂{pretty_name(pattern.d.of)}/∂{name}" if block.gradient else name
    form = w.pretty(block.form)
    yield from w.line(f"{label} = ", form, write_shape(block.shape))
    if block.range:
        yield from w.remark(block.range)
    if block.typed:
        yield from w.remark(block.typed, "= ")
