"""The derivative of one expression, in every format: ``matcalc diff``.

A scalar's is written as a network's derivation is. Anything else has no loss behind it:
on the terminal its differential and its Jacobians stand in the place of the way back.
"""

from __future__ import annotations

from matcalc.checking.report import Report
from matcalc.derivation.derivation import Derivation
from matcalc.printing.outline import checked, rule_words
from matcalc.printing.prose import plain
from matcalc.printing.terminal import TerminalWriter, write_terminal
from matcalc.printing.wrapping import wrap


def write_derivative(
    d: Derivation,
    form: str,
    *,
    jacobians: bool,
    report: Report | None,
    hessians: bool = False,
    colour: bool = False,
) -> str:
    """``form`` is "text", "latex", "markdown" or "json"."""
    more = {"jacobians": jacobians, "hessians": hessians}
    if form == "json":
        from matcalc.printing.as_json import write_json

        return write_json(d, **more)
    if form == "latex":
        from matcalc.printing.document import write_document

        return write_document(d, **more, report=report)
    if form == "markdown":
        from matcalc.printing.markdown import write_markdown

        return write_markdown(d, **more, report=report)
    if d.network.loss:
        return write_terminal(d, **more, report=report, colour=colour)
    return _jacobian_text(d, report, colour)


def _jacobian_text(d: Derivation, report: Report | None, colour: bool) -> str:
    writer = TerminalWriter(d, colour)
    lines = [*writer.head(), *writer.forward(), "", writer.bold("Differential")]
    for step in d.steps:
        if step.kind == "differential":
            left, right = writer.pretty(step.lhs), writer.pretty(step.rhs)
            lines += (row.rstrip() for row in writer.line(f"{left} = ", right, ""))
            lines += writer.remark(f"by {rule_words(step.rule)}. {plain(step.text)}")
    lines += writer.jacobian_list()
    return "\n".join([*lines, "", *wrap(checked(report))])
