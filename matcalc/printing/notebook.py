"""Results as MathML, for notebooks: what ``_repr_html_`` gives.

A cell shows one formula, or all partials below each other. The elements carry their few
rules of style themselves, because a notebook has style sheets of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matcalc.printing.html_math import equation, side_pieces
from matcalc.printing.mathml import MathMLPrinter, partial_mathml

if TYPE_CHECKING:
    from matcalc.derivation.derivation import Derivation
    from matcalc.derivation.results import Result

BOX = '<div style="overflow-x: auto; padding: .3em 0">'
SHAPE = 'style="padding-top: .25em"'
LEFT = 'style="text-align: left; padding: .4em 0"'


def result_html(result: Result) -> str:
    """∂L/∂W = ..., with the shape of each factor under it."""
    return _box([_sides(result)])


def derivation_html(d: Derivation) -> str:
    """Every partial on a line of its own, their signs of equality below each other."""
    return _box([_sides(p) for p in d.partials.values()])


def _sides(result: Result) -> tuple[str, str]:
    d = result.derivation
    printer = MathMLPrinter(d.network.convention, d.of)
    right = side_pieces(printer, d.shown(result.form), shapes=True)
    shown = equation([partial_mathml(result.of, result.wrt)], right)
    return shown[0], "".join(shown[1:]).replace('class="shape"', SHAPE)


def _box(lines: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<mtr><mtd {LEFT}>{left}</mtd><mtd {LEFT}>{right}</mtd></mtr>" for left, right in lines
    )
    return (
        f'{BOX}<math displaystyle="true"><mtable displaystyle="true">{rows}</mtable></math></div>'
    )
