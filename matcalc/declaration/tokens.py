"""The pieces of an expression's text, and a good word about those that are none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NoReturn

from matcalc.declaration.limits import Limits
from matcalc.declaration.numbers import LITERAL
from matcalc.declaration.text import Text

# How tightly operators bind; a prefix stands between product and power, as in Python.
SUM, PRODUCT, PREFIX, POWER = 1, 2, 3, 4
BINDING = {"+": SUM, "-": SUM, "*": PRODUCT, "@": PRODUCT, "/": PRODUCT, "**": POWER}


TOKEN = re.compile(
    rf"""(?P<number>{LITERAL.pattern})
       | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
       | (?P<attribute>\.\s*[A-Za-z_][A-Za-z0-9_]*)
       | (?P<operator>\*\*|//|:=|==|!=|<=|>=|<<|>>|->|[-+*/@%().,:=\[\]{{}}<>&|^~!;])
       | (?P<space>\s+)
       | (?P<foreign>.)""",
    re.VERBOSE | re.DOTALL,
)

Token = tuple[str, str, int]


def tokens(source: Text, limits: Limits) -> Iterator[Token]:
    """The pieces of the text, as (kind, text, start)."""
    pieces = 0
    for match in TOKEN.finditer(source.text):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        if kind == "foreign":
            _refuse_foreign(source, match.start())
        if kind != "operator" or match[0] in BINDING:
            pieces += 1
            if pieces > limits.pieces:
                source.refuse(
                    f"the expression has more than {limits.pieces} pieces",
                    match.start(),
                    match.end(),
                    "Split it: give parts of it names of their own.",
                )
        yield kind, match[0], match.start()


CHOICES = {"if", "else", "and", "or", "not", "in", "is"}
_COMPARISON = "For a choice write where(M, A, B), which takes A where M > 0."
MENDS = {
    "^": "Write ** for a power.",
    "%": "Write * for a product, / for a division.",
    "//": "Write / for a division.",
    "&": "Write hadamard(A, B) for the entrywise product.",
    "|": "Write abs(A) for the absolute value, norm(A) for the norm.",
    "=": "An = can only stand before an option, as in sum(A, axis=0).",
    "[": "Write hstack(A, B) and vstack(A, B) to put blocks together.",
    "{": "Write ( ) for brackets.",
    ".": "Write hadamard(A, B) for the entrywise product, .T for the transpose.",
    **dict.fromkeys(("<", ">", "<=", ">=", "==", "!="), _COMPARISON),
}
GREEK = re.compile("GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\\w+)")
_DOT = "Write * for the product, hadamard(A, B) for the entrywise one."
FOREIGN = {
    **dict.fromkeys("'\"`", "Text in quotes is no expression; the transpose is A.T."),
    **dict.fromkeys("·×⋅∘⊙∙•", _DOT),
    **dict.fromkeys("−–—", "Write - for minus."),
    **dict.fromkeys("ᵀ⊤′", "Write A.T for the transpose."),
    **dict.fromkeys("⊗", "Write kron(A, B)."),
    **dict.fromkeys("∑Σ", "Write sum(A)."),
    **dict.fromkeys("√", "Write sqrt(A)."),
    **dict.fromkeys("²³⁻", "Write ** for a power."),
    "#": "Remove it; a comment needs a space before its #, and stands behind a whole text.",
    "\\": "Remove it; an expression may go on over several lines without one.",
}


def _refuse_foreign(source: Text, start: int) -> NoReturn:
    """A character that no expression contains, with its name where it looks like another."""
    character = source.text[start]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    mend = FOREIGN.get(character, "")
    if not mend and (greek := GREEK.match(name)):
        word = greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
        mend = f"Write the name: {'lambda_' if word == 'lamda' else word.replace('md', 'mbd')}."
    shown = character if character.isascii() else f"{character} ({name})"
    if not character.isprintable():
        shown = name
    source.refuse(
        f"{shown} cannot stand in an expression",
        start,
        start + 1,
        mend or "Names have the letters A to Z, a to z, digits and _.",
    )
