r"""The pieces of a formula: LaTeX, and the Unicode that looks like it.

A token is a number, a word of letters and digits, a command, or a sign. Spacing, sizes and
``\left`` are left out; a character of Unicode becomes the command it looks like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcalc.declaration.limits import Limits
from matcalc.declaration.text import Text, clip

TOKEN = re.compile(
    r"""(?P<space>[\s~&]+|\\[,;:!\ ]|\\(?:quad|qquad|displaystyle|textstyle|limits|nolimits
             |left|right|[bB]igg?[lrm]?)(?![A-Za-z])|\$|\\[()](?=\s*$|)|\\\[|\\\])
      | (?P<command>\\[A-Za-z]+\*?|\\[|{}_%])
      | (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
      | (?P<word>[A-Za-z][A-Za-z0-9]*)
      | (?P<operator>\.\*|\*\*|[-+*/@^_{}()\[\]'=,.|<>])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)

UNICODE = {
    "∂": "\\partial", "∇": "\\nabla", "·": "\\cdot", "⋅": "\\cdot", "×": "\\times",
    "⊙": "\\odot", "∘": "\\odot", "⊗": "\\otimes", "−": "-", "–": "-", "′": "'",
    "ᵀ": "^T", "⊤": "\\top", "𝟏": "\\mathbf1", "∑": "\\sum", "Σ": "\\Sigma", "√": "\\sqrt",
    "⟨": "\\langle", "⟩": "\\rangle", "²": "^2", "³": "^3", "≥": "\\ge", "≤": "\\le",
    **dict(zip("αβγδεζηθικλμνξπρστυφχψω", (
        "\\alpha", "\\beta", "\\gamma", "\\delta", "\\epsilon", "\\zeta", "\\eta", "\\theta",
        "\\iota", "\\kappa", "\\lambda", "\\mu", "\\nu", "\\xi", "\\pi", "\\rho", "\\sigma",
        "\\tau", "\\upsilon", "\\phi", "\\chi", "\\psi", "\\omega"), strict=True)),
    **{chr(0x2080 + k): f"_{k}" for k in range(10)},
}  # fmt: skip
"Characters, and the LaTeX that they stand for."

SAME = {
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\circ": "\\odot",
    "\\ast": "*", "\\bullet": "\\cdot", "\\intercal": "\\top", "\\prime": "'",
    "\\lbrace": "(", "\\rbrace": ")", "\\{": "(", "\\}": ")", "\\lbrack": "[", "\\rbrack": "]",
    "\\lVert": "\\|", "\\rVert": "\\|", "\\Vert": "\\|", "\\gt": ">", "\\lt": "<",
    "\\varphi": "\\phi", "\\varepsilon": "\\epsilon", "\\hadamard": "\\odot",
}  # fmt: skip
"Different ways of writing one sign."


@dataclass(frozen=True)
class Token:
    """``kind`` is number, word, command, operator or end."""

    kind: str
    text: str
    start: int
    stop: int


def is_formula(text: str) -> bool:
    """Whether a text is a formula rather than an expression of the language."""
    return not text.isascii() or any(sign in text for sign in "\\^$'{") or ".*" in text


def tokens(source: Text, limits: Limits) -> list[Token]:
    """The tokens of a formula, with an end token behind them."""
    found: list[Token] = []
    for match in TOKEN.finditer(source.text):
        kind, text, start, stop = match.lastgroup or "", match[0], match.start(), match.end()
        if kind == "space":
            continue
        if kind == "other":
            found += _unicode(source, text, start)
            continue
        text = SAME.get(text, text)
        if kind == "command" and not text.startswith("\\"):
            kind = "operator"
        if kind == "word" and len(text) > 1 and found and found[-1].text == "^":
            # In X^TG only the T is raised.
            found.append(Token(kind, text[0], start, start + 1))
            text, start = text[1:], start + 1
        found.append(Token(kind, text, start, stop))
        if len(found) > limits.pieces:
            source.refuse(f"the formula has more than {limits.pieces} pieces", start, stop)
    return [*found, Token("end", "", len(source.text), len(source.text) + 1)]


def _unicode(source: Text, character: str, start: int) -> list[Token]:
    latex = UNICODE.get(character)
    if latex is None:
        shown = clip(character) if character.isprintable() else f"U+{ord(character):04X}"
        source.refuse(
            f"{shown} is not read in a formula",
            start,
            start + 1,
            "The page on grading lists what a formula may have.",
        )
    found = []
    for match in TOKEN.finditer(latex):
        kind = match.lastgroup or "operator"
        text = SAME.get(match[0], match[0])
        found.append(Token(kind, text, start, start + 1))
    return found
