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

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, postorder
from matcalc.linear_maps.composition import Chain, Sum
from matcalc.linear_maps.local import local_map
from matcalc.linear_maps.maps import (
    Collapse,
    Entrywise,
    Factors,
    Identity,
    LinearMap,
    Multiple,
    Scaling,
    Spread,
    Transposition,
    Zero,
)
from matcalc.linear_maps.placement import Block, Pad
from matcalc.network.network import Equation
from matcalc.operations.algebra import Maximum, Where
from matcalc.printing.unicode import pretty_name
from matcalc.simplify.parts import is_number
from matcalc.tracing.trace import Edge, Trace
from matcalc.tracing.words import LONGEST, Words


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
    seen: set[tuple[str, str]] = set()
    for equation in reversed(trace.network.equations):
        if branch := writer.branch(equation.name):
            yield branch
        for remark in writer.equation(equation):
            if (remark.at, remark.text) not in seen:
                seen.add((remark.at, remark.text))
                yield remark
    for variable in trace.network.variables:
        if branch := writer.branch(variable.name):
            yield branch


class _Writer(Words):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
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
            return "routes", self.larger(e)
        if isinstance(e.op, Where):
            return "routes", self.chosen(e, operands)
        if all(isinstance(m, Identity) for m in maps.values()):
            several = len(e.args) > 1 and e.op.commutative
            return ("distributes", self.distributes(e, operands, at)) if several else None
        if len(operands) == 1:
            return self.one(e, operands[0], maps[operands[0]], at)
        if all(_multiplies(maps[i], e, operands, i) for i in operands):
            return self.told("switches", "Product switches: ", e, maps, at)
        kind = "places" if all(isinstance(m, Pad) for m in maps.values()) else "scales"
        return self.told(kind, "", e, maps, at)

    def told(
        self, kind: str, head: str, e: Expr, maps: dict[int, LinearMap], at: str
    ) -> tuple[str, str] | None:
        """What each operand receives, in words where there are some for all of them."""
        words = [self.received(m) for m in maps.values()]
        in_words = all(words)
        if not in_words:
            words = [self.form(m, at) for m in maps.values()]
        if not all(words):
            return None
        pairs = zip(maps, words, strict=True)
        text = _listed([f"{self.called(e, i)} receives {found}" for i, found in pairs])
        where = "" if at or in_words else f", where `{self.arrives}` is what arrives"
        return kind, f"{head}{text if head else _upper(text)}{where}."

    def distributes(self, e: Expr, operands: list[int], at: str) -> str:
        where = f" at `{pretty_name(at)}`" if at else ""
        names = [self.called(e, i) for i in operands]
        who = f"{_listed(names)} each receive" if len(names) > 1 else f"{names[0]} receives"
        return f"Add distributes: {who} what arrives{where}, unchanged."

    def larger(self, e: Expr) -> str:
        first, second = self.alone(e, 0), self.alone(e, 1)
        a, b = (self.value(arg) for arg in e.args)
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

    def chosen(self, e: Expr, operands: list[int]) -> str:
        """where(M, A, B), for those of A and B that carry a gradient."""
        mask, names = self.alone(e, 0), [self.alone(e, i) for i in (1, 2)]
        conditions = (f"where {mask} is above 0", "elsewhere")
        parts = [f"to {names[i - 1]} {conditions[i - 1]}" for i in (1, 2) if i in operands]
        taken = self.value(e.args[0]) > 0
        count = f" Here {np.count_nonzero(taken)} of {taken.size} are above 0."
        return f"A choice routes: what arrives goes {' and '.join(parts)}.{count}"

    def one(self, e: Expr, i: int, m: LinearMap, at: str) -> tuple[str, str] | None:
        """One operand that carries a gradient: what the map does to it."""
        who, parts = self.called(e, i), m.parts if isinstance(m, Chain) else (m,)
        types = {type(part) for part in parts}
        if isinstance(m, Zero):
            return "stops", f"Nothing flows back to {who}: its derivative is zero by definition."
        if copied := _copied(m, who):
            return "sums", f"A copy sums: {copied}."
        if Sum in types:
            return "mixes", (
                f"`{self.short(e)}` mixes: each entry of {who} reaches it in several ways, and"
                " what they contribute adds up."
            )
        if types <= {Collapse, Scaling} and Collapse in types:
            return "copies", self.copies(who, parts)
        masks = [part.factor for part in parts if isinstance(part, Entrywise)]
        if any(f.op.name == "argmax_one_hot" for f in masks) and types == {Collapse, Entrywise}:
            where = f"the largest entry of {_each(parts, who)}"
            return "routes", f"Max routes: what arrives goes to {where}; the others receive 0."
        if isinstance(m, Entrywise | Scaling) and e.op.linear_map(e, i) is None:
            return "scales", self.slope(who, m.factor)
        if isinstance(m, Scaling) and is_number(m.factor, 1):
            return None
        kinds = {Transposition: "transposes", Block: "places", Pad: "places"}
        kind = next((kinds[type(p)] for p in parts if type(p) in kinds), "scales")
        return self.told(kind, "", e, {i: m}, at)

    def copies(self, who: str, parts: tuple[LinearMap, ...]) -> str:
        scales = [self.write(p.factor) for p in parts if isinstance(p, Scaling)]
        times = "".join(f"`{scale}` times " for scale in scales)
        target = next(p for p in parts if isinstance(p, Collapse)).target
        every = "entry" if not target else "row" if target[0] == ONE else "column"
        return f"Sum copies: every {every} of {who} receives {times}what arrives."

    def slope(self, who: str, slope: Expr) -> str:
        value = self.value(slope)
        if slope.op.name == "step":
            passed = int(np.count_nonzero(value))
            here = f"{passed} of {value.size} entries pass"
            if not value.ndim:
                here = "it passes" if passed else "it stops"
            return (
                f"What arrives passes to {who} where the slope is 1, and stops where it is 0:"
                f" here {here}."
            )
        receives, text = f"{_upper(who)} receives what arrives, scaled", self.write(slope)
        by = f"by the slope `{text}`" if len(text) <= LONGEST else "by the slope"
        if not value.ndim:
            return f"{receives} {by}, here {value:.4g}."
        return f"{receives} entry by entry {by}, here from {value.min():.3g} to {value.max():.3g}."


def _multiplies(m: LinearMap, e: Expr, operands: list[int], i: int) -> bool:
    """Whether the map is linear, and multiplies by another operand that carries a gradient."""
    if e.op.linear_map(e, i) is None:
        return False
    others = set().union(*(e.args[j].free for j in operands if j != i))
    parts = m.parts if isinstance(m, Chain) else (m,)
    used: set[Expr] = set()
    for part in parts:
        for name in ("left", "right", "factor", "other"):
            factor = getattr(part, name, None)
            if isinstance(factor, Expr):
                used |= factor.free
    return bool(used & others)


def _copied(m: LinearMap, who: str) -> str:
    """That an operand is repeated, and what it receives for it; nothing where it is not."""
    if isinstance(m, Factors) and m.source != m.target and m.target:
        for factor, line, k in ((m.left, "row", 0), (m.right, "column", 1)):
            ones = factor is not None and factor.op.name == "ones" and ONE in factor.shape
            if ones and (m.right, m.left)[k] is None:
                return (
                    f"{who} is repeated in every one of the `{m.target[k]}` {line}s, so it"
                    f" receives the sum over the {line}s"
                )
    ones = isinstance(m, Multiple) and m.factor.op.name == "ones"
    if ones or isinstance(m, Spread):
        return f"{who} is repeated, so it receives the sum over its copies"
    return ""


def _each(parts: tuple[LinearMap, ...], who: str) -> str:
    """Along what a reduction takes its maximum."""
    target = next(p for p in parts if isinstance(p, Collapse)).target
    if not target:
        return who
    return f"each {'column' if target[0] == ONE else 'row'} of {who}"


def _times(count: int) -> str:
    return "" if count == 1 else " twice" if count == 2 else f" {count} times"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
