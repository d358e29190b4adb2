"""More bad files, of subtler kinds, and files that are odd and in order: bad_subtle.txt.

A line of that table has the places and the words of all mistakes of a file, and the file:

    1:8 N:4 is not a name ⟸ dims: {N:4}¶network: {L: 1}¶
"""

from dataclasses import dataclass
from pathlib import Path

from tests.bad_files import HEAD

SIGNS = {"⟨HEAD⟩": HEAD, "⟨L⟩": "network: {L: 1}\n", "¶": "\n", "⇥": "\t", "␍": "\r"}


@dataclass(frozen=True)
class Case:
    text: str
    mistakes: tuple[tuple[int, int, str], ...]
    "Line, column and words of each."


def cases() -> list[Case]:
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n")
    return [_case(line) for line in lines if line and not line.startswith("#")]


def _case(line: str) -> Case:
    expected, text = line.split(" ⟸ ")
    for sign, meant in SIGNS.items():
        text = text.replace(sign, meant)
    parts = [] if expected == "fine" else expected.split(" ‖ ")
    return Case(text, tuple(map(_mistake, parts)))


def _mistake(part: str) -> tuple[int, int, str]:
    place, words = part.split(" ", 1)
    line, column = place.split(":")
    return int(line), int(column), words
