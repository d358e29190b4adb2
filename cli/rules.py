"""``matcalc rules``: the catalogue of rules, generated from the registry."""

from __future__ import annotations

import click
from matcalc.cli.options import OUTPUT
from matcalc.cli.output import emit, is_colourful


@click.command("rules")
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="How the catalogue is written.",
)
@OUTPUT
def command(name, form, output) -> None:
    """The rule of the operation NAME, or of every operation.

    Each has its definition, its differential, the gradients that follow, the Jacobian under
    both orders of stacking, and its source.

    \b
    Examples:
      matcalc rules softmax
      matcalc rules --format markdown -o rules.md
    """
    from matcalc.derivation.catalogue import catalogue, find
    from matcalc.printing.catalogue import (
        write_catalogue_markdown,
        write_catalogue_page,
        write_catalogue_text,
    )

    if form == "text":
        entries = [find(name)] if name else catalogue()
        emit(write_catalogue_text(entries, colour=output is None and is_colourful()), output)
    elif name:
        emit(write_catalogue_markdown([find(name)]), output)
    else:
        emit(write_catalogue_page(catalogue()), output)
