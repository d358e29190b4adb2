"""Number literals, read exactly: ``1e-3`` is one thousandth, never a binary fraction."""

from __future__ import annotations

import math
import re
from fractions import Fraction

_DIGITS = "[0-9]+(?:_[0-9]+)*"
LITERAL = re.compile(rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?[0-9]+)?")
SIGNED = re.compile(rf"[+-]?(?:{LITERAL.pattern})")


def read_number(text: str, digits: int) -> Fraction:
    """The number; a ValueError with the reason where it is out of bounds."""
    mantissa, _, exponent = text.lower().replace("_", "").partition("e")
    if sum(c.isdigit() for c in mantissa) > digits:
        raise ValueError(f"a number of more than {digits} digits")
    if len(exponent) > digits:
        raise ValueError(f"an exponent of more than {digits} digits")
    if not mantissa.strip("+-.0"):
        return Fraction(0)
    nearest = float(f"{mantissa}e{exponent}") if exponent else float(mantissa)
    if math.isinf(nearest) or nearest == 0:
        size = "large" if nearest else "small"
        raise ValueError(f"a number too {size} for double precision")
    return Fraction(f"{mantissa}e{exponent}" if exponent else mantissa)


def read_float(text: str, digits: int) -> float:
    """A number with an optional sign as a float; a ValueError where the text is none."""
    if not SIGNED.fullmatch(text.strip()):
        raise ValueError("not a number")
    value = float(text.replace("_", ""))
    if math.isinf(value):
        raise ValueError("a number too large for double precision")
    if len(text) > digits or value == 0:
        read_number(text.strip().lstrip("+-"), digits)  # which refuses as in an expression
    return value
