"""Verdicts on a reader's answers, as text of 80 columns and as JSON.

How much is told grows with the hint level: 0 the verdict, 1 its kind, 2 where and why, with
the first step that is wrong, 3 the solution.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import matcalc
from matcalc.expressions.expr import write_shape
from matcalc.grading.verdict import Finding, Grades, Verdict
from matcalc.printing.unicode import pretty_name
from matcalc.printing.wrapping import BOLD, GREEN, OFF, RED, wrap

VERDICT, KIND, STEP, SOLUTION = range(4)
"Hint levels."


def write_grades(grades: Grades, level: int = STEP, colour: bool = False) -> str:
    """One block for each answer, and a line that counts."""
    lines: list[str] = []
    for verdict in grades.verdicts:
        lines += block(verdict, grades.of, level, colour)
    lines.append("")
    lines += wrap(summary(grades))
    return "\n".join(lines)


def summary(grades: Grades) -> str:
    total = len(grades.verdicts)
    text = f"{grades.right} of {total} right." if total else "There are no answers."
    return f"{text} Compared on numbers at {grades.points} random points."


def block(v: Verdict, of: str, level: int, colour: bool) -> Iterator[str]:
    label = f"∂{pretty_name(of)}/∂{pretty_name(v.target)}"
    head = v.headline
    if level >= KIND:
        head = headline(v)
    text = "\n".join(wrap(f"{label}  {head}", rest=" " * (len(label) + 2)))
    yield _painted(text, v, colour) if colour else text
    if v.answer:
        yield from wrap(v.answer, "    ", "      ")
    if level < KIND:
        return
    if v.kind == "right-longer":
        yield from wrap(f"shorter: {v.findings[0].mended}", "    ", "             ")
    if level >= STEP:
        yield from _remarks(v)
    if level >= SOLUTION and not v.is_right:
        yield from _solution(v)


def headline(v: Verdict) -> str:
    """The verdict with its kind in words."""
    if not v.findings:
        return v.headline
    if v.kind == "right-longer":
        return "right; there is a shorter form"
    own = [v.findings[0]] if not v.together else list(v.findings)
    titles = "; and ".join(f.title for f in own)
    if v.kind in ("left-side", "assumption", "given-values"):
        return titles
    head = "wrong" if v.kind in ("shape", "carried") else v.headline
    return f"{head}: {titles}"


def _remarks(v: Verdict) -> Iterator[str]:
    if not v.is_right:
        own = v.findings if v.together else v.findings[:1]
        for finding in own:
            yield from wrap(f"{finding.where} {finding.why}".strip(), "    ")
        yield from _others(() if v.together else v.findings[1:])
        yield from _measures(v)
    for note in v.notes:
        yield from wrap(note, "    ")


def _others(findings: tuple[Finding, ...]) -> Iterator[str]:
    """What else is the case, or would explain the answer as well."""
    for finding in findings:
        if finding.kind == "shape":
            yield from wrap(finding.where, "    ")
    titles = [f.title for f in findings if f.kind != "shape"]
    if titles:
        yield from wrap(f"It could also be that {'; or that '.join(titles)}.", "    ")


def _measures(v: Verdict) -> Iterator[str]:
    """Shapes, where they differ; the entry that differs most, where nothing else is known."""
    wanted = write_shape(v.shape)
    if v.answered_shape and v.answered_shape != wanted and v.kind not in ("shape", "layout"):
        yield from wrap(f"It is {v.answered_shape} where {wanted} is right.", "    ")
    if v.difference is not None and v.kind == "other":
        d = v.difference
        place = "The value" if d.entry is None else f"Entry {list(d.entry)} differs most: it"
        yield from wrap(f"{place} is {d.answered:.6g} where {d.right:.6g} is right.", "    ")
    if v.departs:
        yield from wrap(f"The first step that it departs from: {v.departs}", "    ", "      ")


def _solution(v: Verdict) -> Iterator[str]:
    mended = next((f.mended for f in v.findings if f.mended), "")
    if mended and mended not in (v.solution, v.closed):
        yield from wrap(f"mended: {mended}", "    ", "            ")
    yield from wrap(f"right: {v.solution}", "    ", "           ")
    if v.closed and v.closed != v.solution:
        yield from wrap(f"closed: {v.closed}", "    ", "            ")


def _painted(text: str, v: Verdict, colour: bool) -> str:
    return f"{BOLD}{GREEN if v.is_right else RED}{text}{OFF}" if colour else text


# -- JSON -------------------------------------------------------------------------------------


def write_grades_json(grades: Grades, level: int = STEP) -> str:
    """The same as data; what a hint level does not tell is left out."""
    data = {
        "matcalc": matcalc.__version__,
        "name": grades.name,
        "of": grades.of,
        "right": grades.right,
        "total": len(grades.verdicts),
        "points": grades.points,
        "answers": [_verdict_data(v, level) for v in grades.verdicts],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _verdict_data(v: Verdict, level: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "wrt": v.target,
        "answer": v.answer,
        "right": v.is_right,
        "verdict": v.headline,
        "shape": [str(size) for size in v.shape],
    }
    if level >= KIND:
        data["kind"] = v.kind
        data["answered_shape"] = _sizes(v.answered_shape)
        data["several"] = v.together
        data["findings"] = [_finding_data(f, v, level) for f in v.findings]
        data["notes"] = list(v.notes)
    if level >= STEP:
        data["differs"] = (
            None
            if v.difference is None or v.is_right
            else {
                "entry": list(v.difference.entry) if v.difference.entry else None,
                "answered": _number(v.difference.answered),
                "right": _number(v.difference.right),
            }
        )
        data["departs"] = v.departs or None
    if level >= SOLUTION:
        data["solution"] = v.solution
        data["closed_form"] = v.closed or None
    return data


def _number(value: float) -> float | None:
    """A number that JSON has; None for one that is not finite."""
    return value if math.isfinite(value) else None


def _sizes(shape: str) -> list[str] | None:
    """A shape in words as a list; None where it is not known."""
    if not shape:
        return None
    return [] if shape == "scalar" else shape.split("×")


def _finding_data(f: Finding, v: Verdict, level: int) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": f.kind, "title": f.title}
    if level >= STEP:
        data["where"], data["why"] = f.where, f.why
    if f.mended and (level >= SOLUTION or v.is_right):
        data["mended"] = f.mended
    return data
