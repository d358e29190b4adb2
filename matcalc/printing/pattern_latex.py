r"""A pattern as a LaTeX document or fragment, in the manner of ``document``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcalc.checking.report import Report
from matcalc.depth.pattern import Pattern
from matcalc.printing.document import PREAMBLE, DocumentWriter, escape, prose, typed
from matcalc.printing.latex import LatexPrinter, index_latex, name_latex
from matcalc.printing.latex_lines import shape_latex
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


def write_pattern_document(
    pattern: Pattern, *, report: Report | None = None, depths: str = ""
) -> str:
    """The whole document."""
    w = DocumentWriter(pattern.d)
    lines = [
        PREAMBLE + r"\begin{document}",
        rf"{{\centering\LARGE {escape(title(pattern.d))}\par}}\bigskip",
        *_introduction(w, pattern),
    ]
    for block in blocks(pattern):
        match block:
            case Head(text):
                lines.append(rf"\section*{{{escape(text)}}}")
            case Words(text, _):
                lines.append("\n" + prose(text))
            case Argument(found):
                lines += w.argument(found)
            case Formula():
                lines += _formula(w, pattern, block)
    lines += [r"\section*{Check}", escape(checked_words(report, depths)), r"\end{document}"]
    return "\n".join(lines)


def write_pattern_fragment(pattern: Pattern) -> str:
    """The forms alone, aligned at their equals signs; needs amsmath and amssymb."""
    printer = LatexPrinter(pattern.template.convention, pattern.d.of)
    groups: list[list[str]] = []
    for block in blocks(pattern):
        if isinstance(block, Head):
            groups.append([])
        elif isinstance(block, Formula):
            text = formula_latex(printer, pattern, block).replace(" = ", " &= ", 1)
            groups[-1].append(text + (rf" && {range_latex(block.range)}" if block.range else ""))
    return "\n".join(
        "\\begin{align*}\n  " + " \\\\\n  ".join(group) + "\n\\end{align*}"
        for group in groups
        if group
    )


def formula_latex(printer: LatexPrinter, pattern: Pattern, block: Formula) -> str:
    """``left = form`` in mathematics mode."""
    left = name_latex(block.left)
    if block.gradient:
        left = rf"\frac{{\partial {name_latex(pattern.d.of)}}}{{\partial {left}}}"
    return f"{left} = {printer.text(pattern.d.shown(block.form))}"


def range_latex(text: str) -> str:
    r"""``for n = N-1, ..., 1`` in mathematics mode."""
    match = re.fullmatch(r"for (\S+) = (\S+), \.\.\., (\S+)", text)
    assert match is not None
    letter, first, last = map(index_latex, match.groups())
    return rf"\text{{for }} {letter} = {first}, \ldots, {last}"


def _introduction(w: DocumentWriter, pattern: Pattern) -> Iterator[str]:
    d = pattern.d
    yield prose(f"{conventions(d)}: {layout_words(d)}.")
    yield "\n" + escape(depth_words(pattern))
    if texts := function_texts(d, name_latex, w.latex):
        yield f"\nFunctions of one entry: ${',$ $'.join(texts)}$."
    yield r"\section*{Variables}"
    yield r"\begin{tabular}{@{}lll@{}}"
    for name, shape, words in variable_rows(pattern):
        yield rf"${name_latex(name)}$ & ${shape_latex(shape)}$ & {escape(words)} \\"
    yield r"\end{tabular}"


def _formula(w: DocumentWriter, pattern: Pattern, block: Formula) -> Iterator[str]:
    formula = formula_latex(w.printer, pattern, block)
    if block.range:
        formula += rf"\qquad {range_latex(block.range)}"
    if block.titled:
        yield rf"\subsection*{{With respect to ${name_latex(block.left)}$}}"
    yield rf"\formula{{{formula}}}{{{shape_latex(block.shape)}}}"
    if block.typed:
        yield rf"\asread{{{typed(block.typed)}}}"
