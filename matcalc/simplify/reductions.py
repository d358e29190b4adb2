"""Sums, traces and inner products."""

from __future__ import annotations

from matcalc.expressions.build import broadcast, dimension, hadamard, mul, ones, size_of, total
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, matrix_shape, operation
from matcalc.simplify.engine import rewrite
from matcalc.simplify.parts import is_zero, split_scalars, zero
from matcalc.simplify.products import sums_to_one


@rewrite("the sum of one entry", "sum", "mean")
def nothing_to_sum(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.shape == e.shape:
        return a
    if e.data[0] is not None and not e.shape:
        return e.op(a, data=(None,))
    return None


@rewrite("sum(s A) = s sum(A)", "sum", "mean", "trace", "diagonal")
def scalars_out(e: Expr) -> Expr | None:
    a = e.args[0]
    if is_zero(a):
        return zero(e.shape)
    scalars, matrices = split_scalars(a)
    return mul(*scalars, e.op(mul(*matrices), data=e.data)) if scalars and matrices else None


@rewrite("sum over what is repeated", "sum")
def repeated(e: Expr) -> Expr | None:
    a, axis = e.args[0], e.data[0]
    m, n = matrix_shape(a)
    if a.op.name == "ones":
        count = size_of(a.shape) if axis is None else (m, n)[axis]
        return broadcast(dimension(count), e.shape)
    if a.op.name != "broadcast":
        return None
    along = 0 if a.args[0].shape[0] == ONE else 1
    size = dimension((m, n)[along])
    if axis is None:
        return mul(size, total(a.args[0]))
    if axis == along:
        return mul(size, a.args[0])
    return broadcast(total(a.args[0]), e.shape)


@rewrite("sum((v 1ᵀ) ∘ A, axis) = v ∘ sum(A, axis)", "sum")
def constants_out(e: Expr) -> Expr | None:
    """What is the same all along the axis comes out of the sum."""
    a, axis = e.args[0], e.data[0]
    if axis is None or a.op.name != "hadamard" or not e.shape:
        return None
    outside = [f for f in a.args if f.op.name == "broadcast" and f.args[0].shape == e.shape]
    if not outside:
        return None
    inside = [f for f in a.args if f not in outside]
    rest = hadamard(*inside) if inside else ones(*a.shape)
    return hadamard(*(f.args[0] for f in outside), total(rest, axis))


@rewrite("sum(sum(A, axis)) = sum(A)", "sum")
def sum_of_sums(e: Expr) -> Expr | None:
    a = e.args[0]
    return total(a.args[0]) if e.data[0] is None and a.op.name == "sum" else None


@rewrite("rows (columns) that add up to one", "sum")
def stochastic(e: Expr) -> Expr | None:
    a, axis = e.args[0], e.data[0]
    if axis is not None and e.shape and sums_to_one(a, axis):
        return ones(*e.shape)
    if axis is None and a.shape:
        for along in (0, 1):
            if sums_to_one(a, along):
                return dimension(a.shape[1 - along])
    return None


@rewrite("⟨A, B⟩ = sum(A ∘ B)", "inner")
def inner(e: Expr) -> Expr | None:
    return total(hadamard(*e.args)) if e.args[0].shape else mul(*e.args)


@rewrite("sum(I ∘ A) = tr(A)", "sum")
def trace(e: Expr) -> Expr | None:
    a = e.args[0]
    if e.data[0] is not None or a.op.name != "hadamard":
        return None
    for k, f in enumerate(a.args):
        if f.op.name == "eye":
            return operation("trace")(hadamard(*a.args[:k], *a.args[k + 1 :]))
    return None


@rewrite("sum(A ∘ Bᵀ) = tr(A B)", "sum")
def trace_of_product(e: Expr) -> Expr | None:
    a = e.args[0]
    if e.data[0] is not None or a.op.name != "hadamard" or len(a.args) != 2:
        return None
    for one, other in (a.args, a.args[::-1]):
        if other.op.name == "transpose" and one.op.name != "transpose":
            return operation("trace")(mul(one, other.args[0]))
    return None


@rewrite("tr(x yᵀ) = yᵀ x", "trace")
def rotated(e: Expr) -> Expr | None:
    """A product that is cut where it is one column wide is a scalar the other way round."""
    scalars, matrices = split_scalars(e.args[0])
    for k in range(1, len(matrices)):
        if matrices[k].shape[0] == ONE:
            return mul(*scalars, mul(*matrices[k:], *matrices[:k]))
    return None


@rewrite("the trace of a scalar, of I and of diag(v)", "trace")
def known_traces(e: Expr) -> Expr | None:
    a = e.args[0]
    if not a.shape:
        return a
    if a.op.name == "eye":
        return dimension(a.data[0])
    return total(a.args[0]) if a.op.name == "diag" else None
