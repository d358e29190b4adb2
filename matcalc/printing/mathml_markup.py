"""The elements of MathML Core that formulas are made of, and names in them.

While a formula is put together, digits, letters and signs may stand bare between its
elements, as the writers leave them. ``finished`` puts each into an element of its own:

    <msup>A<mrow>-1</mrow></msup>    <msup><mi>A</mi><mrow><mo>−</mo><mn>1</mn></mrow></msup>

It is also what tells a sign (−x) from a difference (y − x), by what stands before it.
Whatever a name contains, it reaches the page as text, never as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from matcalc.printing.names import GREEK, split_name

STYLE = (
    'math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math",'
    ' "Libertinus Math", "TeX Gyre Termes Math", "DejaVu Math TeX Gyre", "Noto Sans Math",'
    " math; }\n"
    "math mtd { padding: .15em .35em; }"
)
"What a page's style sheet should say. Only fonts with a table for mathematics let a browser"
" stretch a bracket; these come with the usual systems, and nothing is loaded."
MINUS = "<mo>−</mo>"
APPLY = "<mo>\u2061</mo>"
"Between a function and its argument: invisible, and read aloud as “of”."
TIMES = "<mo>\u2062</mo>"
"Between two factors: invisible, and read aloud as “times”."
CLOSE = 'lspace="0" rspace="0"'
FIXED = f'stretchy="false" {CLOSE}'
SPACE = '<mspace width="0.17em"></mspace>'

_TOKEN = re.compile(r"<(m[ion])\b[^>]*>[^<]*</\1>|<[^>]*>|[^<]+")
_BARE = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+|&\w+;|&#\w+;|[^\sA-Za-z\d]")
_CLOSING = re.compile(r"<mo [^>]*form=\"postfix\"|<mo[^>]*>[′!]</mo>")


def characters(text: str) -> str:
    """Text of a page: no markup, and no character that XML or a reader cannot show."""
    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


def identifier(text: str) -> str:
    """A letter in italics, a number or word upright, a Greek letter by its name."""
    if text.isdecimal() and text.isascii():
        return f"<mn>{text}</mn>"
    shown = GREEK.get(text, text)
    parts = re.split(r"([+-])", text)
    if len(parts) == 3 and all(part.isalnum() for part in parts[::2]):  # the index n+1
        left, middle, right = parts
        return f"<mrow>{identifier(left)}{sign(middle.replace('-', '−'))}{identifier(right)}</mrow>"
    upright = len(shown) == 1 and shown.isupper() and not shown.isascii()
    variant = ' mathvariant="normal"' if upright else ""
    return f"<mi{variant}>{characters(shown)}</mi>"


def name_mathml(name: str) -> str:
    """A name: an italic letter, a Greek letter or an upright word, with subscripts."""
    stem, indices = split_name(name)
    if not indices:
        return identifier(stem)
    below = "<mo>,</mo>".join(map(identifier, indices))
    if len(indices) > 1:
        below = f"<mrow>{below}</mrow>"
    return f"<msub>{identifier(stem)}{below}</msub>"


def row(text: str) -> str:
    """One element that holds the text; a text that is one token already as it is."""
    alone = _TOKEN.fullmatch(text) if text.startswith("<m") else None
    return text if alone and alone[1] else f"<mrow>{text}</mrow>"


def sign(text: str, more: str = "") -> str:
    return f"<mo{' ' if more else ''}{more}>{escape(text)}</mo>"


def delimited(left: str, inner: str, right: str, grows: bool) -> str:
    """A text between delimiters that grow with it, or stay as high as a letter."""
    how = CLOSE if grows else FIXED
    first, last = sign(left, f'form="prefix" {how}'), sign(right, f'form="postfix" {how}')
    return f"<mrow>{first}<mrow>{inner}</mrow>{last}</mrow>"


def flat(left: str, inner: str, right: str) -> str:
    """The same without elements around it: pages have a limit on nesting."""
    first = sign(left, f'form="prefix" {FIXED}')
    return f"{first}{inner}" + sign(right, f'form="postfix" {FIXED}')


def finished(text: str) -> str:
    """The markup with every bare number, letter and sign in an element."""
    pieces: list[str] = []
    for piece in _elements(text):
        before = pieces[-1] if pieces else ""
        pieces.append(_unary(piece, before) if piece == MINUS else piece)
    return "".join(pieces)


def _elements(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        if match[0].startswith("<"):
            yield match[0]
            continue
        for bare in _BARE.findall(match[0]):
            if bare[0].isdigit():
                yield f"<mn>{bare}</mn>"
            elif bare in ("-", "−"):
                yield MINUS
            else:
                yield f"<mi>{bare}</mi>" if bare.isalpha() else f"<mo>{bare}</mo>"


def _unary(piece: str, before: str) -> str:
    """A minus is a sign at the beginning, and after another sign that is no end."""
    opens = before.startswith("<m") and not before.startswith(("<mi", "<mn", "<mo", "<mspace"))
    infix = before.startswith("<mo") and not _CLOSING.match(before)
    return '<mo form="prefix">−</mo>' if not before or opens or infix else piece


def math(markup: str, *, block: bool = False) -> str:
    """The ``<math>`` element of a finished formula, in a line or on a line of its own."""
    display = ' display="block"' if block else ""
    return f"<math{display}>{markup}</math>"
