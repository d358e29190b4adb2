"""Reductions as NumPy source: to a scalar, a row or a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expressions.expr import Expr, as_shape, matrix_shape
from matcalc.generation.algebra import zero_like
from matcalc.generation.parts import Part, piece_of, total
from matcalc.generation.pieces import ATOM, SUM, Piece, times, transposed
from matcalc.generation.products import chain_of, combine, multiplied

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter

OF_A_SCALAR = {
    "norm": "np.abs({})",
    "norm1": "np.abs({})",
    "logdet": "np.log(np.abs({}))",
}


def _of_a_scalar(w: NumpyWriter, e: Expr) -> Piece:
    a = w.piece(e.args[0])
    if e.op.name in ("var", "std"):
        return zero_like(w, e.args[0])
    if e.op.name == "argmax_one_hot":
        return w.apply("np.exp({})", [zero_like(w, e.args[0])], SUM, ATOM)
    template = OF_A_SCALAR.get(e.op.name)
    return w.apply(template, [a], SUM, ATOM) if template else a


def _axis(e: Expr) -> int | None:
    """The axis, or None where everything comes to one number."""
    return e.data[0] if e.shape else None


def _sum(w: NumpyWriter, e: Expr) -> Piece:
    a, axis = e.args[0], _axis(e)
    if not a.shape:
        return w.piece(a)
    rows, columns = matrix_shape(a)
    part = Part(rows, columns, w.piece(a))
    if axis is None:
        return _sum_of_all(w, part)
    return total(w, part, axis)


def _sum_of_all(w: NumpyWriter, part: Part) -> Piece:
    """The sum of all entries; what is repeated is counted, not added up."""
    assert part.piece is not None
    count = [d for i, d in enumerate((part.rows, part.columns)) if part.repeats(i)]
    piece = part.piece
    if piece.held:
        piece = Piece(f"np.sum({piece.text})", ATOM, ())
    for d in count:
        piece = times(w.scope.size(d), piece)
    return piece


METHODS = {"mean", "var", "std", "max"}
FUNCTIONS = {"logsumexp", "norm", "argmax_one_hot"}


def _reduction(w: NumpyWriter, e: Expr) -> Piece:
    a, axis = e.args[0], e.data[0]
    if not a.shape:
        return _of_a_scalar(w, e)
    text = w.whole(a).text
    if e.op.name == "norm1":
        text = f"np.abs({text})"
    name = {"norm1": "np.sum"}.get(e.op.name, e.op.name)
    name = f"np.{name}" if name in METHODS else name
    if e.shape != a.shape or e.op.name != "argmax_one_hot":
        axis = _axis(e)
    along = "" if axis is None else f", axis={axis}"
    keep = ", keepdims=True" if along and name.startswith("np.") else ""
    return Piece(f"{name}({text}{along}{keep})", ATOM, e.shape)


def _trace(w: NumpyWriter, e: Expr) -> Piece:
    """trace(A B) is sum(A ∘ Bᵀ)."""
    a = e.args[0]
    if not a.shape:
        return w.piece(a)
    if a.op.name == "mul" and all(f.shape for f in a.args):
        parts = chain_of(w, list(a.args))
        if len(parts) > 1 and not any(part.special for part in parts):
            # A transpose at the end is undone by the one that sum(A ∘ Bᵀ) needs.
            last = parts[-1].piece
            split = -1 if last and last.text.endswith(".T") else 1
            return _inner(w, multiplied(w, parts[:split]), multiplied(w, parts[split:]))
    return Piece(f"np.trace({w.whole(a).text})", ATOM, ())


def _inner(w: NumpyWriter, a: Part, b: Part) -> Piece:
    """sum(A ∘ Bᵀ), with the transpose on whichever side it cancels."""
    if a.repeats(0) or a.repeats(1) or b.repeats(0) or b.repeats(1):
        joined = combine(w, a, b)
        shape = as_shape((joined.rows, joined.columns))
        return Piece(f"np.trace({w.fill(piece_of(w, joined), shape).text})", ATOM, ())
    left, right = piece_of(w, a), piece_of(w, b)
    if left.text.endswith(".T") and left.binding == ATOM:
        left = transposed(left)
    else:
        right = transposed(right)
    return Piece(f"np.sum({times(left, right).text})", ATOM, ())


def _inner_product(w: NumpyWriter, e: Expr) -> Piece:
    a, b = e.args
    joint = times(w.piece(a), w.piece(b))
    if not a.shape:
        return joint
    rows, columns = matrix_shape(a)
    return _sum_of_all(w, Part(rows, columns, joint))


def _determinant(w: NumpyWriter, e: Expr) -> Piece:
    a = e.args[0]
    if not a.shape:
        return _of_a_scalar(w, e)
    if e.op.name == "det":
        return Piece(f"np.linalg.det({w.whole(a).text})", ATOM, ())
    return Piece(f"np.linalg.slogdet({w.whole(a).text})[1]", ATOM, ())


WRITERS = {
    "sum": _sum,
    "trace": _trace,
    "inner": _inner_product,
    "det": _determinant,
    "logdet": _determinant,
    **dict.fromkeys(("mean", "var", "std", "max", "argmax_one_hot"), _reduction),
    **dict.fromkeys(("logsumexp", "norm", "norm1"), _reduction),
}
