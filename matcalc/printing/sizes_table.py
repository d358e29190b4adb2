"""The table of sizes: which shape the derivative of a number, a vector or a matrix by each
of them has, as the local Jacobians of a network show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Jacobian
from matcalc.expressions.expr import Shape, is_vector
from matcalc.printing.latex import name_latex
from matcalc.printing.latex_lines import dimension_latex
from matcalc.printing.unicode import pretty_name

KINDS = ("number", "vector", "matrix")
ENOUGH = 4
"The fewest cells that are worth a table."
WORDS = (
    "Where a matrix meets a vector or another matrix, the derivative is a tensor: its size is"
    " that of its entries stacked into a matrix."
)

Table = list[tuple[str, list[list[Jacobian]]]]


def sizes_table(d: Derivation) -> Table:
    """For each kind of result, its Jacobians by a number, by a vector and by a matrix; empty
    where the network has too few kinds for a table."""
    cells: dict[tuple[str, str], list[Jacobian]] = {}
    for j in d.explained:
        of = kind(d.network.declared_shape(j.of))
        cells.setdefault((of, kind(d.network.declared_shape(j.wrt))), []).append(j)
    if len(cells) < ENOUGH:
        return []
    return [(row, [cells.get((row, column), []) for column in KINDS]) for row in KINDS]


def kind(shape: Shape) -> str:
    if not shape:
        return "number"
    return "vector" if is_vector(shape) else "matrix"


def size_words(j: Jacobian, times: str, text: Callable[[str], str] = str) -> str:
    """Its size, products in parentheses: (n*m)×m; each side through ``text``."""
    sides = (f"({text(s)})" if "*" in s or " " in s else text(s) for s in j.size_texts)
    return times.join(sides) or "scalar"


def markdown_table(d: Derivation) -> Iterator[str]:
    if not (table := sizes_table(d)):
        return
    yield from ("", "| | by a " + " | by a ".join(KINDS) + " |", "| --- | --- | --- | --- |")
    for row, cells in table:
        texts = (
            "<br>".join(f"`∂{j.of}/∂{j.wrt}`: {size_words(j, ' × ')}" for j in cell)
            for cell in cells
        )
        yield f"| a {row} | {' | '.join(texts)} |".replace("*", "·")
    yield from ("", WORDS)


def latex_table(d: Derivation) -> Iterator[str]:
    if not (table := sizes_table(d)):
        return
    yield "\n\\medskip\n\\begin{tabular}{@{}llll@{}}"
    yield rf" & by a {' & by a '.join(KINDS)} \\ \hline"
    for row, cells in table:
        for head, texts in _lines(f"a {row}", cells, _latex_cell):
            yield rf"{head} & {' & '.join(texts)} \\"
    yield "\\end{tabular}\n\n" + WORDS


def _latex_cell(j: Jacobian) -> str:
    size = size_words(j, r" \times ", dimension_latex)
    size = f"${size}$" if j.size_texts else size
    return rf"$\partial {name_latex(j.of)} / \partial {name_latex(j.wrt)}$: {size}"


def text_table(d: Derivation) -> list[str]:
    if not (table := sizes_table(d)):
        return []
    rows = [["", *(f"by a {kind}" for kind in KINDS)]]
    for row, cells in table:
        rows += [[head, *texts] for head, texts in _lines(f"a {row}", cells, _text_cell)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _text_cell(j: Jacobian) -> str:
    return f"∂{pretty_name(j.of)}/∂{pretty_name(j.wrt)} {size_words(j, '×')}"


def _lines(
    head: str, cells: list[list[Jacobian]], text: Callable[[Jacobian], str]
) -> Iterator[tuple[str, list[str]]]:
    """A row of the table as lines of one Jacobian in each cell."""
    for k in range(max(1, *map(len, cells))):
        yield head if k == 0 else "", [text(cell[k]) if k < len(cell) else "" for cell in cells]
