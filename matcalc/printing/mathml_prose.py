"""Sentences with formulas between backticks, for a page: text, and MathML in it."""

from __future__ import annotations

import re

from matcalc.printing.mathml_markup import (
    MINUS,
    SPACE,
    characters,
    finished,
    math,
    name_mathml,
    row,
)

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀⁱᵏᵖⁿᵐ", "0123456789−+⊤ikpnm", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₗₘₙₚ", "0123456789+−ijklmnp", strict=True))
D = '<mi mathvariant="normal">d</mi>'
UPRIGHT = {"∂": "∂", "⊤": "⊤", "Σ": "∑", "√": "√"}
TOKEN = re.compile(
    rf"(?P<up>[{''.join(RAISED)}]+)|(?P<down>[{''.join(LOWERED)}]+)"
    r"|(?P<d>(?<![A-Za-z0-9_])d(?=(?:[A-Z][a-z]?|[a-z])(?![A-Za-z0-9_])|\(| [A-Za-z]))"
    r"|(?P<name>[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<space>(?<=[\w\)⟩ᵀ]) (?=[\w\(⟨∂]))|(?P<blank>\s+)|(?P<sign>.)"
)
RAISED_RUN = re.compile(f"[{''.join(RAISED)}]+")
LONE_SIGN = re.compile(r"<mo>[^<]</mo>")
LOWERED_NAME = re.compile(r"<msub>((?:(?!<msub).)*)</msub>")
CIRCLE = '<mo lspace="0" rspace="0">⊙</mo>'
FENCES = {**dict.fromkeys("([⟨", "prefix"), **dict.fromkeys(")]⟩", "postfix")}


def sentence_html(text: str) -> str:
    """The sentence for a page, its formulas as ``<math>``, the rest escaped."""
    parts, pieces = text.split("`"), []
    for k, part in enumerate(parts):
        if not k % 2:
            pieces.append(characters(part))
            continue
        formula, after = math(formula_mathml(part)), parts[k + 1] if k + 1 < len(parts) else ""
        if after[:1] in tuple(".,;:)"):
            # A line must not end between a formula and what closes it.
            formula, parts[k + 1] = f'<span class="nb">{formula}{after[0]}</span>', after[1:]
        pieces.append(formula)
    return "".join(pieces)


def formula_mathml(text: str) -> str:
    """A short formula of a sentence, in Unicode, as one ``<mrow>``."""
    markup = finished(_formula(text))
    if LONE_SIGN.fullmatch(markup):
        # A sign by itself is a word of the sentence, without the space between operands.
        markup = markup.replace("<mo>", '<mo lspace="0" rspace="0">')
    return f"<mrow>{markup}</mrow>"


def _formula(text: str) -> str:
    """The formula's elements. Scripts are raised or lowered signs, or what follows ^ or _:
    a name, a number or a text in parentheses. ∘ before a power is part of it."""
    pieces: list[str] = []
    at = 0
    while match := TOKEN.match(text, at):
        kind, found, at = str(match.lastgroup), match[0], match.end()
        entrywise = found == "∘" and (power := RAISED_RUN.match(text, at))
        if kind in ("up", "down") and pieces:
            table = RAISED if kind == "up" else LOWERED
            _attach(pieces, kind, "".join(table[c] for c in found))
        elif entrywise and power and pieces:
            _attach(pieces, "up", CIRCLE + "".join(RAISED[c] for c in power[0]))
            at = power.end()
        elif found in "_^" and pieces and (script := _script(text, at)):
            _attach(pieces, "up" if found == "^" else "down", script[0])
            at = script[1]
        elif found == "√" and (script := _script(text, at)):
            pieces.append(f"<msqrt>{row(finished(script[0]))}</msqrt>")
            at = script[1]
        elif kind != "blank":
            pieces.append(_token(kind, found))
    return "".join(pieces)


def _attach(pieces: list[str], kind: str, script: str) -> None:
    lowered = LOWERED_NAME.fullmatch(pieces[-1]) if kind == "up" else None
    if lowered:
        pieces[-1] = f"<msubsup>{lowered[1]}{row(finished(script))}</msubsup>"
        return
    tag = "msup" if kind == "up" else "msub"
    pieces[-1] = f"<{tag}>{row(pieces[-1])}{row(finished(script))}</{tag}>"


def _script(text: str, at: int) -> tuple[str, int] | None:
    """What stands behind a ^, _ or √, and where it ends."""
    head = ""
    if text[at : at + 1] == "∘":
        head, at = CIRCLE, at + 1
    if text[at : at + 1] != "(":
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup not in ("name", "number"):
            return None
        return head + _token(str(match.lastgroup), match[0]), match.end()
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if depth == 0:
            return head + _formula(text[at + 1 : end]), end + 1
    return None


def _token(kind: str, found: str) -> str:
    if kind == "name":
        return name_mathml(found)
    if kind == "number":
        return f"<mn>{found}</mn>"
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
    if found == "-":
        return MINUS
    return f"<mi>{characters(found)}</mi>" if found.isalpha() else f"<mo>{characters(found)}</mo>"
