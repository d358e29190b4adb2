"""``matcalc exercise``: a sheet with blanks, and the answers file that goes with it."""

from __future__ import annotations

import click
from matcalc.cli.options import DIMS, LIMIT, NETWORK, OUTPUT, WRT, derivation, layout_options
from matcalc.cli.output import emit

from matcalc.errors import InputError


@click.command("exercise")
@NETWORK
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "latex"]),
    default="markdown",
    show_default=True,
    help="How the sheet is written.",
)
@click.option(
    "--answers",
    metavar="FILE.yaml",
    help="Also write an answers file to fill in, for matcalc grade.",
)
@click.option("--solutions", is_flag=True, help="With the solutions in place of the blanks.")
@WRT
@layout_options
@DIMS
@LIMIT
@OUTPUT
def command(net, form, answers, solutions, wrt, dims, output, **layout) -> None:
    """A sheet of exercises on the network NET: its gradients, with room to write.

    \b
    Examples:
      matcalc exercise net.yaml --answers answers.yaml -o sheet.md
      matcalc exercise net.yaml --format latex -o sheet.tex
      matcalc grade net.yaml answers.yaml
    """
    from matcalc.printing.exercise import (
        questions,
        write_answers_file,
        write_latex_sheet,
        write_markdown_sheet,
    )

    d = derivation(net, dims=dims, wrt=wrt, **layout)
    if not questions(d):
        raise InputError(
            "there is nothing to ask: no gradient is left to find",
            mend="Declare inputs or parameters that the loss depends on.",
        )
    write = write_latex_sheet if form == "latex" else write_markdown_sheet
    sheet = write(d, solutions=solutions)
    if answers is not None:
        if answers == output:
            raise InputError("the sheet and the answers file have one name", mend="Use two.")
        emit(write_answers_file(d, solutions=solutions), answers)
    emit(sheet, output)
