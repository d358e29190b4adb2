"""A derivation in Markdown with formulas in dollar signs, as GitHub and notebooks read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from matcalc.checking.report import Report
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.hessian import Hessian
from matcalc.derivation.hessian import hessians as hessians_of
from matcalc.derivation.results import Jacobian
from matcalc.expressions.expr import Expr, Shape, write_shape
from matcalc.printing.language import write
from matcalc.printing.latex import LatexPrinter, name_latex
from matcalc.printing.latex_lines import line_latex
from matcalc.printing.outline import (
    Entry,
    Line,
    checked,
    conventions,
    differentials,
    entries,
    function_texts,
    jacobian_lines,
    layout_words,
    rule_words,
    sizes_text,
    stacking_words,
    title,
    variable_words,
)
from matcalc.printing.prose import with_formulas
from matcalc.printing.sizes_table import markdown_table

Writer = Callable[[Expr], str]


def write_markdown(
    d: Derivation,
    *,
    jacobians: bool = False,
    hessians: bool = False,
    report: Report | None = None,
) -> str:
    return "\n".join(_lines(d, jacobians, hessians, report))


def _lines(d: Derivation, jacobians: bool, hessians: bool, report: Report | None) -> Iterator[str]:
    printer = LatexPrinter(d.network.convention, d.of)

    def latex(e: Expr) -> str:
        return printer.text(d.shown(e))

    yield f"# {escape(title(d))}"
    yield ""
    yield f"{conventions(d)}: {prose(layout_words(d))}."
    if d.network.dims:
        yield ""
        yield f"Sizes: {sizes_text(d)}."
    if texts := function_texts(d, name_latex, latex):
        yield from ("", f"Functions of one entry: {', '.join(map(inline, texts))}.")
    yield from _variables(d)
    yield from ("", "## Forward", "", "| node | definition | shape |", "| --- | --- | --- |")
    for e in d.network.equations:
        left = name_latex(e.name)
        yield f"| `{e.name}` | {inline(f'{left} = {latex(e.expr)}')} | {sizes(e.shape)} |"
    if found := differentials(d):
        yield from ("", "## Differentials")
        yield from _argument(d, found)
    yield from ("", "## Backward")
    for entry in entries(d):
        yield from _entry(d, entry, latex)
    if jacobians:
        yield from ("", "## Local Jacobians")
        if words := stacking_words(d):
            yield from ("", words)
        yield from markdown_table(d)
        for j in d.jacobians:
            yield from _jacobian(j, latex)
    if hessians:
        yield from ("", "## Second derivatives")
        for h in hessians_of(d):
            yield from _hessian(h, latex)
    yield from ("", escape(checked(report, figure=False)))


def _variables(d: Derivation) -> Iterator[str]:
    yield from ("", "## Variables", "", "| name | shape | kind |", "| --- | --- | --- |")
    for v in d.network.variables:
        words = escape(variable_words(v))
        yield f"| {inline(name_latex(v.name))} | {sizes(v.shape)} | {words} |"


def _entry(d: Derivation, entry: Entry, latex: Writer) -> Iterator[str]:
    p = entry.partial
    yield from ("", f"### `∂{p.of}/∂{p.wrt}` ({sizes(p.shape)})", "")
    if entry.given:
        yield prose(entry.remark)
        return
    yield from display(f"{d.latex_partial(p)} = {latex(p.form)}")
    yield f"`{write(p.form, d.network.convention)}`"
    several = len(entry.uses) > 1
    for use in entry.uses:
        yield ""
        form = f"- {inline(latex(use.form))}: by" if several else "By"
        words = rule_words(use.rule)
        source = f"from the equation of `{use.equation.name}`"
        reason = "" if use.lines else f" {prose(use.reason)}"
        yield f"{form} {words}, {source}.{reason}"
        yield from _argument(d, use.lines)
    yield from _argument(d, entry.lines)
    if entry.remark:
        yield from ("", prose(entry.remark))
    if entry.free:
        yield from ("", f"By its free entries: {inline(latex(entry.free.form))},")
        yield f"`{write(entry.free.form, d.network.convention)}`. {prose(entry.free.text)}"


def _argument(d: Derivation, lines: Sequence[Line]) -> Iterator[str]:
    printer = LatexPrinter(d.network.convention, d.of)
    for line in lines:
        yield ""
        yield from display(line_latex(printer, line))
        yield f"*{escape(line.rule)}*" + (f": {prose(line.reason)}" if line.reason else ".")


def _jacobian(j: Jacobian, latex: Writer) -> Iterator[str]:
    shape = " × ".join(f"({s})" if " " in s else s for s in j.size_texts) or "scalar"
    of, wrt = name_latex(j.of), name_latex(j.wrt)
    yield from ("", f"### `∂{j.of}/∂{j.wrt}` ({shape.replace('*', '·')})", "")
    yield from display(rf"\frac{{\partial {of}}}{{\partial {wrt}}} = {latex(j.form)}")
    yield f"`{write(j.form, j.derivation.network.convention)}`"
    yield from _argument(j.derivation, jacobian_lines(j))
    if j.short is not None:
        yield from ("", f"Condensed: {inline(latex(j.short))}. {prose(j.reason)}")


def sizes(shape: Shape) -> str:
    """A shape without the asterisks that Markdown would read as emphasis."""
    return write_shape(shape).replace("*", "·")


def _hessian(h: Hessian, latex: Writer) -> Iterator[str]:
    yield from ("", f"### `{h.wrt}` and `{h.other}` ({' × '.join(h.size_texts) or 'scalar'})", "")
    if not h.has_form:
        yield "Longer than the language reads: its kernels are what to use."
        return
    yield from display(f"{h.latex_name()} = {latex(h.form)}")
    yield f"`{write(h.form, h.derivation.network.convention)}`"
    yield from ("", f"Times a direction: {inline(latex(h.product))}. {prose(h.structure_reason)}")


def prose(text: str) -> str:
    return with_formulas(text, inline, escape)


def inline(formula: str) -> str:
    return f"$`{formula}`$"


def display(formula: str) -> Iterator[str]:
    yield from ("```math", formula, "```", "")


def escape(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    special = "\\`*_{}[]<>#|$&"
    return "".join(f"\\{c}" if c in special else c for c in text)
