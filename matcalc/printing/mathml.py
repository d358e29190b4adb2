"""Expressions in MathML Core, which browsers set without script.

    mathml(e, Convention.ROW)    <mrow><msup><mi>X</mi>...</msup>...</mrow>

The notation is that of ``latex``: what is written where, and the parentheses, are in
``textbook``. The result is one element, to stand within ``<math>``; a page that shows it
puts ``mathml_markup.STYLE`` into its style sheet. Brackets grow with fractions and
stacks; those around more than fits a line stay small and hold no elements of their own,
because browsers limit how deep a page may nest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.operations.notation import Index
from matcalc.printing.mathml_markup import (
    APPLY,
    MINUS,
    SPACE,
    TIMES,
    delimited,
    finished,
    flat,
    identifier,
    name_mathml,
    row,
    sign,
)
from matcalc.printing.names import split_name
from matcalc.printing.textbook import WORDS, TextbookPrinter
from matcalc.printing.textbook_calls import WRITERS
from matcalc.printing.textbook_notation import WRITERS as NOTATION
from matcalc.printing.walker import ATOM, POWER, PRODUCT, Piece, Writer

LONG = 3000
"Characters of markup beyond which a fraction or a growing bracket is too wide."
SHORT = 300
"Characters of markup that an exponent may have."
SIGNS = {
    "maximum": "max",
    "minimum": "min",
    "sigmoid": "sigma",
    "digamma": "psi",
    "gamma": "Gamma",
    "argmax": "arg max",
}
TALL = ("<mfrac", "<mtable")
PARTIAL = '<mi mathvariant="normal">∂</mi>'
D = '<mi mathvariant="normal">d</mi>'
_LOWERED = re.compile(r"<msub>(<m[in]\b[^>]*>[^<]*</m[in]>.*)</msub>")
_WORD_FIRST = re.compile(r"(?:<msub(?:sup)?>)?<mi>[^<]{2,}")
_WORD_LAST = re.compile(
    r"<mi>[^<]{2,}</mi>(?:</msub>)?\Z|<mi>[^<]{2,}</mi><m[in]>[^<]*</m[in]></msub>\Z"
)
_CHANGE_LAST = re.compile(rf"<mrow>{re.escape(D)}(?:(?!<mrow>).)*</mrow>\Z")
_DIGIT_FIRST = re.compile(r"\d|<mn>\d|<mfrac>(?:<mrow>)?\d")
_DIGIT_LAST = re.compile(r"\d(?:</mn>)?\Z")


def mathml(e: Expr, convention: Convention = Convention.ROW, loss: str = "L") -> str:
    """The expression as one ``<mrow>``. ``loss`` is the name in ∂L/∂Z."""
    return MathMLPrinter(convention, loss).markup(e)


def partial_mathml(of: str, wrt: str) -> str:
    """∂L/∂Z as a fraction."""
    above, below = f"{PARTIAL}{name_mathml(of)}", f"{PARTIAL}{name_mathml(wrt)}"
    return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"


def _exponential(p: MathMLPrinter, e: Expr) -> Piece:
    """A power of e where the exponent is a short scalar."""
    exponent = p.text(e.args[0])
    if e.shape or p.is_fraction(p.piece(e.args[0])) or len(exponent) > SHORT:
        return p.call(p.head("exp"), exponent)
    return p.sup("<mi>e</mi>", exponent), POWER


MATHML_WRITERS: dict[str, Writer] = {**WRITERS, "exp": _exponential}


class MathMLPrinter(TextbookPrinter):
    """``markup`` gives finished formulas; pieces and terms may hold bare signs, see
    ``mathml_markup.finished``."""

    writers, notation = MATHML_WRITERS, NOTATION
    plus, minus, odot, oslash, otimes = (
        "<mo>+</mo>",
        MINUS,
        "<mo>⊙</mo>",
        "<mo>⊘</mo>",
        "<mo>⊗</mo>",
    )
    cross, comma = "<mo>×</mo>", "<mo>,</mo>"
    top, pi = '<mi mathvariant="normal">⊤</mi>', "<mi>π</mi>"
    ones, zeros = "<mn>𝟏</mn>", "<mn>𝟎</mn>"
    identity, commutation = "<mi>I</mi>", "<mi>K</mi>"
    delta = "<mi>δ</mi>"
    epsilon, above_zero = "<mi>ε</mi><mo>=</mo>", "<mo>&gt;</mo><mn>0</mn>"

    def markup(self, e: Expr) -> str:
        return f"<mrow>{finished(self.text(e))}</mrow>"

    def term_markup(self, e: Expr) -> list[str]:
        """The terms of a sum, each with its sign: the places where a line may end."""
        return [f"<mrow>{finished(term)}</mrow>" for term in self.terms(e)]

    def name(self, name: str) -> str:
        return name_mathml(name)

    def head(self, operation: str) -> str:
        return identifier(SIGNS.get(operation) or WORDS.get(operation, operation))

    def function_name(self, name: str) -> str:
        return name_mathml(name)

    def primed(self, head: str, order: int) -> str:
        if order < 4:
            return head + sign("′" * order, 'lspace="0" rspace="0"')
        return self.sup(head, flat("(", str(order), ")"))

    def derivative(self, of: str, wrt: str) -> Piece:
        above, below = f"{PARTIAL}{of}", f"{PARTIAL}{wrt}"
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>", POWER

    def index(self, text: str) -> str:
        return "".join("<mo>,</mo>" if c == "," else identifier(c) for c in text)

    def indexed(self, name: str, index: str) -> str:
        stem, indices = split_name(name)
        below = "".join(f"{identifier(i)}<mo>,</mo>" for i in indices) + index
        return f"<msub>{identifier(stem)}<mrow>{below}</mrow></msub>"

    def along(self, derivative: Piece, via: str) -> Piece:
        bar = sign("|", 'form="postfix" stretchy="true" symmetric="true"')
        return f"<msub><mrow>{derivative[0]}{bar}</mrow>{row(self.name(via))}</msub>", POWER

    def summed(self, indices: Sequence[Index], term: str) -> str:
        sums = (
            f"<munderover><mo>∑</mo><mrow>{identifier(k.letter)}<mo>=</mo><mn>1</mn></mrow>"
            f"{row(self.dimension(k.size)[0])}</munderover>"
            for k in indices
        )
        return "".join(sums) + term

    def over_steps(self, sign: str, variable: str, ends: tuple[str, str], term: str) -> str:
        below, above = map(identifier, ends)
        start = f"<mrow>{identifier(variable)}<mo>=</mo>{below}</mrow>"
        return (
            f"<munderover><mo>{'∑' if sign == 'sum' else '∏'}</mo>{start}{above}</munderover>{term}"
        )

    def differential(self, name: str) -> Piece:
        text = self.name(name)
        return f"<mrow>{D}{SPACE if _WORD_FIRST.match(text) else ''}{text}</mrow>", POWER

    def sub(self, base: str, index: str) -> str:
        return self._script("msub", base, index)

    def sup(self, base: str, exponent: str) -> str:
        return self._script("msup", base, exponent)

    def _script(self, kind: str, base: str, script: str) -> str:
        if len(script) > LONG:
            return f"{row(base)}<mo>{'^' if kind == 'msup' else '_'}</mo>" + flat("(", script, ")")
        if len(base) > LONG:
            return f"{base}<{kind}><mrow></mrow>{row(script)}</{kind}>"
        lowered = _LOWERED.fullmatch(base) if kind == "msup" else None
        if lowered and "<msub" not in lowered[1]:
            return f"<msubsup>{lowered[1]}{row(script)}</msubsup>"
        return f"<{kind}>{row(base)}{row(script)}</{kind}>"

    def entrywise_sup(self, base: str, exponent: Piece) -> str:
        above = f'<mo lspace="0" rspace="0">⊙</mo>{self.at_least(exponent, POWER)}'
        return self.sup(base, above)

    def root(self, inner: Piece) -> Piece:
        if len(inner[0]) > LONG:
            return self.sup(self.at_least(inner, ATOM), "1<mo>/</mo>2"), POWER
        return f"<msqrt>{row(inner[0])}</msqrt>", POWER

    def fraction(self, above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
        over = self.product_of(above) if above else ("1", ATOM)
        under = self.product_of(below)
        if max(len(over[0]), len(under[0])) > LONG:
            left, right = self.at_least(over, PRODUCT), self.at_least(under, POWER)
            return f"{left}<mo>/</mo>{right}", PRODUCT
        return f"<mfrac>{row(over[0])}{row(under[0])}</mfrac>", POWER

    def is_fraction(self, piece: Piece) -> bool:
        return any(tag in piece[0] for tag in TALL) or len(piece[0]) > LONG

    def times(self, factors: Sequence[str]) -> str:
        text = factors[0]
        for before, factor in pairwise(factors):
            text += _between(before, factor) + factor
        return text

    def parentheses(self, text: str) -> str:
        return self._delimited("(", text, ")")

    def arguments(self, inner: str) -> str:
        return APPLY + self.parentheses(inner)

    def bars(self, inner: str) -> str:
        return self._delimited("|", inner, "|")

    def norm(self, inner: str, of: str) -> str:
        text = self._delimited("‖", inner, "‖")
        index = {"matrix": "F", "1": "1"}.get(of)
        return self.sub(text, index) if index else text

    def angles(self, inner: str) -> str:
        return self._delimited("⟨", inner, "⟩")

    def brackets(self, inner: str) -> str:
        return self._delimited("[", inner, "]")

    def _delimited(self, left: str, inner: str, right: str) -> str:
        if len(inner) > LONG:
            return flat(left, inner, right)
        return delimited(left, inner, right, any(tag in inner for tag in TALL))

    def stacked(self, cells: Sequence[str], below_each_other: bool) -> str:
        if sum(map(len, cells)) > 4 * LONG:
            between = "<mo>;</mo>" if below_each_other else "<mo>,</mo>"
            return self.brackets(between.join(cells))
        entries = [f"<mtd>{cell}</mtd>" for cell in cells]
        rows = entries if below_each_other else ["".join(entries)]
        table = f"<mtable>{''.join(f'<mtr>{r}</mtr>' for r in rows)}</mtable>"
        return delimited("[", table, "]", grows=True)

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        if sum(len(cell) for line in rows for cell in line) > 8 * LONG:
            return super().grid(rows)
        lines = ("".join(f"<mtd>{cell}</mtd>" for cell in line) for line in rows)
        table = f"<mtable>{''.join(f'<mtr>{line}</mtr>' for line in lines)}</mtable>"
        return delimited("[", table, "]", grows=True)

    def block(self, base: str, rows: str, columns: str) -> Piece:
        held = self.parentheses(base) if len(base) > LONG else base
        return self.sub(held, flat("[", f"{rows}<mo>,</mo>{columns}", "]")), ATOM


def _between(before: str, factor: str) -> str:
    """What stands between two factors: a dot where digits meet, a space beside a word or a
    differential."""
    if _DIGIT_FIRST.match(factor) and (_DIGIT_LAST.search(before) or factor[0].isdigit()):
        return "<mo>⋅</mo>"
    words = _WORD_LAST.search(before[-200:]) or _WORD_FIRST.match(factor)
    fractions = before.endswith("</mfrac>") and factor.startswith("<mfrac")
    change = factor.startswith(f"<mrow>{D}") or _CHANGE_LAST.search(before[-200:])
    return TIMES + (SPACE if words or fractions or change else "")
