"""``derive`` prints nothing that its check has not passed."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.cli.options import chosen_limits
from matcalc.cli.output import Progress, note

from matcalc.errors import InputError

if TYPE_CHECKING:
    from matcalc.checking import Report
    from matcalc.derivation import Derivation


def verified(d: Derivation, *, jacobians: bool, hessians: bool = False) -> Report:
    """The report of a check that passed; otherwise says what failed and exits with 1."""
    from matcalc.checking import check

    progress, entries = Progress(), chosen_limits().entries
    report = check(d, jacobians=jacobians, progress=progress, entries=entries)
    if hessians:
        from matcalc.checking.hessians import check_hessians

        second = check_hessians(d, points=report.points)
        report = replace(report, rows=report.rows + second.rows)
    progress.done()
    if not report.ok and all("not finite" in row.detail for row in report.failed):
        row = report.failed[0]
        raise InputError(
            f"{row.kind} {row.name} is not finite at any of the points that were tried",
            mend="The root, norm or deviation of what is always 0 has no derivative; give"
            " values or assumptions at which there is one, or --no-check.",
        )
    if not report.ok:
        note("matcalc: nothing is printed, because a check failed (a mistake in matcalc):")
        for row in report.failed:
            note(f"  {row.kind} {row.name}: {row.detail or f'error {row.error:.1e}'}")
        sys.exit(1)
    return report
