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
    from matcalc.checking.report import Row
    from matcalc.derivation import Derivation
    from matcalc.network.network import Network

OF_EVERY_STYLE = ("Jacobian", "Hessian", "Hessian product")
"Kinds of claims that do not depend on the style of reasoning."


def verified(
    d: Derivation,
    *,
    jacobians: bool,
    hessians: bool = False,
    points: int = 3,
    progress: Progress | None = None,
) -> Report:
    """The report of a check that passed; otherwise says what failed and exits with 1."""
    from matcalc.checking import check

    progress, entries = progress or Progress(), chosen_limits().entries
    report = check(
        d,
        jacobians=jacobians,
        exact=False,
        points=points,
        progress=progress,
        entries=entries,
    )
    if hessians:
        from matcalc.checking.hessians import check_hessians

        second = check_hessians(d, points=report.points)
        report = replace(report, rows=report.rows + second.rows)
    progress.done()
    refuse_failed(report, progress.before)
    return report


def refuse_failed(report: Report, before: str = "") -> None:
    """Says what failed and exits with 1, where something did; ``before`` is what is said first.

    Raises InputError where nothing is finite at any point, which is the network's doing.
    """
    if report.ok:
        return
    if all("not finite" in row.detail for row in report.failed):
        row = report.failed[0]
        raise InputError(
            f"{row.kind} {row.name} is not finite at any of the points that were tried",
            mend="The root, norm or deviation of what is always 0 has no derivative; give"
            " values or assumptions at which there is one, or --no-check.",
        )
    undecided = all(row.undecided for row in report.failed)
    why = "a check was not decided" if undecided else "a check failed (a mistake in matcalc)"
    note(f"matcalc: {before}nothing is printed, because {why}:")
    for row in report.failed:
        note(f"  {row.kind} {row.name}: {row.detail or f'error {row.error:.1e}'}")
    if undecided:
        note("  Give other values or sizes, at which fewer digits cancel, or --no-check.")
    sys.exit(1)


def checked_page(
    network: Network, d: Derivation, *, jacobians: bool, hessians: bool, no_check: bool
) -> str:
    """The page of HTML, every combination in it checked: the asked-for one as everywhere,
    the others at one point, Jacobians and Hessians once for each convention and layout."""
    from matcalc.printing.html_page import Page

    page = Page(network, d, jacobians=jacobians, hessians=hessians)
    shared: dict[object, tuple[Row, ...]] = {}
    for k, choice in enumerate(page):
        other, where = page.derivation(choice), (choice.convention, choice.layout)
        if no_check:
            page.add(choice, other, None)
            continue
        first = where not in shared
        report = verified(
            other,
            jacobians=page.jacobians and first,
            hessians=hessians and first,
            points=1 if k else 3,
            progress=Progress(f"{choice.words} ({k + 1} of {len(page.choices)}): "),
        )
        if first:
            shared[where] = tuple(r for r in report.rows if r.kind in OF_EVERY_STYLE)
        else:
            report = replace(report, rows=report.rows + shared[where])
        page.add(choice, other, report)
    return page.html()
