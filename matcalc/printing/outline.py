"""What every written derivation says, whatever the format: its order and its sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matcalc.checking.report import TOLERANCE, Report
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.free_entries import FreeEntries
from matcalc.derivation.results import Jacobian, Partial
from matcalc.expressions.expr import Expr, is_vector, write_shape
from matcalc.network.network import Convention, Equation, Variable
from matcalc.printing.language import write
from matcalc.reasoning.step import Step


@dataclass(frozen=True)
class Line:
    """One step as it stands on the page: ``lhs = rhs``, by ``rule``, because ``reason``.

    ``lhs`` is None where the line goes on from the one before. ``shapes``: the shape of each
    factor belongs under it.
    """

    lhs: Expr | None
    rhs: Expr
    rule: str
    reason: str
    shapes: bool


@dataclass(frozen=True)
class Use:
    """One use of a variable or node: where, by which rule, why, and what it contributes.

    ``lines`` argue it in the derivation's style; where there is nothing to argue they are
    empty, and the reason says all.
    """

    equation: Equation
    rule: str
    reason: str
    form: Expr
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Entry:
    """One partial with what there is to say about it."""

    partial: Partial
    uses: tuple[Use, ...]
    remark: str
    given: bool = False
    "Whether it comes from outside the network: there is nothing to derive."
    lines: tuple[Line, ...] = ()
    "What is said about all uses together: a product through several nodes."

    @property
    def shape(self) -> str:
        return write_shape(self.partial.shape)

    @property
    def free(self) -> FreeEntries | None:
        """The gradient by the free entries, for a symmetric or diagonal variable."""
        return self.partial.free_entries


def entries(d: Derivation, *, repeat: bool = False) -> Iterator[Entry]:
    """The partials in the order in which they are found, from the loss backwards.

    What several of them start from (a node in entries) is said once, and so is each reason,
    unless they are to be ``repeat``ed because the partials are read one by one.
    """
    said = Said()
    steps = {step.about: step for step in d.steps if step.kind == "accumulate"}
    for name in d.gradients:
        partial = d.partials[name]
        step = steps.get(name)
        if step is None:
            remark = f"Given: `{name}` is an output, and its gradient arrives from what follows."
            yield Entry(partial, (), remark, given=True)
        else:
            said = Said() if repeat else said
            uses = tuple(_uses(d, partial, step, said))
            more = _lines(d, [s for s in step.substeps if s.kind != "pullback"], said)
            yield Entry(partial, uses, _remark(d, partial, step), lines=tuple(more))


def _uses(d: Derivation, partial: Partial, step: Step, said: Said) -> Iterator[Use]:
    pullbacks = (s for s in step.substeps if s.kind == "pullback")
    for contribution, inner in zip(partial.equation.contributions, pullbacks, strict=True):
        form = d.layout.gradient(contribution.expr, d.network.declared_shape(partial.wrt))
        lines = tuple(_lines(d, inner.substeps, said))
        yield Use(d.network.equation[contribution.via], inner.rule, inner.text, form, lines)


def differentials(d: Derivation) -> tuple[Line, ...]:
    """How each node changes with what it is made of: what the style over differentials
    starts from. Empty in other styles."""
    if d.style != "differential":
        return ()
    return tuple(_lines(d, (s for s in d.steps if s.kind == "differential"), Said()))


@dataclass
class Said:
    """What a reader has been told already: beginnings, and reasons for a rule."""

    starts: set[tuple[Expr, Expr]] = field(default_factory=set)
    reasons: set[tuple[str, str]] = field(default_factory=set)


def jacobian_lines(j: Jacobian) -> tuple[Line, ...]:
    """What is said about a local Jacobian beside its form; nothing of very many."""
    if not any(j is one for one in j.derivation.explained):
        return ()
    return tuple(_lines(j.derivation, j.steps, Said()))


STARTS = ("one entry", "written out", "what arrives")
"Rules of steps that several partials may start from."


def _lines(d: Derivation, steps: Iterable[Step], said: Said) -> Iterator[Line]:
    """Steps as lines; a left side that is the side before it is not written again, nor is a
    reason that was given before, nor what holds of two terms that are the same."""
    before: tuple[Expr, Expr] | None = None
    for step in steps:
        lhs, rhs = (d.shown_claim(side) for side in step.claim)
        if (lhs, rhs) == before:
            continue
        if step.rule in STARTS:
            if (lhs, rhs) in said.starts:
                continue
            said.starts.add((lhs, rhs))
        goes_on = before is not None and lhs in before
        reason = "" if (step.rule, step.text) in said.reasons else step.text
        said.reasons.add((step.rule, step.text))
        yield Line(None if goes_on else lhs, rhs, step.rule, reason, step.shapes)
        before = (lhs, rhs)


def _remark(d: Derivation, partial: Partial, step: Step) -> str:
    """What the step adds to its uses: a sum over several, an assumption, the layout."""
    sentences = []
    if len(partial.equation.contributions) != 1:
        sentences.append(step.text)
    elif "Used:" in step.text:
        sentences.append(step.text[step.text.index("Used:") :])
    shape = d.network.declared_shape(partial.wrt)
    if d.layout.transposes_gradient(shape):
        sentences.append(
            f"The rule gives the gradient in the shape of `{partial.wrt}`, `{write_shape(shape)}`;"
            " this layout writes its transpose."
        )
    return " ".join(sentences)


def rule_words(rule: str) -> str:
    """A rule's name as it stands after "by": the product rule, Jacobi's formula."""
    if "formula" in rule:
        return rule
    if rule.startswith(("sum of", "mean of")):
        rule = f"the {rule}"
    return f"the {rule}" if "rule" in rule else f"the differential of {rule}"


def title(d: Derivation) -> str:
    return d.network.name or "Derivation"


def conventions(d: Derivation) -> str:
    """A sentence on the convention and the layout."""
    samples = "rows" if d.network.convention is Convention.ROW else "columns"
    layout = "" if d.layout.name == "custom" else f", {d.layout.name} layout"
    return f"{d.network.convention.value.title()} convention (samples are {samples}){layout}"


def layout_words(d: Derivation) -> str:
    """How the layout arranges gradients and Jacobians, in words."""
    layout = d.layout
    shapes = {"shape": "the shape of the {0}", "transpose": "the transpose of the {0}'s shape"}
    vector, matrix = shapes[layout.vector_gradient], shapes[layout.matrix_gradient]
    gradients = (
        f"a gradient has {vector.format('variable')}"
        if vector == matrix
        else f"a gradient by a vector has {vector.format('vector')}, by a matrix"
        f" {matrix.format('matrix')}"
    )
    entry = "∂yᵢ/∂xⱼ" if layout.jacobian == "numerator" else "∂yⱼ/∂xᵢ"
    return f"{gradients}; entry `(i, j)` of a Jacobian is `{entry}`"


def author_text(equation: Equation, convention: Convention) -> str:
    """The right side as the author typed it, or as the network has it."""
    return equation.text or write(equation.expr, convention)


def variable_words(v: Variable) -> str:
    """What a variable is: its kind, what is assumed of it, its value."""
    words = [v.kind.value, *(a.replace("_", " ") for a in sorted(v.assume))]
    if v.value is not None:
        words.append(f"value {_value_text(v.value)}" if np.size(v.value) <= 12 else "value given")
    return ", ".join(words)


def function_texts(
    d: Derivation, name: Callable[[str], str], write: Callable[[Expr], str]
) -> list[str]:
    """The user's functions: f(x) = ..., or f abstract."""
    return [
        f"{name(f.name)}(x)" + (f" = {write(f.body)}" if f.body is not None else "")
        for f in d.network.functions
    ]


def _value_text(value: Any) -> str:
    """A number, or nested lists of numbers, as a file has them."""
    if np.ndim(value):
        return f"[{', '.join(map(_value_text, value))}]"
    return f"{float(value):g}"


def stacking_words(d: Derivation) -> str:
    """What a Jacobian is where a matrix is involved; nothing where none is."""
    shapes = [d.network.symbol(name).shape for j in d.jacobians for name in (j.of, j.wrt)]
    if all(not shape or is_vector(shape) for shape in shapes):
        return ""
    by = "row by row" if d.network.convention is Convention.ROW else "column by column"
    return f"The Jacobian of or by a matrix is that of its entries, stacked {by}."


def checked(report: Report | None, *, figure: bool = True) -> str:
    """How the check went; without the ``figure``, which differs from machine to machine,
    the sentence is the same everywhere."""
    if report is None:
        return "Not checked on numbers."
    error = (
        f"largest relative error {report.max_error:.1e}"
        if figure or not report.ok
        else f"every relative error below {TOLERANCE:.0e}".replace("e-0", "e-")
    )
    over = ""
    if report.passed_over:
        row = report.passed_over[0]
        over = f" Not checked: {len(report.passed_over)} more, such as {row.kind} {row.name}"
        over = f"{over}, which {row.detail}."
    over += unmet_words(report)
    return (
        f"Checked on numbers: {len(report.rows)} claims at {report.points} random"
        f" point{'s' * (report.points != 1)}, {error}.{over}"
    )


def unmet_words(report: Report) -> str:
    """That sides of kinks were not met, where some were not; else nothing."""
    if not report.unmet:
        return ""
    more = len(report.unmet) - 1
    others = f", and {more} more sides of kinks" if more else ""
    return f" Not met: {report.unmet[0]}{others}."


def sizes_text(d: Derivation) -> str:
    return ", ".join(f"{name} = {size}" for name, size in d.network.dims.items())
