r"""Steps as LaTeX: a side with the shape of each factor under it, a line with both sides.

\underset{m_{2} \times m_{3}}{W_{3}^{\top}} \; \underset{m_{3} \times 1}{...}
"""

from __future__ import annotations

import re

from matcalc.expressions.expr import Expr, Shape
from matcalc.printing.factors import factors
from matcalc.printing.latex import LatexPrinter, name_latex
from matcalc.printing.outline import Line

SIGNS = {"product": r"\; ", "hadamard": r" \odot ", "": ""}


def side_latex(printer: LatexPrinter, e: Expr, *, shapes: bool) -> str:
    """One side; with ``shapes``, each factor has its own under it."""
    if not shapes or not e.shape:
        return printer.text(e)
    found = factors(e)
    texts = [printer.inside(part, found.binding(part)) for part in found.parts]
    # Shapes stand on one line, that of the tallest factor.
    strut = r"\vphantom{\dfrac{A}{B}}" if any(r"\frac" in text for text in texts) else ""
    cells = (
        rf"\underset{{{shape_latex(part.shape)}}}{{{text}{strut}}}" if part.shape else text
        for part, text in zip(found.parts, texts, strict=True)
    )
    return SIGNS[found.sign].join(cells)


def line_latex(printer: LatexPrinter, line: Line) -> str:
    """``lhs = rhs``, or ``= rhs`` where it goes on from the line before."""
    right = side_latex(printer, line.rhs, shapes=line.shapes)
    if line.lhs is None:
        return f"= {right}"
    return f"{side_latex(printer, line.lhs, shapes=line.shapes)} = {right}"


def shape_latex(shape: Shape) -> str:
    if not shape:
        return r"\text{scalar}"
    return r" \times ".join(
        f"({dimension_latex(str(s))})" if " " in str(s) else dimension_latex(str(s)) for s in shape
    )


def dimension_latex(text: str) -> str:
    """A dimension, or a list of sizes, as mathematics."""
    between_numbers = re.sub(r"(?<=\d)\*(?=\d)", r" \\cdot ", text)
    spaced = between_numbers.replace("*", " * ").split(" ")
    words = [name_latex(w) if w[:1].isalpha() else w for w in spaced]
    return " ".join(words).replace("* ", "").replace(",", r",\ ")
