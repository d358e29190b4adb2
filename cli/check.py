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
@STYLE
@WRT
@layout_options
@DIMS
@LIMIT
@OUTPUT
def command(net, points, seed, wrt, dims, output, **layout) -> None:
    """Hold every claim about the network NET against numbers.

    Partials and Jacobians are compared with derivatives by the complex step, steps side
    against side. A network with loops is checked at its own depth, and its pattern at the
    depths 1 to 6. Exit code 1 if a claim fails, with the first entry that differs.

    \b
    Example:
      matcalc check net.yaml --points 10
    """
    from matcalc.checking import check
    from matcalc.printing.table import write_report

    d = derivation(net, dims=dims, wrt=wrt, **layout)
    progress = Progress()
    entries = chosen_limits().entries
    report = check(d, points=points, seed=seed, progress=progress, entries=entries)
    progress.done()
    text, ok = write_report(report), report.ok
    if d.network.template is not None:
        from matcalc.cli.pattern import report_on_pattern

        words, holds = report_on_pattern(d, seed)
        text, ok = f"{text}\n\n{words}", ok and holds
    emit(text, output)
    if not ok:
        sys.exit(1)
