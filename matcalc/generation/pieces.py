"""Pieces of NumPy source: a text, how tightly it binds, and the array that it stands for.

A piece may *hold* less than the expression it stands for: a row where a matrix repeats
that row, a number where a matrix is full of it. NumPy's broadcasting repeats it where it
is used, so that nothing repeated is built before someone needs the whole array.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape

# From loosely to tightly bound. A product by @ stands in parentheses beside a *.
SUM, SIGN, MATMUL, PRODUCT, POWER, ATOM = range(6)

LARGEST_EXACT = 2**53
LARGEST_INTEGER = 2**16 - 1
"NumPy 1 makes float64 of a float32 array times a larger one; floats are safe."


@dataclass(frozen=True, slots=True)
class Piece:
    """``constant``: a Python number, which takes the precision of what it meets."""

    text: str
    binding: int
    held: Shape
    constant: bool = False

    def within(self, binding: int) -> str:
        """The text, in parentheses where it binds less tightly than ``binding``."""
        return f"({self.text})" if self.binding < binding else self.text


def number(value: Fraction) -> Piece:
    """An integer, a decimal that is exactly the fraction, or a quotient."""
    if value < 0:
        return negated(number(-value))
    if value.denominator == 1 and value <= LARGEST_INTEGER:
        return Piece(str(value.numerator), ATOM, (), True)
    try:
        nearest = float(value)
    except OverflowError:
        return Piece("np.inf", ATOM, (), True)
    short = Fraction(repr(nearest)) == value
    if short or max(value.numerator, value.denominator) >= LARGEST_EXACT:
        return Piece(repr(nearest), ATOM, (), True)
    return Piece(f"{value.numerator} / {value.denominator}", PRODUCT, (), True)


SIZE = re.compile(r"(?=.*[A-Za-z_])[\w *+-]+", re.ASCII)
"A size, or an integer made from sizes."
ONE_PIECE = Piece("1", ATOM, (), True)


def negated(p: Piece) -> Piece:
    inner = p.text if p.binding >= PRODUCT else f"({p.text})"
    return Piece(f"-{inner}", SIGN, p.held, p.constant)


def times(a: Piece, b: Piece) -> Piece:
    """The entrywise product, which scales where one of them is a number."""
    if a.text == "1" and a.constant:
        return b
    if b.text == "1" and b.constant:
        return a
    a, b = as_factor(a, b), as_factor(b, a)
    left, binding = _left(a, PRODUCT)
    text = f"{left} * {_right(b)}"
    return Piece(text, binding, join(a.held, b.held), a.constant and b.constant)


def over(a: Piece, b: Piece) -> Piece:
    """The entrywise quotient; a product by @ may stand in front of the stroke."""
    a, b = as_factor(a, b), as_factor(b, a)
    left, binding = _left(a, MATMUL)
    text = f"{left} / {b.within(POWER)}"
    return Piece(text, binding, join(a.held, b.held), a.constant and b.constant)


def as_factor(number: Piece, array: Piece) -> Piece:
    """A number beside an array: a size may be large, and is a float there."""
    if number.constant and array.held and SIZE.fullmatch(number.text):
        return Piece(f"float({number.text})", ATOM, (), True)
    return number


def _left(a: Piece, least: int) -> tuple[str, int]:
    """A left factor and what the product binds: -A stands bare, and makes it a -."""
    return (a.text, SIGN) if a.binding == SIGN else (a.within(least), PRODUCT)


def _right(b: Piece) -> str:
    """A right factor; a quotient there stands in parentheses, as people write it."""
    return b.within(POWER if " / " in b.text else PRODUCT)


def transposed(p: Piece) -> Piece:
    if not p.held:
        return p
    if p.binding == ATOM and p.text.endswith(".T"):
        return Piece(p.text[:-2], ATOM, p.held[::-1])
    return Piece(f"{p.within(ATOM)}.T", ATOM, p.held[::-1])


def join(a: Shape, b: Shape) -> Shape:
    """The shape that broadcasting gives to two held shapes."""
    if not a or not b or a == b:
        return a or b
    return tuple(n if m == ONE else m for m, n in zip(a, b, strict=True))  # type: ignore


def repeats(held: Shape, shape: tuple[Dimension, Dimension], axis: int) -> bool:
    """Whether an array of ``shape`` is held with this axis not yet repeated."""
    return shape[axis] != ONE and (not held or held[axis] == ONE)
