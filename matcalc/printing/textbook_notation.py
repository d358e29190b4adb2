"""Textbook notation of what written steps are shown with (operations/notation.py).

entry(W1, k, l)                 W_{1,kl}          W1ₖₗ
entry(grad(Z), 0, 1)            ∂L/∂Z_{12}: places are counted from 1, as on paper
sum_over(a, (i, j))             Σ_i Σ_j a
slope of Z_ij by X_kl           ∂Z_ij/∂X_kl
slopes of Z_ij by X             ∂Z_ij/∂X
moved(Z, X)                     dZ
jacobian(Z, X), through(X, Z)   ∂Z/∂X, ∂L/∂X|_Z
sum_range, product_range        Σ and ∏ over n = 1, ..., N
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.expressions.expr import Expr
from matcalc.operations.notation import Index, Position
from matcalc.printing.textbook import TextbookPrinter
from matcalc.printing.walker import ATOM, POWER, PRODUCT, Piece, Writer


def index_text(positions: Sequence[Position]) -> str:
    """The positions as a subscript: ij, 12, or 10,2 where digits could run together."""
    texts = [p.letter if isinstance(p, Index) else str(p + 1) for p in positions if p is not None]
    return ("" if all(len(text) == 1 for text in texts) else ",").join(texts)


def _entry(p: TextbookPrinter, e: Expr) -> Piece:
    (a,), index = e.args, p.index(index_text(e.data))
    if a.op.name == "symbol":
        return p.indexed(a.name, index), ATOM
    if a.op.name == "grad":
        return p.derivative(p.name(p.loss), p.indexed(a.name, index))
    if a.op.name == "through":
        _, _, wrt, via = a.data
        return p.along(p.derivative(p.name(p.loss), p.indexed(wrt.name, index)), via.name)
    return p.sub(p.parentheses(p.text(a)), index), ATOM


def _delta(p: TextbookPrinter, e: Expr) -> Piece:
    return p.sub(p.delta, p.index(index_text(e.data))), ATOM


def _sum_over(p: TextbookPrinter, e: Expr) -> Piece:
    return p.summed(e.data, p.inside(e.args[0], PRODUCT)), PRODUCT


def _slope(p: TextbookPrinter, e: Expr) -> Piece:
    (tensor,) = e.args
    _, _, of, wrt = tensor.data
    above, below = (p.index(index_text(side)) for side in (e.data[:2], e.data[2:]))
    return p.derivative(
        p.indexed(of.name, above) if above else p.name(of.name),
        p.indexed(wrt.name, below) if below else p.name(wrt.name),
    )


def _slopes(p: TextbookPrinter, e: Expr) -> Piece:
    (tensor,), index = e.args, p.index(index_text(e.data[:2]))
    _, _, of, wrt = tensor.data
    return p.derivative(p.indexed(of.name, index), p.name(wrt.name))


def _moved(p: TextbookPrinter, e: Expr) -> Piece:
    _, _, of, _ = e.data
    return p.differential(of.name)


def _tensor(p: TextbookPrinter, e: Expr) -> Piece:
    return "", ATOM


def _jacobian(p: TextbookPrinter, e: Expr) -> Piece:
    _, _, of, wrt = e.data
    return p.derivative(p.name(of.name), p.name(wrt.name))


def _through(p: TextbookPrinter, e: Expr) -> Piece:
    _, _, wrt, via = e.data
    return p.along(p.gradient(wrt.name), via.name)


def _rows_stacked(p: TextbookPrinter, e: Expr) -> Piece:
    return p.call(p.head("rvec"), p.text(e.args[0]))


def _sum_range(p: TextbookPrinter, e: Expr) -> Piece:
    variable, first, last = e.data
    term = p.inside(e.args[0], PRODUCT)
    return p.over_steps("sum", variable, (str(first), str(last)), term), PRODUCT


def _product_range(p: TextbookPrinter, e: Expr) -> Piece:
    """The factor that stands on the left is the one that is named first."""
    variable, first, last, growing, _ = e.data
    ends = (str(first), str(last)) if growing else (str(last), str(first))
    return p.over_steps("prod", variable, ends, p.parentheses(p.text(e.args[0]))), POWER


WRITERS: dict[str, Writer] = {
    "entry": _entry,
    "delta": _delta,
    "sum_over": _sum_over,
    "slope": _slope,
    "slopes": _slopes,
    "moved": _moved,
    "tensor": _tensor,
    "jacobian": _jacobian,
    "through": _through,
    "rvec": _rows_stacked,
    "sum_range": _sum_range,
    "product_range": _product_range,
}
