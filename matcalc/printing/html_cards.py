"""A partial as slots of a page: its formula, its texts, its argument step by step.

The slots of a card have keys ("partial", name, part, ...). Steps are keyed by style and
place, so that a step which several conventions or layouts share stands in the page once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcalc.derivation.derivation import Derivation
from matcalc.printing.html_forms import forms_html
from matcalc.printing.html_math import equation, formula, line_pieces, shape_math, side_pieces
from matcalc.printing.html_variants import Slot
from matcalc.printing.language import write
from matcalc.printing.mathml import MathMLPrinter, partial_mathml
from matcalc.printing.mathml_markup import characters, math, name_mathml
from matcalc.printing.mathml_prose import sentence_html
from matcalc.printing.outline import Entry, Line, Use, differentials, entries, rule_words
from matcalc.printing.unicode import pretty_name


class CardWriter:
    """The slots of every partial of one derivation."""

    def __init__(self, d: Derivation) -> None:
        self.d, self.printer = d, MathMLPrinter(d.network.convention, d.of)

    def results(self) -> Iterator[Slot]:
        """The formula of each partial and its texts: the same in every style."""
        for entry in entries(self.d):
            yield from self.result(entry)

    def result(self, entry: Entry) -> Iterator[Slot]:
        p, called = entry.partial, called_by(entry)
        left, shape = partial_mathml(p.of, p.wrt), shape_math(self.printer, p.shape)
        if entry.given:
            words = f"<p>{sentence_html(entry.remark)}</p>"
            alone = formula([left], called)
            yield Slot(("partial", p.wrt, "form"), f"{sized(alone, shape)}{words}")
            return
        right = side_pieces(self.printer, self.d.shown(p.form), shapes=True)
        found = formula(equation([left], right), called, "main")
        yield Slot(("partial", p.wrt, "form"), sized(found, shape))
        yield Slot(("partial", p.wrt, "texts"), forms_html(self.d, p, called))
        if entry.free:
            yield Slot(("partial", p.wrt, "free"), self.free(entry, called))

    def arguments(self) -> Iterator[Slot]:
        """The steps of each partial, in the style of the derivation."""
        for entry in entries(self.d, repeat=True):
            if not entry.given:
                for k, step in enumerate(self.argument(entry, called_by(entry))):
                    yield Slot(("partial", entry.partial.wrt, "steps", self.d.style, k), step)

    def differentials(self) -> Iterator[Slot]:
        """How each node changes: what the style over differentials starts from."""
        found = differentials(self.d)
        if found:
            yield Slot(("differentials",), "<h3>How each node changes</h3>")
        for k, step in enumerate(self.lines(found, "how each node changes")):
            yield Slot(("differentials", k), step)

    def argument(self, entry: Entry, called: str) -> Iterator[str]:
        several = len(entry.uses) > 1
        for use in entry.uses:
            yield self.use(use, several)
            yield from self.lines(use.lines, called)
        yield from self.lines(entry.lines, called)
        if entry.remark:
            yield f"<p>{sentence_html(entry.remark)}</p>"

    def use(self, use: Use, several: bool) -> str:
        """Where the variable is used and by which rule; its reason if there are no lines."""
        rule = f"<b>{characters(rule_words(use.rule))}</b>"
        node = name_mathml(use.equation.name)
        reason = "" if use.lines else f" {sentence_html(use.reason)}"
        where = f'from the equation of <span class="nb">{math(node)}.</span>'
        words = f"{rule}, {where}{reason}"
        if not several:
            return f'<p class="use">By {words}</p>'
        pieces = side_pieces(self.printer, self.d.shown(use.form), shapes=False)
        shown = formula(pieces, f"What comes through {pretty_name(use.equation.name)}", "part")
        return f'{shown}<p class="use">by {words}</p>'

    def lines(self, lines: Sequence[Line], called: str) -> Iterator[str]:
        for line in lines:
            on = " on" if line.lhs is None else ""
            shown = formula(line_pieces(self.printer, line), f"A step towards {called}")
            reason = f": {sentence_html(line.reason)}" if line.reason else "."
            why = f'<p class="why"><b>{characters(line.rule)}</b>{reason}</p>'
            yield f'<div class="step{on}">{shown}{why}</div>'

    def free(self, entry: Entry, called: str) -> str:
        """The gradient by the free entries of a symmetric or diagonal variable."""
        assert entry.free is not None
        shown = formula(side_pieces(self.printer, entry.free.form, shapes=False), called)
        text = characters(write(entry.free.form, self.d.network.convention))
        words = sentence_html(entry.free.text)
        return f"<p>By its free entries:</p>{shown}<p><code>{text}</code></p><p>{words}</p>"


def called_by(entry: Entry) -> str:
    """∂L/∂W in plain letters."""
    return f"∂{pretty_name(entry.partial.of)}/∂{pretty_name(entry.partial.wrt)}"


def sized(shown: str, shape: str) -> str:
    """A formula with its shape at the margin."""
    return f'<div class="sized">{shown}<span class="size">{shape}</span></div>'
