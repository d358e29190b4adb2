"""Inverses and systems, diagonals and triangles, vec, Kronecker products, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np

from matcalc.errors import ShapeError
from matcalc.expressions.build import mul, ones, size_of, vec, zeros
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import (
    Expr,
    Shape,
    as_shape,
    matrix_shape,
    operation,
    turned,
    write_shape,
)
from matcalc.expressions.operation import (
    Data,
    Environment,
    Operands,
    Operation,
    Values,
    need_square,
    register,
)
from matcalc.linear_maps.maps import Diag, Diagonal, Entrywise, Identity, LinearMap
from matcalc.linear_maps.placement import Block, KroneckerFactor, Pad, Solving, Vectorization


class Inverse(Operation):
    name = "inv"
    summary = "inv(A)"
    source = "d(A⁻¹) = -A⁻¹ dA A⁻¹"

    def shape(self, args: Operands, data: Data) -> Shape:
        return need_square("inv(A)", args[0])

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return -mul(e, dx, e)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        a = values[0]
        return np.linalg.inv(a) if np.ndim(a) else 1 / a


class Solve(Operation):
    name = "solve"
    summary = "solve(A, B) = inv(A)*B"
    source = "d(A⁻¹ B) = A⁻¹ dB - A⁻¹ dA A⁻¹ B"

    def shape(self, args: Operands, data: Data) -> Shape:
        a, b = args
        need_square("solve(A, B)", a)
        if matrix_shape(a)[1] != matrix_shape(b)[0]:
            raise ShapeError(
                f"solve(A, B): shapes {write_shape(a.shape)} and {write_shape(b.shape)} do not fit"
            )
        return b.shape

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        a = e.args[0]
        return self(a, dx) if i == 1 else -self(a, mul(dx, e))

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        if i == 0:
            return None
        return Solving(e.args[0], e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        a, b = values
        return np.linalg.solve(np.atleast_2d(a), np.atleast_2d(b))

    def flip(self, e: Expr, args: Operands) -> Expr:
        return mul(args[1], operation("inv")(args[0]))


class DiagonalMatrix(Operation):
    name = "diag"
    summary = "diag(v): the square matrix with the vector v on its diagonal"
    source = "d diag(v) = diag(dv); its adjoint takes the diagonal"

    def shape(self, args: Operands, data: Data) -> Shape:
        m, n = matrix_shape(args[0])
        if ONE not in (m, n):
            raise ShapeError(
                f"diag(v) needs a vector, not {write_shape(args[0].shape)}",
                mend="For the diagonal of a matrix write diagonal(A).",
            )
        return m * n, m * n

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Diag(e.args[0].shape) if e.shape else Identity(())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.diag(np.ravel(values[0]))


class DiagonalVector(Operation):
    name = "diagonal"
    summary = "diagonal(A): the diagonal of a square matrix, as a column"
    source = "d diagonal(A) = diagonal(dA); its adjoint is diag"

    def shape(self, args: Operands, data: Data) -> Shape:
        need_square("diagonal(A)", args[0])
        return matrix_shape(args[0])[0], ONE

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Diagonal(e.args[0].shape, e.shape) if e.shape else Identity(())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.diagonal(np.atleast_2d(values[0])).reshape(-1, 1)

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(*args).T


class Lower(Operation):
    name = "tril"
    summary = "tril(A): the lower triangle, the diagonal included"
    source = "d tril(A) = tril(dA)"
    opposite = "triu"

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Entrywise(self(ones(*e.shape))) if e.shape else Identity(())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.tril(values[0]) if np.ndim(values[0]) else values[0]

    def flip(self, e: Expr, args: Operands) -> Expr:
        return operation(self.opposite)(*args)


class Upper(Lower):
    name = "triu"
    summary = "triu(A): the upper triangle, the diagonal included"
    source = "d triu(A) = triu(dA)"
    opposite = "tril"

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.triu(values[0]) if np.ndim(values[0]) else values[0]


class Vec(Operation):
    name = "vec"
    summary = "vec(A): the columns of A stacked"
    source = "d vec(A) = vec(dA)"

    def shape(self, args: Operands, data: Data) -> Shape:
        return size_of(args[0].shape), ONE

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Vectorization(e.args[0].shape) if e.shape else Identity(())

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.reshape(values[0], (-1, 1), order="F")

    def flip(self, e: Expr, args: Operands) -> Expr:
        return vec(turned(args[0])).T


class Kronecker(Operation):
    name = "kron"
    summary = "kron(A, B): every entry of A times B"
    source = "d(A ⊗ B) = dA ⊗ B + A ⊗ dB"

    def shape(self, args: Operands, data: Data) -> Shape:
        (m, n), (p, q) = map(matrix_shape, args)
        return m * p, n * q

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return KroneckerFactor(e.args[1 - i], i, e.args[i].shape, e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.kron(*values)


class HStack(Operation):
    name = "hstack"
    summary = "hstack(A, B, ...): side by side"
    source = "a block's gradient is the block of the gradient"
    axis = 1
    opposite = "vstack"

    def shape(self, args: Operands, data: Data) -> Shape:
        shapes = [matrix_shape(arg) for arg in args]
        across = shapes[0][1 - self.axis]
        along = shapes[0][self.axis]
        for arg, shape in zip(args[1:], shapes[1:], strict=True):
            if shape[1 - self.axis] != across:
                raise ShapeError(
                    f"{self.name}: shapes {write_shape(args[0].shape)} and"
                    f" {write_shape(arg.shape)} do not fit"
                )
            along = along + shape[self.axis]
        return (along, across) if self.axis == 0 else (across, along)

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        start, stop = _offsets(e, self.axis)[i : i + 2]
        rows, columns = matrix_shape(e)
        whole = (ONE - ONE, rows, ONE - ONE, columns)
        bounds = (start, stop, *whole[2:]) if self.axis == 0 else (*whole[:2], start, stop)
        return Pad(bounds, e.args[i].shape, e.shape)

    def moved(self, e: Expr, changes: Mapping[Expr, Expr]) -> Expr:
        return self(*(changes.get(arg) or zeros(arg.shape) for arg in e.args))

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.concatenate([np.atleast_2d(v) for v in values], axis=self.axis)

    def flip(self, e: Expr, args: Operands) -> Expr:
        return operation(self.opposite)(*args)


@lru_cache(maxsize=256)
def _offsets(e: Expr, axis: int) -> list[Dimension]:
    """Where each operand of a stack starts, and where the last one ends."""
    return list(accumulate((matrix_shape(arg)[axis] for arg in e.args), initial=ONE - ONE))


class VStack(HStack):
    name = "vstack"
    summary = "vstack(A, B, ...): on top of each other"
    axis = 0
    opposite = "hstack"


class BlockOf(Operation):
    """data = (first row, stop row, first column, stop column)."""

    name = "block"
    summary = "A[i, j] an entry, A[a:b, c:d] a block, from 0"
    source = "its adjoint puts the block back into zeros"

    def shape(self, args: Operands, data: Data) -> Shape:
        r0, r1, c0, c1 = data
        return as_shape((r1 - r0, c1 - c0))

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return Block(e.data, e.args[0].shape, e.shape)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        r0, r1, c0, c1 = (env.size(d) for d in e.data)
        return np.atleast_2d(values[0])[r0:r1, c0:c1]

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(*args, data=e.data[2:] + e.data[:2])


for structural in (
    Inverse(),
    Solve(),
    DiagonalMatrix(),
    DiagonalVector(),
    Lower(),
    Upper(),
    Vec(),
    Kronecker(),
    HStack(),
    VStack(),
):
    register(structural)
register(BlockOf(), call=None)
