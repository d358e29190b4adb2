"""The parts of networks: softmax, normalisation, and the losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.expressions.build import (
    apply,
    broadcast,
    dimension,
    divide,
    hadamard,
    mul,
    power,
    size_of,
    total,
)
from matcalc.expressions.expr import Expr, Shape, lift, operation
from matcalc.expressions.operation import (
    Data,
    Environment,
    Operands,
    Operation,
    Values,
    need_matrix_sizes_equal,
    register,
)
from matcalc.operations.algebra import one_like
from matcalc.operations.reductions import other_axis


class AlongAxis(Operation):
    """data starts with the axis (0 or 1) along which entries belong together."""

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(*args, data=(other_axis(e.data[0]), *e.data[1:]))


class Softmax(AlongAxis):
    name = "softmax"
    summary = "softmax(A, axis): exp(A) over its sum along the axis"
    source = "d P = P ∘ dA - P ∘ sum(P ∘ dA)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        axis = e.data[0]
        weighted = hadamard(e, dx)
        return weighted - hadamard(e, broadcast(total(weighted, axis), e.shape))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        if not e.shape:
            return np.exp(values[0] - values[0])
        return np.exp(log_softmax(values[0], e.data[0]))


class LogSoftmax(AlongAxis):
    name = "log_softmax"
    summary = "log_softmax(A, axis) = A - logsumexp(A, axis)"
    source = "d log P = dA - sum(P ∘ dA)"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        axis = e.data[0]
        p = operation("softmax")(e.args[0], data=e.data)
        return dx - broadcast(total(hadamard(p, dx), axis), e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return log_softmax(values[0], e.data[0]) if e.shape else values[0] - values[0]


class LayerNorm(AlongAxis):
    """data = (axis, eps). For a sample Y = (X - mean)/s with s = sqrt(var + eps)."""

    name = "layernorm"
    summary = "layernorm(X, eps): each sample to mean 0 and (biased) variance 1"
    source = "d Y = (dX - mean(dX) - Y ∘ mean(Y ∘ dX)) / s"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        (x,), (axis, eps) = e.args, e.data
        variance = operation("var")(x, data=(axis,))
        eps = broadcast(lift(eps), variance.shape)
        scale = power(apply("sqrt", variance + eps), -1)
        mean = operation("mean")
        inner = (
            dx
            - broadcast(mean(dx, data=(axis,)), e.shape)
            - hadamard(e, broadcast(mean(hadamard(e, dx), data=(axis,)), e.shape))
        )
        return hadamard(broadcast(scale, e.shape), inner)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        (x,), (axis, eps) = values, e.data
        if not e.shape:
            return x - x
        centred = x - np.mean(x, axis=axis, keepdims=True)
        variance = np.mean(centred * centred, axis=axis, keepdims=True)
        return centred / np.sqrt(variance + float(eps))


class BatchNorm(LayerNorm):
    name = "batchnorm"
    summary = "batchnorm(X, eps): each feature to mean 0 and (biased) variance 1"


class Loss(Operation):
    """A scalar of two arrays of one shape."""

    def shape(self, args: Operands, data: Data) -> Shape:
        need_matrix_sizes_equal(f"{self.name}(A, B)", *args)
        return ()


class SumOfSquares(Loss):
    name = "sse"
    summary = "sse(A, B) = sum(square(A - B))/2"
    source = "d sse(A, B) = ⟨A - B, dA - dB⟩"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        a, b = e.args
        return inner(a - b if i == 0 else b - a, dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        difference = values[0] - values[1]
        return np.sum(difference * difference) / 2


class MeanOfSquares(Loss):
    name = "mse"
    summary = "mse(A, B) = mean(square(A - B))"
    source = "d mse(A, B) = 2/n ⟨A - B, dA - dB⟩"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        a, b = e.args
        scale = mul(2, power(dimension(size_of(a.shape)), -1))
        return mul(scale, inner(a - b if i == 0 else b - a, dx))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        difference = values[0] - values[1]
        return np.mean(difference * difference)


class CrossEntropy(Loss):
    name = "cross_entropy"
    summary = "cross_entropy(P, Y) = -sum(hadamard(Y, log(P)))"
    source = "d = -⟨Y / P, dP⟩ - ⟨log P, dY⟩"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        p, y = e.args
        return -inner(divide(y, p) if i == 0 else apply("log", p), dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        p, y = values
        return -np.sum(y * np.log(p))


class SoftmaxCrossEntropy(Loss):
    """data = (axis,)."""

    name = "softmax_cross_entropy"
    summary = "softmax_cross_entropy(Z, Y) = -sum(hadamard(Y, log_softmax(Z)))"
    source = "d = ⟨softmax(Z) ∘ sum(Y) - Y, dZ⟩ - ⟨log_softmax(Z), dY⟩"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        (z, y), (axis,) = e.args, e.data
        if i == 1:
            return -inner(operation("log_softmax")(z, data=e.data), dx)
        p = operation("softmax")(z, data=e.data)
        return inner(hadamard(p, broadcast(total(y, axis), y.shape)) - y, dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        z, y = values
        return -np.sum(y * log_softmax(z, e.data[0])) if np.ndim(z) else z - z

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(*args, data=(other_axis(e.data[0]),))


class BinaryCrossEntropy(Loss):
    name = "binary_cross_entropy"
    summary = "binary_cross_entropy(P, Y) = -sum(Y∘log(P) + (1 - Y)∘log(1 - P))"
    source = "d = ⟨(1 - Y)/(1 - P) - Y/P, dP⟩ + ⟨log(1 - P) - log P, dY⟩"

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        p, y = e.args
        one = one_like(p)
        if i == 1:
            return inner(apply("log", one - p) - apply("log", p), dx)
        return inner(divide(one - y, one - p) - divide(y, p), dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        p, y = values
        return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


def inner(a: Expr, b: Expr) -> Expr:
    return operation("inner")(a, b)


def log_softmax(a: Any, axis: int) -> Any:
    top = np.max(np.real(a), axis=axis, keepdims=True)
    shifted = a - np.where(np.isfinite(top), top, 0)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


for part in (
    Softmax(),
    LogSoftmax(),
    LayerNorm(),
    BatchNorm(),
    SumOfSquares(),
    MeanOfSquares(),
    CrossEntropy(),
    SoftmaxCrossEntropy(),
    BinaryCrossEntropy(),
):
    register(part)
