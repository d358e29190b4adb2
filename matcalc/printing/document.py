r"""A derivation as a LaTeX document to hand out, or as a fragment to paste.

Compiles with pdflatex and the packages of texlive-latex-base. Formulas stand in
paragraphs of their own as inline mathematics in display style, which TeX may break at
operators, so that a long one does not run off the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcalc.checking.report import Report
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.hessian import hessians as hessians_of
from matcalc.derivation.results import Jacobian
from matcalc.expressions.expr import Expr
from matcalc.printing.factors import factors
from matcalc.printing.language import write
from matcalc.printing.latex import LatexPrinter, name_latex
from matcalc.printing.latex_lines import dimension_latex, line_latex, shape_latex, side_latex
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
from matcalc.printing.sizes_table import latex_table, size_words

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,bm,graphicx}
\usepackage[margin=25mm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\setlength{\emergencystretch}{3em}
\binoppenalty=100 \relpenalty=50
% \fitted{room}{most}{formula}{else}: the formula as it is where there is room; made a
% little smaller, down to room/most, where that is enough; else what stands last.
\newdimen\room\newdimen\most
\newcommand{\fitted}[4]{\room=#1\most=#2\sbox0{$\displaystyle #3$}%
  \ifdim\wd0>\most#4\else\ifdim\wd0>\room\resizebox{\room}{!}{\usebox0}\else\usebox0\fi\fi}
% A formula on its own lines: what it is, and its shape at the margin.
\newcommand{\formula}[2]{\par\vspace{3pt}{\raggedright\hangindent=3em
  \fitted{.86\linewidth}{1.2\linewidth}{#1}{$\displaystyle #1$}\hfill\quad\mbox{\small$#2$}\par}}
% A step below it, one that must not be broken, and its rule and reason.
\newcommand{\step}[1]{\par\vspace{4pt}{\raggedright\leftskip=1.5em\hangindent=2.5em
  \fitted{.95\linewidth}{1.25\linewidth}{#1}{$\displaystyle #1$}\par}}
\newcommand{\wholestep}[1]{\par\vspace{4pt}\noindent\hspace*{1.5em}%
  \fitted{.95\linewidth}{9\linewidth}{#1}{}\par}
\newcommand{\why}[2]{\nopagebreak\vspace{1pt}{\small\raggedright\leftskip=3em
  \emph{#1}#2\par}}
\newcommand{\asread}[1]{\nopagebreak\vspace{1pt}{\small\raggedright\ttfamily #1\par}}
"""


def write_document(
    d: Derivation,
    *,
    jacobians: bool = False,
    hessians: bool = False,
    report: Report | None = None,
) -> str:
    """The whole document."""
    writer = DocumentWriter(d)
    lines = [
        PREAMBLE + r"\begin{document}",
        rf"{{\centering\LARGE {escape(title(d))}\par}}\bigskip",
        *writer.introduction(),
        *writer.forward(),
        *writer.differentials(),
        *writer.backward(),
        *(writer.jacobian_list() if jacobians else ()),
        *(writer.hessian_list() if hessians else ()),
        *writer.check_table(report),
        r"\end{document}",
    ]
    return "\n".join(lines)


def write_fragment(
    d: Derivation,
    *,
    jacobians: bool = False,
    hessians: bool = False,
    report: Report | None = None,
) -> str:
    """The forms alone, aligned at their equals signs; needs amsmath and amssymb."""
    latex = DocumentWriter(d).latex
    rows = [f"{name_latex(e.name)} &= {latex(e.expr)}" for e in d.network.equations]
    back = [
        f"{d.latex_partial(e.partial)} &= {latex(e.partial.form)}"
        for e in entries(d)
        if not e.given
    ]
    blocks = [rows, back]
    if jacobians:
        blocks.append([f"{_fraction(j)} &= {latex(j.form)}" for j in d.jacobians])
    if hessians:
        found = [h for h in hessians_of(d) if h.has_form]
        blocks.append([f"{h.latex_name()} &= {latex(h.form)}" for h in found])
    return "\n".join(
        "\\begin{align*}\n  " + " \\\\\n  ".join(block) + "\n\\end{align*}"
        for block in blocks
        if block
    )


class DocumentWriter:
    def __init__(self, d: Derivation) -> None:
        self.d = d
        self.printer = LatexPrinter(d.network.convention, d.of)

    def latex(self, e: Expr) -> str:
        return self.printer.text(self.d.shown(e))

    def introduction(self) -> Iterator[str]:
        yield prose(f"{conventions(self.d)}: {layout_words(self.d)}.")
        if self.d.network.dims:
            yield f"\nSizes in the file: ${dimension_latex(sizes_text(self.d))}$."
        if texts := function_texts(self.d, name_latex, self.latex):
            yield f"\nFunctions of one entry: ${',$ $'.join(texts)}$."
        yield r"\section*{Variables}"
        yield r"\begin{tabular}{@{}lll@{}}"
        for v in self.d.network.variables:
            kind = escape(variable_words(v))
            yield rf"${name_latex(v.name)}$ & ${shape_latex(v.shape)}$ & {kind} \\"
        yield r"\end{tabular}"

    def forward(self) -> Iterator[str]:
        yield r"\section*{Forward}"
        for e in self.d.network.equations:
            formula = f"{name_latex(e.name)} = {self.latex(e.expr)}"
            yield rf"\formula{{{formula}}}{{{shape_latex(e.shape)}}}"

    def differentials(self) -> Iterator[str]:
        lines = differentials(self.d)
        if lines:
            yield r"\section*{Differentials}"
            yield from self.argument(lines)

    def backward(self) -> Iterator[str]:
        yield r"\section*{Backward}"
        for entry in entries(self.d):
            yield from self.entry(entry)

    def entry(self, entry: Entry) -> Iterator[str]:
        p = entry.partial
        yield rf"\subsection*{{With respect to ${name_latex(p.wrt)}$}}"
        if entry.given:
            yield rf"\formula{{{self.d.latex_partial(p)}}}{{{shape_latex(p.shape)}}}"
            yield prose(entry.remark)
            return
        shown = self.d.shown(p.form)
        form = side_latex(self.printer, shown, shapes=bool(factors(shown).sign))
        formula = f"{self.d.latex_partial(p)} = {form}"
        yield rf"\formula{{{formula}}}{{{shape_latex(p.shape)}}}"
        yield rf"\asread{{{typed(write(p.form, self.d.network.convention))}}}"
        several = len(entry.uses) > 1
        for use in entry.uses:
            form = f"${self.latex(use.form)}$: by " if several else "By "
            node = f"${name_latex(use.equation.name)}$"
            words = f"{escape(rule_words(use.rule))}, from the equation of {node}."
            yield "\n" + form + words + ("" if use.lines else " " + prose(use.reason))
            yield from self.argument(use.lines)
        yield from self.argument(entry.lines)
        if entry.remark:
            yield "\n" + prose(entry.remark)
        if entry.free:
            form = write(entry.free.form, self.d.network.convention)
            yield f"\nBy its free entries: ${self.latex(entry.free.form)}$."
            yield rf"\asread{{{typed(form)}}}" + prose(entry.free.text)

    def argument(self, lines: Sequence[Line]) -> Iterator[str]:
        for line in lines:
            formula = line_latex(self.printer, line)
            step = "wholestep" if _unbreakable(formula) else "step"
            yield rf"\{step}{{{formula}}}"
            reason = f": {prose(line.reason)}" if line.reason else "."
            yield rf"\why{{{escape(line.rule)}}}{{{reason}}}"

    def jacobian_list(self) -> Iterator[str]:
        yield r"\section*{Local Jacobians}"
        yield stacking_words(self.d)
        yield from latex_table(self.d)
        for j in self.d.jacobians:
            sizes = size_words(j, r" \times ", dimension_latex)
            sizes = sizes if j.size_texts else rf"\text{{{sizes}}}"
            yield rf"\formula{{{_fraction(j)} = {self.latex(j.form)}}}{{{sizes}}}"
            yield from self.argument(jacobian_lines(j))
            if j.short is not None:
                yield f"Condensed: ${self.latex(j.short)}$. {prose(j.reason)}"

    def hessian_list(self) -> Iterator[str]:
        yield r"\section*{Second derivatives}"
        for h in hessians_of(self.d):
            if not h.has_form:
                yield f"${h.latex_name()}$ is longer than the language reads."
                continue
            sizes = r" \times ".join(map(dimension_latex, h.size_texts)) or r"\text{scalar}"
            yield rf"\formula{{{h.latex_name()} = {self.latex(h.form)}}}{{{sizes}}}"
            yield f"Times a direction: ${self.latex(h.product)}$. {prose(h.structure_reason)}"

    def check_table(self, report: Report | None) -> Iterator[str]:
        yield r"\section*{Check}"
        yield escape(checked(report))
        if report is None:
            return
        kinds: dict[str, list[float]] = {}
        for row in report.rows:
            kinds.setdefault(row.kind, []).append(row.error)
        yield "\n\\medskip\n\\begin{tabular}{@{}lrr@{}}"
        yield r"claim & number & largest error \\ \hline"
        for kind, errors in kinds.items():
            yield rf"{escape(kind)} & {len(errors)} & ${_scientific(max(errors))}$ \\"
        yield r"\end{tabular}"


def _fraction(j: Jacobian) -> str:
    return rf"\frac{{\partial {name_latex(j.of)}}}{{\partial {name_latex(j.wrt)}}}"


def _unbreakable(formula: str) -> bool:
    """Whether TeX finds no place to break it: matrices, or factors without a sign between."""
    return r"\begin{bmatrix}" in formula or r"\underset" in formula


def _scientific(error: float) -> str:
    if error == 0:
        return "0"
    mantissa, exponent = f"{error:.1e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def prose(text: str) -> str:
    return with_formulas(text, lambda formula: f"${formula}$", escape)


def typed(text: str) -> str:
    """Text in typewriter letters that TeX may break at operators and commas."""
    broken = escape(text)
    for sign in ("*", ",", "("):
        broken = broken.replace(sign, sign + r"\allowbreak{}")
    return broken


def escape(text: str) -> str:
    """Plain text in which nothing is a command; what fonts lack becomes a question mark."""
    table = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    table |= {c: f"\\{c}" for c in "{}$&#%_"}
    table |= {"<": r"\textless{}", ">": r"\textgreater{}", "×": r"$\times$", "|": r"\textbar{}"}
    return "".join(
        table.get(c, c if c.isascii() or "\u00c0" <= c <= "\u017f" else "?")
        for c in text
        if c.isprintable() or c == " "
    )
