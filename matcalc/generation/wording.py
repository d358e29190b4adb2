"""Words and formulas in the docstrings of generated code."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from matcalc.expressions.expr import Expr, Shape
from matcalc.generation.body import WIDTH
from matcalc.network.network import Convention, Equation
from matcalc.printing.language import write

LONGEST_FORMULA = 400


def docstring(text: str, by: int = 4) -> list[str]:
    """A text as the lines of a docstring; blank lines stay, long lines are wrapped."""
    safe = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    safe = safe.replace("\\", "\\\\").replace('"', "'")
    lines: list[str] = []
    for line in safe.strip().split("\n"):
        margin = len(line) - len(line.lstrip())
        deeper = " " * (margin + 4 if margin else 0)
        wrapped = textwrap.wrap(
            line.strip(),
            WIDTH - by,
            initial_indent=" " * margin,
            subsequent_indent=deeper,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += wrapped or [""]
    space = " " * by
    if len(lines) == 1 and len(lines[0]) + by + 6 <= WIDTH:
        return [f'{space}"""{lines[0]}"""']
    body = [f"{space}{line}".rstrip() for line in lines]
    body[0] = f'{space}"""{lines[0]}'
    return [*body, f'{space}"""']


def formula(equation: Equation, names: Mapping[Expr, str], convention: Convention) -> str:
    """``Z = X*W + b``, the author's text with these names for the symbols."""
    new = {s.name: name for s, name in names.items()}
    text = equation.text or write(equation.expr, convention)
    renamed = re.sub(r"[A-Za-z_]\w*", lambda match: new.get(match[0], match[0]), text)
    return f"{names[equation.symbol]} = {shortened(renamed)}"


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_FORMULA else text[: LONGEST_FORMULA - 4] + " ..."


def shape_text(shape: Shape) -> str:
    """``(N, D)``; ``()`` for a scalar."""
    return f"({', '.join(map(str, shape))})"


def shapes_listed(symbols: Iterable[Expr], names: Mapping[Expr, str]) -> str:
    """``X (N, D), b (1, H) and s, a scalar``: what goes in or comes out."""
    return listed([f"{names[s]} {shape_text(s.shape)}" for s in symbols])


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
