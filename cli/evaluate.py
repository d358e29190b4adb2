"""``matcalc eval``: the loss and its gradients at given values."""

from __future__ import annotations

import click
from matcalc.cli.options import LIMIT, NETWORK, WRT, chosen_limits, load_network
from matcalc.cli.output import emit, write_whole


@click.command("eval")
@NETWORK
@click.option(
    "--values",
    required=True,
    metavar="IN.npz",
    help="Arrays by variable name, as numpy.savez writes them.",
)
@WRT
@LIMIT
@click.option("-o", "--output", metavar="OUT.npz", help="Where to write; default: print as text.")
def command(net, values, wrt, output) -> None:
    """The loss and every gradient of the network NET at the values of a .npz file.

    Writes `loss`, and each gradient under its variable's name. What is not finite is named
    on standard error.

    \b
    Example:
      matcalc eval net.yaml --values in.npz -o out.npz
    """
    import numpy as np

    from matcalc.generation.at_values import evaluate_at, finite_notes, read_values

    network = load_network(net)
    results = evaluate_at(network, read_values(values, chosen_limits().values_bytes), wrt)
    for note in finite_notes(results):
        click.echo(f"matcalc: {note}", err=True)
    if output is None:
        with np.printoptions(precision=8, threshold=200, linewidth=80):
            emit("\n".join(f"{name} =\n{value}" for name, value in results.items()), None)
        return

    def save(path: str) -> None:
        with open(path, "wb") as file:
            np.savez(file, **results)

    write_whole(output, save)
