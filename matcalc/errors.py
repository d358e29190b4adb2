"""The exceptions of matcalc, one tree.

    MatcalcError
    ├── InputError        the user's file, expression or option is bad (exit code 2)
    │   └── ShapeError    two shapes do not fit together
    └── CannotDerive      the input is fine, but no rule covers it (exit code 2)

An InputError says what is wrong, where (file, line, column, the piece itself)
and how to mend it. Whoever raises one deep inside knows the words and the mend;
whoever knows the place adds it with :meth:`InputError.at`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

CONSIDERED = 2_000
"The most names that are compared with a misspelt one: the last ones declared."


@dataclass(frozen=True)
class Place:
    """A piece of source text: 1-based line and column, and the line it stands on."""

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class MatcalcError(Exception):
    """Anything that matcalc refuses, with a message fit for a user."""


class InputError(MatcalcError):
    """Bad input. ``mend`` is one sentence that says what to write instead."""

    def __init__(self, message: str, *, mend: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.place = place

    def at(self, place: Place) -> InputError:
        """The same error with its place filled in, unless it has one already."""
        if self.place is None:
            self.place = place
        return self

    def __str__(self) -> str:
        head = f"{self.place}: {self.message}" if self.place else self.message
        lines = [printable(head)]
        if self.place and self.place.text:
            text, start, length = _excerpt(self.place)
            lines += [f"    {text}", "    " + " " * start + "^" * length]
        if self.mend:
            lines.append(f"  {printable(self.mend)}")
        return "\n".join(lines)


class ShapeError(InputError):
    """Two shapes do not fit together; the message names both."""


class CannotDerive(MatcalcError):
    """matcalc has no rule for this and says so instead of guessing."""

    def __str__(self) -> str:
        return printable(super().__str__())


class ManyErrors(InputError):
    """Several independent mistakes, reported together in the order of the file."""

    def __init__(self, errors: list[InputError]) -> None:
        super().__init__(f"{len(errors)} mistakes")
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def printable(text: str) -> str:
    """The text with what a terminal would obey, or show in another order, spelled out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is spelled most like this one, or None."""
    if len(name) > 60:
        return None
    pool = [candidate for candidate in known if abs(len(candidate) - len(name)) <= 3]
    for candidate in pool:
        if candidate.lower() == name.lower():
            return candidate
    cutoff = 0.5 if len(name) <= 3 else 0.6
    found = get_close_matches(name, pool[-CONSIDERED:], n=1, cutoff=cutoff)
    return found[0] if found else None


def _excerpt(place: Place, width: int = 76) -> tuple[str, int, int]:
    """The part of the line around the piece that fits a terminal."""
    start = max(place.column - 1, 0)
    first = max(0, start - width // 2) if len(place.text) > width else 0
    shown = place.text.replace("\t", " ")
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    text = text[first : first + width].rstrip()
    offset = start - first
    return text, offset, max(1, min(place.length, max(len(text) - offset, 1)))
