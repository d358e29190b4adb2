"""Sentences with formulas between backticks, for each kind of page."""

from __future__ import annotations

import re
from collections.abc import Callable

from matcalc.printing.latex import name_latex

SIGNS = {
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
    "ᵀ": r"^{\top}",
    "⁻¹": r"^{-1}",
    "⁻ᵀ": r"^{-\top}",
    "⊙": r"\odot ",
    "∘": r"\odot ",
    "⊗": r"\otimes ",
    "×": r"\times ",
    "∂": r"\partial ",
    "σ": r"\sigma ",
    "δ": r"\delta ",
    "·": r"\cdot ",
    "→": r"\to ",
    "Σ": r"\sum ",
    "ᵢ": "_{i}",
    "ⱼ": "_{j}",
    "ᵏ⁻¹⁻ⁱ": "^{k-1-i}",
    "ᵖ⁻¹": "^{p-1}",
    "ⁱ": "^{i}",
    "ᵏ": "^{k}",
    "ᵖ": "^{p}",
    "−": "-",
    "≥": r"\ge ",
    "≤": r"\le ",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_",
    "\u2009": r"\,",
    "*": r"\,",
}
PRODUCT = re.compile(r"(?<=\w) (?=\w)")
"Between two factors there is a thin space."
PIECE = re.compile(
    r"[A-Za-z]\w*\[[A-Za-z0-9_+-]+\]|"
    r"d(?=(?:[A-Z][a-z]?|[a-z])(?![A-Za-z0-9_]))|[A-Za-z][A-Za-z0-9_]*|"
    + "|".join(re.escape(s) for s in sorted(SIGNS, key=len, reverse=True))
)


def plain(text: str) -> str:
    """The sentence without its marks."""
    return text.replace("`", "")


def with_formulas(text: str, formula: Callable[[str], str], words: Callable[[str], str]) -> str:
    """The sentence with its formulas as LaTeX through ``formula``, the rest through
    ``words``."""
    parts = text.split("`")
    return "".join(
        formula(formula_latex(part)) if k % 2 else words(part) for k, part in enumerate(parts)
    )


def formula_latex(text: str) -> str:
    """A short formula of a sentence, in Unicode, as LaTeX for mathematics mode."""
    return PIECE.sub(_piece, PRODUCT.sub("\u2009", text))


def _piece(match: re.Match[str]) -> str:
    found = match[0]
    if found in SIGNS:
        return SIGNS[found]
    return r"\mathrm{d}" if found == "d" else name_latex(found)
