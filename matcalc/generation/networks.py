"""Softmax, normalisation and the losses as NumPy source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expressions.expr import Expr
from matcalc.generation.algebra import difference, zero_like
from matcalc.generation.pieces import ATOM, POWER, PRODUCT, SIGN, SUM, Piece, number

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter


def _softmax(w: NumpyWriter, e: Expr) -> Piece:
    if not e.shape:
        return w.apply("np.exp({})", [zero_like(w, e.args[0])], SUM, ATOM)
    return Piece(f"softmax({w.whole(e.args[0]).text}, axis={e.data[0]})", ATOM, e.shape)


def _log_softmax(w: NumpyWriter, e: Expr) -> Piece:
    if not e.shape:
        return zero_like(w, e.args[0])
    return Piece(f"log_softmax({w.whole(e.args[0]).text}, axis={e.data[0]})", ATOM, e.shape)


def _normalisation(w: NumpyWriter, e: Expr) -> Piece:
    if not e.shape:
        return zero_like(w, e.args[0])
    axis, eps = e.data
    x = w.whole(e.args[0]).text
    return Piece(f"{e.op.name}({x}, axis={axis}, eps={number(eps).text})", ATOM, e.shape)


def _squares(w: NumpyWriter, e: Expr) -> Piece:
    """sse and mse."""
    shape = e.args[0].shape
    apart = w.fill(difference(w, *e.args), shape)
    square = f"{apart.within(ATOM)}**2"
    if not shape:
        half = Piece(f"{square} / 2", PRODUCT, (), apart.constant)
        return half if e.op.name == "sse" else Piece(square, POWER, (), apart.constant)
    if e.op.name == "mse":
        return Piece(f"np.mean({square})", ATOM, ())
    return Piece(f"np.sum({square}) / 2", PRODUCT, ())


def _cross_entropy(w: NumpyWriter, e: Expr) -> Piece:
    p, y = e.args
    if not p.shape:
        return w.apply("(-{1} * np.log({0}))", [w.piece(p), w.piece(y)], ATOM, ATOM)
    return _against(w, f"np.log({w.whole(p).text})", y)


def _softmax_cross_entropy(w: NumpyWriter, e: Expr) -> Piece:
    z, y = e.args
    if not z.shape:
        return zero_like(w, z)
    return _against(w, f"log_softmax({w.whole(z).text}, axis={e.data[0]})", y)


def _against(w: NumpyWriter, log: str, y: Expr) -> Piece:
    return Piece(f"-np.sum({w.piece(y).within(PRODUCT)} * {log})", SIGN, ())


def _binary_cross_entropy(w: NumpyWriter, e: Expr) -> Piece:
    if not e.args[0].shape:
        pieces = [w.piece(arg) for arg in e.args]
        return w.apply("binary_cross_entropy({}, {})", pieces, SUM, ATOM)
    p, y = (w.whole(arg).text for arg in e.args)
    return Piece(f"binary_cross_entropy({p}, {y})", ATOM, ())


WRITERS = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "layernorm": _normalisation,
    "batchnorm": _normalisation,
    "sse": _squares,
    "mse": _squares,
    "cross_entropy": _cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "binary_cross_entropy": _binary_cross_entropy,
}
