"""``matcalc codegen``: the network as a NumPy module."""

from __future__ import annotations

import click
from matcalc.cli.checking import verified
from matcalc.cli.options import DIMS, LIMIT, NETWORK, OUTPUT, load_network
from matcalc.cli.output import emit


@click.command("codegen")
@NETWORK
@click.option("--no-check", is_flag=True, help="Write without checking on numbers first.")
@DIMS
@LIMIT
@OUTPUT
def command(net, no_check, dims, output) -> None:
    """Write a module with forward, backward, loss_and_grads and train_step for the network NET.

    The module needs NumPy alone; run as a program it checks its own gradients.

    \b
    Example:
      matcalc codegen net.yaml -o backward.py && python backward.py
    """
    from matcalc.derivation import derive
    from matcalc.generation import codegen

    network = load_network(net, dims)
    source = codegen(network)
    if not no_check:
        verified(derive(network), jacobians=False)
    emit(source, output)
