"""Taking expressions apart: coefficients, scalar factors, powers, constants."""

from __future__ import annotations

from fractions import Fraction

from matcalc.expressions.build import mul, ones, power, zeros
from matcalc.expressions.expr import Expr, Shape, lift

ONE = Fraction(1)


def is_number(e: Expr, value: int | None = None) -> bool:
    return e.op.name == "number" and (value is None or e.data[0] == value)


def is_zero(e: Expr) -> bool:
    return e.op.name == "zeros" or is_number(e, 0)


def zero(shape: Shape) -> Expr:
    return zeros(shape)


def filled(shape: Shape) -> Expr:
    """Ones of the shape."""
    return ones(*shape) if shape else lift(1)


def split_coefficient(e: Expr) -> tuple[Fraction, Expr]:
    """c and A of a term c·A, c a number."""
    if e.op.name == "number":
        return e.data[0], lift(1)
    if e.op.name == "mul" and e.args[0].op.name == "number":
        return e.args[0].data[0], mul(*e.args[1:])
    return ONE, e


def with_coefficient(c: Fraction, e: Expr) -> Expr:
    """c·A as a product with the number in front."""
    if c == 1:
        return e
    if is_number(e):
        return lift(c * e.data[0])
    if e.op.name == "mul":
        return mul(lift(c), *e.args)
    return mul(lift(c), e)


def split_scalars(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """The scalar factors and the matrix factors of a product; of anything else, itself."""
    factors = list(e.args) if e.op.name == "mul" else [e]
    return [f for f in factors if not f.shape], [f for f in factors if f.shape]


def base_and_exponent(e: Expr) -> tuple[Expr, Fraction]:
    """A and p of A**p with a number p (entrywise)."""
    if e.op.name == "power" and e.args[1].op.name == "number":
        return e.args[0], e.args[1].data[0]
    return e, ONE


def raised(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else power(base, lift(exponent))


def collect_powers(factors: list[Expr]) -> list[Expr] | None:
    """The factors with powers of one base joined, or None where no base comes twice."""
    exponents: dict[Expr, Fraction] = {}
    for factor in factors:
        base, exponent = base_and_exponent(factor)
        exponents[base] = exponents.get(base, Fraction(0)) + exponent
    if len(exponents) == len(factors):
        return None
    return [raised(base, p) for base, p in exponents.items() if p]


def is_negative(e: Expr) -> bool:
    """Whether every term carries a minus sign."""
    if e.op.name == "add":
        return all(split_coefficient(term)[0] < 0 for term in e.args)
    return split_coefficient(e)[0] < 0


def negated(e: Expr) -> Expr:
    """-A, with the sign taken into the terms of a sum."""
    if e.op.name == "add":
        return e.op(*(negated(term) for term in e.args))
    c, core = split_coefficient(e)
    return with_coefficient(-c, core)
