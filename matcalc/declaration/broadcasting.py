"""Sums and products as the language means them: broadcasting written out, chains flat.

A number is repeated by ``broadcast``, which prints as the bare number. Everything else is
written with vectors of ones, because the derivation reasons with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.errors import ShapeError
from matcalc.expressions.build import add, broadcast, mul, ones, power
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import (
    Expr,
    Shape,
    as_shape,
    is_vector,
    lift,
    operation,
    postorder,
    write_shape,
)

FITTING = "Beside a matrix m×n fits another m×n, a row 1×n, a column m×1, or a scalar."


def is_number(e: Expr) -> bool:
    """Whether it is a number, or made of numbers and pi alone."""
    if e.free or e.shape:
        return False
    return all(node.args or node.op.name in ("number", "pi") for node in postorder(e))


def spread(e: Expr, shape: Shape) -> Expr:
    """The expression repeated to the shape, which join() has found to be possible."""
    if e.shape == shape or not shape:
        return e
    if not e.shape:
        return broadcast(e, shape) if is_number(e) else product(e, ones(*shape))
    rows, columns = shape
    if e.shape[0] == rows:
        return product(e, ones(1, columns))
    sign, rest = _leading_number(e)
    return mul(*sign, ones(rows, 1), rest)


def join(name: str, a: Shape, b: Shape) -> Shape:
    """The shape that two operands are broadcast to; names the operation where there is none."""
    joined = _joined(a, b)
    if joined is None:
        raise ShapeError(
            f"{name}: shapes {write_shape(a)} and {write_shape(b)} do not fit",
            mend=_mend(a, b),
        )
    return joined


def common_shape(name: str, operands: Sequence[Expr]) -> Shape:
    """The shape of an operand that all the others are broadcast to."""
    shape = max((e.shape for e in operands), key=_fullness)
    for e in operands:
        if join(name, shape, e.shape) != shape:
            raise ShapeError(
                f"{name}: shapes {write_shape(shape)} and {write_shape(e.shape)} do not fit",
                mend=FITTING,
            )
    return shape


def spread_all(name: str, operands: Sequence[Expr]) -> list[Expr]:
    """The operands, all of one shape."""
    shape = common_shape(name, operands)
    return [spread(e, shape) for e in operands]


def spread_to(name: str, e: Expr, shape: Shape) -> Expr:
    """The operand in exactly the shape."""
    if join(name, shape, e.shape) != shape:
        raise ShapeError(
            f"{name}: shapes {write_shape(shape)} and {write_shape(e.shape)} do not fit",
            mend="Only the second argument is broadcast.",
        )
    return spread(e, shape)


def negate(e: Expr) -> Expr:
    """-A, with the sign taken into a leading number; -(-A) stays as it is written."""
    if e.op.name == "number":
        return lift(-e.data[0])
    if e.op.name != "mul":
        return mul(-1, e)
    first, *rest = e.args
    if first.op.name != "number":
        return mul(-1, *e.args)
    return mul(-1, e) if first.data[0] < 0 else mul(lift(-first.data[0]), *rest)


def product(*factors: Expr) -> Expr:
    """A chain of factors, flat; a scalar made from matrices stays one factor."""
    chain = Chain(factors[0])
    for factor in factors[1:]:
        chain.multiply(factor)
    return chain.expr()


class Chain:
    """A product that grows to the right."""

    def __init__(self, first: Expr) -> None:
        self.factors = list(first.args) if first.op.name == "mul" else [first]
        self.shape = first.shape
        self.matrix = _last_matrix(self.factors)

    def multiply(self, factor: Expr) -> None:
        if self.matrix is not None and not self.shape:
            self.factors, self.matrix = [mul(*self.factors)], None
        if factor.shape:
            if self.matrix is not None and self.matrix.shape[1:] != factor.shape[:1]:
                mul(self.matrix, factor)  # which refuses, with both shapes
            rows = self.shape[0] if self.shape else factor.shape[0]
            self.shape = as_shape((rows, factor.shape[1]))
            self.matrix = factor
        self.factors.append(factor)

    def divide(self, divisor: Expr) -> None:
        if divisor.shape:
            raise ShapeError(
                f"A/B: division by a matrix, {write_shape(divisor.shape)}",
                mend="Write divide(A, B) to divide entry by entry, A*inv(B) for the inverse.",
            )
        self.multiply(power(divisor, -1))

    def expr(self) -> Expr:
        return mul(*self.factors)


class Total:
    """A sum that grows to the right, broadcasting as it goes."""

    def __init__(self, first: Expr) -> None:
        self.terms = [first]
        self.shape = first.shape

    def add(self, sign: str, term: Expr) -> None:
        shape = join(f"A {sign} B", self.shape, term.shape)
        if shape != self.shape:
            self.terms, self.shape = [spread(self.expr(), shape)], shape
        if sign == "-" and is_number(term):
            self.terms.append(spread(negate(term), shape))
        elif sign == "-":
            self.terms.append(negate(spread(term, shape)))
        else:
            self.terms.append(spread(term, shape))

    def expr(self) -> Expr:
        return add(*self.terms)


def _joined(a: Shape, b: Shape) -> Shape | None:
    if a == b or not b:
        return a
    if not a or _fills(a, b):
        return b
    return a if _fills(b, a) else None


def _fills(small: Shape, large: Shape) -> bool:
    """Whether a row or column repeats to the larger shape."""
    if not small or not large:
        return False
    is_row = small[0] == ONE and small[1] == large[1]
    return is_row or (small[1] == ONE and small[0] == large[0])


def _mend(a: Shape, b: Shape) -> str:
    if _joined(a, b[::-1]) is not None:
        return "The transpose of one of them would fit: write .T"
    if is_vector(a) and is_vector(b) and a[:1] != b[:1] and a[1:] != b[1:]:
        return "A row beside a column is ambiguous: write ones(m, 1)*row or column*ones(1, n)."
    return FITTING


def _fullness(shape: Shape) -> int:
    """Matrices before vectors before scalars."""
    return 2 - shape.count(ONE) if shape else 0


def _leading_number(e: Expr) -> tuple[list[Expr], Expr]:
    """A number in front of a product, and the rest of it."""
    if e.op.name == "mul" and e.args[0].op.name == "number" and len(e.args) > 1:
        return [e.args[0]], mul(*e.args[1:])
    return [], e


def _last_matrix(factors: list[Expr]) -> Expr | None:
    return next((factor for factor in reversed(factors) if factor.shape), None)


def matrix_power(base: Expr, exponent: Expr) -> Expr:
    """A**k for a square matrix; the caller has seen that it is a matrix."""
    rows, columns = base.shape  # type: ignore[misc]
    whole = exponent.op.name == "number" and exponent.data[0].denominator == 1
    if rows != columns or not whole:
        why = "is not square" if rows != columns else "needs an integer as its exponent"
        raise ShapeError(
            f"A**p: the base, {write_shape(base.shape)}, {why}",
            mend="Write power(A, p) for the power of every entry, A.T for the transpose.",
        )
    k = int(exponent.data[0])
    if k == 0:
        return operation("eye")(data=(rows,))
    if k == 1:
        return base
    return operation("inv")(base) if k == -1 else operation("matpow")(base, data=(k,))
