"""How much work may still be done: a bound on time and memory that no input can escape.

Everything symbolic makes expressions or walks over them, so both are counted here, and so
are the operations on arrays that a check evaluates, by what they cost beside those. The
count is the same on every run and every machine. Without a call of ``allow`` there is no
bound: callers of the library set none.
"""

from __future__ import annotations

from matcalc.errors import InputError

UNBOUNDED = 2**62

_left = UNBOUNDED
_allowed = UNBOUNDED


def allow(units: int) -> None:
    """From here on so many units: one for each expression, operand and visit."""
    global _left, _allowed
    _left = _allowed = units


def spend(units: int) -> None:
    """Take some of what is left; an InputError where it is not enough."""
    global _left
    _left -= units
    if _left < 0:
        allowed = _allowed
        allow(UNBOUNDED)  # so that the message can be put together
        raise InputError(
            f"this takes more than {allowed} steps, the limit for a network of its size",
            mend="Split long expressions into nodes, give smaller sizes (--dims), leave the"
            " check out (--no-check), or raise the limit with --limit work=N.",
        )


def left() -> int:
    """The units that may still be spent."""
    return _left


def used() -> int:
    """The units that have been spent since ``allow``."""
    return _allowed - _left
