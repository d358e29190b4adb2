"""Expressions as one line of Unicode, for the terminal.

    pretty(e, Convention.ROW)      Xᵀ · ∂L/∂Z1      ∂L/∂A1 ∘ A1 ∘ (1 − A1)

Names stay as they were typed (what is read can be typed back), except that Greek names
are shown as letters. What is written where, and the parentheses, are in ``textbook``.

    product, quotient       A · B, 1/N · A           norms           ‖A‖, ‖v‖₁
    entrywise               A ∘ B, A ⊘ B, A∘²        absolute value  |A|
    Kronecker               A ⊗ B                    inner product   ⟨A, B⟩
    transpose, inverse      Aᵀ, A⁻¹, A⁻ᵀ, A²         A > 0, as 0/1   [A > 0]
    ones, zeros             𝟏_N, 𝟏_Nᵀ, 𝟏_(N×H), 𝟎_N  along an axis   sumᵢ(A), sumⱼ(A)
    ones, where a product   𝟏ᵀ · A                   entry, block    A[0, 1:3]
      says how many                                  stacks          [A, B], [A; B]
    identity, commutation   I_N, K_(m,n)             gradient        ∂L/∂Z
    derivatives             f′(Z), f″(Z)             change          dZ, d(logits)

‖A‖ of a matrix is the Frobenius norm. The slash of ∂L/∂Z belongs to its name: it stands
bare in products, and in parentheses under a power or a fraction, as in (∂L/∂Z)ᵀ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.operations.notation import Index
from matcalc.printing.names import GREEK, split_name
from matcalc.printing.textbook import WORDS, TextbookPrinter
from matcalc.printing.textbook_calls import WRITERS
from matcalc.printing.textbook_notation import WRITERS as NOTATION
from matcalc.printing.walker import ATOM, POWER, PRODUCT, Piece

RAISED = dict(zip("0123456789−ᵀ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ", strict=True))
LOWERED = dict(zip("0123456789ijklprstuvamnho,", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₚᵣₛₜᵤᵥₐₘₙₕₒ,", strict=True))
SIGNS = {"sigmoid": "σ", "digamma": "ψ", "gamma": "Γ", "maximum": "max", "minimum": "min"}
PRIMES = {1: "′", 2: "″", 3: "‴"}


def pretty(e: Expr, convention: Convention = Convention.ROW, loss: str = "L") -> str:
    """The expression on one line. ``loss`` is the name in ∂L/∂Z."""
    return UnicodePrinter(convention, loss).text(e)


def pretty_name(name: str) -> str:
    """The name as it was typed, a Greek stem as its letter."""
    stem, _ = split_name(name)
    if stem not in GREEK:
        return name
    rest = name.removeprefix(stem)
    return GREEK[stem] + ("" if rest == "_" else rest)


class UnicodePrinter(TextbookPrinter):
    writers, notation = WRITERS, NOTATION
    plus, minus, odot, oslash, otimes = "+", "−", "∘", "⊘", "⊗"
    cross, comma, top, pi = "×", ", ", "ᵀ", "π"
    ones, zeros, epsilon, above_zero, delta = "𝟏", "𝟎", "ε = ", " > 0", "δ"

    def name(self, name: str) -> str:
        return pretty_name(name)

    def head(self, operation: str) -> str:
        return SIGNS.get(operation) or WORDS.get(operation, operation)

    def function_name(self, name: str) -> str:
        return pretty_name(name)

    def primed(self, head: str, order: int) -> str:
        return head + (PRIMES.get(order) or f"⁽{_translated(str(order), RAISED)}⁾")

    def derivative(self, of: str, wrt: str) -> Piece:
        return f"∂{of}/∂{wrt}", POWER

    def indexed(self, name: str, index: str) -> str:
        return self.name(name) + _translated(index, LOWERED)

    def along(self, derivative: Piece, via: str) -> Piece:
        return f"{derivative[0]}|{self.name(via)}", POWER

    def summed(self, indices: Sequence[Index], term: str) -> str:
        return "Σ" + _translated("".join(k.letter for k in indices), LOWERED) + " " + term

    def over_steps(self, sign: str, variable: str, ends: tuple[str, str], term: str) -> str:
        return f"{'Σ' if sign == 'sum' else '∏'}[{variable}={ends[0]}..{ends[1]}] {term}"

    def differential(self, name: str) -> Piece:
        text = self.name(name)
        return (f"d({text})", ATOM) if text[:2].isalpha() and text[1:] else (f"d{text}", POWER)

    def sub(self, base: str, index: str) -> str:
        lowered = _translated(index, LOWERED)
        return base + (lowered or f"_{_word(index)}")

    def sup(self, base: str, exponent: str) -> str:
        raised = _translated(exponent, RAISED)
        return base + (raised or f"^{_word(exponent)}")

    def entrywise_sup(self, base: str, exponent: Piece) -> str:
        raised = _translated(exponent[0], RAISED)
        return f"{base}∘{raised}" if raised else f"{base}^∘{_word(exponent[0])}"

    def root(self, inner: Piece) -> Piece:
        return f"√{_word(inner[0])}", POWER

    def fraction(self, above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
        over, _ = self.product_of(above) if above else ("1", ATOM)
        if len(above) == 1:
            over = self.at_least(above[0], PRODUCT)
        under, binding = self.product_of(below)
        if binding < POWER or self.is_fraction((under, binding)):
            under = self.parentheses(under)
        return f"{over}/{under}", PRODUCT

    def is_fraction(self, piece: Piece) -> bool:
        text, binding = piece
        return binding < ATOM and "/" in text

    def times(self, factors: Sequence[str]) -> str:
        return " · ".join(factors)

    def size(self, d: Dimension) -> str:
        return super().size(d).replace(" ", "")

    def bars(self, inner: str) -> str:
        return f"|{inner}|"

    def norm(self, inner: str, of: str) -> str:
        return f"‖{inner}‖" + ("₁" if of == "1" else "")

    def angles(self, inner: str) -> str:
        return f"⟨{inner}⟩"

    def brackets(self, inner: str) -> str:
        return f"[{inner}]"

    def stacked(self, cells: Sequence[str], below_each_other: bool) -> str:
        return self.brackets(("; " if below_each_other else ", ").join(cells))

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        return self.brackets("; ".join(", ".join(row) for row in rows))

    def block(self, base: str, rows: str, columns: str) -> Piece:
        return f"{base}[{rows}, {columns}]", ATOM

    def ones_between(self, e: Expr, left: Expr | None, right: Expr | None) -> str | None:
        """The size is left out where the factor that the ones are summed with shows it."""
        if e.op.name != "ones":
            return None
        m, n = e.data
        if m.constant == 1 and right is not None and right.op.name != "ones":
            return self.ones + self.top
        if n.constant == 1 and left is not None and left.op.name != "ones":
            return self.ones
        return None


def _translated(text: str, table: dict[str, str]) -> str:
    """The text in raised or lowered signs, or nothing where one is missing."""
    return "".join(table[c] for c in text) if all(c in table for c in text) else ""


def _word(text: str) -> str:
    """In parentheses unless it is one name or number."""
    return text if re.fullmatch(r"[^\W⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ]+", text) else f"({text})"
