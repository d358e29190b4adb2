"""Answers in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from matcalc.derivation.derivation import Derivation
from matcalc.grading.answers import Answer
from matcalc.grading.judge import Judge
from matcalc.grading.reading import AnswerReader
from matcalc.grading.verdict import Grades, Verdict


def grade(
    d: Derivation,
    answers: Iterable[Answer],
    *,
    reader: AnswerReader | None = None,
    judge: Judge | None = None,
) -> Grades:
    """The verdict on each answer, in the order given.

    The answers nearest to the loss are judged first, so that one that only carries an
    earlier mistake on is told as that.
    """
    judge = judge or Judge(d, reader)
    answers = list(answers)
    place = {e.name: k for k, e in enumerate(d.network.equations)}
    wrong: dict[str, list[Any]] = {}
    found: dict[str, Verdict] = {}
    for answer in sorted(answers, key=lambda a: -place.get(a.target, -1)):
        verdict = judge.verdict(answer, wrong)
        found[answer.target] = verdict
        if not verdict.is_right and verdict.kind != "left-side" and answer.is_given:
            values = judge.evidence.values(answer)
            if values is not None:
                wrong[answer.target] = values
    verdicts = tuple(_with_notes(found[a.target], a, wrong) for a in answers)
    every = {tuple(p.env.sizes.items()): dict(p.env.sizes) for p in judge.evidence.points}
    sizes = tuple(every.values())
    return Grades(d.of, d.network.name, verdicts, len(judge.evidence.points), sizes)


def _with_notes(verdict: Verdict, answer: Answer, wrong: dict[str, Any]) -> Verdict:
    """A note where the answer uses a gradient that was answered wrongly by itself."""
    expr = answer.side.expr if answer.side else None
    used = [s.name for s in expr.free if s.op.name == "grad"] if expr is not None else []
    named = sorted(name for name in used if name in wrong and name != answer.target)
    if not named:
        return verdict
    words = " and ".join(f"grad({name})" for name in named)
    own = "answer for it is" if len(named) == 1 else "answers for them are"
    note = f"Judged with the right {words}; your own {own} wrong."
    return replace(verdict, notes=(*verdict.notes, note))
