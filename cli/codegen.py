"""``matcalc codegen``: the network as a NumPy module."""

from __future__ import annotations

import click
from matcalc.cli.checking import verified
from matcalc.cli.options import DIMS, LIMIT, NETWORK, OUTPUT, WRT, load_network
from matcalc.cli.output import emit


@click.command("codegen")
@NETWORK
@click.option("--unroll", is_flag=True, help="A network with loops at the depth of the file.")
@click.option(
    "--workspace", is_flag=True, help="A class that keeps its arrays: nothing new in each call."
)
@click.option(
    "--target",
    metavar="NAME",
    default="numpy",
    show_default=True,
    help="numpy, or numba: a workspace that is compiled.",
)
@WRT
@click.option("--no-check", is_flag=True, help="Write without checking on numbers first.")
@DIMS
@LIMIT
@OUTPUT
def command(net, unroll, workspace, target, wrt, no_check, dims, output) -> None:
    """Write a module with forward, backward, loss_and_grads and train_step for the network NET.

    The module needs NumPy alone; run as a program it checks its own gradients. A network with
    loops becomes a module with loops: lists of arrays in, lists of gradients out, at any
    depth; --unroll writes it at the depth of the file. With --workspace, the module has a class
    Workspace instead, for --wrt or for all variables, at the depth of the file.

    \b
    Examples:
      matcalc codegen net.yaml -o backward.py && python backward.py
      matcalc codegen net.yaml --workspace -o fast.py
      matcalc codegen net.yaml --target numba --wrt W1 -o faster.py
    """
    from matcalc.derivation import derive
    from matcalc.errors import InputError
    from matcalc.facade import codegen

    network = load_network(net, dims)
    derivation = derive(network, wrt)
    if wrt and not workspace and target == "numpy":
        raise InputError("--wrt is for a workspace", mend="Add --workspace.")
    nodes = [name for name in wrt if name in network.equation]
    if nodes:
        raise InputError(f"--wrt: {nodes[0]} is a node", mend="Name inputs and parameters.")
    source = codegen(derivation, unroll=unroll, workspace=workspace, target=target)
    if not no_check:
        verified(derivation, jacobians=False)
    emit(source, output)
