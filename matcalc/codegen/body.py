"""The lines of a function: assignments, sizes read off arrays, long lines broken."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from matcalc.expressions.expr import Shape

WIDTH = 96


def names_in(code: Iterable[str]) -> set[str]:
    """The names that expressions or statements read."""
    found: set[str] = set()
    for text in code:
        tree = ast.parse(text)
        found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found


def size_lines(
    needed: Iterable[str], arrays: Sequence[tuple[str, Shape]], sizes: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Lines that read the needed dimensions off arrays, and those that no array has.

    ``sizes`` gives each dimension its identifier.
    """
    missing = list(dict.fromkeys(needed))
    lines: list[str] = []
    for name, shape in arrays:
        axes = {str(d): k for k, d in reversed(list(enumerate(shape)))}
        here = [d for d in missing if d in axes]
        if len(here) == 2:
            rows, columns = sorted(here, key=lambda d: axes[d])
            lines.append(f"{sizes[rows]}, {sizes[columns]} = {name}.shape")
        elif here:
            lines.append(f"{sizes[here[0]]} = {name}.shape[{axes[here[0]]}]")
        missing = [d for d in missing if d not in here]
    return lines, missing


def indented(lines: Iterable[str], by: int = 4) -> list[str]:
    """Lines of a block, the long ones broken."""
    return [" " * by + piece for line in lines for piece in broken(line, WIDTH - by)]


def broken(line: str, width: int = WIDTH) -> list[str]:
    """A statement on as many lines as it needs, broken inside brackets."""
    if len(line) <= width or "#" in line or '"""' in line:
        return [line]
    opening = _outermost(line)
    if opening is None:
        head, _, value = line.partition(" = ")
        if not value or not head.replace("_", "").replace(" ", "").replace(",", "").isalnum():
            return [line]
        return [f"{head} = (", *_items(value, width - 4, " "), ")"]
    start, stop = opening
    return [line[: start + 1], *_items(line[start + 1 : stop], width - 4, ", "), line[stop:]]


def _outermost(line: str) -> tuple[int, int] | None:
    """The brackets that hold the line's end, where splitting at their commas helps."""
    if line[-1] not in ")]}:":
        return None
    stop = len(line) - 1
    while line[stop] not in ")]}" and stop > 0:
        stop -= 1
    depth = 0
    for start in range(stop, -1, -1):
        if line[start] in ")]}":
            depth += 1
        elif line[start] in "([{":
            depth -= 1
            if depth == 0:
                whole = " " not in line[:start].partition(" = ")[2].strip()
                several = len(_split(line[start + 1 : stop], ", ")) > 1
                return (start, stop) if whole and several else None
    return None


def _items(text: str, width: int, separator: str) -> list[str]:
    """The items between brackets: filled lines, or operands led by their operator."""
    if separator == ", ":
        pieces = [piece + "," for piece in _split(text, ", ")]
        pieces[-1] = pieces[-1][:-1]
        return [f"    {line}" for line in _filled(pieces, width)]
    pieces = _operands(text)
    return [f"    {line}" for line in _filled(pieces, width)]


def _filled(pieces: list[str], width: int) -> list[str]:
    lines = [""]
    for piece in pieces:
        longer = f"{lines[-1]} {piece}".strip()
        if lines[-1] and len(longer) > width:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


def _split(text: str, separator: str) -> list[str]:
    """The text at separators outside of brackets."""
    parts, depth, start = [], 0, 0
    for k, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and text.startswith(separator, k):
            parts.append(text[start:k])
            start = k + len(separator)
    parts.append(text[start:])
    return parts


def _operands(text: str) -> list[str]:
    """A sum or product as its operands, each with the operator in front of it."""
    words = _split(text, " ")
    pieces = [words[0]]
    for word in words[1:]:
        if pieces[-1] in ("+", "-", "*", "/", "@") or pieces[-1].endswith(","):
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return pieces
