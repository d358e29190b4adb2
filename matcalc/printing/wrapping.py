"""Text on a terminal: how wide it is, how it is wrapped, and how it is coloured."""

from __future__ import annotations

import textwrap

WIDTH = 80
BOLD, DIM, OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"
GREEN, RED = "\x1b[32m", "\x1b[31m"


def wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Lines of at most WIDTH characters, but for longer words: ``first`` before the first
    one, ``rest`` (else ``first``) before all others."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )
