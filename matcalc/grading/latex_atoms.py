r"""The pieces of a formula that are more than signs: names, functions, 𝟏, roots, brackets."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.declaration.text import clip
from matcalc.declaration.tree import Kind, Node
from matcalc.grading.latex_derivatives import (
    barred,
    braced,
    differential_quotient,
    fraction,
    nabla,
    partial,
    subscripts,
)
from matcalc.grading.latex_names import FONTS, GREEK_COMMANDS, SPELLED
from matcalc.grading.latex_nodes import applied, call, name, number, product
from matcalc.grading.latex_tokens import Token

if TYPE_CHECKING:
    from matcalc.grading.latex_reader import FormulaReader

UNKNOWN_SIZE = "?"
"The size of a vector of ones, or of an identity, that the formula does not name."


def read_word(reader: FormulaReader) -> Node:
    token = reader.here
    slashed = differential_quotient(reader)
    if slashed is not None:
        return slashed
    text = _base(reader)
    if text == "1":
        return ones(reader, token)
    words = reader.vocabulary
    if text == "e" and words.find("e") is None and reader.take("^"):
        power = reader.signed_atom()
        return call("exp", [power], token.start, power.stop)
    if words.function(text) and _is_applied(reader):
        return apply(reader, text, token)
    turned = _transposed_first(reader)
    subs = subscripts(reader)
    stop = reader.tokens[reader.position - 1].stop
    node = _named(reader, text, subs, token, stop)
    return Node(Kind.TRANSPOSE, token.start, stop, [node]) if turned else node


def _base(reader: FormulaReader) -> str:
    """The letters of a name: a word, a Greek letter, or what a font is put on."""
    token = reader.here
    reader.position += 1
    if token.text in GREEK_COMMANDS:
        return GREEK_COMMANDS[token.text]
    if token.kind == "word":
        return token.text
    if token.text in FONTS and reader.here.text == "{":
        return reader.subscript()
    inner = reader.take()
    if inner is None or inner.kind not in ("word", "number", "command"):
        reader.refuse(token, f"{clip(token.text)} without a name", "Write \\mathbf{W}.")
    return GREEK_COMMANDS.get(inner.text, inner.text)


def _is_applied(reader: FormulaReader) -> bool:
    return reader.here.text in ("(", "[", "'", "{", "^") or reader.starts_factor()


def apply(reader: FormulaReader, text: str, head: Token) -> Node:
    primes = reader.primes()
    squared = None
    if not primes and reader.here.text == "^" and reader.ahead().kind == "number":
        reader.position += 1
        squared = reader.atom()
    while reader.take("_"):
        reader.subscript()
    argument = reader.argument(head)
    spelled = SPELLED.get(text, text) if text not in reader.vocabulary.functions else text
    if spelled in ("maximum", "minimum") and len(argument) == 1:
        spelled = "max"
    node = applied(spelled, primes, argument, head.start)
    return node if squared is None else call("power", [node, squared], head.start, node.stop)


def _transposed_first(reader: FormulaReader) -> bool:
    """W^\\top_1: the transpose before the subscript."""
    here = reader.position
    if reader.take("^") and reader.is_transpose() and reader.here.text == "_":
        return True
    reader.position = here
    return False


def _named(reader: FormulaReader, text: str, subs: str, token: Token, stop: int) -> Node:
    words = reader.vocabulary
    parts = [part for part in subs.split("_") if part]
    found = words.find(text, *parts)
    if found is not None:
        return name(found, token.start, stop)
    if text == "I" or (text == "Id" and not parts):
        size = parts[0] if parts else UNKNOWN_SIZE
        return call("eye", [name(size, token.start, stop)], token.start, stop)
    if text == "delta" and parts:
        node = words.find_written("_".join(parts))
        if node is not None:
            return call("grad", [name(node, token.start, stop)], token.start, stop)
    if text == "pi" and not parts:
        return name("pi", token.start, stop)
    split = _split(reader, text, parts, token, stop)
    if split is not None:
        return split
    whole = clip(text + subs)
    mend = words.near(text + "".join(parts))
    if text == "delta":
        mend = f"Say what it is, as in let: {{{text + ''.join(parts)}: grad(Z)}}."
    return reader.source.refuse(f"there is no {whole}", token.start, stop, mend)


def _split(
    reader: FormulaReader, text: str, parts: list[str], token: Token, stop: int
) -> Node | None:
    """AB as A times B: known names, the longest first; a subscript belongs to the last."""
    found: list[Node] = []
    rest, at = text, token.start
    words = reader.vocabulary
    longest = max(map(len, words.names | words.dims | words.aliases), default=0)
    while rest:
        for length in range(min(len(rest), longest), 0, -1):
            last = length == len(rest)
            known = words.find(rest[:length], *(parts if last else ()))
            if known is not None:
                end = stop if last else at + length
                found.append(name(known, at, end))
                rest, at = rest[length:], at + length
                break
        else:
            return None
    return product(found)


def ones(reader: FormulaReader, token: Token) -> Node:
    """A bold 1: a column of ones, or the indicator of what follows it in brackets."""
    size = UNKNOWN_SIZE
    here = reader.position
    if reader.take("_"):
        inside = _indicator(reader, token)
        if inside is not None:
            return inside
        size = reader.subscript()
    elif reader.here.text in ("(", "[", "{"):
        inside = _indicator(reader, token)
        if inside is not None:
            return inside
        reader.position = here
    stop = reader.tokens[reader.position - 1].stop
    rows, _, columns = size.partition("times")
    shape = [_size(rows, token.start, stop), _size(columns or "1", token.start, stop)]
    return call("ones", shape, token.start, stop)


def _size(text: str, start: int, stop: int) -> Node:
    if text.isdigit():
        return number(Fraction(text), start, stop)
    return name(text, start, stop)


def _indicator(reader: FormulaReader, token: Token) -> Node | None:
    """[Z > 0], which is step(Z)."""
    here = reader.position
    opened = reader.take("(", "[", "{")
    if opened is not None and reader.starts_factor():
        inner = reader.sum()
        if reader.take(">") and reader.take("0"):
            stop = reader.expect({"(": ")", "[": "]", "{": "}"}[opened.text]).stop
            return call("step", [inner], token.start, stop)
    reader.position = here
    return None


def bracket(reader: FormulaReader) -> Node:
    """[Z > 0], or plain brackets."""
    return _indicator(reader, reader.here) or reader.group()


def root(reader: FormulaReader) -> Node:
    start = reader.here.start
    reader.position += 1
    inner = braced(reader)
    return call("sqrt", [inner], start, inner.stop)


def pairing(reader: FormulaReader) -> Node:
    """⟨A, B⟩, the sum of the products of entries."""
    start = reader.here.start
    reader.position += 1
    left = reader.sum()
    reader.expect(",")
    right = reader.sum()
    return call("inner", [left, right], start, reader.expect("\\rangle").stop)


ATOMS: dict[str, Callable[[FormulaReader], Node]] = {
    "\\frac": fraction,
    "\\partial": partial,
    "\\nabla": nabla,
    "\\sqrt": root,
    "[": bracket,
    "\\langle": pairing,
    **dict.fromkeys(("\\bar", "\\overline", "\\hat", "\\widehat", "\\tilde"), barred),
}
