"""Questions beside the table of slips: is there a shorter form, does an assumption explain
it, is it right in the other convention, did an earlier answer go wrong, where does it depart?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.checking.reference import Reference
from matcalc.declaration import scope_of
from matcalc.derivation.derivation import Derivation, derive
from matcalc.errors import CannotDerive, InputError
from matcalc.expressions.build import gradient
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, postorder
from matcalc.grading import relations
from matcalc.grading.answers import Answer
from matcalc.grading.evidence import Evidence
from matcalc.grading.latex_tokens import is_formula
from matcalc.grading.points import LARGE, Point, point_at
from matcalc.grading.reading import AnswerScope, Symbols
from matcalc.grading.tape import Misfit
from matcalc.grading.verdict import Finding
from matcalc.network.convention import convert
from matcalc.network.network import Convention, Kind, Network, Variable
from matcalc.numeric.sampling import APPLIED
from matcalc.printing.language import write
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_zero

SAVED = 3
"Characters that a form has to save to be called shorter."
MOST_TRIED = 60
"Assumptions that are tried."


@dataclass(frozen=True)
class Solution:
    """The right forms in the language: the local step, and the closed form or ''."""

    solution: str
    closed: str


class Asides:
    def __init__(self, evidence: Evidence) -> None:
        self.evidence, self.d = evidence, evidence.d
        self._solutions: dict[str, Solution] = {}

    # -- right forms ------------------------------------------------------------------------

    def derivation_of(self, target: str) -> Derivation:
        if target in self.d.partials:
            return self.d
        return derive(self.d.network, (target,), layout=self.d.layout)

    def partial(self, target: str) -> Solution:
        if target not in self._solutions:
            partial = self.derivation_of(target)[target]
            convention = self.d.network.convention
            closed = ""
            if len(self.d.network.equations) <= LARGE:
                with suppress(CannotDerive):
                    closed = write(partial.closed, convention)
            self._solutions[target] = Solution(write(partial.form, convention), closed)
        return self._solutions[target]

    def is_zero(self, target: str) -> bool:
        """Whether the derivation finds that the loss does not depend on the target."""
        return is_zero(self.derivation_of(target).gradients[target].expr)

    def is_derived(self, target: str, expr: Expr) -> bool:
        """Whether an expression is the derivation's own, up to simplification."""
        partial, own = self.derivation_of(target)[target], simplify(expr)
        if own is simplify(partial.form):
            return True
        if len(self.d.network.equations) > LARGE:
            return False
        with suppress(CannotDerive):
            return own is simplify(partial.closed)
        return False

    def shorter(self, answer: Answer) -> str:
        """A form of the same kind that is shorter than the answer's, or ''."""
        side = answer.side
        assert side is not None and side.expr is not None
        local = any(s.op.name == "grad" for s in side.expr.free)
        known = self.partial(answer.target)
        text = known.solution if local else known.closed
        partial = self.derivation_of(answer.target)[answer.target]
        if not text:
            return ""
        form = partial.form if local else partial.closed
        own = side.text
        like_it = self.d.latex(form) if is_formula(own) else text
        shorter = form.pieces < side.expr.pieces and _length(like_it) + SAVED <= _length(own)
        return text if shorter else ""

    def circular(self, target: str, expr: Expr | None) -> Finding | None:
        """Whether an answer is in terms of gradients that come after it."""
        if expr is None:
            return None
        tape, network = self.evidence.tape, self.d.network
        for s in sorted(expr.free, key=lambda s: s.name):
            later = s.name == target or not tape.depends(s.name, target)
            if s.op.name == "grad" and later and s.name not in (*network.outputs, network.loss):
                own = s.name == target
                asked = f"∂{self.d.of}/∂{s.name}"
                return Finding(
                    "circular",
                    f"it is in terms of {'itself' if own else f'{asked}, not known yet'}",
                    f"What is asked for is {asked} itself."
                    if own
                    else f"On the way back from the loss, {s.name} does not come before {target}.",
                    "An answer may use the gradients by nodes that come after it in the network.",
                )
        return None

    def broken_chain(self, answer: Answer) -> tuple[str, ...]:
        """Notes on the sides of an answer, before the last, that are not right."""
        notes = []
        truth = self.evidence.truth(answer.target)
        for side in answer.sides[:-1]:
            if side.expr is None:
                notes.append(f"On the way, the shapes of {side.text} do not fit.")
            elif not relations.equal(self.evidence.at_points(side.expr), truth):
                notes.append(f"On the way, {side.text} is not equal to it.")
        return tuple(notes)

    # -- the other convention -----------------------------------------------------------------

    @cached_property
    def _converted(self) -> tuple[Network, AnswerScope]:
        network = convert(self.d.network, self.d.network.convention.other)
        base = scope_of(network)
        symbols = Symbols(self.d, base.symbols)
        return network, AnswerScope(symbols, base.dims, base.functions, base.convention)

    def right_in_other_convention(self, answer: Answer) -> bool:
        assert answer.side is not None
        network, scope = self._converted
        try:
            side, declared = answer.side, network.declared_shape(answer.target)
            wanted = self.d.layout.gradient_shape(declared)
            expr = self.evidence.reader.expression(side.source, side.tree, scope, wanted)
        except InputError:
            return False
        target = network.symbol(answer.target)
        values, truth = [], []
        for point in self.evidence.points:
            known = {s: self._turned(network, point, s) for s in expr.free}
            try:
                values.append(point.value(expr, known))
            except KeyError:
                return False
            own = self._turned(network, point, gradient(target))
            turns = self.d.layout.transposes_gradient(network.declared_shape(answer.target))
            truth.append(np.transpose(own) if turns else own)
        return relations.equal(values, truth)

    def _turned(self, network: Network, point: Point, s: Expr) -> Any:
        """The value that a symbol of the converted network has."""
        own = self.d.network.symbol(s.name)
        value = point.gradient(s.name) if s.op.name == "grad" else point.known[own]
        variable = network.variable.get(s.name)
        keeps = variable is not None and not variable.flip
        return value if keeps else np.transpose(value)

    # -- an earlier answer ----------------------------------------------------------------------

    def carried(
        self, target: str, values: list[Any], others: dict[str, list[Any]]
    ) -> tuple[list[str], relations.Scale | None]:
        """The names whose wrong answers lead to this one by right steps, and a factor that
        is wrong besides, if there is one."""
        tape = self.evidence.tape
        after = [n for n in others if n != target and tape.depends(n, target)]
        for names in [[n] for n in after] + ([after] if len(after) > 1 else []):
            found = []
            try:
                for k, point in enumerate(self.evidence.points):
                    given = {n: self._own(n, others[n][k]) for n in names}
                    with np.errstate(all="ignore"):
                        found.append(tape.run(point, target, given=given))
            except (Misfit, ValueError):
                continue
            follows = self.evidence.arranged(target, found)
            if relations.equal(values, follows):
                return names, None
            scale = relations.scale(values, follows, self.evidence.points)
            if scale is not None and not relations.is_zero(follows):
                return names, scale
        return [], None

    def _own(self, name: str, value: Any) -> Any:
        return np.transpose(value) if self.evidence.turns(name) else value

    # -- assumptions ----------------------------------------------------------------------------

    def symmetric_constant(self, target: str, expr: Expr) -> str | None:
        """That a matrix which is given is symmetric, where a wrong answer is right then."""
        for variable in self.d.network.variables:
            assumed = (variable.name, "symmetric")
            given = variable.kind is Kind.CONSTANT and _may(variable, "symmetric")
            if given and self._right_under(target, expr, self.d.network, assumed):
                return ASSUMED["symmetric"].format(variable.name)
        return None

    def assumption(self, target: str, expr: Expr) -> str | None:
        """An assumption under which a wrong answer is right, in words."""
        if len(self.d.network.equations) > LARGE:
            return None
        for tried, (words, network, assumed) in enumerate(self._assumptions()):
            if tried >= MOST_TRIED:
                break
            if self._right_under(target, expr, network, assumed):
                return words
        return None

    def _assumptions(self) -> Iterator[tuple[str, Network, tuple[str, str] | None]]:
        row = self.d.network.convention is Convention.ROW
        first = ["row_stochastic", "column_stochastic"]
        order = first if row else first[::-1]
        for name in (*order, "symmetric", "diagonal", "orthogonal", "positive"):
            for variable in self.d.network.variables:
                if variable.value is None and _may(variable, name):
                    yield ASSUMED[name].format(variable.name), self.d.network, (variable.name, name)
        for dim in self.d.network.dims:
            sizes = {**self.d.network.dims, dim: 1}
            yield f"{dim} is 1", replace(self.d.network, dims=sizes), None

    def _right_under(
        self, target: str, expr: Expr, network: Network, assumed: tuple[str, str] | None
    ) -> bool:
        for k, first in enumerate(self.evidence.points):
            rng = np.random.default_rng([self.evidence.seed, 77, k])
            try:
                point = self._point(network, assumed, first, rng)
                found = point.value(expr)
                right = self.evidence.arranged(target, [point.gradient(target)])
            except (InputError, np.linalg.LinAlgError, ValueError):
                return False
            vanishes = relations.is_zero(right)
            if (vanishes and not first.where) or not relations.equal([found], right):
                return False
        return True

    def _point(
        self,
        network: Network,
        assumed: tuple[str, str] | None,
        first: Point,
        rng: np.random.Generator,
    ) -> Point:
        if assumed is None:
            return point_at(network, dict(network.dims), rng)
        name, assumption = assumed
        plain = {v.name: first.known[v.symbol] for v in network.variables}
        plain[name] = APPLIED[assumption](np.array(plain[name]), rng, network.convention)
        with np.errstate(all="ignore"):
            reference = Reference(network, plain, first.env, first.reference.upstream)
        return Point(reference, first.reference.upstream)

    # -- where it departs -------------------------------------------------------------------------

    def departs(self, target: str, expr: Expr | None) -> str:
        """The first step of the derivation, coming from the loss, that the answer does not have."""
        reached = self._reached(target, expr) if expr is not None else set()
        path = [e.name for e in self.evidence.tape.path(target)]
        steps = {s.about: s for s in self.derivation_of(target).steps if s.kind == "accumulate"}
        order = [n for n in reversed(path) if n in steps] + [target]
        done = [k for k, name in enumerate(order) if name in reached]
        name = order[done[-1] + 1] if done and done[-1] + 1 < len(order) else order[0]
        if done and done[-1] + 1 >= len(order):
            name = target
        step = steps.get(name)
        if step is None:
            return ""
        convention = self.d.network.convention
        return f"{write(step.lhs, convention)} = {write(step.rhs, convention)}"

    def _reached(self, target: str, expr: Expr) -> set[str]:
        """The nodes on the way whose gradient the answer has in it, rightly."""
        point = self.evidence.points[0]
        parts: list[Any] = []
        for node in postorder(expr):
            if not node.op.is_symbol or node.op.name == "grad":
                value = point.value(node)
                parts += [value, np.transpose(value)]
        found = set()
        for equation in self.evidence.tape.path(target):
            if equation.name != self.d.network.loss:
                right = point.gradient(equation.name)
                if any(relations.equal([p], [right]) for p in parts):
                    found.add(equation.name)
        return found


def _length(text: str) -> int:
    """How many signs a formula has, without spaces and what only sets its type."""
    plain = re.sub(r"\\(?:left|right|[bB]igg?[lr]?|[,;!:])(?![A-Za-z])|[\s{}$]", "", text)
    plain = re.sub(r"\\[A-Za-z]+", "x", plain)
    return len(plain)


ASSUMED = {
    "row_stochastic": "every row of {} sums to 1",
    "column_stochastic": "every column of {} sums to 1",
    "symmetric": "{} is symmetric",
    "diagonal": "{} is diagonal",
    "orthogonal": "{} is orthogonal",
    "positive": "{} is positive",
}
STOCHASTIC = ("row_stochastic", "column_stochastic")
SQUARE = ("symmetric", "diagonal", "orthogonal")


def _may(variable: Variable, assumption: str) -> bool:
    """Whether an assumption says something new about a variable."""
    shape = variable.symbol.shape
    if assumption in variable.assume:
        return False
    if assumption in SQUARE:
        return bool(shape) and shape[0] == shape[1] and shape[0] != ONE
    if assumption in STOCHASTIC:
        # Of a single row, columns that sum to 1 are ones, which nobody means.
        return bool(shape) and shape[STOCHASTIC.index(assumption) ^ 1] != ONE
    return True
