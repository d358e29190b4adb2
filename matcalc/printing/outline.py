"""What every written derivation says, whatever the format: its order and its sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.checking.report import TOLERANCE, Report
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.free_entries import FreeEntries
from matcalc.derivation.results import Partial
from matcalc.derivation.steps import Step
from matcalc.expressions.expr import Expr, is_vector, write_shape
from matcalc.network.network import Convention, Equation, Variable
from matcalc.printing.language import write


@dataclass(frozen=True)
class Use:
    """One use of a variable or node: where, by which rule, why, and what it contributes."""

    equation: Equation
    rule: str
    reason: str
    form: Expr


@dataclass(frozen=True)
class Entry:
    """One partial with what there is to say about it."""

    partial: Partial
    uses: tuple[Use, ...]
    remark: str
    given: bool = False
    "Whether it comes from outside the network: there is nothing to derive."

    @property
    def shape(self) -> str:
        return write_shape(self.partial.shape)

    @property
    def free(self) -> FreeEntries | None:
        """The gradient by the free entries, for a symmetric or diagonal variable."""
        return self.partial.free_entries


def entries(d: Derivation) -> Iterator[Entry]:
    """The partials in the order in which they are found, from the loss backwards."""
    steps = {step.about: step for step in d.steps if step.kind == "accumulate"}
    for name in d.gradients:
        partial = d.partials[name]
        step = steps.get(name)
        if step is None:
            remark = f"Given: `{name}` is an output, and its gradient arrives from what follows."
            yield Entry(partial, (), remark, given=True)
        else:
            yield Entry(partial, tuple(_uses(d, partial, step)), _remark(d, partial, step))


def _uses(d: Derivation, partial: Partial, step: Step) -> Iterator[Use]:
    pairs = zip(partial.equation.contributions, step.substeps, strict=True)
    for contribution, inner in pairs:
        form = d.layout.gradient(contribution.expr, d.network.declared_shape(partial.wrt))
        yield Use(d.network.equation[contribution.via], inner.rule, inner.text, form)


def _remark(d: Derivation, partial: Partial, step: Step) -> str:
    """What the step adds to its uses: a sum over several, an assumption, the layout."""
    sentences = []
    if len(step.substeps) != 1:
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
    return (
        f"Checked on numbers: {len(report.rows)} claims at {report.points} random points,"
        f" {error}.{over}"
    )


def sizes_text(d: Derivation) -> str:
    return ", ".join(f"{name} = {size}" for name, size in d.network.dims.items())
