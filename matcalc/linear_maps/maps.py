"""The linear maps that derivatives are made of, each with its adjoint and its matrix.

A map takes a change dX (an expression of shape ``source``) to a change dY (of shape
``target``). Its adjoint is taken under ⟨A, B⟩ = tr(AᵀB), so ⟨G, J dX⟩ = ⟨J* G, dX⟩;
its matrix J satisfies v(dY) = J v(dX), where v stacks columns or rows.

    map            dX ↦         adjoint, on G    matrix, columns   matrix, rows
    Factors(A, B)  A dX B       Aᵀ G Bᵀ          Bᵀ ⊗ A            A ⊗ Bᵀ
    Transposition  dXᵀ          Gᵀ               K                 K
    Entrywise(C)   C ∘ dX       C ∘ G            diag(vec C)       diag(vec Cᵀ)
    Inner(C)       ⟨C, dX⟩      g C              vec(C)ᵀ           vec(Cᵀ)ᵀ
    Multiple(C)    dx C         ⟨C, G⟩           vec(C)            vec(Cᵀ)
    Spread/Collapse             each other's adjoint (Factors with ones)
    Diag/Diagonal               each other's adjoint

Maps know nothing of layouts. ``apply`` builds, it does not simplify.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

from matcalc.expressions.build import (
    broadcast,
    commutation,
    diag,
    eye,
    hadamard,
    kron,
    mul,
    ones,
    size_of,
    total,
    vec,
    zeros,
)
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape, is_vector, operation


class Stacking(Enum):
    """How a matrix becomes a vector: columns on top of each other, or rows."""

    COLUMNS = "columns"
    ROWS = "rows"

    def vec(self, a: Expr) -> Expr:
        """v(a), a column."""
        if is_vector(a.shape):
            return a if a.shape[1] == ONE else a.T
        return vec(a) if self is Stacking.COLUMNS else vec(a.T)


class LinearMap(ABC):
    """A linear map between two shapes."""

    source: Shape
    target: Shape

    @abstractmethod
    def apply(self, dx: Expr) -> Expr:
        """The image of a change."""

    @abstractmethod
    def adjoint(self) -> LinearMap:
        """The map G ↦ J* G from ``target`` to ``source``."""

    @abstractmethod
    def matrix(self, stacking: Stacking) -> Expr:
        """J with v(dY) = J v(dX): size of target × size of source."""


@dataclass(frozen=True)
class Identity(LinearMap):
    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.source

    def apply(self, dx: Expr) -> Expr:
        return dx

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self, stacking: Stacking) -> Expr:
        return eye(size_of(self.source))


@dataclass(frozen=True)
class Factors(LinearMap):
    """dX ↦ A dX B; None stands for a factor that is not there."""

    left: Expr | None
    right: Expr | None
    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        return mul(*(f for f in (self.left, dx, self.right) if f is not None))

    def adjoint(self) -> LinearMap:
        left = None if self.left is None else self.left.T
        right = None if self.right is None else self.right.T
        return Factors(left, right, self.target, self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        rows, columns = self.source or (ONE, ONE)
        left = eye(rows) if self.left is None else self.left
        right = eye(columns) if self.right is None else self.right.T
        return kron(right, left) if stacking is Stacking.COLUMNS else kron(left, right)


@dataclass(frozen=True)
class Scaling(LinearMap):
    """dX ↦ s dX."""

    factor: Expr
    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.source

    def apply(self, dx: Expr) -> Expr:
        return mul(self.factor, dx)

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self, stacking: Stacking) -> Expr:
        return mul(self.factor, eye(size_of(self.source)))


@dataclass(frozen=True)
class Transposition(LinearMap):
    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.source[::-1]

    def apply(self, dx: Expr) -> Expr:
        return dx.T

    def adjoint(self) -> LinearMap:
        return Transposition(self.target)

    def matrix(self, stacking: Stacking) -> Expr:
        if not self.source or is_vector(self.source):
            return eye(size_of(self.source))
        m, n = self.source
        return commutation(m, n) if stacking is Stacking.COLUMNS else commutation(n, m)


@dataclass(frozen=True)
class Entrywise(LinearMap):
    """dX ↦ C ∘ dX."""

    factor: Expr

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.factor.shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.factor.shape

    def apply(self, dx: Expr) -> Expr:
        return hadamard(self.factor, dx)

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self, stacking: Stacking) -> Expr:
        c = self.factor
        if c.is_scalar:
            return c
        return diag(c if is_vector(c.shape) else stacking.vec(c))


@dataclass(frozen=True)
class Inner(LinearMap):
    """dX ↦ ⟨C, dX⟩, a scalar."""

    factor: Expr
    target: Shape = ()

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.factor.shape

    def apply(self, dx: Expr) -> Expr:
        return total(hadamard(self.factor, dx))

    def adjoint(self) -> LinearMap:
        return Multiple(self.factor)

    def matrix(self, stacking: Stacking) -> Expr:
        return stacking.vec(self.factor).T


@dataclass(frozen=True)
class Multiple(LinearMap):
    """dx ↦ dx C, for a scalar dx."""

    factor: Expr
    source: Shape = ()

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.factor.shape

    def apply(self, dx: Expr) -> Expr:
        return mul(dx, self.factor)

    def adjoint(self) -> LinearMap:
        return Inner(self.factor)

    def matrix(self, stacking: Stacking) -> Expr:
        return stacking.vec(self.factor)


@dataclass(frozen=True)
class Spread(LinearMap):
    """A scalar, row or column repeated to a larger shape."""

    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        return broadcast(dx, self.target)

    def adjoint(self) -> LinearMap:
        return Collapse(self.target, self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        return ones_around(self.source, self.target).matrix(stacking)


@dataclass(frozen=True)
class Collapse(LinearMap):
    """Sums over what Spread repeats."""

    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        if self.source == self.target:
            return dx
        axis = None if not self.target else 0 if self.target[0] == ONE else 1
        return total(dx, axis)

    def adjoint(self) -> LinearMap:
        return Spread(self.target, self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        return ones_around(self.target, self.source).adjoint().matrix(stacking)


@dataclass(frozen=True)
class Diag(LinearMap):
    """A vector becomes a diagonal matrix."""

    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        n = size_of(self.source)
        return (n, n) if n != ONE else ()

    def apply(self, dx: Expr) -> Expr:
        return diag(dx)

    def adjoint(self) -> LinearMap:
        return Diagonal(self.target, self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        return Diagonal(self.target, self.source).matrix(stacking).T


@dataclass(frozen=True)
class Diagonal(LinearMap):
    """The diagonal of a square matrix, as a column or as a row."""

    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        column = operation("diagonal")(dx)
        return column if column.shape == self.target else column.T

    def adjoint(self) -> LinearMap:
        return Diag(self.target)

    def matrix(self, stacking: Stacking) -> Expr:
        # Row i of the matrix is e_i ⊗ e_i: the rows of I ⊗ 1ᵀ where 1ᵀ ⊗ I is one too.
        n = size_of(self.target)
        return hadamard(kron(eye(n), ones(1, n)), kron(ones(1, n), eye(n)))


@dataclass(frozen=True)
class Zero(LinearMap):
    source: Shape
    target: Shape

    def apply(self, dx: Expr) -> Expr:
        return zeros(self.target)

    def adjoint(self) -> LinearMap:
        return Zero(self.target, self.source)

    def matrix(self, stacking: Stacking) -> Expr:
        rows, columns = size_of(self.target), size_of(self.source)
        return zeros(()) if rows == columns == ONE else zeros((rows, columns))


def ones_around(small: Shape, large: Shape) -> Factors:
    """Spread as ones · dX · ones."""
    rows, columns = large or (ONE, ONE)
    left = right = None
    have = small or (ONE, ONE)
    if have[0] != rows:
        left = ones(rows, 1)
    if have[1] != columns:
        right = ones(1, columns)
    return Factors(left, right, small, large)
