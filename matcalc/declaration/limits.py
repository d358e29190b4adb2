"""How large an input may be. Every bound is here, so that an option can raise it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Generous for people, small enough that a hostile file is refused in time."""

    file_bytes: int = 4_000_000
    "Also what aliases may expand to, in characters."
    pieces: int = 10_000
    "Names, numbers and operators in one expression."
    depth: int = 200
    digits: int = 300
    nodes: int = 20_000
    size: int = 1_000_000
    mistakes: int = 20
    "How many are reported at once."


UNLIMITED = Limits(*[2**62] * 6)
"For text that matcalc wrote itself."
