"""Reductions: to a scalar (axis None), to a row (axis 0), or to a column (axis 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from matcalc.expressions.build import (
    apply,
    broadcast,
    dimension,
    eye,
    hadamard,
    mul,
    power,
    size_of,
    total,
)
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, Shape, matrix_shape, operation
from matcalc.expressions.operation import (
    Data,
    Environment,
    Operands,
    Operation,
    Values,
    need_matrix_sizes_equal,
    need_square,
    register,
)
from matcalc.linear_maps.composition import compose
from matcalc.linear_maps.maps import Collapse, Inner, LinearMap, Scaling
from matcalc.numeric.functions import abs as absolute


class Reduction(Operation):
    """data = (axis,): None, 0 or 1."""

    def shape(self, args: Operands, data: Data) -> Shape:
        return reduced(args[0], data[0])

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(*args, data=(other_axis(e.data[0]),))


def axis_of(e: Expr) -> int | None:
    """The axis of a reduction; a number has none, whatever was written."""
    return e.data[0] if e.args[0].shape else None


class Sum(Reduction):
    name = "sum"
    summary = "sum(A), sum(A, axis=0), sum(A, axis=1)"
    source = "d sum(A) = sum(dA)"

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Collapse(e.args[0].shape, e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return collapse(np.sum, values[0], e.data[0])


class Mean(Reduction):
    name = "mean"
    summary = "mean(A), mean(A, axis=0), mean(A, axis=1)"
    source = "d mean(A) = mean(dA)"

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        scale = power(dimension(count(e)), -1)
        return compose(Scaling(scale, e.shape), Collapse(e.args[0].shape, e.shape))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return collapse(np.mean, values[0], e.data[0])


class Variance(Reduction):
    name = "var"
    summary = "var(A): mean of the squared distance from the mean (biased)"
    source = "d var(A) = 2/n sum((A - mean(A)) ∘ dA)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return 2 * mul(power(dimension(count(e)), -1), total(hadamard(centred(e), dx), e.data[0]))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        (a,), axis = values, axis_of(e)
        spread = a - np.mean(a, axis=axis, keepdims=True)
        return collapse(np.mean, spread * spread, axis)


class Deviation(Variance):
    name = "std"
    summary = "std(A) = sqrt(var(A)) (biased)"
    source = "d std(A) = sum((A - mean(A)) ∘ dA) / (n std(A))"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        over = mul(power(dimension(count(e)), -1), power(e, -1))
        return hadamard(over, total(hadamard(centred(e), dx), e.data[0]))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.sqrt(super().evaluate(values, e, env))


class Max(Reduction):
    name = "max"
    summary = "max(A): the largest entry; of equal ones the first in row-major order"
    source = "d max(A) = the change of the largest entry"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        where = operation("argmax_one_hot")(e.args[0], data=e.data)
        return total(hadamard(where, dx), e.data[0])

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return collapse(np.sum, first_maximum(values[0], e.data[0]) * values[0], e.data[0])


class ArgmaxOneHot(Operation):
    """data = (axis,). Constant between ties, so its derivative is zero."""

    name = "argmax_one_hot"
    summary = "argmax_one_hot(A): 1 at the first maximum, else 0"
    source = "constant wherever it is continuous"

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return mul(0, dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return first_maximum(values[0], e.data[0])

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(*args, data=(other_axis(e.data[0]),))


class LogSumExp(Reduction):
    name = "logsumexp"
    summary = "logsumexp(A) = log(sum(exp(A)))"
    source = "d logsumexp(A) = sum(softmax(A) ∘ dA)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return total(hadamard(weights(e.args[0], e.data[0], e), dx), e.data[0])

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        (a,), axis = values, axis_of(e)
        top = np.max(np.real(a), axis=axis, keepdims=True)
        top = np.where(np.isfinite(top), top, 0)
        lifted = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
        return lifted.reshape(())[()] if axis is None or not e.shape else lifted


class Norm(Reduction):
    name = "norm"
    summary = "norm(A): the square root of the sum of squares"
    source = "d norm(A) = sum(A ∘ dA) / norm(A)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return hadamard(power(e, -1), total(hadamard(e.args[0], dx), e.data[0]))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        a = values[0]
        scale = np.max(np.abs(a), initial=0) or 1.0
        if not np.isfinite(scale):
            scale = 1.0
        return scale * np.sqrt(collapse(np.sum, (a / scale) * (a / scale), e.data[0]))


class Norm1(Reduction):
    name = "norm1"
    summary = "norm1(A): the sum of absolute values"
    source = "d norm1(A) = sum(sign(A) ∘ dA)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return total(hadamard(apply("sign", e.args[0]), dx), e.data[0])

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return collapse(np.sum, absolute(values[0]), e.data[0])


class Trace(Operation):
    name = "trace"
    summary = "trace(A): the sum of the diagonal"
    source = "d tr(A) = tr(dA)"

    def shape(self, args: Operands, data: Data) -> Shape:
        need_square("trace(A)", args[0])
        return ()

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Inner(eye(matrix_shape(e.args[0])[0]))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.trace(np.atleast_2d(values[0]))


class Determinant(Operation):
    name = "det"
    summary = "det(A)"
    source = "Jacobi's formula: d det(A) = det(A) tr(A⁻¹ dA)"

    def shape(self, args: Operands, data: Data) -> Shape:
        need_square(f"{self.name}(A)", args[0])
        return ()

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return mul(e, operation("inner")(apply("inv", e.args[0]).T, dx))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.linalg.det(np.atleast_2d(values[0]))


class LogDeterminant(Determinant):
    name = "logdet"
    summary = "logdet(A) = log |det(A)|"
    source = "d log |det(A)| = tr(A⁻¹ dA)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return operation("inner")(apply("inv", e.args[0]).T, dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        a = np.atleast_2d(values[0])
        if np.isrealobj(a):
            return np.linalg.slogdet(a)[1]
        phase, size = np.linalg.slogdet(a)
        return size + np.log(phase if phase.real >= 0 else -phase)


class InnerProduct(Operation):
    name = "inner"
    summary = "inner(A, B) = trace(A.T*B) = sum(hadamard(A, B))"
    source = "d ⟨A, B⟩ = ⟨dA, B⟩ + ⟨A, dB⟩"
    commutative = True

    def shape(self, args: Operands, data: Data) -> Shape:
        need_matrix_sizes_equal("inner(A, B)", *args)
        return ()

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        other = e.args[1 - i]
        return Inner(other) if other.shape else Scaling(other, ())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.sum(values[0] * values[1])


def reduced(a: Expr, axis: int | None) -> Shape:
    """The shape of a reduction over the axis."""
    if axis is None or not a.shape:
        return ()
    return (ONE, a.shape[1]) if axis == 0 else (a.shape[0], ONE)


def count(e: Expr) -> Dimension:
    """How many entries a reduction runs over, as a dimension."""
    a, axis = e.args[0], e.data[0]
    return size_of(a.shape) if axis is None else matrix_shape(a)[axis]


def centred(e: Expr) -> Expr:
    """The operand minus its mean along the axis of the reduction."""
    a = e.args[0]
    return a - broadcast(operation("mean")(a, data=e.data), a.shape)


def weights(a: Expr, axis: int | None, e: Expr) -> Expr:
    """exp(A - logsumexp(A)): a softmax where one axis holds all entries."""
    if axis is None and a.shape and ONE in a.shape:
        axis = 0 if a.shape[1] == ONE else 1
    if axis is None or not a.shape:
        return apply("exp", a - broadcast(e, a.shape))
    return operation("softmax")(a, data=(axis,))


def other_axis(axis: int | None) -> int | None:
    return None if axis is None else 1 - axis


def collapse(function: Callable[..., Any], a: Any, axis: int | None) -> Any:
    """Reduce over an axis, keeping two dimensions unless the result is 1×1."""
    if axis is None or np.ndim(a) == 0:
        return function(a)
    return function(a, axis=axis, keepdims=True)


def first_maximum(a: Any, axis: int | None) -> Any:
    """1.0 at the first maximum (row-major where axis is None), else 0.0."""
    a = np.real(a)
    if np.ndim(a) == 0:
        return np.float64(1.0)
    result = np.zeros(a.shape)
    if axis is None:
        result.flat[np.argmax(a)] = 1.0
    else:
        np.put_along_axis(result, np.argmax(a, axis=axis, keepdims=True), 1.0, axis=axis)
    return result


for reduction in (
    Sum(),
    Mean(),
    Variance(),
    Deviation(),
    Max(),
    ArgmaxOneHot(),
    LogSumExp(),
    Norm(),
    Norm1(),
    Trace(),
    Determinant(),
    LogDeterminant(),
    InnerProduct(),
):
    register(reduction)
