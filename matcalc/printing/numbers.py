"""How exact numbers are written: integers, short decimals, else fractions."""

from __future__ import annotations

from fractions import Fraction


def decimal(value: Fraction, beyond: int = 16) -> tuple[str, int] | None:
    """Digits and a power of ten for a positive value that is shown as a decimal.

    None where a fraction (or an integer) is shown: 1/2, 3/16, 1/3, that is where the
    denominator is not ``beyond`` a number or the decimals do not end.
    """
    if value.denominator <= beyond:
        return None
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest != 1 or places > 300:
        return None
    digits = str(value.numerator * 10**places // value.denominator)
    if places - len(digits) >= 4:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return mantissa, len(digits) - places - 1
    padded = digits.zfill(places + 1)
    return f"{padded[:-places]}.{padded[-places:]}", 0
