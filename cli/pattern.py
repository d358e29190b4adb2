"""A network with loops, written for every depth; its pattern is checked before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcalc.cli.checking import refuse_failed, verified
from matcalc.cli.output import Progress

if TYPE_CHECKING:
    from matcalc.checking import Report
    from matcalc.depth.pattern import Pattern
    from matcalc.derivation import Derivation

SHOWN = (1, 2, 3)
"Depths at which a pattern is checked before it is written; check tries more."


def checked(pattern: Pattern, depths: tuple[int, ...], seed: int = 0) -> tuple[Report, str]:
    """The report, and the depths in words."""
    from matcalc.checking.patterns import check_pattern

    progress = Progress()
    first = max(pattern.least, 1)
    tried = tuple(depth + first - 1 for depth in depths)
    report = check_pattern(pattern, depths=tried, seed=seed, progress=progress)
    progress.done()
    names = " and ".join(pattern.template.depths)
    return report, f"at {names} = {', '.join(map(str, tried))}" if names else "as it is"


@dataclass(frozen=True)
class OnPattern:
    """The check of a pattern, or the reason why there is no pattern."""

    report: Report | None
    words: str

    @property
    def ok(self) -> bool:
        return self.report is None or self.report.ok

    def text(self) -> str:
        from matcalc.printing.table import write_report

        if self.report is None:
            return f"No pattern for every depth: {self.words}."
        rows = write_report(self.report).rsplit("\n\n", 1)[0]
        return f"The pattern, {self.words}:\n\n{rows}\n\n{self.report}"

    def data(self) -> dict[str, Any]:
        from matcalc.printing.report_json import report_data

        if self.report is None:
            return {"reason": self.words}
        return {"depths": self.words, **report_data(self.report)}


def report_on_pattern(d: Derivation, seed: int) -> OnPattern:
    """The check of the pattern of a network with loops."""
    from matcalc.checking.patterns import DEPTHS
    from matcalc.errors import CannotDerive

    try:
        return OnPattern(*checked(d.pattern, DEPTHS, seed))
    except CannotDerive as reason:
        return OnPattern(None, str(reason))


def write(d, form, *, fragment, check, more, colour) -> str:
    """The pattern in a format; JSON is that of the unrolled network with the pattern."""
    if form == "json":
        return _json(d, check, more)
    pattern = d.pattern
    report, depths = _verified(pattern) if check else (None, "")
    if form == "latex":
        from matcalc.printing.pattern_latex import write_pattern_document, write_pattern_fragment

        if fragment:
            return write_pattern_fragment(pattern)
        return write_pattern_document(pattern, report=report, depths=depths)
    if form == "markdown":
        from matcalc.printing.pattern_markdown import write_pattern_markdown

        return write_pattern_markdown(pattern, report=report, depths=depths)
    from matcalc.printing.pattern_text import write_pattern

    return write_pattern(pattern, report=report, depths=depths, colour=colour)


def _verified(pattern: Pattern) -> tuple[Report, str]:
    report, depths = checked(pattern, SHOWN)
    refuse_failed(report)
    return report, depths


def _json(d, check, more) -> str:
    import json

    from matcalc.errors import CannotDerive
    from matcalc.printing.as_json import as_data
    from matcalc.printing.pattern_json import pattern_data

    if check:
        verified(d, **more)
    data = as_data(d, **more)
    try:
        pattern = d.pattern
        if check:
            _verified(pattern)
        data["pattern"] = pattern_data(pattern)
    except CannotDerive as reason:
        data["pattern"] = {"reason": str(reason)}
    return json.dumps(data, ensure_ascii=False, indent=1)
