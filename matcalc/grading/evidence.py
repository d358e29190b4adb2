"""What a verdict rests on: points, true gradients, the values of answers and of mutants.

What one answer needed is kept for the next. What is right comes from the complex step, so
that a mistake of matcalc's own could not pass for right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.derivation.derivation import Derivation
from matcalc.errors import InputError
from matcalc.expressions.expr import Expr
from matcalc.grading import relations
from matcalc.grading.answers import Answer
from matcalc.grading.edits import Edit
from matcalc.grading.points import Places, Point, given_point, places_of
from matcalc.grading.reading import AnswerReader, Side
from matcalc.grading.slips import Mutant, mutants
from matcalc.grading.tape import Misfit, Tape

Arrays = list[Any]


class Evidence:
    def __init__(self, d: Derivation, reader: AnswerReader | None = None, seed: int = 0) -> None:
        self.d, self.seed = d, seed
        self.reader = reader or AnswerReader(d)
        self.tape = Tape(d.network)
        self._mutants: dict[str, list[Mutant]] = {}
        self._values: dict[tuple[str, Mutant], list[Any]] = {}

    @cached_property
    def places(self) -> Places:
        return places_of(self.d, self.seed)

    @cached_property
    def points(self) -> list[Point]:
        """Where everything is compared."""
        return self.places.points

    def unmet(self, target: str) -> list[str]:
        """The sides of kinks on the way to a target that no point is on, in words."""
        depends = self.tape.depends
        sides = [side for node, side in self.places.unmet if depends(node, target)]
        return list(dict.fromkeys(sides))

    @cached_property
    def given(self) -> Point | None:
        """The point of the file's own values, where it gives any."""
        return given_point(self.d, self.seed)

    # -- arrays -----------------------------------------------------------------------------

    def turns(self, target: str) -> bool:
        """Whether the layout writes this gradient transposed."""
        return self.d.layout.transposes_gradient(self.d.network.declared_shape(target))

    def arranged(self, target: str, arrays: Arrays) -> Arrays:
        """Gradients in own shape, as the layout has them."""
        return relations.transposed(arrays) if self.turns(target) else arrays

    def truth(self, target: str) -> Arrays:
        """The right gradient at every point, as the layout has it."""
        return self.arranged(target, [p.truth(target) for p in self.points])

    def values(self, answer: Answer) -> Arrays | None:
        """The answer at every point, or None where its shapes do not fit."""
        if answer.values is not None:
            return None if isinstance(answer.values, str) else list(answer.values)
        assert answer.side is not None
        expr = answer.side.expr
        return None if expr is None else self.at_points(expr)

    def at_points(self, expr: Expr) -> Arrays:
        """The values of an answer's expression; raises InputError where it is too large."""
        self.points[0].refuse_large(expr)
        return [p.value(expr) for p in self.points]

    # -- mutants ------------------------------------------------------------------------------

    def mutants(self, target: str) -> list[Mutant]:
        """Every mutant of the gradient by a name."""
        if target not in self._mutants:
            self._mutants[target] = list(mutants(self.tape, target))
        return self._mutants[target]

    def mutant_values(self, target: str, mutant: Mutant, count: int) -> Arrays | None:
        """The values of a mutant at the first points; None where it has none."""
        known = self._values.setdefault((target, mutant), [])
        while len(known) < count:
            point = self.points[len(known)]
            try:
                if mutant.other:
                    value = point.gradient(mutant.other)
                else:
                    with np.errstate(all="ignore"):
                        value = self.tape.run(point, target, mutant.change)
            except (Misfit, ValueError, np.linalg.LinAlgError):
                return None
            known.append(value)
        return self.arranged(target, known[:count])

    def matching(
        self, target: str, values: Arrays, related: Callable[[Arrays, Arrays], Any]
    ) -> Iterator[tuple[Mutant, Any]]:
        """The mutants that stand in a relation to the values, tried at one point first."""
        count = len(values)
        for mutant in self.mutants(target):
            first = self.mutant_values(target, mutant, 1)
            if first is None or not related(values[:1], first):
                continue
            whole = self.mutant_values(target, mutant, count)
            if whole is not None and (found := related(values, whole)):
                yield mutant, found

    # -- edits ----------------------------------------------------------------------------------

    def mended(self, side: Side, edit: Edit) -> Expr | None:
        """The expression of an edited answer, or None where its shapes do not fit either."""
        try:
            return self.reader.expression(side.source, edit.tree, wanted=side.wanted)
        except InputError:
            return None

    def holds(self, expr: Expr, truth: Arrays) -> bool:
        """Whether an expression has the right values, tried at one point first."""
        self.points[0].refuse_large(expr)
        first = [self.points[0].value(expr)]
        return relations.equal(first, truth[:1]) and relations.equal(self.at_points(expr), truth)


class PushedEvidence(Evidence):
    """For an answer in terms of gradients that are too small to tell anything: the same
    question with random gradients in their place, carried on by the rules."""

    def __init__(self, evidence: Evidence, target: str, used: set[str]) -> None:
        super().__init__(evidence.d, evidence.reader, evidence.seed)
        self.tape, self.target, self.used = evidence.tape, target, used
        self.places = evidence.places
        rng = np.random.default_rng([evidence.seed, 55])
        sizes = evidence.d.network.symbol
        self.points = [
            p.pushed({n: rng.normal(size=np.shape(p.known[sizes(n)])) for n in sorted(used)})
            for p in evidence.points
        ]

    def truth(self, target: str) -> Arrays:
        found = []
        for point in self.points:
            given = {name: point.gradient(name) for name in self.used}
            found.append(self.tape.run(point, target, given=given))
        return self.arranged(target, found)


class FewerEvidence(Evidence):
    """The same without some of the points, which say nothing about one answer."""

    def __init__(self, evidence: Evidence, without: set[int]) -> None:
        super().__init__(evidence.d, evidence.reader, evidence.seed)
        self.tape, self.places = evidence.tape, evidence.places
        self.kept = [k for k in range(len(evidence.points)) if k not in without]
        self.points = [evidence.points[k] for k in self.kept]
