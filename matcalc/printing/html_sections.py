"""The sections of a page around its cards, as slots: conventions, variables, the forward
pass, local Jacobians, second derivatives and the table of checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matcalc.checking.report import Report
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.hessian import Hessian
from matcalc.derivation.hessian import hessians as hessians_of
from matcalc.derivation.results import Jacobian
from matcalc.expressions.expr import Expr
from matcalc.printing.html_cards import sized
from matcalc.printing.html_math import equation, formula, shape_math, side_pieces, sizes_math
from matcalc.printing.html_variants import Slot
from matcalc.printing.mathml import PARTIAL, MathMLPrinter, partial_mathml
from matcalc.printing.mathml_markup import characters, math, name_mathml
from matcalc.printing.mathml_prose import sentence_html
from matcalc.printing.outline import (
    author_text,
    checked,
    conventions,
    function_texts,
    layout_words,
    sizes_text,
    stacking_words,
    variable_words,
)
from matcalc.printing.unicode import pretty_name
from matcalc.reasoning.styles import STYLES


class SectionWriter:
    def __init__(self, d: Derivation) -> None:
        self.d, self.printer = d, MathMLPrinter(d.network.convention, d.of)

    def introduction(self) -> Iterator[Slot]:
        d = self.d
        yield _paragraph("layout", f"{conventions(d)}: {layout_words(d)}.")
        style = STYLES[d.style]
        summary = style.summary.replace("⟨G, dZ⟩", "`⟨G, dZ⟩`").replace("dL =", "`dL` =")
        yield _paragraph("style", f"The steps argue by “{style.name}”: {_formulas(summary)}.")
        if texts := function_texts(d, name_mathml, self._shown):
            listed = ", ".join(math(f"<mrow>{text}</mrow>") for text in texts)
            yield Slot(("about", "functions"), f"<p>Functions of one entry: {listed}.</p>")
        if d.network.dims:
            listed = ", ".join(f"`{size}`" for size in sizes_text(d).split(", "))
            yield _paragraph("sizes", f"Sizes: {listed}.")

    def variables(self) -> Iterator[Slot]:
        rows = [
            f'<tr><th scope="row">{math(name_mathml(v.name))}</th>'
            f"<td>{shape_math(self.printer, v.shape)}</td>"
            f"<td>{characters(variable_words(v))}</td></tr>"
            for v in self.d.network.variables
        ]
        head = ("name", "shape", "what it is")
        yield Slot(("variables",), table("Variables", "The variables of the network", head, rows))

    def forward(self) -> Iterator[Slot]:
        for e in self.d.network.equations:
            left = [f"<mrow>{name_mathml(e.name)}</mrow>"]
            right = side_pieces(self.printer, self.d.shown(e.expr), shapes=False)
            shown = formula(equation(left, right), f"The definition of {pretty_name(e.name)}")
            text = characters(f"{e.name} = {author_text(e, self.d.network.convention)}")
            shape = shape_math(self.printer, e.shape)
            code = f'<p class="typed"><code>{text}</code></p>'
            yield Slot(("forward", e.name), f"{sized(shown, shape)}{code}")

    # -- second-order and local ------------------------------------------------------

    def jacobians(self) -> Iterator[Slot]:
        if words := stacking_words(self.d):
            yield Slot(("jacobians", "words"), f"<p>{sentence_html(words)}</p>")
        for j in self.d.jacobians:
            yield Slot(("jacobians", j.of, j.wrt), self._jacobian(j))

    def _jacobian(self, j: Jacobian) -> str:
        called = f"∂{pretty_name(j.of)}/∂{pretty_name(j.wrt)}"
        right = side_pieces(self.printer, self.d.shown(j.form), shapes=False)
        pieces = equation([partial_mathml(j.of, j.wrt)], right)
        text = sized(formula(pieces, called), sizes_math(j.size_texts))
        if j.short is not None:
            short = math(self.printer.markup(self.d.shown(j.short)))
            text += f"<p>Condensed: {short}. {sentence_html(j.reason)}</p>"
        return text

    def hessians(self) -> Iterator[Slot]:
        for h in hessians_of(self.d):
            yield Slot(("hessians", h.wrt, h.other), self._hessian(h))

    def _hessian(self, h: Hessian) -> str:
        left = _second(h)
        called = f"The second derivative by {pretty_name(h.wrt)} and {pretty_name(h.other)}"
        if not h.has_form:
            return f"<p>{math(left)} is longer than the language reads.</p>"
        right = side_pieces(self.printer, self.d.shown(h.form), shapes=False)
        text = sized(formula(equation([left], right), called), sizes_math(h.size_texts))
        product = side_pieces(self.printer, self.d.shown(h.product), shapes=False)
        moved = formula(product, f"{called}, times a direction")
        reason = f"<p>{sentence_html(h.structure_reason)}</p>" if h.structure_reason else ""
        return f"{text}<p>Times a direction:</p>{moved}{reason}"

    def _shown(self, e: Expr) -> str:
        return self.printer.markup(self.d.shown(e))


def check_slot(report: Report | None) -> Slot:
    """How the check went, and a table of it by kinds of claims."""
    words = f"<p>{characters(checked(report))}</p>"
    if report is None:
        return Slot(("check",), words)
    kinds: dict[str, list[float]] = {}
    for row in report.rows:
        kinds.setdefault(row.kind, []).append(row.error)
    rows = [
        f'<tr><th scope="row">{characters(kind)}</th><td class="n">{len(errors)}</td>'
        f'<td class="n">{_error(max(errors))}</td></tr>'
        for kind, errors in kinds.items()
    ]
    head = ("claim", "number", "largest relative error")
    caption = f"What was compared at {report.points} random point{'s' * (report.points > 1)}"
    return Slot(("check",), words + table("Checks", caption, head, rows))


def table(label: str, caption: str, head: Iterable[str], rows: Iterable[str]) -> str:
    """A table that scrolls by itself where it is wider than the page."""
    cells = "".join(f'<th scope="col">{characters(text)}</th>' for text in head)
    return (
        f'<div class="table" role="region" tabindex="0" aria-label="{characters(label)}">'
        f"<table><caption>{characters(caption)}</caption>"
        f"<thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _second(h: Hessian) -> str:
    """∂²L/∂W² or ∂²L/∂W∂b as a fraction."""
    two = f"<msup>{PARTIAL}<mn>2</mn></msup>"
    of, wrt, other = (name_mathml(name) for name in (h.of, h.wrt, h.other))
    below = f"{PARTIAL}<msup><mrow>{wrt}</mrow><mn>2</mn></msup>"
    if not h.symmetric:
        below = f"{PARTIAL}{wrt}{PARTIAL}{other}"
    return f"<mfrac><mrow>{two}{of}</mrow><mrow>{below}</mrow></mfrac>"


def _formulas(summary: str) -> str:
    """The formulas of a summary between backticks."""
    formula_ = "vec(ABC) = (Cᵀ ⊗ A) vec(B)"
    return summary.replace(formula_, f"`{formula_}`").replace("δ", "`δ`").replace("dX", "`dX`")


def _paragraph(name: str, words: str) -> Slot:
    return Slot(("about", name), f"<p>{sentence_html(words)}</p>")


def _error(error: float) -> str:
    if error == 0:
        return "0"
    mantissa, exponent = f"{error:.1e}".split("e")
    return math(
        f"<mrow><mn>{mantissa}</mn><mo>⋅</mo><msup><mn>10</mn>"
        f"<mrow><mo>−</mo><mn>{abs(int(exponent))}</mn></mrow></msup></mrow>"
        if int(exponent) < 0
        else f"<mn>{error:.1e}</mn>"
    )
