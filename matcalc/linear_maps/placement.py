"""Linear maps that move entries about: blocks, their return into zeros, vec."""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.expressions.build import eye, kron, mul, ones, size_of, vec
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, Shape, operation
from matcalc.linear_maps.composition import compose
from matcalc.linear_maps.maps import (
    Entrywise,
    Factors,
    Identity,
    LinearMap,
    Stacking,
    Transposition,
)

Bounds = tuple[Dimension, Dimension, Dimension, Dimension]
ZERO = Dimension.of(0)


def selector(n: Dimension, start: Dimension, stop: Dimension) -> Expr | None:
    """The rows start..stop of the identity, or None where they are all of it."""
    if start == ZERO and stop == n:
        return None
    return operation("block")(eye(n), data=(start, stop, ZERO, n)) if n != ONE else None


@dataclass(frozen=True)
class Block(LinearMap):
    """The block A[r0:r1, c0:c1]; as a product, S_r A S_cᵀ with rows of the identity."""

    bounds: Bounds
    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        return operation("block")(dx, data=self.bounds)

    def adjoint(self) -> LinearMap:
        return Pad(self.bounds, self.target, self.source)

    def factors(self) -> Factors:
        rows, columns = self.source or (ONE, ONE)
        left = selector(rows, *self.bounds[:2])
        right = selector(columns, *self.bounds[2:])
        return Factors(left, None if right is None else right.T, self.source, self.target)

    def matrix(self, stacking: Stacking) -> Expr:
        return self.factors().matrix(stacking)


@dataclass(frozen=True)
class Pad(LinearMap):
    """The adjoint of Block: the change put into zeros at its place."""

    bounds: Bounds
    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        return self.adjoint_block().factors().adjoint().apply(dx)

    def adjoint_block(self) -> Block:
        return Block(self.bounds, self.target, self.source)

    def adjoint(self) -> LinearMap:
        return self.adjoint_block()

    def matrix(self, stacking: Stacking) -> Expr:
        return self.adjoint_block().matrix(stacking).T


@dataclass(frozen=True)
class Solving(LinearMap):
    """dX ↦ A⁻¹ dX, written as a system that is solved."""

    coefficients: Expr
    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.source

    def apply(self, dx: Expr) -> Expr:
        return operation("solve")(self.coefficients, dx)

    def adjoint(self) -> LinearMap:
        return Solving(self.coefficients.T, self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        inverse = operation("inv")(self.coefficients)
        return Factors(inverse, None, self.source, self.source).matrix(stacking)


@dataclass(frozen=True)
class KroneckerFactor(LinearMap):
    """dX ↦ dX ⊗ C (side 0) or C ⊗ dX (side 1).

    dX ⊗ C = (dX ⊗ 11ᵀ) ∘ (11ᵀ ⊗ C), and the first of these repeats entries by factors
    I ⊗ 1: so the adjoint multiplies entrywise and sums over each block.
    """

    other: Expr
    side: int
    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        return kron(dx, self.other) if self.side == 0 else kron(self.other, dx)

    def spelled(self) -> LinearMap:
        (m, n), (p, q) = self.source or (ONE, ONE), self.other.shape or (ONE, ONE)
        if self.side == 0:
            pattern = kron(ones(m, n), self.other)
            left, right = kron(eye(m), ones(p, 1)), kron(eye(n), ones(1, q))
        else:
            pattern = kron(self.other, ones(m, n))
            left, right = kron(ones(p, 1), eye(m)), kron(ones(1, q), eye(n))
        repeat = Factors(left, right, self.source, self.target)
        return compose(Entrywise(pattern), repeat)

    def adjoint(self) -> LinearMap:
        return self.spelled().adjoint()

    def matrix(self, stacking: Stacking) -> Expr:
        return self.spelled().matrix(stacking)


@dataclass(frozen=True)
class Vectorization(LinearMap):
    """dX ↦ vec(dX), a column."""

    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return size_of(self.source), ONE

    def apply(self, dx: Expr) -> Expr:
        return vec(dx)

    def adjoint(self) -> LinearMap:
        return Devectorization(self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        if stacking is Stacking.COLUMNS:
            return Identity(self.source).matrix(stacking)
        return Transposition(self.source[::-1]).matrix(Stacking.COLUMNS)


@dataclass(frozen=True)
class Devectorization(LinearMap):
    """The adjoint of vec: a column of mn entries as the matrix m×n that it came from."""

    target: Shape

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return size_of(self.target), ONE

    def apply(self, dx: Expr) -> Expr:
        # With vec(I_n)ᵀ as a sum over blocks: (vec(I_n)ᵀ ⊗ I_m)(I_n ⊗ v) is v's matrix.
        m, n = self.target  # type: ignore[misc]
        return mul(kron(vec(eye(n)).T, eye(m)), kron(eye(n), dx))

    def adjoint(self) -> LinearMap:
        return Vectorization(self.target)

    def matrix(self, stacking: Stacking) -> Expr:
        return Vectorization(self.target).matrix(stacking).T
