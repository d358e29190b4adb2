"""Inverses, diagonals, triangles, stacked blocks and Kronecker products as NumPy source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expressions.expr import Expr, matrix_shape
from matcalc.generation.pieces import ATOM, ONE_PIECE, Piece, over, times
from matcalc.generation.special_products import bounds

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter


def _eye(w: NumpyWriter, e: Expr) -> Piece:
    return Piece(f"np.eye({w.scope.size(e.data[0]).text}, dtype={w.scope.dtype()})", ATOM, e.shape)


def _commutation(w: NumpyWriter, e: Expr) -> Piece:
    m, n = (w.scope.size(d) for d in e.data)
    identity = f"np.eye({times(m, n).text}, dtype={w.scope.dtype()})"
    return Piece(f"commute({identity}, {m.text}, {n.text})", ATOM, e.shape)


def _inverse(w: NumpyWriter, e: Expr) -> Piece:
    if not e.shape:
        return over(ONE_PIECE, w.piece(e.args[0]))
    return Piece(f"np.linalg.inv({w.whole(e.args[0]).text})", ATOM, e.shape)


def _solve(w: NumpyWriter, e: Expr) -> Piece:
    a, b = e.args
    if not a.shape:
        return over(w.piece(b), w.piece(a))
    return Piece(f"np.linalg.solve({w.whole(a).text}, {w.whole(b).text})", ATOM, e.shape)


def _diag(w: NumpyWriter, e: Expr) -> Piece:
    v = e.args[0]
    return w.piece(v) if not v.shape else Piece(f"np.diagflat({w.whole(v).text})", ATOM, e.shape)


def _diagonal(w: NumpyWriter, e: Expr) -> Piece:
    a = e.args[0]
    if not a.shape:
        return w.piece(a)
    return Piece(f"np.diagonal({w.whole(a).text}).reshape(-1, 1)", ATOM, e.shape)


def _triangle(w: NumpyWriter, e: Expr) -> Piece:
    a = e.args[0]
    return Piece(f"np.{e.op.name}({w.whole(a).text})", ATOM, e.shape) if a.shape else w.piece(a)


def _vec(w: NumpyWriter, e: Expr) -> Piece:
    a = e.args[0]
    if not a.shape:
        return w.piece(a)
    return Piece(f'{w.whole(a).within(ATOM)}.reshape((-1, 1), order="F")', ATOM, e.shape)


def _kron(w: NumpyWriter, e: Expr) -> Piece:
    a, b = e.args
    if not a.shape or not b.shape:
        return times(w.piece(a), w.piece(b))
    if "ones" in (a.op.name, b.op.name):
        return _repeated(w, a, b, e)
    return Piece(f"np.kron({w.whole(a).text}, {w.whole(b).text})", ATOM, e.shape)


def _repeated(w: NumpyWriter, a: Expr, b: Expr, e: Expr) -> Piece:
    """1 1ᵀ ⊗ B is B in tiles, A ⊗ 1 1ᵀ every entry of A in a block."""
    whole, count = (b, a) if a.op.name == "ones" else (a, b)
    m, n = (w.scope.size(d).text for d in count.shape)
    inside = w.whole(whole).text
    if whole is b:
        return Piece(f"np.tile({inside}, ({m}, {n}))", ATOM, e.shape)
    return Piece(f"np.repeat(np.repeat({inside}, {m}, axis=0), {n}, axis=1)", ATOM, e.shape)


def _stack(w: NumpyWriter, e: Expr) -> Piece:
    if len(e.args) == 1:
        return w.piece(e.args[0])
    blocks = ", ".join(_block_text(w, arg) for arg in e.args)
    return Piece(f"np.{e.op.name}([{blocks}])", ATOM, e.shape)


def _block_text(w: NumpyWriter, e: Expr) -> str:
    """A block with two dimensions; a scalar in the type of the others."""
    if e.shape:
        return w.whole(e).text
    return f"np.full((1, 1), {w.piece(e).text}, dtype={w.scope.dtype()})"


def _block(w: NumpyWriter, e: Expr) -> Piece:
    a = e.args[0]
    if not a.shape:
        return w.piece(a)
    r0, r1, c0, c1 = e.data
    rows, columns = matrix_shape(a)
    if a.op.name == "eye" and c1 - c0 == columns and e.shape:
        count, n, first = (w.scope.size(d).text for d in (r1 - r0, columns, r0))
        return Piece(f"np.eye({count}, {n}, {first}, dtype={w.scope.dtype()})", ATOM, e.shape)
    text = w.whole(a).within(ATOM)
    if not e.shape:
        return Piece(f"{text}[{w.scope.size(r0).text}, {w.scope.size(c0).text}]", ATOM, ())
    down, across = bounds(w, r0, r1, rows), bounds(w, c0, c1, columns)
    return Piece(f"{text}[{down}, {across}]", ATOM, e.shape)


WRITERS = {
    "eye": _eye,
    "commutation": _commutation,
    "inv": _inverse,
    "solve": _solve,
    "diag": _diag,
    "diagonal": _diagonal,
    "tril": _triangle,
    "triu": _triangle,
    "vec": _vec,
    "kron": _kron,
    "hstack": _stack,
    "vstack": _stack,
    "block": _block,
}
