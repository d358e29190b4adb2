"""Short names for the expressions that rules and maps are written with.

Each builds one operation and changes nothing; ``matcalc.simplify`` tidies later.
"""

from __future__ import annotations

from matcalc.expressions.dimension import ONE, Dimension, as_dimension
from matcalc.expressions.expr import Expr, Shape, lift, matrix_shape, operation

DimensionLike = Dimension | int | str


def symbol(name: str, shape: Shape, assume: frozenset[str] = frozenset()) -> Expr:
    """A variable or a node. Assumptions are part of it: a closed form may use them."""
    return operation("symbol")(data=(name, tuple(shape), assume))


def gradient(of: Expr) -> Expr:
    """``grad(Z)``: the gradient of the loss with respect to the symbol, in its shape."""
    return operation("grad")(data=(of.name, of.shape))


def change(of: Expr) -> Expr:
    """``d(Z)``: the change of the symbol, in its shape."""
    return operation("d")(data=(of.name, of.shape))


def dimension(d: DimensionLike) -> Expr:
    """A dimension as a scalar."""
    d = as_dimension(d)
    return lift(d.constant) if d.constant is not None else operation("dim")(data=(d,))


def ones(m: DimensionLike, n: DimensionLike) -> Expr:
    m, n = as_dimension(m), as_dimension(n)
    return lift(1) if m == ONE and n == ONE else operation("ones")(data=(m, n))


def zeros(shape: Shape) -> Expr:
    return operation("zeros")(data=shape) if shape else lift(0)


def eye(n: DimensionLike) -> Expr:
    n = as_dimension(n)
    return lift(1) if n == ONE else operation("eye")(data=(n,))


def add(*terms: Expr) -> Expr:
    return terms[0] if len(terms) == 1 else operation("add")(*terms)


def mul(*factors: Expr | int) -> Expr:
    return lift(factors[0]) if len(factors) == 1 else operation("mul")(*factors)


def hadamard(*factors: Expr) -> Expr:
    return factors[0] if len(factors) == 1 else operation("hadamard")(*factors)


def power(a: Expr, p: Expr | int) -> Expr:
    """Entrywise; for a scalar the power of a number."""
    return operation("power")(a, lift(p))


def divide(a: Expr, b: Expr) -> Expr:
    """Entrywise a / b, of one shape."""
    return hadamard(a, power(b, -1))


def broadcast(a: Expr, shape: Shape) -> Expr:
    """A scalar, row or column repeated until it has the shape."""
    return a if a.shape == shape else operation("broadcast")(a, data=tuple(shape))


def total(a: Expr, axis: int | None = None) -> Expr:
    """The sum of all entries, over rows (axis 0) or over columns (axis 1)."""
    return operation("sum")(a, data=(axis,))


def diag(v: Expr) -> Expr:
    return operation("diag")(v)


def vec(a: Expr) -> Expr:
    """Columns stacked."""
    return a if matrix_shape(a)[1] == ONE else operation("vec")(a)


def kron(a: Expr, b: Expr) -> Expr:
    return operation("kron")(a, b)


def commutation(m: DimensionLike, n: DimensionLike) -> Expr:
    """K with K vec(A) = vec(A.T) for A of m×n."""
    return operation("commutation")(data=(as_dimension(m), as_dimension(n)))


def apply(function: str, a: Expr) -> Expr:
    """A built-in function of one operand, by its name."""
    return operation(function)(a)


def size_of(shape: Shape) -> Dimension:
    """How many entries the shape has."""
    return shape[0] * shape[1] if shape else ONE
