"""Factors of a matrix chain that are never formed, and what a product with them is.

diag(v) A scales the rows of A, inv(A) B solves a system, rows of the identity take a block
or put one into zeros, a commutation matrix reorders rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expressions.build import diag, hadamard
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, as_shape, matrix_shape
from matcalc.generation.parts import Part, formed, piece_of
from matcalc.generation.pieces import ATOM, Piece, times, transposed
from matcalc.generation.special_products import from_the_left, from_the_right

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter

ZERO = Dimension.of(0)


def special_part(e: Expr) -> Part | None:
    """The part that a factor is where it need not be formed."""
    core, turned = (e.args[0], True) if e.op.name == "transpose" else (e, False)
    rows, columns = matrix_shape(e)
    name = core.op.name
    if name == "eye":
        return Part(rows, columns, special="eye")
    if name == "diag":
        return Part(rows, columns, special="diag", data=(core.args[0],))
    if name == "inv":
        return Part(rows, columns, special="inverse", data=(core.args[0], turned))
    if name == "commutation":
        m, n = core.data
        return Part(rows, columns, special="commutation", data=(n, m) if turned else (m, n))
    if name == "kron":
        repetition = _repetition(core, turned, rows, columns)
        return repetition or Part(rows, columns, special="kron", data=(*core.args, turned))
    if name == "block" and core.args[0].op.name == "eye":
        return _selection(core, turned, rows, columns)
    return None


def _selection(block: Expr, turned: bool, rows: Dimension, columns: Dimension) -> Part | None:
    r0, r1, c0, c1 = block.data
    n = block.args[0].shape[0]  # type: ignore[misc]
    if (c0, c1) == (ZERO, n):
        return Part(rows, columns, special="rows", data=(r0, r1, turned))
    if (r0, r1) == (ZERO, n):
        return Part(rows, columns, special="rows", data=(c0, c1, not turned))
    return None


def _repetition(kron: Expr, turned: bool, rows: Dimension, columns: Dimension) -> Part | None:
    """I ⊗ 1 repeats each row, 1 ⊗ I the whole; their transposes sum over what is repeated."""
    first, second = kron.args
    each = first.op.name == "eye"
    one, identity = (second, first) if each else (first, second)
    if identity.op.name != "eye" or one.op.name != "ones" or ONE not in one.shape:
        return None
    sums = turned != (one.shape[0] == ONE)
    count = one.shape[1] if one.shape[0] == ONE else one.shape[0]
    data = (identity.data[0], count, each, sums)
    return Part(rows, columns, special="repetition", data=data)


def combine_special(w: NumpyWriter, a: Part, b: Part) -> Part:
    """The product of two neighbours of which at least one is special."""
    if a.special == b.special == "diag":
        v = hadamard(_as_column(a.data[0]), _as_column(b.data[0]))
        return Part(a.rows, b.columns, special="diag", data=(v,), source=diag(v))
    if a.special and b.special:
        if a.special == "inverse":
            a = formed(w, a)
        else:
            b = formed(w, b)
    shape = as_shape((a.rows, b.columns))
    if a.special:
        assert b.piece is not None
        if b.is_scalar:
            piece = times(b.piece, piece_of(w, a))
        elif a.special == "diag":
            piece = times(w.piece(_as_column(a.data[0])), b.piece)
        else:
            piece = from_the_left(w, a, _whole(w, b), shape)
    else:
        assert a.piece is not None
        if a.is_scalar:
            piece = times(a.piece, piece_of(w, b))
        elif b.special == "diag":
            piece = times(a.piece, w.piece(_as_column(b.data[0]).T))
        else:
            piece = from_the_right(w, _whole(w, a), b, shape)
    return Part(a.rows, b.columns, piece)


def weighted_square(w: NumpyWriter, parts: list[Part]) -> Part | None:
    """Aᵀ diag(v) A by a function that knows it to be symmetric; None for other chains."""
    if len(parts) != 3 or parts[1].special != "diag":
        return None
    first, last = parts[0], parts[2]
    if first.piece is None or last.piece is None or ONE in (last.rows, last.columns):
        return None
    a = last.piece
    if a.held != (last.rows, last.columns) or transposed(a).text != first.piece.text:
        return None
    v = w.whole(_as_column(parts[1].data[0]))
    text = f"gram({a.text}, {v.text})"
    return Part(first.rows, last.columns, Piece(text, ATOM, as_shape((first.rows, last.columns))))


def _whole(w: NumpyWriter, part: Part) -> Piece:
    return w.fill(piece_of(w, part), as_shape((part.rows, part.columns)))


def _as_column(v: Expr) -> Expr:
    if not v.shape or v.shape[1] == ONE:
        return v
    return v.args[0] if v.op.name == "transpose" else v.T


def unstacked(w: NumpyWriter, left: Part, right: Expr) -> Part | None:
    """The matrix whose columns a vector stacks, where its Kronecker form is recognised.

    (vec(I)ᵀ ⊗ I)(I ⊗ v) is v.reshape((m, n), order="F"), and the transpose of it.
    """
    if left.source is None or left.source.op.name != "kron" or right.op.name != "kron":
        return None
    (a, b), (c, d) = left.source.args, right.args
    turned = a.op.name == "eye"
    if turned:
        (a, b), (c, d) = (c, d), (a, b)
    stack = a if turned else a.args[0] if a.op.name == "transpose" else a
    if stack.op.name != "vec" or stack.args[0].op.name != "eye":
        return None
    if b.op.name != "eye" or c.op.name != "eye":
        return None
    m, n = b.data[0], c.data[0]
    if stack.args[0].data[0] != n or d.shape != ((ONE, m * n) if turned else (m * n, ONE)):
        return None
    v, sizes = w.whole(d).within(ATOM), [w.scope.size(s).text for s in (m, n)]
    if turned:
        piece = Piece(f"{v}.reshape(({sizes[1]}, {sizes[0]}))", ATOM, (n, m))
        return Part(n, m, piece)
    piece = Piece(f'{v}.reshape(({sizes[0]}, {sizes[1]}), order="F")', ATOM, (m, n))
    return Part(m, n, piece)
