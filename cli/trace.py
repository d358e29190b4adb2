"""``matcalc trace``: the graph with values and gradients, as a table or a picture."""

from __future__ import annotations

import click
from matcalc.cli.options import DIMS, NETWORK, OUTPUT, WRT, derivation, layout_options
from matcalc.cli.output import emit, is_colourful

FORMATS = ("text", "markdown", "json")


@click.command("trace")
@NETWORK
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How the trace is written.",
)
@click.option(
    "--values",
    metavar="IN.npz",
    help="Arrays by variable name, as numpy.savez writes them. The rest is taken from the"
    " file's values, or sampled.",
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the sampled values.")
@WRT
@layout_options
@DIMS
@OUTPUT
def command(net, form, values, seed, wrt, dims, output, **layout) -> None:
    """The graph of the network NET with the value and gradient at each node.

    What happens to gradients is said where it happens: add distributes, product switches,
    max routes, branches add up.

    \b
    Examples:
      matcalc trace net.yaml
      matcalc trace net.yaml --values in.npz
    """
    from matcalc.tracing import trace

    d = derivation(net, dims=dims, wrt=wrt, **layout)
    found = trace(d, _read(values), seed=seed)
    emit(_written(found, form, colour=output is None and is_colourful()), output)


def _read(path):
    if path is None:
        return {}
    from matcalc.generation.at_values import read_values

    return read_values(path)


def _written(found, form, colour):
    if form == "json":
        from matcalc.printing.trace_json import write_trace_json

        return write_trace_json(found)
    if form == "markdown":
        from matcalc.printing.trace_markdown import write_trace_markdown

        return write_trace_markdown(found)
    from matcalc.printing.trace_text import write_trace

    return write_trace(found, colour=colour)
