"""The verdict on one answer: compared on numbers with what is right and with every slip.

The questions are asked in an order, from the answer that is right to the one that nothing
explains; the first with an answer decides the kind.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from matcalc.derivation.derivation import Derivation
from matcalc.errors import ShapeError
from matcalc.expressions.expr import write_shape
from matcalc.grading import relations
from matcalc.grading.answers import Answer
from matcalc.grading.asides import Asides
from matcalc.grading.closeness import neglected, undecided
from matcalc.grading.edits import as_numpy
from matcalc.grading.evidence import Arrays, Evidence, FewerEvidence, PushedEvidence
from matcalc.grading.explain import Explainer
from matcalc.grading.reading import AnswerReader
from matcalc.grading.search import SlipSearch, used_gradients
from matcalc.grading.verdict import Finding, Verdict
from matcalc.printing.language import write

MOST_FINDINGS = 4


class Judge:
    """Judges answers against one derivation."""

    def __init__(self, d: Derivation, reader: AnswerReader | None = None, seed: int = 0) -> None:
        self.d = d
        self.start(Evidence(d, reader, seed))

    def start(self, evidence: Evidence) -> None:
        """Judge on this evidence from here on."""
        self.evidence = evidence
        self.explain = Explainer(self.d, evidence.tape)
        self.search = SlipSearch(evidence, self.explain)
        self.asides = Asides(evidence)

    def pushed(self, target: str, used: set[str]) -> Judge:
        """A judge who puts random gradients in the place of vanishing ones."""
        judge = copy(self)
        judge.start(PushedEvidence(self.evidence, target, used))
        return judge

    # -- the verdict ----------------------------------------------------------------------------

    def verdict(self, answer: Answer, others: dict[str, Arrays] | None = None) -> Verdict:
        """``others`` are values of wrong answers for what comes after the target."""
        if not answer.is_given:
            return self._verdict(answer, "unanswered")
        if isinstance(answer.values, str):
            finding = Finding("code", answer.values)
            return self._verdict(answer, "code", [finding])
        values = self.evidence.values(answer)
        truth = self.evidence.truth(answer.target)
        if relations.is_tiny(truth):
            found = self._tiny(answer, values, truth)
            if found is not None:
                return found
        if values is None:
            return self._misfit(answer)
        if relations.equal(values, truth):
            return self._nearly(answer, values, truth) or self._right(answer)
        pushed = isinstance(self.evidence, PushedEvidence)
        without = set() if pushed else undecided(self.evidence, answer, values, truth)
        if without:
            return self._without(answer, without, others or {})
        for question in (
            self._not_finite,
            self._single,
            self._other_layout,
            self._given_values,
            self._as_numpy,
            self._carried(others or {}, scaled=False),
            self._slips,
            self._somewhere,
            self._carried(others or {}, scaled=True),
            self._convention,
            self._written,
            self._shapes,
            self._assumption,
            self._two_slips,
        ):
            found = question(answer, values, truth)
            if found is not None:
                return found
        return self._unexplained(answer, values, truth)

    def _without(self, answer: Answer, without: set[int], others: dict[str, Arrays]) -> Verdict:
        """The verdict when some special points are left out, with a note on where they are."""
        judge, fewer = copy(self), FewerEvidence(self.evidence, without)
        judge.start(fewer)
        if answer.values is not None:
            answer = replace(answer, values=[answer.values[k] for k in fewer.kept])
        others = {name: [v[k] for k in fewer.kept] for name, v in others.items()}
        verdict = judge.verdict(answer, others)
        left_out = dict.fromkeys(self.evidence.points[k].where for k in sorted(without))
        words = f"Not compared {' and '.join(left_out)}: it is not finite there, or all rounding."
        return replace(verdict, notes=(*verdict.notes, words))

    def _tiny(self, answer: Answer, values: Arrays | None, truth: Arrays) -> Verdict | None:
        """A verdict where the gradient vanishes, as it may far from the loss: small is not
        yet right. None where the usual questions can be asked."""
        expr = answer.side.expr if answer.side else None
        if self.asides.circular(answer.target, expr):
            return None
        used = {n for n in used_gradients(answer) if n not in self.d.network.ends}
        pushed = isinstance(self.evidence, PushedEvidence)
        if used and not pushed:
            return self.pushed(answer.target, used).verdict(answer)
        vanishes = not any(np.any(t) for t in truth)
        if pushed and not vanishes:
            return None
        small = values is None or relations.is_tiny(values)
        if not small or (values and not vanishes and relations.equal(values, truth, floor=0.0)):
            return None
        if self.asides.is_zero(answer.target):
            return None
        if expr is not None and self.asides.is_derived(answer.target, expr):
            return self._right(answer, ("No numbers say so: it is what the derivation finds.",))
        return self._verdict(answer, "undecided", [self.explain.undecided()])

    def _verdict(
        self,
        answer: Answer,
        kind: str,
        findings: list[Finding] | tuple[Finding, ...] = (),
        **more: Any,
    ) -> Verdict:
        target = answer.target
        shape = self.d.layout.gradient_shape(self.d.network.declared_shape(target))
        partial = self.asides.partial(target)
        return Verdict(
            target,
            kind,
            answer.text,
            shape,
            tuple(findings)[:MOST_FINDINGS],
            solution=partial.solution,
            closed=partial.closed,
            **more,
        )

    def _wrong(
        self, answer: Answer, findings: list[Finding], values: Arrays | None = None, **more: Any
    ) -> Verdict:
        if values is not None:
            more.setdefault("difference", self._difference(answer, values))
            more.setdefault("answered_shape", self.shape_of(answer, values))
        return self._verdict(answer, findings[0].kind, findings, **more)

    def _difference(self, answer: Answer, values: Arrays) -> relations.Difference | None:
        return relations.difference(values[0], self.evidence.truth(answer.target)[0])

    def shape_of(self, answer: Answer, values: Arrays) -> str:
        """The answer's shape in symbols, as far as its sizes are those of dimensions."""
        if answer.side is not None and answer.side.expr is not None:
            return write_shape(answer.side.expr.shape)
        truth = self.evidence.truth(answer.target)
        pairs = zip(values, truth, strict=True)
        if all(relations.fitted(v, t).shape == np.shape(t) for v, t in pairs):
            target = self.d.network.declared_shape(answer.target)
            return write_shape(self.d.layout.gradient_shape(target))
        sizes = [p.env.sizes for p in self.evidence.points]
        axes = zip(*map(np.shape, values), strict=True)
        return "×".join(relations.size_name(axis, sizes) for axis in axes) or "scalar"

    # -- right, or nearly -----------------------------------------------------------------------

    def _right(self, answer: Answer, notes: tuple[str, ...] = ()) -> Verdict:
        expr = answer.side.expr if answer.side else None
        circular = self.asides.circular(answer.target, expr)
        if circular:
            return self._verdict(answer, "circular", [circular])
        if answer.left is not None:
            return self._verdict(answer, "left-side", [self.explain.left_side(answer)])
        shorter = self.asides.shorter(answer) if expr is not None else ""
        kind = "right-longer" if shorter else "right"
        findings = [Finding(kind, "right", mended=shorter)] if shorter else []
        notes += self.asides.broken_chain(answer) + self._unmet(answer)
        return self._verdict(answer, kind, findings, notes=notes)

    def _nearly(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        """Whether a small term is left out of an answer that is close to right."""
        if isinstance(self.evidence, PushedEvidence):
            return None
        gap = neglected(self.evidence, answer, values, truth)
        if gap and answer.single:
            return self._single(answer, values, truth)
        return self._wrong(answer, [self.explain.nearly(gap)], values) if gap else None

    def _not_finite(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        wrong = [v for v in values if not np.all(np.isfinite(v))]
        if not wrong:
            return None
        place = [int(k) for k in np.argwhere(~np.isfinite(wrong[0]))[0]]
        return self._verdict(answer, "not-finite", [self.explain.not_finite(place)])

    def _single(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        """Whether the rounding of single precision is all that an answer differs by."""
        if not answer.single or not relations.equal(values, truth, close=relations.SINGLE):
            return None
        return self._verdict(answer, "undecided", [self.explain.single()])

    def _unmet(self, answer: Answer) -> tuple[str, ...]:
        """A note on the sides of kinks where nothing was compared."""
        sides = self.evidence.unmet(answer.target)
        if not sides:
            return ()
        return (f"Not compared where {' or '.join(sides)}: no such point was found.",)

    def _other_layout(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        if any(np.ndim(v) != 2 for v in values) or not relations.equal(
            relations.transposed(values), truth
        ):
            return None
        finding = self.explain.layout(answer.target, self.evidence.turns(answer.target))
        return self._wrong(answer, [finding], values)

    def _given_values(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        expr = answer.side.expr if answer.side else None
        if self.evidence.given is None or expr is None:
            return None
        right = self.evidence.arranged(answer.target, [self.evidence.given.gradient(answer.target)])
        if not relations.equal([self.evidence.given.value(expr)], right):
            return None
        if not expr.free:
            return self._right(answer, ("A number, compared at the values in the file.",))
        return self._verdict(answer, "given-values", [self.explain.given_values()])

    def _as_numpy(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        return self._numpy(answer, truth)

    def _numpy(self, answer: Answer, truth: Arrays) -> Verdict | None:
        if answer.side is None:
            return None
        tree = as_numpy(answer.side.tree)
        if tree is None:
            return None
        try:
            side = answer.side
            expr = self.evidence.reader.expression(side.source, tree, wanted=side.wanted)
        except ShapeError:
            return None
        if not relations.equal(self.evidence.at_points(expr), truth):
            return None
        text = write(expr, self.d.network.convention)
        note = f"Read as NumPy has it, * entry by entry: {text}."
        return self._verdict(answer, "right", notes=(note, *self._unmet(answer)))

    def _convention(self, answer: Answer, values: Any, truth: Arrays) -> Verdict | None:
        if answer.side is None or not self.asides.right_in_other_convention(answer):
            return None
        return self._wrong(answer, [self.explain.convention()])

    def _carried(self, others: dict[str, Arrays], scaled: bool) -> Callable[..., Verdict | None]:
        """Whether the answer follows from wrong ones, or is off by a factor besides."""

        def question(answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
            if used_gradients(answer):
                return None
            names, scale = self.asides.carried(answer.target, values, others)
            if not names or (scale is not None) is not scaled:
                return None
            findings = [self.explain.carried(names, scale is None)]
            if scale is not None:
                findings += self.explain.factor(answer.target, scale, [], True)
            return self._wrong(answer, findings, values, together=scaled)

        return question

    # -- slips ----------------------------------------------------------------------------------

    def _slips(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        findings = self.search.single(answer, values, truth)
        if not findings:
            return None
        if {f.kind for f in findings} <= {"transpose-missing", "factors-order"}:
            # A for A.T is no slip of someone who takes A, which is given, to be symmetric.
            expr = answer.side.expr if answer.side else None
            words = None if expr is None else self.asides.symmetric_constant(answer.target, expr)
            if words is not None:
                findings = [self.explain.assumption(words), *findings]
        return self._wrong(answer, findings, values)

    def _written(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        findings = self.search.written_twice(answer, truth)
        return self._together(answer, findings, values)

    def _two_slips(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        return self._together(answer, self.search.two(answer, values), values)

    def _together(
        self, answer: Answer, findings: list[Finding], values: Arrays | None = None
    ) -> Verdict | None:
        if not findings:
            return None
        return self._wrong(answer, findings, values, together=len(findings) > 1)

    def _misfit(self, answer: Answer) -> Verdict:
        """An answer whose shapes do not fit: what would make it right?"""
        truth, side = self.evidence.truth(answer.target), answer.side
        assert side is not None and side.misfit is not None
        found = self._numpy(answer, truth) or self._convention(answer, None, truth)
        if found is not None:
            return found
        findings = self.search.written(answer, truth)
        if findings:
            return self._wrong(answer, [*findings, self.explain.misfit(side)])
        return (
            self._together(answer, self.search.written_twice(answer, truth))
            or self._together(answer, self.search.written_and_other(answer))
            or self._verdict(answer, "shape", [self.explain.misfit(side)])
        )

    def _shapes(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        finding = self.explain.shape(answer.target, values, truth)
        return None if finding is None else self._wrong(answer, [finding], values)

    def _somewhere(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        """Whether the answer is right wherever chance leads, and wrong elsewhere."""
        wrong = [
            (point.where, relations.difference(v, t))
            for point, v, t in zip(self.evidence.points, values, truth, strict=True)
            if not relations.equal([v], [t])
        ]
        if not all(where for where, _ in wrong):
            return None
        findings = [self.explain.somewhere(list(dict.fromkeys(where for where, _ in wrong)))]
        return self._wrong(answer, findings, values, difference=wrong[0][1])

    def _assumption(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict | None:
        expr = answer.side.expr if answer.side else None
        words = None if expr is None else self.asides.assumption(answer.target, expr)
        if words is None:
            return None
        return self._wrong(answer, [self.explain.assumption(words)], values)

    # -- nothing explains it ----------------------------------------------------------------------

    def _unexplained(self, answer: Answer, values: Arrays, truth: Arrays) -> Verdict:
        pairs = zip(values, truth, strict=True)
        same_shape = all(relations.fitted(v, t).shape == np.shape(t) for v, t in pairs)
        finding = (
            self.explain.other()
            if same_shape
            else self.explain.wrong_shape(answer, self.shape_of(answer, values))
        )
        expr = answer.side.expr if answer.side else None
        if self.evidence.given is not None and expr is not None and not expr.free:
            # A number is an answer at the values of the file.
            given = self.evidence.given
            right = self.evidence.arranged(answer.target, [given.gradient(answer.target)])[0]
            differs = relations.difference(given.value(expr), right)
            return self._wrong(answer, [finding], values, difference=differs)
        departs = self.asides.departs(answer.target, expr) if same_shape else ""
        return self._wrong(answer, [finding], values, departs=departs)
