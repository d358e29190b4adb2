"""Matrices of entries on several lines, for the terminal.

    ⎡ X₁₁  0 ⎤   ⎡ W₁₁  W₁₂ ⎤
    ⎣ X₂₁  0 ⎦ · ⎣ W₂₁  W₂₂ ⎦

An expression that is such a matrix, or a product of some, becomes lines of one width.
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.expressions.expr import Expr
from matcalc.printing.factors import factors

Text = Callable[[Expr], str]
SIGNS = {"product": " · ", "hadamard": " ∘ ", "inner": ", ", "": ""}


def is_grid(e: Expr) -> bool:
    """Whether an expression is a matrix of entries with more than one row."""
    return e.op.name == "vstack" and len(e.args) > 1


def grid_lines(e: Expr, text: Text) -> list[str] | None:
    """The lines; None for what has no matrix of entries among its factors."""
    found = factors(e)
    sign, parts = found.sign, found.parts
    if e.op.name == "inner":
        sign, parts = "inner", e.args
    if not any(is_grid(part) for part in parts):
        return None
    blocks = [_matrix(part, text) if is_grid(part) else [text(part)] for part in parts]
    height = max(map(len, blocks))
    joined = [""] * height
    for k, block in enumerate(blocks):
        between = SIGNS[sign] if k else ""
        rows = _centred(block, height)
        for i in range(height):
            gap = between if i == (height - 1) // 2 else " " * len(between)
            joined[i] += gap + rows[i]
    if sign == "inner":
        middle = (height - 1) // 2
        ends = [("⟨", "⟩") if i == middle else (" ", " ") for i in range(height)]
        joined = [a + line + b for line, (a, b) in zip(joined, ends, strict=True)]
    return [line.rstrip() for line in joined]


def _matrix(e: Expr, text: Text) -> list[str]:
    cells = [
        [text(cell) for cell in (row.args if row.op.name == "hstack" else (row,))] for row in e.args
    ]
    columns = max(map(len, cells))
    widths = [
        max((len(row[j]) for row in cells if j < len(row)), default=0) for j in range(columns)
    ]
    lines = []
    for i, row in enumerate(cells):
        inside = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        left, right = _ends(i, len(cells))
        lines.append(f"{left} {inside} {right}")
    return lines


def _ends(i: int, rows: int) -> tuple[str, str]:
    if i == 0:
        return "⎡", "⎤"
    return ("⎣", "⎦") if i == rows - 1 else ("⎢", "⎥")


def _centred(block: list[str], height: int) -> list[str]:
    width = max(map(len, block))
    above = (height - 1) // 2 - (len(block) - 1) // 2
    blank = [" " * width]
    rows = blank * above + [line.ljust(width) for line in block]
    return rows + blank * (height - len(rows))
