"""A derivation for the terminal: Unicode, 80 columns, one block per partial."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from matcalc.checking.report import Report
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.hessian import Hessian
from matcalc.derivation.hessian import hessians as hessians_of
from matcalc.derivation.results import Jacobian
from matcalc.expressions.expr import Expr, write_shape
from matcalc.printing.factors import factors
from matcalc.printing.grids import grid_lines
from matcalc.printing.language import LanguagePrinter
from matcalc.printing.outline import (
    Entry,
    Line,
    Use,
    author_text,
    checked,
    conventions,
    differentials,
    entries,
    function_texts,
    jacobian_lines,
    layout_words,
    rule_words,
    sizes_text,
    title,
    variable_words,
)
from matcalc.printing.prose import plain
from matcalc.printing.sizes_table import WORDS, text_table
from matcalc.printing.unicode import UnicodePrinter, pretty_name

WIDTH = 80
BOLD, DIM, OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def write_terminal(
    d: Derivation,
    *,
    jacobians: bool = False,
    hessians: bool = False,
    report: Report | None = None,
    colour: bool = False,
) -> str:
    """The derivation as text; ``colour`` sets headings and remarks off."""
    writer = TerminalWriter(d, colour)
    lines = [*writer.head(), *writer.forward(), *writer.differentials(), *writer.backward()]
    if jacobians:
        lines += writer.jacobian_list()
    if hessians:
        lines += writer.hessian_list()
    return "\n".join([*lines, "", *wrap(checked(report))])


class TerminalWriter:
    def __init__(self, d: Derivation, colour: bool) -> None:
        self.d, self.colour = d, colour
        self.language = LanguagePrinter(d.network.convention).text
        self.printer = UnicodePrinter(d.network.convention, d.of)

    def pretty(self, e: Expr) -> str:
        return self.printer.text(self.d.shown(e))

    def head(self) -> Iterator[str]:
        yield self.bold(title(self.d))
        yield from wrap(plain(conventions(self.d) + ": " + layout_words(self.d)))
        if self.d.network.dims:
            yield from wrap(sizes_text(self.d))
        if texts := function_texts(self.d, pretty_name, self.pretty):
            yield from wrap(f"Functions of one entry: {', '.join(texts)}")
        yield ""
        yield self.bold("Variables")
        width = max((len(v.name) for v in self.d.network.variables), default=0)
        for v in self.d.network.variables:
            yield f"  {v.name:<{width}}  {write_shape(v.shape):<8} {variable_words(v)}"

    def forward(self) -> Iterator[str]:
        yield ""
        yield self.bold("Forward")
        for e in self.d.network.equations:
            text = author_text(e, self.d.network.convention)
            yield from self.line(f"{e.name} = ", text, write_shape(e.shape))

    def differentials(self) -> Iterator[str]:
        lines = differentials(self.d)
        if lines:
            yield ""
            yield self.bold("Differentials")
        for line in lines:
            assert line.lhs is not None
            yield from self.line(
                f"{self.printer.text(line.lhs)} = ", self.printer.text(line.rhs), line.rule
            )
            if line.reason:
                yield from self.remark(plain(line.reason))

    def backward(self) -> Iterator[str]:
        yield ""
        yield self.bold("Backward")
        for entry in entries(self.d):
            yield from self.entry(entry)

    def entry(self, entry: Entry) -> Iterator[str]:
        p = entry.partial
        label = f"∂{pretty_name(p.of)}/∂{pretty_name(p.wrt)}"
        if entry.given:
            yield from self.line(label, "", entry.shape)
            yield from self.remark(plain(entry.remark))
            return
        yield from self.line(f"{label} = ", self.pretty(p.form), entry.shape)
        yield from self.remark(self.language(p.form), "= ")
        several = len(entry.uses) > 1
        for use in entry.uses:
            yield from self.use(use, several)
        yield from self.argument(entry.lines)
        if entry.remark:
            yield from self.remark(plain(entry.remark))
        if entry.free:
            yield from self.remark(f"By its free entries: {self.pretty(entry.free.form)}")
            yield from self.remark(self.language(entry.free.form), "= ")
            yield from self.remark(plain(entry.free.text))

    def use(self, use: Use, several: bool) -> Iterator[str]:
        """Where the variable is used and by which rule, then the argument line by line."""
        source = author_text(use.equation, self.d.network.convention)
        found = f"{self.pretty(use.form)}, by " if several else "by "
        text = f"{found}{rule_words(use.rule)}, from {use.equation.name} = {_short(source)}."
        if not use.lines:
            text += f" {plain(use.reason)}"
        yield from self.remark(text, "+ " if several else "")
        yield from self.argument(use.lines)

    def argument(self, lines: Sequence[Line]) -> Iterator[str]:
        for line in lines:
            if line.lhs is None:
                yield from self.step(" " * 10 + "= ", line)
            else:
                yield from self.step(" " * 8 + f"{self.printer.text(line.lhs)} = ", line)
            reason = f"{line.rule}: {plain(line.reason)}" if line.reason else line.rule
            for row in wrap(reason, " " * 14):
                yield self.dim(row)

    def step(self, label: str, line: Line) -> Iterator[str]:
        """``label`` and the right side, wrapped; shapes under its factors where they fit."""
        found = self._with_shapes(label, line) if line.shapes else None
        if found is not None:
            yield found[0]
            yield self.dim(found[1])
            return
        grid = grid_lines(line.rhs, self.printer.text)
        if grid is not None and max(map(_width, grid)) + len(label) <= WIDTH:
            middle = (len(grid) - 1) // 2
            for k, row in enumerate(grid):
                yield (label if k == middle else " " * len(label)) + row
            return
        text = self.printer.text(line.rhs)
        if len(label) > WIDTH // 2:
            yield from _break(label.removesuffix(" = ").strip(), WIDTH, " " * 8)
            label = " " * 10 + "= "
        rows = _break(text, WIDTH - len(label))
        yield label + rows[0]
        yield from (
            " " * (len(label) + 2) + row
            for row in _break(" ".join(rows[1:]), WIDTH - len(label) - 2)
        )

    def _with_shapes(self, label: str, line: Line) -> tuple[str, str] | None:
        """The line and a line of shapes below it; None where it is too long."""
        found = factors(line.rhs)
        sign = {"product": " · ", "hadamard": " ∘ ", "": ""}[found.sign]
        text, shapes = label, " " * len(label)
        if line.lhs is not None:
            start = len(label) - len(label.lstrip())
            shapes = " " * start + write_shape(line.lhs.shape).center(len(label) - start - 3)
        for k, part in enumerate(found.parts):
            cell, shape = self.printer.inside(part, found.binding(part)), write_shape(part.shape)
            width = max(_width(cell), len(shape))
            text += (sign if k else "") + cell.center(width)
            shapes = shapes.ljust(len(text) - width) + shape.center(width)
        fits = max(_width(text), len(shapes)) <= WIDTH
        return (text.rstrip(), shapes.rstrip()) if fits else None

    def jacobian_list(self) -> Iterator[str]:
        yield ""
        yield self.bold("Local Jacobians")
        v = "v stacks rows" if self.d.network.convention.value == "row" else "v stacks columns"
        yield from self.remark(f"{v}; the condensed form stands after the arrow")
        if table := text_table(self.d):
            yield from ("      " + line for line in table)
            yield from self.remark(WORDS)
        for j in self.d.jacobians:
            yield from self.jacobian(j)

    def jacobian(self, j: Jacobian) -> Iterator[str]:
        label = f"∂{pretty_name(j.of)}/∂{pretty_name(j.wrt)}"
        shape = "×".join(f"({s})" if "*" in s or " " in s else s for s in j.size_texts) or "scalar"
        arrow = "" if j.short is None else f"  →  {self.pretty(j.short)}"
        yield from self.line(f"{label} = ", self.pretty(j.form) + arrow, shape)
        yield from self.remark(self.language(j.form), "= ")
        yield from self.argument(jacobian_lines(j))
        if j.short is not None:
            yield from self.remark(f"Condensed: {self.pretty(j.short)}. {plain(j.reason)}")

    def hessian_list(self) -> Iterator[str]:
        yield ""
        yield self.bold("Second derivatives")
        v = "rows" if self.d.network.convention.value == "row" else "columns"
        yield from self.remark(
            f"Matrices are of the entries stacked by {v}. Below each, the change of the gradient"
            " when the variable moves along d( ). The order of two derivatives does not matter:"
            " each Hessian equals its transpose, and a block of two variables is the transpose"
            " of the one in the other order."
        )
        for h in hessians_of(self.d):
            yield from self.hessian(h)

    def hessian(self, h: Hessian) -> Iterator[str]:
        """The matrix, the product with a direction, and what is known of its shape."""
        of, wrt, other = map(pretty_name, (h.of, h.wrt, h.other))
        label = f"∂²{of}/∂{wrt}²" if h.symmetric else f"∂²{of}/∂{wrt}∂{other}"
        shape = "×".join(f"({s})" if "*" in s or " " in s else s for s in h.size_texts) or "scalar"
        if not h.has_form:
            yield from self.line(label, "", shape)
            yield from self.remark("longer than the language reads: its kernels are what to use")
            return
        yield from self.line(f"{label} = ", self.pretty(h.form), shape)
        yield from self.remark(self.language(h.form), "= ")
        moved = f"d(grad({h.wrt})) = {self.language(h.product)}"
        yield from self.remark(moved)
        yield from self.remark(plain(h.structure_reason))

    # -- lines -------------------------------------------------------------------

    def line(self, label: str, text: str, shape: str) -> Iterator[str]:
        """``label text``, wrapped below its own beginning, the shape at the right margin."""
        label = "  " + label
        room = WIDTH - len(label) - len(shape) - 2
        if room < 24:
            label, room = "    ", WIDTH - 6 - len(shape)
        rows = _break(text, max(room, 24)) or [""]
        first = label + rows[0]
        yield first + shape.rjust(max(WIDTH - _width(first), len(shape) + 2))
        for row in rows[1:]:
            yield " " * len(label) + row

    def remark(self, text: str, mark: str = "") -> Iterator[str]:
        for row in wrap(mark + text, "      ", "      " + " " * len(mark)):
            yield self.dim(row)

    def bold(self, text: str) -> str:
        return f"{BOLD}{text}{OFF}" if self.colour else text

    def dim(self, text: str) -> str:
        return f"{DIM}{text}{OFF}" if self.colour else text


def _break(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=True,
        break_on_hyphens=False,
    )


def wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )


def _width(text: str) -> int:
    return len(re.sub("[\u0300-\u036f]", "", text))


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
