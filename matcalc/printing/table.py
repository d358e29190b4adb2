"""The report of a check as a table of text."""

from __future__ import annotations

import math
import textwrap

from matcalc.checking.report import Report


def write_report(report: Report) -> str:
    """One line per claim, then the sides of kinks that were not met, the verdict last."""
    width = min(max((len(row.name) for row in report.rows), default=0), 52)
    lines = []
    for row in report.rows:
        verdict = "ok  " if row.ok else "FAIL"
        lines.append(f"{verdict} {row.kind:<11} {row.name:<{width}} {row.error:8.1e}")
        if row.detail:
            lines += _wrapped(row.detail, "     ")
    for row in report.passed_over:
        lines.append(f"over {row.kind:<11} {row.name}")
        lines.append(f"     not checked: {row.detail}")
    lines += [line for side in report.unmet for line in _wrapped(f"not met: {side}")]
    sizes = ", ".join(f"{name} = {size}" for name, size in report.sizes.items())
    lines.append("")
    lines.append(f"{report}, at {report.points} points" + (f" with {sizes}" if sizes else ""))
    exact = sum(row.kind == "exact" for row in report.rows)
    if exact:
        power = math.floor(-math.log2(report.chance)) if report.chance else math.inf
        lines.append(
            f"{exact} claims of steps are rational and were checked exactly as well, modulo"
            f" 2^61 - 1:\na false one would pass with a probability below 2^-{power:g}."
        )
    return "\n".join(lines)


def _wrapped(text: str, before: str = "") -> list[str]:
    after = "     "
    return textwrap.wrap(
        text, 79, initial_indent=before, subsequent_indent=after, break_long_words=False
    )
