"""Sums, entrywise products and powers, transposes and repetition as NumPy source."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.expressions.expr import Expr
from matcalc.generation.pieces import (
    ATOM,
    MATMUL,
    ONE_PIECE,
    POWER,
    SIGN,
    SUM,
    Piece,
    as_factor,
    join,
    negated,
    number,
    over,
    times,
    transposed,
)
from matcalc.generation.products import reciprocal, signed_product

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter


def signed(w: NumpyWriter, e: Expr) -> tuple[bool, Piece]:
    """Whether a term is subtracted, and its piece without that sign."""
    if e.op.name == "mul":
        return signed_product(w, e)
    if e.op.name == "number" and e.data[0] < 0:
        return True, number(-e.data[0])
    if e.op.name == "broadcast":
        return signed(w, e.args[0])
    return False, w.piece(e)


def summed(terms: list[tuple[bool, Piece]]) -> Piece:
    """A sum, a subtracted term behind the first one where there is one to stand there."""
    if terms[0][0]:
        terms = sorted(terms, key=lambda term: term[0]) if len(terms) == 2 else terms
    array = next((p for _, p in terms if p.held), terms[0][1])
    terms = [(sign, as_factor(p, array)) for sign, p in terms]
    negative, first = terms[0]
    if len(terms) == 1:
        return negated(first) if negative else first
    text = negated(first).text if negative else first.text
    held, constant = first.held, first.constant
    for negative, piece in terms[1:]:
        if piece.binding == SIGN and not negative:
            text += f" - {piece.text[1:]}"
        else:
            text += f" - {piece.within(MATMUL)}" if negative else f" + {piece.within(SUM + 1)}"
        held = join(held, piece.held)
        constant = constant and piece.constant
    return Piece(text, SUM, held, constant)


def _add(w: NumpyWriter, e: Expr) -> Piece:
    return summed([signed(w, term) for term in e.args])


def difference(w: NumpyWriter, a: Expr, b: Expr) -> Piece:
    """A - B."""
    negative, piece = signed(w, b)
    return summed([signed(w, a), (not negative, piece)])


def zero_like(w: NumpyWriter, e: Expr) -> Piece:
    """A zero that is not a number where the scalar is not finite."""
    a = w.piece(e)
    return Piece(f"{a.within(SUM + 1)} - {a.within(MATMUL)}", SUM, (), a.constant)


def _hadamard(w: NumpyWriter, e: Expr) -> Piece:
    above: list[Expr] = []
    below: list[Piece] = []
    for factor in e.args:
        inverse = reciprocal(factor)
        if inverse is None:
            above.append(factor)
        else:
            below.append(w.piece(inverse))
    top = product_of(_factors(w, above))
    return over(top, product_of(below)) if below else top


def _factors(w: NumpyWriter, factors: list[Expr]) -> list[Piece]:
    """The factors; [Z > 0] stays a truth value behind an array that it is multiplied with."""
    masks = [f for f in factors if f.op.name == "step" and f.free]
    others = [f for f in factors if f not in masks]
    if not any(f.free for f in others):
        return [w.piece(f) for f in factors]
    conditions = [w.piece(mask.args[0]) for mask in masks]
    pieces = sorted((w.piece(f) for f in others), key=lambda piece: piece.constant)
    return pieces + [Piece(f"({z.within(MATMUL)} > 0)", ATOM, z.held) for z in conditions]


def product_of(pieces: list[Piece]) -> Piece:
    result = ONE_PIECE
    for piece in pieces:
        result = times(result, piece)
    return result


def _power(w: NumpyWriter, e: Expr) -> Piece:
    base, exponent = w.piece(e.args[0]), e.args[1]
    inverse = reciprocal(e)
    if inverse is not None:
        if base.constant and base.text == "0":
            return Piece("np.inf", ATOM, (), True)
        return over(ONE_PIECE, w.piece(inverse))
    if exponent.op.name == "number" and exponent.data[0] == Fraction(1, 2):
        return w.apply("np.sqrt({})", [base], SUM, ATOM)
    p = w.piece(exponent)
    if base.constant and base.text.isdigit():
        base = Piece(f"{base.text}.0", ATOM, (), True)
    text = f"{base.within(ATOM)}**{p.within(POWER if p.binding != SIGN else ATOM)}"
    return Piece(text, POWER, join(base.held, p.held), base.constant and p.constant)


def _matrix_power(w: NumpyWriter, e: Expr) -> Piece:
    (a,), (k,) = e.args, e.data
    if not a.shape:
        return w.apply(f"{{}}**{k}", [w.piece(a)], ATOM, POWER)
    return Piece(f"np.linalg.matrix_power({w.whole(a).text}, {k})", ATOM, e.shape)


def _transpose(w: NumpyWriter, e: Expr) -> Piece:
    return transposed(w.piece(e.args[0]))


def _same(w: NumpyWriter, e: Expr) -> Piece:
    """A repetition is left to whoever needs the whole array."""
    return w.piece(e.args[0])


WRITERS = {
    "add": _add,
    "hadamard": _hadamard,
    "power": _power,
    "matpow": _matrix_power,
    "transpose": _transpose,
    "broadcast": _same,
    "stop_gradient": _same,
}
