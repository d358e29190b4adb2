"""``matcalc show``: the network file, written out in full."""

from __future__ import annotations

import click
from matcalc.cli.options import DIMS, NETWORK, OUTPUT, load_network
from matcalc.cli.output import emit


@click.command("show")
@NETWORK
@click.option("--unroll", is_flag=True, help="Loops written out at the depth of the file.")
@click.option(
    "--convention",
    type=click.Choice(["row", "column"]),
    help="Re-express the network with samples as rows or as columns.",
)
@DIMS
@OUTPUT
def command(net, unroll, convention, dims, output) -> None:
    """The network NET as a file in full: layers as nodes, every shape, the loss named.

    What is printed can be read back; loops stay loops unless they are unrolled.

    \b
    Examples:
      matcalc show layers.yaml
      matcalc show layers.yaml --convention column -o columns.yaml
      matcalc show deep.yaml --unroll --dims N=2
    """
    from matcalc.network.convention import convert
    from matcalc.network.network import Convention
    from matcalc.printing.network_yaml import network_yaml, template_yaml

    network = load_network(net, dims)
    if convention:
        network = convert(network, Convention(convention))
    if network.template is not None and not unroll:
        emit(template_yaml(network.template), output)
    else:
        emit(network_yaml(network), output)
