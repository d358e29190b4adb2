"""Taking an expression apart the way a printer shows it.

Products into a sign, a numerator and a denominator; entrywise products into what is
multiplied and what is divided by; broadcasts into what a reader's broadcasting does
by itself. All of this is about expressions: no text is made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape
from matcalc.printing.numbers import decimal
from matcalc.simplify.parts import is_number


def split_product(e: Expr) -> tuple[bool, list[Expr], list[Expr]]:
    """Whether a product is negative, its factors, and what it is divided by."""
    negative, above, below = False, [], []
    for k, factor in enumerate(e.args):
        name = factor.op.name
        if name == "number" and k == 0 and len(e.args) > 1:
            value = factor.data[0]
            negative, value = value < 0, abs(value)
            whole = value if decimal(value) else Fraction(value.numerator)
            if whole != 1:
                above.append(factor.op(data=(whole,)))
            if value.denominator != whole.denominator:
                below.append(factor.op(data=(Fraction(value.denominator),)))
        elif name == "power" and is_negative_number(factor.args[1]) and not factor.shape:
            below.append(invert(factor))
        else:
            above.append(factor)
    if not above and not below:
        above = [e.args[0].op(data=(Fraction(1),))]
    return negative, above, below


def rational(e: Expr) -> Fraction | None:
    """The value of a number or of a quotient of numbers, as in x**(1/2)."""
    factors = e.args if e.op.name == "mul" else (e,)
    total = Fraction(1)
    for factor in factors:
        over = factor.op.name == "power" and is_number(factor.args[1], -1)
        value = factor.args[0] if over else factor
        if not is_number(value) or (over and is_number(value, 0)):
            return None
        total = total / value.data[0] if over else total * value.data[0]
    return total


def is_negative_number(p: Expr) -> bool:
    return p.op.name == "number" and p.data[0] < 0


def invert(factor: Expr) -> Expr:
    """base**-p as base**p."""
    base, p = factor.args
    exponent = -p.data[0]
    return base if exponent == 1 else factor.op(base, p.op(data=(exponent,)))


def split_hadamard(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """The entrywise factors, and those that stand in a denominator."""
    above, below = [], []
    for factor in e.args:
        inner = bare(factor)
        if inner.op.name == "power" and is_negative_number(inner.args[1]):
            inverted = invert(inner)
            spread = inner is not factor
            below.append(factor.op(inverted, data=factor.data) if spread else inverted)
        else:
            above.append(factor)
    return above, below


def flat_factors(e: Expr) -> list[Expr]:
    """The factors of an entrywise product, those of products within it among them."""
    factors, stack = [], [e]
    while stack:
        factor = stack.pop()
        if factor.op.name == "hadamard":
            stack.extend(reversed(factor.args))
        else:
            factors.append(factor)
    return factors


def bare(e: Expr) -> Expr:
    """What is repeated by a broadcast; anything else as it is."""
    return e.args[0] if e.op.name == "broadcast" else e


def spread_bare(terms: Sequence[Expr]) -> list[Expr]:
    """The terms with broadcasts left to the language's own broadcasting where it would
    repeat them to the same shape, reading from left to right."""
    whole = terms[0].shape
    if not any(bare(term).shape == whole for term in terms):
        return list(terms)
    result: list[Expr] = []
    shape: Shape | None = None
    for term in terms:
        candidate = bare(term)
        joined = candidate.shape if shape is None else _join(shape, candidate.shape)
        if joined is None:
            candidate, joined = term, whole
        result.append(candidate)
        shape = joined
    return result


def _join(a: Shape, b: Shape) -> Shape | None:
    """The shape of a sum under the language's broadcasting, or None where it is refused."""
    if a == b or not b:
        return a
    if not a:
        return b
    for small, large in ((a, b), (b, a)):
        if small[0] == ONE and small[1] == large[1] and large[0] != ONE:
            return large
        if small[1] == ONE and small[0] == large[0] and large[1] != ONE:
            return large
    return None
