"""The catalogue of rules as text for a terminal and as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matcalc.derivation.catalogue import Entry, Pullback
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.printing.language import write
from matcalc.printing.latex import LatexPrinter
from matcalc.printing.markdown import display, inline
from matcalc.printing.wrapping import BOLD, OFF, wrap

INDENT = 16

HEAD = """\
# The rules

Every operation of matcalc, as its registry has it: the definition, the line that its
derivative is known by, and that line worked out on an example `Y`: the differential
`d(Y)`, the gradient that each operand receives, and the Jacobian `∂v(Y)/∂v(A)` with a row
for each entry of `Y`, where `v` stacks rows (row convention) or columns (column
convention). By a scalar or of one, the derivative has the other's shape.
`matcalc rules NAME` shows one of them.

This page is generated: `make docs`.
"""


def write_catalogue_text(entries: Iterable[Entry], *, colour: bool = False) -> str:
    """The entries for a terminal of 80 columns."""
    return "\n\n".join("\n".join(_text(entry, colour)) for entry in entries)


def _text(entry: Entry, colour: bool) -> Iterator[str]:
    yield f"{BOLD}{entry.name}{OFF}" if colour else entry.name
    yield from _row("definition", entry.definition)
    if entry.rule:
        yield from _row("rule", entry.rule)
    if entry.change is not None:
        yield from _row("example", f"Y = {entry.example}, {_shapes(entry)}")
        yield from _row("d(Y)", write(entry.change))
    for pullback in entry.pullbacks:
        yield from _row(f"grad({pullback.operand})", write(pullback.gradient))
    for pullback in entry.pullbacks:
        for label, text in _jacobian_rows(pullback):
            yield from _row(label, text)
    yield from _row("source", entry.source)


def _row(label: str, text: str) -> Iterator[str]:
    first = f"  {label}".ljust(INDENT) if len(label) < INDENT - 2 else f"  {label} "
    yield from wrap(text, first, " " * INDENT)


def _jacobian_rows(pullback: Pullback) -> Iterator[tuple[str, str]]:
    """The Jacobian once where both orders give the same, else once for each."""
    rows = write(pullback.rows)
    columns = write(pullback.columns, Convention.COLUMN)
    name = pullback.operand
    label = f"∂Y/∂{name}" if pullback.plain else f"∂v(Y)/∂v({name})"
    if rows == columns:
        yield label, rows
    else:
        yield label, f"{rows}, v stacks rows"
        yield "", f"{columns}, v stacks columns"


def _shapes(entry: Entry) -> str:
    shapes = entry.shapes or {}
    return ", ".join(f"{name} {'×'.join(shape) or 'scalar'}" for name, shape in shapes.items())


def write_catalogue_markdown(entries: Iterable[Entry]) -> str:
    """The entries as sections of a page."""
    return "\n".join(line for entry in entries for line in _markdown(entry))


def write_catalogue_page(entries: Iterable[Entry]) -> str:
    """docs/rules.md."""
    return f"{HEAD}\n{write_catalogue_markdown(entries)}\n"


def _markdown(entry: Entry) -> Iterator[str]:
    yield from (f"## {entry.name}", "", f"`{entry.definition}`", "")
    if entry.rule:
        yield from (f"Rule: {entry.rule}", "")
    if entry.derivation is not None and entry.change is not None:
        yield from _worked(entry, entry.change)
    yield from (f"Source: {_escape(entry.source)}.", "")


def _worked(entry: Entry, change: Expr) -> Iterator[str]:
    assert entry.derivation is not None
    rows = LatexPrinter(Convention.ROW, entry.derivation.of)
    columns = LatexPrinter(Convention.COLUMN, entry.derivation.of)
    yield from (f"Example: `Y = {entry.example}`, {_shapes(entry)}.", "")
    yield from display(rf"\mathrm{{d}} Y = {rows.text(change)}")
    yield "| by | gradient | Jacobian, v stacks rows | Jacobian, v stacks columns |"
    yield "| --- | --- | --- | --- |"
    for p in entry.pullbacks:
        formulas = [rows.text(p.gradient), rows.text(p.rows), columns.text(p.columns)]
        cells = " | ".join(inline(formula).replace("|", r"\vert ") for formula in formulas)
        yield f"| `{p.operand}` | {cells} |"
    yield ""


def _escape(text: str) -> str:
    return text.replace("_", r"\_")
