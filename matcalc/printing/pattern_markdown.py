"""A pattern in Markdown, in the manner of ``markdown``."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.checking.report import Report
from matcalc.depth.pattern import Pattern
from matcalc.expressions.expr import Expr
from matcalc.printing.latex import LatexPrinter, name_latex
from matcalc.printing.markdown import _argument, display, escape, inline, prose, sizes
from matcalc.printing.outline import conventions, function_texts, layout_words, title
from matcalc.printing.pattern_latex import formula_latex, range_latex
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


def write_pattern_markdown(
    pattern: Pattern, *, report: Report | None = None, depths: str = ""
) -> str:
    return "\n".join(_lines(pattern, report, depths))


def _lines(pattern: Pattern, report: Report | None, depths: str) -> Iterator[str]:
    d = pattern.d
    printer = LatexPrinter(d.network.convention, d.of)

    def latex(e: Expr) -> str:
        return printer.text(d.shown(e))

    yield from (f"# {escape(title(d))}", "", f"{conventions(d)}: {prose(layout_words(d))}.")
    yield from ("", escape(depth_words(pattern)))
    if texts := function_texts(d, name_latex, latex):
        yield from ("", f"Functions of one entry: {', '.join(map(inline, texts))}.")
    yield from ("", "## Variables", "", "| name | shape | kind |", "| --- | --- | --- |")
    for name, shape, words in variable_rows(pattern):
        yield f"| {inline(name_latex(name))} | {escape(sizes(shape))} | {escape(words)} |"
    for block in blocks(pattern):
        match block:
            case Head(text):
                yield from ("", f"## {text}", "")
            case Words(text, _):
                yield from (prose(text), "")
            case Argument(found):
                yield from (*_argument(d, found), "")
            case Formula():
                yield from _formula(printer, pattern, block)
    yield checked_words(report, depths, figure=False)


def _formula(printer: LatexPrinter, pattern: Pattern, block: Formula) -> Iterator[str]:
    range_ = rf" \qquad {range_latex(block.range)}" if block.range else ""
    if block.titled:
        head = f"∂{pattern.d.of}/∂{block.left}"
        yield from (f"### `{head}` ({escape(sizes(block.shape))})", "")
    yield from display(formula_latex(printer, pattern, block) + range_)
    if block.typed:
        yield from (f"`{block.typed}`", "")
