"""How much work may still be done: a bound on time and memory that no input can escape.

Everything symbolic makes expressions or walks over them, so both are counted here. What a
check computes on arrays is counted apart, by what it costs beside those: ``compute``. Either
count is the same on every run and every machine. Without a call of ``allow`` there is no
bound: callers of the library set none.
"""

from __future__ import annotations

from matcalc.errors import InputError

UNBOUNDED = 2**62

_left = _allowed = UNBOUNDED
_computing = UNBOUNDED


def allow(units: int, computing: int = UNBOUNDED) -> None:
    """From here on so many units: one for each expression, operand and visit; and so many for
    what is computed on arrays."""
    global _left, _allowed, _computing
    _left = _allowed = units
    _computing = computing


def spend(units: int) -> None:
    """Take some of what is left; an InputError where it is not enough."""
    global _left
    _left -= units
    if _left < 0:
        allowed = _allowed
        allow(UNBOUNDED)  # so that the message can be put together
        raise InputError(
            f"this takes more than {allowed} steps, the limit for a network of its size",
            mend="Split long expressions into nodes, or raise the limit with --limit work=N.",
        )


def compute(units: int) -> None:
    """The same for what is computed."""
    global _computing
    _computing -= units
    if _computing < 0:
        allow(UNBOUNDED)
        raise InputError(
            "this computes more than the limit for a network of its size",
            mend="Give smaller sizes (--dims), or raise the limit with --limit work=N;"
            " derive, diff and codegen do without a check (--no-check).",
        )


def left_to_compute() -> int:
    """The units of ``compute`` that are left."""
    return _computing


def used() -> int:
    """The units that have been spent since ``allow``."""
    return _allowed - _left
