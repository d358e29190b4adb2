"""``matcalc derive``: the derivation of a network, in the format asked for."""

from __future__ import annotations

import click
from matcalc.cli.checking import checked_page, verified
from matcalc.cli.options import (
    DIMS,
    LIMIT,
    NETWORK,
    OUTPUT,
    STYLE,
    WRT,
    derivation_of,
    layout_options,
    load_network,
)
from matcalc.cli.output import emit, is_colourful

FORMATS = ("text", "latex", "markdown", "html", "json")
OF_PATTERNS = ("text", "latex", "markdown", "json")
"The formats that a network with loops is written in for every depth."


@click.command("derive")
@NETWORK
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How the derivation is written.",
)
@click.option("--jacobians", is_flag=True, help="Local Jacobians of every node as well.")
@click.option("--hessians", is_flag=True, help="Second derivatives as well.")
@click.option("--fragment", is_flag=True, help="LaTeX without preamble, to be pasted.")
@click.option("--unroll", is_flag=True, help="A network with loops at the depth of the file.")
@click.option("--no-check", is_flag=True, help="Print without checking on numbers first.")
@STYLE
@WRT
@layout_options
@DIMS
@LIMIT
@OUTPUT
def command(net, form, fragment, unroll, no_check, wrt, dims, output, **chosen) -> None:
    """Every partial of the network NET (a file, or - for standard input).

    The forms are checked on numbers before they are printed. A network with loops is derived
    for every depth; --unroll derives it at the depth of the file.

    \b
    Examples:
      matcalc derive net.yaml
      matcalc derive net.yaml --format latex -o net.tex
      matcalc derive net.yaml --format html -o net.html
      matcalc derive net.yaml --layout numerator --wrt W1 --jacobians
      matcalc derive net.yaml --style index --wrt W1
      matcalc derive layers.yaml --unroll --dims N=5
    """
    if fragment and form != "latex":
        raise click.UsageError("--fragment goes with --format latex.")
    more = {name: chosen.pop(name) for name in ("jacobians", "hessians")}
    network = load_network(net, dims)
    d = derivation_of(network, wrt=wrt, **chosen)
    if d.network.template is not None and not unroll and form in OF_PATTERNS:
        if form != "json" and any(more.values()):
            raise click.UsageError("--jacobians and --hessians of a loop go with --unroll.")
        from matcalc.cli.pattern import write

        text = write(
            d,
            form,
            fragment=fragment,
            check=not no_check,
            more=more,
            colour=output is None and is_colourful(),
        )
        emit(text, output)
        return
    if form == "html":
        emit(checked_page(network, d, **more, no_check=no_check), output)
        return
    report = None if no_check else verified(d, **more)
    if form == "json":
        from matcalc.printing.as_json import write_json

        text = write_json(d, **more)
    elif form == "latex":
        from matcalc.printing.document import write_document, write_fragment

        write = write_fragment if fragment else write_document
        text = write(d, **more, report=report)
    elif form == "markdown":
        from matcalc.printing.markdown import write_markdown

        text = write_markdown(d, **more, report=report)
    else:
        from matcalc.printing.terminal import write_terminal

        colour = output is None and is_colourful()
        text = write_terminal(d, **more, report=report, colour=colour)
    emit(text, output)
