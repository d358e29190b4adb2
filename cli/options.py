"""The options that commands share, and how they become a derivation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from matcalc.errors import InputError

if TYPE_CHECKING:
    from matcalc.derivation import Derivation
    from matcalc.network.network import Network

Command = Callable[..., Any]

NETWORK = click.argument("net", metavar="NET")
OUTPUT = click.option(
    "-o", "--output", metavar="PATH", help="Write to this file instead of standard output."
)
DIMS = click.option(
    "--dims", metavar="N=8,D=3", help="Sizes of dimensions, instead of those in the file."
)
WRT = click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    help="Differentiate by this only (repeatable). Default: all inputs and parameters.",
)


STYLE = click.option(
    "--style",
    metavar="NAME",
    help="How the steps argue: differential (the default), chain, index, vec or explicit.",
)


def layout_options(command: Command) -> Command:
    """--convention, --layout, --preset."""
    for option in (
        click.option("--preset", metavar="NAME", help="Convention and layout of a set of notes."),
        click.option(
            "--layout",
            metavar="NAME",
            help="denominator, numerator or mixed. Default: what the file says.",
        ),
        click.option(
            "--convention",
            type=click.Choice(["row", "column"]),
            help="Re-express the network with samples as rows or as columns.",
        ),
    ):
        command = option(command)
    return command


def load_network(net: str, dims: str | None = None) -> Network:
    """The network of a path, or of standard input for ``-``."""
    from matcalc.declaration import load

    return load(net, dims=parse_dims(dims) if dims else None)


def parse_dims(text: str) -> dict[str, int]:
    """``N=8,D=3`` as a mapping."""
    sizes = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not name or not value.isascii() or not value.isdigit() or not 0 < len(value) <= 7:
            raise InputError(f"--dims: {part!r} is no size", mend="Write --dims N=8,D=3.")
        if not int(value):
            raise InputError(f"--dims: {name} cannot be 0", mend="Write --dims N=8,D=3.")
        sizes[name] = int(value)
    return sizes


def derivation(
    net: str,
    *,
    dims: str | None,
    wrt: tuple[str, ...],
    convention: str | None,
    layout: str | None,
    preset: str | None,
    style: str | None = None,
) -> Derivation:
    """The derivation that the options ask for; a preset yields to single options."""
    from matcalc.derivation import derive
    from matcalc.layout.layout import as_preset

    network = load_network(net, dims)
    chosen_layout: Any = layout
    if preset:
        found = as_preset(preset)
        convention = convention or found.convention.value
        chosen_layout = layout or found.layout
    return derive(
        network, wrt, convention=convention, layout=chosen_layout, style=style or "differential"
    )
