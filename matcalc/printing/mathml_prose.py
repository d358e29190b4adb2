"""Sentences with formulas between backticks, for a page: text, and MathML in it."""

from __future__ import annotations

import re

from matcalc.printing.mathml_markup import (
    SPACE,
    characters,
    finished,
    identifier,
    math,
    name_mathml,
    row,
)

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀⁱᵏᵖⁿᵐ", "0123456789−+⊤ikpnm", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₗₘₙₚ", "0123456789+−ijklmnp", strict=True))
D = '<mi mathvariant="normal">d</mi>'
UPRIGHT = {"∂": "∂", "⊤": "⊤", "Σ": "∑"}
TOKEN = re.compile(
    rf"(?P<up>[{''.join(RAISED)}]+)|(?P<down>[{''.join(LOWERED)}]+)"
    r"|(?P<d>(?<![A-Za-z0-9_])d(?=(?:[A-Z][a-z]?|[a-z])(?![A-Za-z0-9_])|\(| [A-Za-z]))"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<space>(?<=[\w\)⟩ᵀ]) (?=[\w\(⟨∂]))|(?P<blank>\s+)|(?P<sign>.)"
)
FENCES = {**dict.fromkeys("([⟨", "prefix"), **dict.fromkeys(")]⟩", "postfix")}


def sentence_html(text: str) -> str:
    """The sentence for a page, its formulas as ``<math>``, the rest escaped."""
    parts = text.split("`")
    return "".join(
        math(formula_mathml(part)) if k % 2 else characters(part) for k, part in enumerate(parts)
    )


def formula_mathml(text: str) -> str:
    """A short formula of a sentence, in Unicode, as one ``<mrow>``."""
    pieces: list[str] = []
    for match in TOKEN.finditer(text):
        kind, found = match.lastgroup, match[0]
        if kind in ("up", "down") and pieces:
            table, tag = (RAISED, "msup") if kind == "up" else (LOWERED, "msub")
            script = finished("".join(table[c] for c in found))
            pieces[-1] = f"<{tag}>{row(pieces[-1])}{row(script)}</{tag}>"
        elif kind != "blank":
            pieces.append(_token(str(kind), found))
    return f"<mrow>{finished(''.join(pieces))}</mrow>"


def _token(kind: str, found: str) -> str:
    if kind == "name":
        return name_mathml(found)
    if kind == "number":
        return identifier(found) if found.isdecimal() else f"<mn>{found}</mn>"
    if kind == "d":
        return D
    if kind == "space":
        return SPACE
    if found in FENCES:
        form = f'form="{FENCES[found]}" stretchy="false" lspace="0" rspace="0"'
        return f"<mo {form}>{found}</mo>"
    if found in UPRIGHT:
        return f'<mi mathvariant="normal">{UPRIGHT[found]}</mi>'
    if found == "∘":
        found = "⊙"
    if found in "'′|/":
        shown = "′" if found == "'" else found
        return f'<mo lspace="0" rspace="0" stretchy="false">{shown}</mo>'
    if found == "*":
        return SPACE
    return f"<mi>{characters(found)}</mi>" if found.isalpha() else f"<mo>{characters(found)}</mo>"
