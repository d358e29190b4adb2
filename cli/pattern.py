"""A network with loops, written for every depth; its pattern is checked before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from matcalc.cli.checking import verified
from matcalc.cli.output import Progress, note

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


def report_on_pattern(d: Derivation, seed: int) -> tuple[str, bool]:
    """The check of the pattern in words, and whether it holds."""
    from matcalc.checking.patterns import DEPTHS
    from matcalc.errors import CannotDerive
    from matcalc.printing.table import write_report

    try:
        report, depths = checked(d.pattern, DEPTHS, seed)
    except CannotDerive as reason:
        return f"No pattern for every depth: {reason}.", True
    rows = write_report(report).rsplit("\n\n", 1)[0]
    return f"The pattern, {depths}:\n\n{rows}\n\n{report}", report.ok


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
    if not report.ok:
        note("matcalc: nothing is printed, because a check failed (a mistake in matcalc):")
        for row in report.failed:
            note(f"  {row.kind} {row.name}: {row.detail or f'error {row.error:.1e}'}")
        sys.exit(1)
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
