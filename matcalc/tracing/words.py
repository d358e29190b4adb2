"""The words that remarks are made of: operands by their formulas, and what they receive."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.expressions.build import gradient, symbol
from matcalc.expressions.expr import Expr, lift
from matcalc.linear_maps.composition import Chain
from matcalc.linear_maps.maps import (
    Entrywise,
    Factors,
    Identity,
    Inner,
    LinearMap,
    Multiple,
    Scaling,
    Transposition,
)
from matcalc.linear_maps.placement import Block, Pad
from matcalc.numeric.evaluate import evaluate
from matcalc.printing.parts import bare
from matcalc.printing.unicode import UnicodePrinter
from matcalc.simplify.parts import is_number
from matcalc.tracing.trace import Trace

LONG = 36
"Characters beyond which an operand is called by its place instead of its formula."
LONGEST = 110
"Characters beyond which a form is not told in a sentence."
PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
PLAIN: dict[type, str] = {
    Identity: "what arrives, unchanged",
    Transposition: "what arrives, transposed",
    Block: "what arrives in the place of the block, and zeros around it",
    Pad: "its own block of what arrives",
}


class Words:
    def __init__(self, trace: Trace) -> None:
        self.trace, self.network = trace, trace.network
        self.printer = UnicodePrinter(self.network.convention, trace.derivation.of)
        known = {*self.network.variable, *self.network.equation}
        self.arrives = next(name for name in ("G", "Ĝ", "Ḡ") if name not in known)

    def write(self, e: Expr) -> str:
        return self.printer.text(self.trace.derivation.names.tidy(e))

    def value(self, e: Expr) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(e, self.trace.point.values, self.trace.point.env))

    def called(self, e: Expr, i: int) -> str:
        """An operand by its formula where that is short, else by its place."""
        text = self.printer.text(e.args[i])
        if len(text) <= LONG and "`" not in text:
            return f"`{text}`"
        return f"the {PLACES[i]} operand" if i < len(PLACES) else f"operand {i + 1}"

    def alone(self, e: Expr, i: int) -> str:
        """The same without the ones that repeat an operand to the size of the others."""
        arg = bare(e.args[i])
        kept = [f for f in arg.args if f.op.name != "ones"] if arg.op.name == "mul" else []
        if len(kept) == 1 and len(arg.args) > 1:
            arg = kept[0]
        return self.called(e, i) if arg is e.args[i] else f"`{self.printer.text(arg)}`"

    def short(self, e: Expr) -> str:
        text = self.printer.text(e)
        return text if len(text) <= LONG else e.op.name

    def received(self, m: LinearMap) -> str:
        """What the adjoint makes of the gradient that arrives; nothing where words fail."""
        if isinstance(m, Chain):
            scale = next((p for p in m.parts if isinstance(p, Scaling)), None)
            rest = [p for p in m.parts if p is not scale]
            if scale is None or len(rest) != 1:
                return ""
            words = self.received(rest[0])
            return f"`{self.write(scale.factor)}` times {words}" if words else ""
        if isinstance(m, Factors):
            left = "" if m.left is None else f"`{self.write(m.left.T)}` times "
            right = "" if m.right is None else f" times `{self.write(m.right.T)}`"
            return f"{left}what arrives{right}"
        if isinstance(m, Scaling) and is_number(m.factor, -1):
            return "what arrives, with its sign changed"
        if isinstance(m, Scaling | Inner):
            return f"`{self.write(m.factor)}` times what arrives"
        if isinstance(m, Entrywise):
            return f"`{self.write(m.factor)}` times what arrives, entry by entry"
        if isinstance(m, Multiple):
            return f"the inner product of `{self.write(m.factor)}` with what arrives"
        return PLAIN.get(type(m), "")

    def form(self, m: LinearMap, at: str) -> str:
        """The same as a formula, for a map that no words fit; ``at`` is the node whose
        gradient arrives; inside an expression it is empty, and ``arrives`` is its name."""
        if at:
            arriving = gradient(self.network.symbol(at)) if at != self.network.loss else lift(1)
        else:
            arriving = symbol(self.arrives, m.target)
        text = self.write(m.adjoint().apply(arriving))
        return f"`{text}`" if len(text) <= LONGEST else ""
