"""What happens to a gradient at each operation, in sentences.

Which sentence applies follows from the linear map of an operation in each operand, not
from its name: a map that is the identity passes on, one that multiplies by the other
operand switches, one whose adjoint sums is a copy. Only the routes of a maximum need the
numbers, to say which way was taken here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matcalc.expressions.expr import Expr, postorder
from matcalc.linear_maps.composition import Chain, Sum
from matcalc.linear_maps.local import local_map
from matcalc.linear_maps.maps import (
    Collapse,
    Entrywise,
    Factors,
    Identity,
    Inner,
    LinearMap,
    Multiple,
    Scaling,
    Spread,
    Transposition,
    Zero,
)
from matcalc.linear_maps.placement import Block, Pad
from matcalc.network.network import Equation
from matcalc.numeric.evaluate import evaluate
from matcalc.operations.algebra import Maximum
from matcalc.printing.unicode import UnicodePrinter, pretty_name
from matcalc.tracing.trace import Edge, Trace

LONG = 36
"Characters beyond which an operand is called by its place instead of its formula."
PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(frozen=True)
class Remark:
    """``kind`` is a word from KINDS, ``at`` the node where it happens; formulas in ``text``
    stand between backticks."""

    kind: str
    at: str
    text: str


KINDS = ("distributes", "switches", "routes", "adds", "copies", "sums", "scales", "mixes",
         "transposes", "places", "stops")  # fmt: skip


def remarks_of(trace: Trace) -> Iterator[Remark]:
    """From the last node to the first; a value that branches is spoken of at its own place,
    after all of its uses."""
    writer = _Writer(trace)
    seen: set[str] = set()
    for equation in reversed(trace.network.equations):
        if branch := writer.branch(equation.name):
            yield branch
        for remark in writer.equation(equation):
            if remark.text not in seen:
                seen.add(remark.text)
                yield remark
    for variable in trace.network.variables:
        if branch := writer.branch(variable.name):
            yield branch


class _Writer:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.network = trace.network
        self.printer = UnicodePrinter(self.network.convention, trace.derivation.of)
        self.flowing = {e.source for e in trace.edges if e.value is not None}
        self.uses: dict[str, list[Edge]] = {}
        for edge in trace.edges:
            if edge.value is not None:
                self.uses.setdefault(edge.source, []).append(edge)

    def branch(self, name: str) -> Remark | None:
        """Gradients add where a value is used more than once."""
        uses = self.uses.get(name, [])
        if sum(edge.times for edge in uses) < 2:
            return None
        where = [f"`{pretty_name(edge.target)}`{_times(edge.times)}" for edge in uses]
        text = (
            f"Gradients add: `{pretty_name(name)}` is used in {_listed(where)}, and what flows"
            " back from each use is added up."
        )
        return Remark("adds", name, text)

    def equation(self, equation: Equation) -> Iterator[Remark]:
        """Its operations from the outermost inwards."""
        active = {s for s in equation.expr.free if s.name in self.flowing}
        for node in reversed(list(postorder(equation.expr))):
            operands = [i for i, arg in enumerate(node.args) if not active.isdisjoint(arg.free)]
            if operands:
                arriving = equation.name if node is equation.expr else ""
                found = self.operation(node, operands, arriving)
                if found:
                    kind, text = found
                    yield Remark(kind, equation.name, text)

    # -- one operation -----------------------------------------------------------

    def operation(self, e: Expr, operands: list[int], at: str) -> tuple[str, str] | None:
        maps = {i: local_map(e, i) for i in operands}
        if isinstance(e.op, Maximum):
            return "routes", self.routes(e)
        if all(isinstance(m, Identity) for m in maps.values()):
            several = len(e.args) > 1 and e.op.commutative
            return ("distributes", self.distributes(e, operands, at)) if several else None
        if len(operands) > 1 and all(
            e.op.linear_map(e, i) is not None and _depends(maps[i], e, operands, i)
            for i in operands
        ):
            return "switches", self.switches(e, maps)
        if len(maps) == 1:
            ((i, m),) = maps.items()
            return self.alone(e, i, m)
        return None

    def distributes(self, e: Expr, operands: list[int], at: str) -> str:
        where = f" at `{pretty_name(at)}`" if at else ""
        names = [self.called(e, i) for i in operands]
        who = f"{_listed(names)} each receive" if len(names) > 1 else f"{names[0]} receives"
        return f"Add distributes: {who} what arrives{where}, unchanged."

    def switches(self, e: Expr, maps: dict[int, LinearMap]) -> str:
        parts = [f"{self.called(e, i)} receives {self.received(m)}" for i, m in maps.items()]
        return f"Product switches: {_listed(parts)}."

    def routes(self, e: Expr) -> str:
        first, second = self.called(e, 0), self.called(e, 1)
        a, b = (np.asarray(self.value(arg)) for arg in e.args)
        larger, short = ("larger", "Max") if e.op.name == "maximum" else ("smaller", "Min")
        later = np.asarray((b > a) if larger == "larger" else (b < a))
        text = f"{short} routes: what arrives goes to the {larger} of {first} and {second}"
        if later.ndim == 0:
            taken, other = (second, first) if later else (first, second)
            return f"{text}, here to {taken}; {other} receives 0."
        to_first = int(later.size - np.count_nonzero(later))
        return (
            f"{text}, entry by entry; the other receives 0 there. Here {to_first} of"
            f" {later.size} entries go to {first}."
        )

    def alone(self, e: Expr, i: int, m: LinearMap) -> tuple[str, str] | None:
        """One operand that carries a gradient: what the map does to it."""
        who, parts = self.called(e, i), m.parts if isinstance(m, Chain) else (m,)
        if isinstance(m, Zero):
            return "stops", f"Nothing flows back to {who}: its derivative is zero by definition."
        if axis := _repeats(m):
            count, line = axis
            return "sums", (
                f"A copy sums: {who} is repeated in every one of the `{count}` {line}s, so it"
                f" receives the sum over the {line}s."
            )
        if any(isinstance(part, Spread) for part in parts):
            return (
                "sums",
                f"A copy sums: {who} is repeated, so it receives the sum over its copies.",
            )
        if isinstance(m, Sum) or any(isinstance(part, Sum) for part in parts):
            return "mixes", (
                f"`{self.short(e)}` mixes: each entry of {who} reaches it in several ways, and"
                " what they contribute adds up."
            )
        if any(isinstance(part, Collapse) for part in parts):
            scale = " scaled alike" if len(parts) > 1 else " unchanged"
            return "copies", self.copies(e, who, parts, scale)
        if isinstance(m, Entrywise) and e.op.linear_map(e, i) is None:
            return "scales", self.slope(e, who, m.factor)
        if not e.shape and isinstance(m, Scaling) and e.op.linear_map(e, i) is None:
            return "scales", self.slope(e, who, m.factor)
        kinds = {Transposition: "transposes", Block: "places", Pad: "places"}
        kind = next((kinds[type(p)] for p in parts if type(p) in kinds), "scales")
        words = self.received(m)
        return (kind, f"{_upper(who)} receives {words}.") if words else None

    def copies(self, e: Expr, who: str, parts: tuple[LinearMap, ...], scale: str) -> str:
        masks = [p.factor for p in parts if isinstance(p, Entrywise)]
        if any(node.op.name == "argmax_one_hot" for f in masks for node in postorder(f)):
            return f"Max routes: what arrives goes to the largest entry of {who}, the rest get 0."
        weighted = f", times `{self.write(masks[0])}` entry by entry" if masks else ""
        return f"Sum copies: every entry of {who} receives the same{weighted},{scale}."

    def slope(self, e: Expr, who: str, slope: Expr) -> str:
        value = np.asarray(self.value(slope))
        if set(np.unique(value)) <= {0.0, 1.0} and any(
            node.op.name == "step" for node in postorder(slope)
        ):
            passed = int(np.count_nonzero(value))
            here = f"{passed} of {value.size} entries pass" if value.ndim else "it passes"
            if not value.ndim and not passed:
                here = "it does not"
            return (
                f"What arrives passes to {who} where the slope is 1, and stops where it is 0:"
                f" here {here}."
            )
        receives = f"{_upper(who)} receives what arrives, scaled"
        if not value.ndim:
            return f"{receives} by the slope `{self.write(slope)}`, here {value:.4g}."
        return (
            f"{receives} entry by entry by the slope `{self.write(slope)}`,"
            f" here from {value.min():.3g} to {value.max():.3g}."
        )

    # -- words -------------------------------------------------------------------

    def received(self, m: LinearMap) -> str:
        """What the adjoint makes of the gradient that arrives."""
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
        if isinstance(m, Scaling | Inner):
            return f"`{self.write(m.factor)}` times what arrives"
        if isinstance(m, Entrywise):
            return f"`{self.write(m.factor)}` times what arrives, entry by entry"
        if isinstance(m, Multiple):
            return f"the inner product of `{self.write(m.factor)}` with what arrives"
        return WORDS.get(type(m), "")

    def called(self, e: Expr, i: int) -> str:
        """An operand by its formula where that is short, else by its place."""
        text = self.printer.text(e.args[i])
        if len(text) <= LONG and "`" not in text:
            return f"`{text}`"
        return f"the {PLACES[i]} operand" if i < len(PLACES) else f"operand {i + 1}"

    def short(self, e: Expr) -> str:
        text = self.printer.text(e)
        return text if len(text) <= LONG else e.op.name

    def write(self, e: Expr) -> str:
        return self.printer.text(self.trace.derivation.names.tidy(e))

    def value(self, e: Expr) -> object:
        with np.errstate(all="ignore"):
            return evaluate(e, self.trace.point.values, self.trace.point.env)


WORDS: dict[type, str] = {
    Identity: "what arrives, unchanged",
    Transposition: "what arrives, transposed",
    Block: "what arrives in the place of the block, and zeros around it",
    Pad: "its own block of what arrives",
}


def _depends(m: LinearMap, e: Expr, operands: list[int], i: int) -> bool:
    """Whether the map multiplies by another operand that carries a gradient."""
    others = set().union(*(e.args[j].free for j in operands if j != i))
    parts = m.parts if isinstance(m, Chain) else (m,)
    used: set[Expr] = set()
    for part in parts:
        for name in ("left", "right", "factor", "other"):
            factor = getattr(part, name, None)
            if isinstance(factor, Expr):
                used |= factor.free
    return bool(used & others)


def _repeats(m: LinearMap) -> tuple[str, str] | None:
    """How often and along what a product with ones repeats its operand."""
    if not isinstance(m, Factors) or m.source == m.target:
        return None
    for factor, along, k in ((m.left, "row", 0), (m.right, "column", 1)):
        if factor is not None and factor.op.name == "ones" and m.target:
            return str(m.target[k]), along
    return None


def _times(count: int) -> str:
    return "" if count == 1 else " twice" if count == 2 else f" {count} times"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
