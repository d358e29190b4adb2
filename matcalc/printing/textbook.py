"""The notation of textbooks, whatever it is written with.

LaTeX and the terminal differ in their signs, not in what is written: where a sum needs
parentheses, what goes into a fraction, which operation is a function and which a sign.
That part is here, once. A printer adds the *primitives*: the methods below that raise
NotImplementedError, and the signs. The writers, one per operation, are in
``textbook_algebra`` (leaves, sums, products, powers) and ``textbook_calls`` (the rest).

The rules of reading, the same everywhere:

- powers and transposes bind before products, products before sums;
- ∘, ⊘, ⊗ and the matrix product never mix without parentheses;
- a matrix product is associative, so its nested products are written flat, except a
  scalar made from matrices beside other matrices: (xᵀ y) A;
- scalars stand before matrices; a function of a matrix is taken entry by entry;
- a row, column or number beside a matrix is repeated, as the language does it;
- the row index is i and the column index j: sumᵢ adds up the rows (axis 0) and gives
  a row, sumⱼ adds up the columns (axis 1) and gives a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, Shape
from matcalc.network.network import Convention
from matcalc.operations.notation import Index
from matcalc.printing.numbers import decimal
from matcalc.printing.parts import rational
from matcalc.printing.walker import ATOM, MINUS, POWER, PRODUCT, SUM, Piece, Printer

INDEX = {None: "", 0: "i", 1: "j"}
"The index that an operation along an axis runs over."
WORDS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "silu": "SiLU",
    "gelu": "GELU",
    "trace": "tr",
    "stop_gradient": "stop",
    "binary_cross_entropy": "BCE",
}
"Operations that textbooks call by another name than the language does."


class TextbookPrinter(Printer):
    """``loss`` is the name of what is differentiated, in ∂L/∂Z."""

    plus: str
    minus: str
    odot: str
    oslash: str
    otimes: str
    cross: str
    above_zero: str
    "What follows M in [M > 0]."
    comma: str
    top: str
    pi: str
    ones: str
    zeros: str
    identity = "I"
    commutation = "K"
    epsilon: str
    delta: str

    def __init__(self, convention: Convention = Convention.ROW, loss: str = "L") -> None:
        super().__init__(convention)
        self.loss = loss

    # -- primitives ---------------------------------------------------------------

    def name(self, name: str) -> str:
        """A variable, node or dimension."""
        raise NotImplementedError

    def head(self, operation: str) -> str:
        """What stands before the parentheses of a built-in function."""
        raise NotImplementedError

    def function_name(self, name: str) -> str:
        """A function that the user has named."""
        raise NotImplementedError

    def primed(self, head: str, order: int) -> str:
        """The head of a derivative of a function."""
        raise NotImplementedError

    def derivative(self, of: str, wrt: str) -> Piece:
        """∂of/∂wrt, of two texts."""
        raise NotImplementedError

    def index(self, text: str) -> str:
        """Indices, given as letters and digits."""
        return text

    def indexed(self, name: str, index: str) -> str:
        """One entry of a variable or node; what is in its name stays beside the index."""
        raise NotImplementedError

    def along(self, derivative: Piece, via: str) -> Piece:
        """A derivative through one use only, that in the node ``via``."""
        raise NotImplementedError

    def summed(self, indices: Sequence[Index], term: str) -> str:
        """Σ over indices, before a term that needs no parentheses."""
        raise NotImplementedError

    def over_steps(self, sign: str, variable: str, ends: tuple[str, str], term: str) -> str:
        """A "sum" or "prod" over the steps of a loop, before a term that needs no
        parentheses."""
        raise NotImplementedError

    def differential(self, name: str) -> Piece:
        """dZ."""
        raise NotImplementedError

    def sub(self, base: str, index: str) -> str:
        raise NotImplementedError

    def sup(self, base: str, exponent: str) -> str:
        raise NotImplementedError

    def entrywise_sup(self, base: str, exponent: Piece) -> str:
        raise NotImplementedError

    def root(self, inner: Piece) -> Piece:
        raise NotImplementedError

    def fraction(self, above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
        """The product of some pieces (of none: 1) over the product of others."""
        raise NotImplementedError

    def is_fraction(self, piece: Piece) -> bool:
        """Whether a piece should not stand within another fraction."""
        raise NotImplementedError

    def times(self, factors: Sequence[str]) -> str:
        """Factors that need no parentheses, as a product."""
        raise NotImplementedError

    def arguments(self, inner: str) -> str:
        """The parenthesised arguments of a function."""
        return self.parentheses(inner)

    def bars(self, inner: str) -> str:
        raise NotImplementedError

    def norm(self, inner: str, of: str) -> str:
        """``of`` is "matrix" (Frobenius), "vector" (Euclidean) or "1"."""
        raise NotImplementedError

    def angles(self, inner: str) -> str:
        raise NotImplementedError

    def brackets(self, inner: str) -> str:
        raise NotImplementedError

    def stacked(self, cells: Sequence[str], below_each_other: bool) -> str:
        raise NotImplementedError

    def block(self, base: str, rows: str, columns: str) -> Piece:
        raise NotImplementedError

    def ones_between(self, e: Expr, left: Expr | None, right: Expr | None) -> str | None:
        """A shorter form of a vector of ones in a product, where its neighbours allow one."""
        return None

    # -- what follows from them ---------------------------------------------------

    def gradient(self, name: str) -> Piece:
        """∂L/∂Z."""
        return self.derivative(self.name(self.loss), self.name(name))

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        """A matrix from its entries or blocks."""
        if len(rows) == 1:
            return self.stacked(rows[0], below_each_other=False)
        lines = [self.stacked(row, below_each_other=False) for row in rows]
        return self.stacked(lines, below_each_other=True)

    def terms(self, e: Expr) -> list[str]:
        """The terms of a sum, each but the first with its sign in front: the places
        where a line may be broken. Joined, they are the text."""
        from matcalc.printing.textbook_algebra import shown_terms

        return self.signed(map(self.piece, shown_terms(e)))

    def signed(self, pieces: Iterable[Piece]) -> list[str]:
        """The terms of a sum with their signs. A negative sum is taken in as it is."""
        result: list[str] = []
        for text, binding in pieces:
            if not result:
                result.append(text)
            elif binding <= MINUS and text.startswith(self.minus):
                result.append(f" {self.minus} {text.removeprefix(self.minus)}")
            else:
                result.append(f" {self.plus} {text}")
        return result

    def sum_of(self, pieces: Sequence[Piece]) -> Piece:
        return ("".join(self.signed(pieces)), SUM) if len(pieces) > 1 else pieces[0]

    def product_of(self, pieces: Sequence[Piece]) -> Piece:
        if len(pieces) == 1:
            return pieces[0]
        return self.times([self.at_least(piece, PRODUCT) for piece in pieces]), PRODUCT

    def negated(self, piece: Piece) -> Piece:
        return self.minus + self.at_least(piece, PRODUCT), MINUS

    def joined(self, sign: str, texts: Sequence[str]) -> str:
        """Operands with an infix sign between them."""
        return f" {sign} ".join(texts)

    def call(self, head: str, *arguments: str, axis: int | None = None) -> Piece:
        index = INDEX[axis]
        inner = self.arguments(self.comma.join(arguments))
        return (self.sub(head, index) if index else head) + inner, ATOM

    def number(self, value: Fraction, beyond: int = 16) -> Piece:
        """An integer, a decimal where its fraction is long, else a fraction."""
        if value < 0:
            return self.negated(self.number(-value, beyond))
        short = decimal(value, beyond)
        if short is None:
            above, below = (str(value.numerator), ATOM), (str(value.denominator), ATOM)
            return above if value.denominator == 1 else self.fraction([above], [below])
        digits, exponent = short
        if not exponent:
            return digits, ATOM
        scale = (self.sup("10", f"{self.minus}{-exponent}"), POWER)
        return scale if digits == "1" else self.product_of([(digits, ATOM), scale])

    def exponent(self, e: Expr) -> Piece:
        """An exponent: numbers stay on one line."""
        value = rational(e)
        if value is None:
            return self.piece(e)
        return (self.minus if value < 0 else "") + str(abs(value)), ATOM

    def dimension(self, d: Dimension) -> Piece:
        pieces = []
        for monomial, coefficient in d.terms:
            count = abs(coefficient)
            factors = [(str(count), ATOM)] if count != 1 or not monomial else []
            factors += [(self.name(name), ATOM) for name in monomial]
            product = self.product_of(factors)
            pieces.append(self.negated(product) if coefficient < 0 else product)
        return self.sum_of(pieces) if pieces else ("0", ATOM)

    def size(self, d: Dimension) -> str:
        """A dimension where there is little room: in a subscript, between colons."""
        return self.dimension(d)[0]

    def shape(self, shape: Shape) -> str:
        """N×D."""
        sizes = shape or (ONE, ONE)
        texts = [(self.size(d), SUM if len(d.terms) > 1 else ATOM) for d in sizes]
        return self.cross.join(self.at_least(piece, PRODUCT) for piece in texts)
