"""Products with matrices that are not formed: systems, slices, padding, block sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape, matrix_shape
from matcalc.generation.parts import Part
from matcalc.generation.pieces import ATOM, PRODUCT, Piece, transposed

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter


def from_the_left(w: NumpyWriter, a: Part, b: Piece, shape: Shape) -> Piece:
    """S B for a special S; ``b`` is the whole of B."""
    return LEFT[a.special](w, a, b, shape)


def from_the_right(w: NumpyWriter, a: Piece, b: Part, shape: Shape) -> Piece:
    """A S for a special S: as (Sᵀ Aᵀ)ᵀ where it has no form of its own."""
    if b.special in RIGHT:
        return RIGHT[b.special](w, a, b, shape)
    data = b.data[::-1] if b.special == "commutation" else (*b.data[:-1], not b.data[-1])
    turned = replace(b, data=data, rows=b.columns, columns=b.rows)
    return transposed(LEFT[b.special](w, turned, transposed(a), shape[::-1]))


def _solve(w: NumpyWriter, a: Part, b: Piece, shape: Shape) -> Piece:
    matrix, turned = a.data
    piece = w.whole(matrix)
    left = transposed(piece) if turned else piece
    return Piece(f"np.linalg.solve({left.text}, {b.text})", ATOM, shape)


def _rows(w: NumpyWriter, a: Part, b: Piece, shape: Shape) -> Piece:
    """Rows of B, or B put into rows of zeros."""
    start, stop, turned = a.data
    if turned:
        return _padded(b, (_margins(w, start, stop, a.rows), "(0, 0)"), shape)
    text = b.within(ATOM)
    if not shape:
        return Piece(f"{text}[{w.scope.size(start).text}, 0]", ATOM, shape)
    return Piece(f"{text}[{bounds(w, start, stop, a.columns)}]", ATOM, shape)


def _columns(w: NumpyWriter, a: Piece, b: Part, shape: Shape) -> Piece:
    """Columns of A, or A put into columns of zeros."""
    start, stop, turned = b.data
    if not turned:
        return _padded(a, ("(0, 0)", _margins(w, start, stop, b.columns)), shape)
    text = a.within(ATOM)
    if not shape:
        return Piece(f"{text}[0, {w.scope.size(start).text}]", ATOM, shape)
    return Piece(f"{text}[:, {bounds(w, start, stop, b.rows)}]", ATOM, shape)


def bounds(w: NumpyWriter, start: Dimension, stop: Dimension, size: Dimension) -> str:
    first = "" if start.constant == 0 else w.scope.size(start).text
    last = "" if stop == size else w.scope.size(stop).text
    return f"{first}:{last}"


def _margins(w: NumpyWriter, start: Dimension, stop: Dimension, size: Dimension) -> str:
    return f"({w.scope.size(start).text}, {w.scope.size(size - stop).text})"


def _padded(b: Piece, margins: tuple[str, str], shape: Shape) -> Piece:
    return Piece(f"np.pad({b.text}, ({', '.join(margins)}))", ATOM, shape)


def placed(w: NumpyWriter, first: Part, inside: Piece, last: Part, shape: Shape) -> Piece:
    """S_rᵀ B S_c: a block put into zeros."""
    (r0, r1, _), (c0, c1, _) = first.data, last.data
    margins = _margins(w, r0, r1, first.rows), _margins(w, c0, c1, last.columns)
    return _padded(inside, margins, shape)


def _commute(w: NumpyWriter, a: Part, b: Piece, shape: Shape) -> Piece:
    m, n = (w.scope.size(d).text for d in a.data)
    return Piece(f"commute({b.text}, {m}, {n})", ATOM, shape)


def _repeat(w: NumpyWriter, a: Part, b: Piece, shape: Shape) -> Piece:
    """Rows repeated, or the sums over blocks of rows."""
    n, count, each, sums = a.data
    m, p = w.scope.size(n).text, w.scope.size(count).text
    if sums:
        blocks = f"{m}, {p}, -1" if each else f"{p}, {m}, -1"
        text = f"{b.within(ATOM)}.reshape({blocks}).sum(axis={1 if each else 0})"
    else:
        text = f"np.repeat({b.text}, {p}, axis=0)" if each else f"np.tile({b.text}, ({p}, 1))"
    return Piece(text, ATOM, shape)


def _repeat_columns(w: NumpyWriter, a: Piece, b: Part, shape: Shape) -> Piece:
    """Columns repeated, or the sums over blocks of columns."""
    n, count, each, transposes = b.data
    m, p = w.scope.size(n).text, w.scope.size(count).text
    if not transposes:
        blocks = f"-1, {m}, {p}" if each else f"-1, {p}, {m}"
        text = f"{a.within(ATOM)}.reshape({blocks}).sum(axis={2 if each else 1})"
    else:
        text = f"np.repeat({a.text}, {p}, axis=1)" if each else f"np.tile({a.text}, (1, {p}))"
    return Piece(text, ATOM, shape)


def _kron(w: NumpyWriter, a: Part, b: Piece, shape: Shape) -> Piece:
    """(A ⊗ B) M = (A ⊗ I)(I ⊗ B) M, each of them a product of M in another shape."""
    *factors, turned = a.data
    first, second = (f.T if turned and f.op.name != "eye" else f for f in factors)
    n, q = (w.scope.size(matrix_shape(f)[1]).text for f in (first, second))
    text = b.within(ATOM)
    if second.op.name != "eye":
        text = f"({w.whole(second).within(PRODUCT + 1)} @ {text}.reshape({n}, {q}, -1))"
    if first.op.name != "eye":
        text = f"({w.whole(first).within(PRODUCT + 1)} @ {text}.reshape({n}, -1))"
    if not shape:
        return Piece(f"{text}.reshape(())[()]", ATOM, shape)
    last = "-1, 1" if shape[1] == ONE else f"{w.scope.size(shape[0]).text}, -1"
    return Piece(f"{text}.reshape({last})", ATOM, shape)


LEFT: dict[str, Callable[[NumpyWriter, Part, Piece, Shape], Piece]] = {
    "inverse": _solve,
    "rows": _rows,
    "commutation": _commute,
    "repetition": _repeat,
    "kron": _kron,
}
RIGHT: dict[str, Callable[[NumpyWriter, Piece, Part, Shape], Piece]] = {
    "rows": _columns,
    "repetition": _repeat_columns,
}
