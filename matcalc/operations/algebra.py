"""Sums, products, transposes and powers: the operations behind ``+ * @ .T / **``."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from matcalc.errors import CannotDerive, ShapeError
from matcalc.expressions.build import add, apply, broadcast, hadamard, mul, power
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape, as_shape, lift, operation, write_shape
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
from matcalc.linear_maps.maps import (
    Entrywise,
    Factors,
    Identity,
    LinearMap,
    Multiple,
    Scaling,
    Spread,
    Transposition,
    Zero,
)


class Add(Operation):
    name = "add"
    summary = "A + B + ..., all of one shape"
    source = "d(A + B) = dA + dB"
    commutative = True

    def shape(self, args: Operands, data: Data) -> Shape:
        for other in args[1:]:
            need_matrix_sizes_equal("A + B", args[0], other)
        return args[0].shape

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Identity(e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        result = values[0]
        for value in values[1:]:
            result = result + value
        return result


class Mul(Operation):
    """Scalars among the factors scale; the others are multiplied from left to right."""

    name = "mul"
    summary = "A*B*..., the matrix product; a scalar scales"
    source = "d(A B) = dA B + A dB"

    def shape(self, args: Operands, data: Data) -> Shape:
        chain = [arg for arg in args if arg.shape]
        if not chain:
            return ()
        for a, b in pairwise(chain):
            if a.shape[1] != b.shape[0]:
                raise ShapeError(
                    f"A*B: shapes {write_shape(a.shape)} and {write_shape(b.shape)}"
                    f" do not fit: {a.shape[1]} columns meet {b.shape[0]} rows",
                    mend=_transpose_hint(a, b),
                )
        return chain[0].shape[0], chain[-1].shape[1]

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        operand = e.args[i]
        before, after = e.args[:i], e.args[i + 1 :]
        if not operand.shape:
            rest = mul(*before, *after)
            return Multiple(rest) if rest.shape else Scaling(rest, ())
        scalars = [f for f in before + after if not f.shape]
        left = [f for f in before if f.shape]
        right = [f for f in after if f.shape]
        factors = Factors(
            mul(*left) if left else None, mul(*right) if right else None, operand.shape, e.shape
        )
        inner = factors if left or right else Identity(operand.shape)
        return compose(Scaling(mul(*scalars), e.shape), inner) if scalars else inner

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        scale, product = None, None
        for value, arg in zip(values, e.args, strict=True):
            if arg.shape:
                product = value if product is None else product @ value
            else:
                scale = value if scale is None else scale * value
        if product is None:
            return scale
        if not e.shape:
            product = product[0, 0]
        return product if scale is None else scale * product

    def flip(self, e: Expr, args: Operands) -> Expr:
        # Scalars stay where they are; the matrices take each other's places.
        matrices = iter([arg for arg in reversed(args) if arg.shape])
        return self(*(next(matrices) if arg.shape else arg for arg in args))


class Hadamard(Operation):
    name = "hadamard"
    summary = "hadamard(A, B, ...): the entrywise product"
    source = "d(A ∘ B) = dA ∘ B + A ∘ dB"
    commutative = True

    def shape(self, args: Operands, data: Data) -> Shape:
        for other in args[1:]:
            need_matrix_sizes_equal("hadamard(A, B)", args[0], other)
        return args[0].shape

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        rest = hadamard(*e.args[:i], *e.args[i + 1 :])
        return Entrywise(rest) if e.shape else Scaling(rest, ())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        result = values[0]
        for value in values[1:]:
            result = result * value
        return result


class Transpose(Operation):
    name = "transpose"
    summary = "A.T"
    source = "d(Aᵀ) = (dA)ᵀ"

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape[::-1]

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Transposition(e.args[0].shape) if e.shape else Identity(())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.transpose(values[0])


class Power(Operation):
    """The exponent is a scalar of any kind, or a matrix of the base's shape."""

    name = "power"
    summary = "power(A, p): entrywise; s**p for a scalar"
    source = "d(aᵖ) = p aᵖ⁻¹ da"

    def shape(self, args: Operands, data: Data) -> Shape:
        base, exponent = args
        if exponent.shape:
            need_matrix_sizes_equal("power(A, p)", base, exponent)
        return base.shape

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        base, exponent = e.args
        if i == 1:
            slope = hadamard(e, apply("log", base))
            return hadamard(slope, dx) if exponent.shape else mul(dx, slope)
        if exponent.shape:
            return hadamard(exponent, power(base, exponent - one_like(exponent)), dx)
        return mul(exponent, hadamard(power(base, exponent - 1), dx))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        base, exponent = values
        real = np.ndim(exponent) == 0 and np.isfinite(exponent) and not np.imag(exponent)
        if real and np.real(exponent) == round(float(np.real(exponent))):
            return _integer_power(base, int(np.real(exponent)))
        return base**exponent


class MatrixPower(Operation):
    """data = (k,): k an integer."""

    name = "matpow"
    summary = "A**k for a square matrix and an integer k"
    source = "d(Aᵏ) = Σ Aⁱ dA Aᵏ⁻¹⁻ⁱ"

    def shape(self, args: Operands, data: Data) -> Shape:
        return need_square("A**k", args[0])

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        (a,), (k,) = e.args, e.data
        if abs(k) > 64:
            raise CannotDerive(f"the derivative of a matrix power is written out up to 64, not {k}")
        if k < 0:
            terms = [mul(_pow(a, -j), dx, _pow(a, k - 1 + j)) for j in range(1, -k + 1)]
            return -add(*terms)
        if k == 0:
            return mul(0, dx)
        return add(*(mul(_pow(a, j), dx, _pow(a, k - 1 - j)) for j in range(k)))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.linalg.matrix_power(values[0], e.data[0])


class Broadcast(Operation):
    """data = the shape that a scalar, row or column is repeated to."""

    name = "broadcast"
    summary = "a scalar, row or column repeated to fill a matrix"
    source = "its adjoint sums over what is repeated"

    def shape(self, args: Operands, data: Data) -> Shape:
        have, want = args[0].shape or (ONE, ONE), data
        if any(h not in (ONE, w) for h, w in zip(have, want, strict=True)):
            raise ShapeError(
                f"{write_shape(args[0].shape)} cannot be broadcast to {write_shape(data)}"
            )
        return as_shape(data)

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Spread(e.args[0].shape, e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        sizes = tuple(env.size(d) for d in e.data)
        return np.broadcast_to(values[0], sizes)

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(args[0], data=e.data[::-1])


class StopGradient(Operation):
    name = "stop_gradient"
    summary = "stop_gradient(A): A, with derivative zero"
    source = "by definition"

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Zero(e.shape, e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.real(values[0])


class Where(Operation):
    name = "where"
    summary = "where(M, A, B): A where M > 0, else B"
    source = "d where(M, A, B) = [M > 0] ∘ dA + [M ≤ 0] ∘ dB"

    def shape(self, args: Operands, data: Data) -> Shape:
        need_matrix_sizes_equal("where(M, A, B)", args[0], args[1])
        return need_matrix_sizes_equal("where(M, A, B)", args[1], args[2])

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        if i == 0:
            return Zero(e.args[0].shape, e.shape)
        mask = apply("step", e.args[0])
        return Entrywise(mask if i == 1 else one_like(mask) - mask)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.where(np.real(values[0]) > 0, values[1], values[2])


class Maximum(Operation):
    name = "maximum"
    summary = "maximum(A, B, ...): entrywise; where equal, the first counts"
    source = "d max(A, B) = [A ≥ B] ∘ dA + [B > A] ∘ dB"
    sign = 1

    def shape(self, args: Operands, data: Data) -> Shape:
        return need_matrix_sizes_equal(f"{self.name}(A, B)", args[0], args[1])

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        a, b = e.args
        second = apply("step", (b - a) if self.sign > 0 else (a - b))
        return Entrywise(second if i == 1 else one_like(second) - second)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        a, b = values
        later = (np.real(b) - np.real(a)) * self.sign > 0
        return np.where(later, b, a)


class Minimum(Maximum):
    name = "minimum"
    summary = "minimum(A, B, ...): entrywise; where equal, the first counts"
    source = "d min(A, B) = [A ≤ B] ∘ dA + [B < A] ∘ dB"
    sign = -1


OF_NUMPY = 100
"From here on NumPy takes a complex power by its logarithm, in which a complex step is lost."


def one_like(a: Expr) -> Expr:
    """The number 1, in the operand's shape."""
    return broadcast(lift(1), a.shape) if a.shape else lift(1)


def _integer_power(base: Any, k: int) -> Any:
    """To rounding, and finite for negative bases, complex ones too."""
    if k < 0:
        return np.float64(1.0) / _integer_power(base, -k)
    if k < OF_NUMPY or np.isrealobj(base):
        return base**k
    whole = 1.0
    while k:
        whole, base, k = (whole * base if k % 2 else whole), base * base, k // 2
    return whole


def _pow(a: Expr, k: int) -> Expr:
    return a if k == 1 else operation("matpow")(a, data=(k,))


def _transpose_hint(a: Expr, b: Expr) -> str:
    (_, inner), (outer, last) = a.shape, b.shape
    if inner == last:
        return "The transpose of the right factor would fit: write .T after it."
    if a.shape[0] == outer:
        return "The transpose of the left factor would fit: write .T after it."
    return ""


for algebraic in (Add(), Mul(), Power(), MatrixPower(), Broadcast()):
    register(algebraic, call=None)
for callable_operation in (
    Hadamard(),
    Transpose(),
    StopGradient(),
    Where(),
    Maximum(),
    Minimum(),
):
    register(callable_operation)
