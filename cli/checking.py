"""``derive`` prints nothing that its check has not passed."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.cli.output import Progress, note

if TYPE_CHECKING:
    from matcalc.checking import Report
    from matcalc.derivation import Derivation


def verified(d: Derivation, *, jacobians: bool, hessians: bool = False) -> Report:
    """The report of a check that passed; otherwise says what failed and exits with 1."""
    from matcalc.checking import check

    progress = Progress()
    report = check(d, jacobians=jacobians, exact=False, progress=progress)
    if hessians:
        from matcalc.checking.hessians import check_hessians

        second = check_hessians(d, points=report.points)
        report = replace(report, rows=report.rows + second.rows)
    progress.done()
    if not report.ok:
        note("matcalc: nothing is printed, because a check failed (a mistake in matcalc):")
        for row in report.failed:
            note(f"  {row.kind} {row.name}: {row.detail or f'error {row.error:.1e}'}")
        sys.exit(1)
    return report
