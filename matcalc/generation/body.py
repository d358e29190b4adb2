"""The lines of a function: assignments, sizes read off arrays, long lines broken."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from matcalc.expressions.dimension import Dimension
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
    """Lines that read the needed dimensions off arrays, and those that no array shows.

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
    for dimension in list(missing):
        text = _solved(dimension, arrays)
        if text is not None:
            lines.append(f"{sizes[dimension]} = {text}")
            missing.remove(dimension)
    return lines, missing


def _solved(name: str, arrays: Sequence[tuple[str, Shape]]) -> str | None:
    """The size from an axis such as D + 1, in which it stands beside a number."""
    for array, shape in arrays:
        for axis, d in enumerate(shape):
            rest = Dimension({m: c for m, c in d.terms if name not in m})
            own = [(m, c) for m, c in d.terms if name in m]
            if own == [((name,), 1)] and rest.constant is not None:
                sign = "+" if rest.constant < 0 else "-"
                return f"{array}.shape[{axis}] {sign} {abs(rest.constant)}"
    return None


def indented(lines: Iterable[str], by: int = 4) -> list[str]:
    """Lines of a block, the long ones broken."""
    return [" " * by + piece for line in lines for piece in broken(line, WIDTH - by)]


def broken(line: str, width: int = WIDTH) -> list[str]:
    """A statement on as many lines as it needs, broken inside brackets."""
    if len(line) <= width or "#" in line or '"""' in line:
        return [line]
    if line.endswith(":"):
        return [*_bracketed(line[:-1], width - 1)[:-1], "):"]
    prefix, value = _prefix(line)
    if len(prefix) > width - 30:
        targets = _deeper(_spread(prefix[:-3].strip("()"), width - 4))
        return ["(", *targets, *broken(f") = {value}", width)]
    if len(_words(value)) > 1:
        return [f"{prefix}(", *_deeper(_spread(value, width - 4)), ")"]
    first, *rest = _bracketed(value, width, width - len(prefix))
    return [prefix + first, *rest]


def _prefix(line: str) -> tuple[str, str]:
    """``return`` or the targets of an assignment, and the value."""
    if line.startswith("return "):
        return "return ", line[7:]
    targets, found, value = line.partition(" = ")
    return (f"{targets} = ", value) if found and "(" not in targets[1:] else ("", line)


def _spread(text: str, width: int) -> list[str]:
    """An expression as lines of operands, each led by its operator."""
    lines = [""]
    for piece in _words(text):
        longer = f"{lines[-1]} {piece}".strip()
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(piece)
    return [part for line in lines for part in _bracketed(line, width)]


def _bracketed(text: str, width: int, room: int | None = None) -> list[str]:
    """A text that is longer than the room for it, broken inside the brackets at its end."""
    if len(text) <= (width if room is None else room) or text[-1] not in ")]}":
        return [text]
    depth, start = 0, len(text)
    while start > 0:
        start -= 1
        depth += (text[start] in ")]}") - (text[start] in "([{")
        if depth == 0:
            break
    inside = text[start + 1 : -1]
    if len(inside) < len(text) // 3:
        return [text]
    return [text[: start + 1], *_deeper(_spread(inside, width - 4)), text[-1]]


def _deeper(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _words(text: str) -> list[str]:
    """A text split at blanks outside of brackets, an operator with what follows it."""
    words, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == " " and depth == 0 and words[-1] not in OPERATORS:
            words.append("")
        else:
            words[-1] += character
    return words


OPERATORS = {"+", "-", "*", "/", "@", "if", "else", "for", "in"}
