"""The search for slips: single ones, ones of writing, and two at once.

Every function returns findings, the most specific first, and none where nothing matches
at all points.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from matcalc.declaration.tree import Node
from matcalc.grading import relations
from matcalc.grading.answers import Answer
from matcalc.grading.edits import Edit, edits, edits_twice
from matcalc.grading.evidence import Evidence
from matcalc.grading.explain import Explainer
from matcalc.grading.reading import walk
from matcalc.grading.slips import Mutant, alike
from matcalc.grading.tape import Misfit
from matcalc.grading.verdict import Finding

MOST_PAIRS = 1_200
"Pairs of slips that are tried where no single slip explains an answer."
MOST_PIECES = 150_000
"Of all edited answers together that are tried: of a long answer, only its first edits."
Arrays = list[Any]


class SlipSearch:
    def __init__(self, evidence: Evidence, explain: Explainer) -> None:
        self.evidence, self.explain = evidence, explain

    # -- one slip -------------------------------------------------------------------------------

    def single(self, answer: Answer, values: Arrays, truth: Arrays) -> list[Finding]:
        """A slip of the table, a factor, or a slip of writing; all that match."""
        target = answer.target
        matching = self.evidence.matching(target, values, relations.equal)
        found = self.likely(answer, [mutant for mutant, _ in matching])
        findings = self.explain.mutants(target, found)
        scale = None
        if not relations.is_zero(truth):
            scale = relations.scale(values, truth, self.evidence.points)
        if scale is not None:
            findings = self.explain.factor(target, scale, findings, bool(used_gradients(answer)))
        # Where a slip of writing is found in the text, that says more than the rule does.
        written = {finding.kind: finding for finding in self.written(answer, truth)}
        findings = [written.pop(finding.kind, finding) for finding in findings]
        return findings + list(written.values())

    def likely(self, answer: Answer, found: list[Mutant]) -> list[Mutant]:
        """Without slips behind a gradient that the answer has by name, where others are left."""
        used = used_gradients(answer)
        tape = self.evidence.tape
        possible = [
            mutant
            for mutant in found
            if not used
            or all(any(tape.depends(m, e) for m in used) for e in mutant.change.equations)
        ]
        # The gradient of a wrong node is likely where the answer has it by name.
        return sorted(
            possible or found, key=lambda m: m.slip == "upstream-wrong" and m.piece not in used
        )

    def written(self, answer: Answer, truth: Arrays) -> list[Finding]:
        """Slips of writing: the single edits of the answer that make it right."""
        known: set[str] = set()
        if answer.side is None:
            return []
        found: list[Finding] = []
        for edit in _few(edits(answer.side.tree), answer.side.tree):
            if known & set(edit.slips):
                continue
            expr = self.evidence.mended(answer.side, edit)
            if expr is not None and self.evidence.holds(expr, truth):
                known |= set(edit.slips)
                found += self.explain.edit(answer.side, edit, expr)
        return found

    # -- two slips ------------------------------------------------------------------------------

    def written_twice(self, answer: Answer, truth: Arrays) -> list[Finding]:
        if answer.side is None:
            return []
        for edit in _few(edits_twice(answer.side.tree), answer.side.tree):
            expr = self.evidence.mended(answer.side, edit)
            if expr is not None and self.evidence.holds(expr, truth):
                return self.explain.edit(answer.side, edit, expr)
        return []

    def written_and_other(self, answer: Answer) -> list[Finding]:
        """A slip of writing beside another slip, in an answer whose shapes do not fit."""
        assert answer.side is not None
        for edit in _few(edits(answer.side.tree), answer.side.tree):
            expr = self.evidence.mended(answer.side, edit)
            if expr is None:
                continue
            values = self.evidence.at_points(expr)
            matching = self.evidence.matching(answer.target, values, relations.equal)
            found = self.likely(answer, [mutant for mutant, _ in matching])
            if found:
                findings = self.explain.edit(answer.side, edit, None)
                return findings + self.explain.mutants(answer.target, found[:1])
        return []

    def two(self, answer: Answer, values: Arrays) -> list[Finding]:
        target = answer.target
        return (
            self._slip_and_relation(answer, values)
            or self._slip_in_another(target, values)
            or self._pair(target, values)
        )

    def _slip_and_relation(self, answer: Answer, values: Arrays) -> list[Finding]:
        """A slip, and a factor or a transpose besides."""
        evidence, target = self.evidence, answer.target

        def scaled(a: Arrays, b: Arrays) -> relations.Scale | None:
            zero = relations.is_zero(b)
            return None if zero else relations.scale(a, b, evidence.points[: len(a)])

        scales = list(evidence.matching(target, values, scaled))
        likely = self.likely(answer, [mutant for mutant, _ in scales])
        for mutant, scale in scales:
            if mutant is likely[0]:
                bare = self.explain.factor(target, scale, [], bool(used_gradients(answer)))
                return self.explain.mutants(target, [mutant]) + bare
        if all(np.ndim(v) == 2 for v in values):
            turned = relations.transposed(values)
            for mutant, _ in evidence.matching(target, turned, relations.equal):
                layout = self.explain.layout(target, evidence.turns(target))
                return [*self.explain.mutants(target, [mutant]), layout]
        return []

    def _slip_in_another(self, target: str, values: Arrays) -> list[Finding]:
        """The gradient by another variable, with a slip in it."""
        for name in alike(self.evidence.tape, target):
            for mutant, _ in self.evidence.matching(name, values, relations.equal):
                if not mutant.other:
                    another = self.explain.another(target, name)
                    return [another, *self.explain.mutants(name, [mutant])]
        return []

    def _pair(self, target: str, values: Arrays) -> list[Finding]:
        """Two slips of the table, at different places."""
        single = [m for m in self.evidence.mutants(target) if m.uses == 1 and not m.other]
        tried = 0
        for k, one in enumerate(single):
            for two in single[k + 1 :]:
                if set(one.change.edges) & set(two.change.edges):
                    continue
                tried += 1
                if tried > MOST_PAIRS:
                    return []
                if self._is_pair(target, values, one, two):
                    return [self.explain.mutant(target, mutant) for mutant in (one, two)]
        return []

    def _is_pair(self, target: str, values: Arrays, one: Mutant, two: Mutant) -> bool:
        change = one.change.also(two.change)
        for point, value in zip(self.evidence.points, values, strict=True):
            try:
                with np.errstate(all="ignore"):
                    found = self.evidence.tape.run(point, target, change)
            except (Misfit, ValueError, np.linalg.LinAlgError):
                return False
            if not relations.equal([value], self.evidence.arranged(target, [found])):
                return False
        return True


def _few(tried: Iterator[Edit], tree: Node) -> Iterator[Edit]:
    """As many edits of a tree as its size allows; all, of what a person writes."""
    return islice(tried, MOST_PIECES // sum(1 for _ in walk(tree)))


def used_gradients(answer: Answer) -> set[str]:
    """The nodes whose gradients an answer has by name."""
    return answer.side.gradients if answer.side else set()
