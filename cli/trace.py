"""``matcalc trace``: the graph with values and gradients, as a table or a picture."""

from __future__ import annotations

import click
from matcalc.cli.options import (
    DIMS,
    LIMIT,
    NETWORK,
    OUTPUT,
    WRT,
    chosen_limits,
    derivation,
    layout_options,
)
from matcalc.cli.output import emit, is_colourful

FORMATS = ("text", "svg", "dot", "json", "markdown")


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
@click.option("--vertical", is_flag=True, help="The picture from top to bottom: svg, dot.")
@click.option("--no-values", is_flag=True, help="The picture with shapes alone: svg, dot.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the sampled values.")
@WRT
@layout_options
@DIMS
@LIMIT
@OUTPUT
def command(net, form, values, vertical, no_values, seed, wrt, dims, output, **layout) -> None:
    """The graph of the network NET with the value and gradient at each node.

    What happens to gradients is said where it happens: add distributes, product switches,
    max routes, branches add up.

    \b
    Examples:
      matcalc trace net.yaml
      matcalc trace net.yaml --values in.npz
      matcalc trace net.yaml --format svg -o net.svg
    """
    from matcalc.tracing import trace

    drawn = form in ("svg", "dot")
    if (vertical or no_values) and not drawn:
        raise click.UsageError("--vertical and --no-values go with --format svg or dot.")
    if no_values and values:
        raise click.UsageError("--no-values has no use for --values.")
    d = derivation(net, dims=dims, wrt=wrt, **layout)
    found = d if no_values else trace(d, _read(values), seed=seed)
    if drawn:
        emit(_picture(found, form, vertical), output)
        return
    emit(_written(found, form, colour=output is None and is_colourful()), output)


def _read(path):
    if path is None:
        return {}
    from matcalc.generation.at_values import read_values

    return read_values(path, chosen_limits().values_bytes)


def _picture(found, form, vertical):
    if form == "dot":
        from matcalc.printing.graph_dot import graph_dot

        return graph_dot(found, vertical=vertical)
    from matcalc.printing.graph_svg import graph_svg

    return graph_svg(found, vertical=vertical)


def _written(found, form, colour):
    if form == "json":
        from matcalc.printing.trace_json import write_trace_json

        return write_trace_json(found)
    if form == "markdown":
        from matcalc.printing.trace_markdown import write_trace_markdown

        return write_trace_markdown(found)
    from matcalc.printing.trace_text import write_trace

    return write_trace(found, colour=colour)
