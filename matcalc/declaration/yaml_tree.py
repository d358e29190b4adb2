"""What a YAML file says, as nodes of raw text that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from matcalc.declaration.text import Text
from matcalc.errors import InputError, Place

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


WRITTEN = {
    "'": re.compile("''|."),
    '"': re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|."),
    **dict.fromkeys(("", "|", ">"), re.compile(".")),
}
"What stands for one character, by the style of a scalar."


def _meant(written: str, style: str) -> str:
    """The character that a piece of a quoted scalar stands for; a space for those of its
    escapes that are no print."""
    if style != '"' or len(written) < 2:
        return written[0]
    if written[1] in "xuU" and len(written) > 2:
        return chr(min(int(written[2:], 16), 0x10FFFF))
    return written[1] if written[1] in '"\\/' else " "


@dataclass(frozen=True)
class Document:
    """The file: its name, and its lines for the messages."""

    file: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return LINE_BREAK.split(self.text)

    def place(self, line: int, column: int, length: int = 1) -> Place:
        """The place at a 0-based line and column."""
        text = self.lines[line] if line < len(self.lines) else ""
        return Place(self.file, line + 1, column + 1, max(1, length), text)

    def nearest_place(self, line: int, column: int) -> Place:
        """The place, or the end of the last line before it with anything on it."""
        if line < len(self.lines) and self.lines[line].strip():
            return self.place(line, column)
        line = min(line, len(self.lines) - 1)
        while line > 0 and not self.lines[line].strip():
            line -= 1
        return self.place(line, len(self.lines[line].rstrip()))


@dataclass(frozen=True, eq=False)
class Scalar(Text):
    """One scalar, raw. ``style`` is '' (plain), a quote, or a block's ``|`` or ``>``."""

    document: Document = field(kw_only=True, repr=False)
    line: int = field(kw_only=True)
    column: int = field(kw_only=True)
    style: str = field(kw_only=True)

    @property
    def size(self) -> int:
        return 1 + len(self.text)

    @property
    def is_empty(self) -> bool:
        return not self.style and self.text in ("", "~", "null")

    def place(self, start: int = 0, stop: int | None = None) -> Place:
        stop = len(self.text) if stop is None else stop
        line, column = self._position(start)
        last_line, last_column = self._position(max(start, stop - 1))
        whole = self.document.lines[line] if line < len(self.document.lines) else ""
        end = last_column + 1 if last_line == line else len(whole)
        return self.document.place(line, column, end - column)

    def _position(self, offset: int) -> tuple[int, int]:
        """The 0-based line and column in the file of a character of the text."""
        lines = self.document.lines
        first = self.column + (1 if self.style in ("'", '"') else 0)
        if self.line < len(lines) and lines[self.line].startswith(self.text, first):
            return self.line, first + offset
        if offset < len(self._positions):
            return self._positions[offset]
        return self._positions[-1] if self._positions else (self.line, self.column)

    @cached_property
    def _positions(self) -> list[tuple[int, int]]:
        """Where each character stands, when the text runs over lines or has escapes.

        YAML folds white space and keeps everything else in order, so the characters
        that are no white space are matched one by one, as far as they agree.
        """
        found = []
        source = self._source()
        here = (self.line, self.column)
        for character in self.text:
            if not character.isspace():
                here, read = next(source, (here, ""))
                if read != character:
                    return [(self.line, self.column)] * len(self.text)
            found.append(here)
        return found

    def _source(self) -> Iterator[tuple[tuple[int, int], str]]:
        """The characters of the file from here on that are no white space."""
        block = self.style in ("|", ">")
        row, column = (self.line + 1, 0) if block else (self.line, self.column)
        if self.style in ("'", '"'):
            column += 1
        for number in range(row, len(self.document.lines)):
            line = self.document.lines[number]
            for match in WRITTEN[self.style].finditer(line, column if number == row else 0):
                character = _meant(match[0], self.style)
                if not character.isspace():
                    yield (number, match.start()), character


@dataclass(eq=False)
class Collection:
    """What sequences and mappings share: a place, and their size with aliases expanded."""

    document: Document = field(repr=False)
    line: int
    column: int
    size: int = 1

    def place(self) -> Place:
        return self.document.place(self.line, self.column)

    def refuse(self, message: str, mend: str = "") -> NoReturn:
        raise InputError(message, mend=mend, place=self.place())


@dataclass(eq=False)
class Sequence(Collection):
    items: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Mapping(Collection):
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    "Keys that are here more than once: entries has the first of each."

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | Sequence | Mapping
