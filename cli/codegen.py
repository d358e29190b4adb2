"""``matcalc codegen``: the network as a NumPy module."""

from __future__ import annotations

import click
from matcalc.cli.checking import verified
from matcalc.cli.options import DIMS, LIMIT, NETWORK, OUTPUT, load_network
from matcalc.cli.output import emit


@click.command("codegen")
@NETWORK
@click.option("--unroll", is_flag=True, help="A network with loops at the depth of the file.")
@click.option("--no-check", is_flag=True, help="Write without checking on numbers first.")
@DIMS
@LIMIT
@OUTPUT
def command(net, unroll, no_check, dims, output) -> None:
    """Write a module with forward, backward, loss_and_grads and train_step for the network NET.

    The module needs NumPy alone; run as a program it checks its own gradients. A network with
    loops becomes a module with loops: lists of arrays in, lists of gradients out, at any
    depth; --unroll writes it at the depth of the file.

    \b
    Example:
      matcalc codegen net.yaml -o backward.py && python backward.py
    """
    from matcalc.derivation import derive
    from matcalc.generation import codegen

    network = load_network(net, dims)
    if network.template is not None and not unroll:
        from matcalc.generation.loops import codegen_loops

        source = codegen_loops(network.template)
    else:
        source = codegen(network)
    if not no_check:
        verified(derive(network), jacobians=False)
    emit(source, output)
