"""Formulas of a page: shapes under factors, places where a line may end, boxes that scroll.

A short formula is one ``<math>`` element. A longer one is several in a row, a factor or a
term each, so that the line breaks between them as text does; browsers do not break one
``<math>``. What is too wide for a phone even so scrolls in a box of its own, which the
keyboard reaches.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from functools import lru_cache

from matcalc.expressions.expr import Expr, Shape
from matcalc.printing.factors import factors
from matcalc.printing.mathml import MathMLPrinter
from matcalc.printing.mathml_markup import TIMES, characters, finished, math
from matcalc.printing.mathml_prose import formula_mathml
from matcalc.printing.outline import Line

NARROW = 20
"How many letters of a formula fit on a line of a phone, with what stands around it."
GAP = '<mspace width="0.45em"></mspace>'
"Between two factors whose shapes stand below them."
SIGNS = {"product": f"{TIMES}{GAP}", "hadamard": "<mo>⊙</mo>", "": ""}
EQUALS = "<mo>=</mo>"
_FRACTION = re.compile(r"<mfrac>.*?</mfrac>")
_ABOVE_EACH_OTHER = {"mfrac", "munder", "munderover"}
_FIRST_SIGN = re.compile(r'\A((?:<mrow>)*)<mo(?: form="prefix")?>')


def side_pieces(p: MathMLPrinter, e: Expr, *, shapes: bool) -> list[str]:
    """One side of an equation, cut where a line may end: between factors that have their
    ``shapes`` under them or ⊙ between them, and between the terms of a sum."""
    if e.op.name == "add":
        return p.term_markup(e)
    found, shapes = factors(e), shapes and bool(e.shape)
    if not shapes and found.sign != "hadamard":
        return [p.markup(e)]
    texts = [finished(p.inside(part, found.binding(part))) for part in found.parts]
    strut = _strut(texts) if shapes and len(texts) > 1 else ""
    cells = (
        _with_shape(p, text + strut, part.shape) if shapes and part.shape else text
        for part, text in zip(found.parts, texts, strict=True)
    )
    return [f"{SIGNS[found.sign] if k else ''}<mrow>{cell}</mrow>" for k, cell in enumerate(cells)]


def _strut(texts: Sequence[str]) -> str:
    """As tall as a fraction, if there is one among the factors of a line: it puts the shapes
    under them at one height."""
    fractions = [found for text in texts for found in _FRACTION.findall(text)]
    if not fractions:
        return ""
    index = any("<msub" in fraction for fraction in fractions)
    below = "<msub><mi>B</mi><mn>1</mn></msub>" if index else "<mi>B</mi>"
    tall = f"<mphantom><mfrac><mi>A</mi>{below}</mfrac></mphantom>"
    return f'<mpadded width="0">{tall}</mpadded>'


def _with_shape(p: MathMLPrinter, text: str, shape: Shape) -> str:
    below = finished(p.shape(shape))
    return f'<munder><mrow>{text}</mrow><mrow class="shape">{below}</mrow></munder>'


def line_pieces(p: MathMLPrinter, line: Line) -> list[str]:
    """A step: ``lhs = rhs``, or ``= rhs`` where it goes on from the line before."""
    right = side_pieces(p, line.rhs, shapes=line.shapes)
    if line.lhs is None:
        return [EQUALS + right[0], *right[1:]]
    return equation(side_pieces(p, line.lhs, shapes=line.shapes), right)


def equation(left: Sequence[str], right: Sequence[str]) -> list[str]:
    return [*left, EQUALS + right[0], *right[1:]]


def formula(pieces: Sequence[str], label: str, classes: str = "") -> str:
    """The pieces as a formula on lines of its own; ``label`` says what it is, for those who
    come to it by keyboard or ear."""
    lines = list(_phrases([pieces[0], *map(_infix, pieces[1:])]))
    maths = " ".join(f'<math displaystyle="true"><mrow>{text}</mrow></math>' for text in lines)
    names = f"eq {classes}".strip()
    widest = max(map(width, lines))
    if widest > NARROW:
        reached = f'role="region" tabindex="0" aria-label="{characters(label)}"'
        return f'<div class="{names}" {reached} style="--letters: {widest:.0f}">{maths}</div>'
    return f'<div class="{names}">{maths}</div>'


def _phrases(pieces: Sequence[str]) -> Iterator[str]:
    """The pieces of a long formula put together as long as they stay short."""
    widths = [width(piece) for piece in pieces]
    if sum(widths) <= NARROW:
        yield "".join(pieces)
        return
    held, size = pieces[0], widths[0]
    for piece, more in zip(pieces[1:], widths[1:], strict=True):
        if size + more > NARROW:
            yield held
            held, size = "", 0.0
        held, size = held + piece, size + more
    yield held


def _infix(text: str) -> str:
    """A sign at the start of a piece keeps the space that it has between two terms."""
    return _FIRST_SIGN.sub(r'\1<mo form="infix">', text, count=1)


@lru_cache(maxsize=10_000)
def width(markup: str) -> float:
    """About how many letters wide a formula is."""
    whole = ET.fromstring(f"<mrow>{markup}</mrow>")
    widths: dict[ET.Element, float] = {}
    # Inner elements first: a formula may be nested deeper than Python's stack.
    for element in reversed(list(whole.iter())):
        widths[element] = _width(element, [widths[child] for child in element])
    return widths[whole]


def _width(element: ET.Element, parts: list[float]) -> float:
    if element.tag in _ABOVE_EACH_OTHER:
        return max(parts, default=0.0)
    if element.tag == "mtable":
        return max(parts, default=0.0)
    if element.tag == "mtd":
        return sum(parts) + 1.0
    if element.tag == "mphantom":
        return 0.0
    if element.tag in ("msup", "msub", "msubsup"):
        script = max(parts[1:], default=0.0) * 0.7
        return parts[0] + script
    if element.tag == "mo":
        text = element.text or ""
        alone = text in "\u2061\u2062" or "lspace" in element.attrib
        return 0.5 if alone else len(text) + 1.5
    if element.tag in ("mi", "mn"):
        return float(len(element.text or ""))
    return sum(parts)


def shape_math(p: MathMLPrinter, shape: Shape) -> str:
    """N×D as a formula in a line; a scalar by its name."""
    return math(f"<mrow>{finished(p.shape(shape))}</mrow>") if shape else "scalar"


def sizes_math(texts: Sequence[str]) -> str:
    """The sizes of a matrix of all entries, (N·D)×H, as texts of the language."""
    if not texts:
        return "scalar"
    cells = (_product(text) for text in texts)
    return math(f"<mrow>{'<mo>×</mo>'.join(cells)}</mrow>")


def _product(text: str) -> str:
    return formula_mathml(f"({text})" if "*" in text or " " in text else text)
