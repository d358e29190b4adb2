"""``matcalc check``: every closed form, Jacobian and step against numbers."""

from __future__ import annotations

import sys

import click
from matcalc.cli.options import (
    DIMS,
    LIMIT,
    NETWORK,
    OUTPUT,
    STYLE,
    WRT,
    chosen_limits,
    derivation,
    layout_options,
)
from matcalc.cli.output import Progress, emit


@click.command("check")
@NETWORK
@click.option(
    "--points",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="How many random points to try.",
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the random points.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@STYLE
@WRT
@layout_options
@DIMS
@LIMIT
@OUTPUT
def command(net, points, seed, form, wrt, dims, output, **layout) -> None:
    """Hold every claim about the network NET against numbers.

    Partials and Jacobians are compared with derivatives by the complex step, steps side
    against side. A network with loops is checked at its own depth, and its pattern at the
    depths 1 to 6. Exit code 1 if a claim fails, with the first entry that differs. A side of
    a kink (of relu, maximum, where, ...) that no point was on is named as not met; that is
    no failure.

    \b
    Examples:
      matcalc check net.yaml --points 10
      matcalc check net.yaml --format json
    """
    from matcalc.checking import check

    d = derivation(net, dims=dims, wrt=wrt, **layout)
    progress = Progress()
    entries = chosen_limits().entries
    report = check(d, points=points, seed=seed, progress=progress, entries=entries)
    progress.done()
    pattern = None
    if d.network.template is not None:
        from matcalc.cli.pattern import report_on_pattern

        pattern = report_on_pattern(d, seed)
    if form == "json":
        from matcalc.printing.report_json import write_report_json

        text = write_report_json(report, pattern.data() if pattern else None)
    else:
        from matcalc.printing.table import write_report

        text = write_report(report) + (f"\n\n{pattern.text()}" if pattern else "")
    emit(text, output)
    if not report.ok or (pattern is not None and not pattern.ok):
        sys.exit(1)
