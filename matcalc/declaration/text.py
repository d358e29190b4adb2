"""A text, and where each of its characters stands: what every message points into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from matcalc.errors import InputError, Place


@dataclass(frozen=True)
class Text:
    """A text that is a source of its own; in a YAML file, see yaml_source.Scalar."""

    text: str
    file: str = "<text>"

    def place(self, start: int = 0, stop: int | None = None) -> Place:
        """The place of ``text[start:stop]``."""
        first = self.text.rfind("\n", 0, start) + 1
        line = self.text[first:].split("\n", 1)[0]
        length = (len(self.text) if stop is None else stop) - start
        row = self.text.count("\n", 0, start) + 1
        return Place(self.file, row, start - first + 1, max(1, length), line)

    def refuse(
        self, message: str, start: int = 0, stop: int | None = None, mend: str = ""
    ) -> NoReturn:
        raise InputError(message, mend=mend, place=self.place(start, stop))


def clip(text: str, width: int = 40) -> str:
    """The text on one line, short enough for a message."""
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 3] + "..."
