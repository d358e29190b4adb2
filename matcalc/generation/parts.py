"""Parts of a matrix chain: what they hold, what they are, what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, as_shape
from matcalc.generation.pieces import ATOM, MATMUL, PRODUCT, Piece, repeats, times, transposed

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter


@dataclass(frozen=True)
class Part:
    """A stretch of a chain. ``special`` names a matrix that is not formed; see ``data``.

    eye            the identity
    diag           data = (the vector,)
    inverse        data = (the matrix, whether the inverse is transposed)
    rows           data = (start, stop, whether transposed): rows of the identity
    commutation    data = (m, n)
    """

    rows: Dimension
    columns: Dimension
    piece: Piece | None = None
    special: str = ""
    data: tuple = ()
    source: Expr | None = None

    def repeats(self, axis: int) -> bool:
        return self.piece is not None and repeats(self.piece.held, (self.rows, self.columns), axis)

    @property
    def is_scalar(self) -> bool:
        return self.rows == ONE and self.columns == ONE


def formed(w: NumpyWriter, part: Part) -> Part:
    """The part with a piece, a special matrix written out where it stands alone."""
    if part.piece is not None:
        return part
    assert part.source is not None
    return replace(part, piece=w.piece(part.source), special="")


def piece_of(w: NumpyWriter, part: Part) -> Piece:
    """The piece of a part, a special matrix written out."""
    piece = formed(w, part).piece
    assert piece is not None
    return piece


def matmul(a: Piece, b: Piece, rows: Dimension, columns: Dimension) -> Piece:
    if rows == columns == ONE:
        left = transposed(a) if a.text.endswith(".T") and a.binding == ATOM else a
        right = transposed(b) if b.text.endswith(".T") and b.binding == ATOM else b
        return Piece(f"np.vdot({left.text}, {right.text})", ATOM, ())
    left_text = a.text if a.binding == MATMUL else a.within(PRODUCT + 1)
    return Piece(f"{left_text} @ {b.within(PRODUCT + 1)}", MATMUL, as_shape((rows, columns)))


def total(w: NumpyWriter, part: Part, axis: int) -> Piece:
    """The sums over rows (axis 0) or columns (axis 1): products with vectors of ones."""
    assert part.piece is not None
    if part.repeats(axis):
        return times(w.scope.size((part.rows, part.columns)[axis]), part.piece)
    held = part.piece.held
    left = as_shape((ONE, held[1]) if axis == 0 else (held[0], ONE)) if held else ()
    if not left:
        other = f".sum(axis={1 - axis}, keepdims=True)"
        return Piece(f"np.sum({part.piece.text.removesuffix(other)})", ATOM, ())
    if part.piece.binding == ATOM:
        return Piece(f"{part.piece.text}.sum(axis={axis}, keepdims=True)", ATOM, left)
    return Piece(f"np.sum({part.piece.text}, axis={axis}, keepdims=True)", ATOM, left)
