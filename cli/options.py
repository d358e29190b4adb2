"""The options that commands share, and how they become a derivation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from matcalc.errors import InputError

if TYPE_CHECKING:
    from matcalc.declaration.limits import Limits
    from matcalc.derivation import Derivation
    from matcalc.network.network import Network

Command = Callable[..., Any]
LIMITS = "matcalc.limits"
"Where a call keeps what --limit said."

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
LIMIT = click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=N",
    expose_value=False,
    callback=lambda ctx, _, values: ctx.meta.update({LIMITS: values}),
    help="Raise a limit, as in pieces=50000 (repeatable). docs/language.md lists them.",
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

    limits = chosen_limits()
    network = load(net, limits, dims=None if dims is None else parse_dims(dims))
    bound_work(network)
    return network


def chosen_limits() -> Limits:
    """The limits of this call."""
    from matcalc.declaration.limits import raised

    return raised(click.get_current_context().meta.get(LIMITS, ()))


def bound_work(network: Network) -> None:
    """From here on a call does as much work as its network is large and as it asks for, and
    no more."""
    from matcalc.declaration.limits import HESSIANS, LOOPS, PAGE, POINTS, Limits, work_for
    from matcalc.expressions import work

    context = click.get_current_context()
    context.call_on_close(lambda: work.allow(work.UNBOUNDED))
    asked, limits = context.params, chosen_limits()
    times = [max(1.0, limits.entries / Limits.entries, asked.get("points", 0) / POINTS), 1.0]
    for more in (
        HESSIANS if asked.get("hessians") or asked.get("hessian") else (1, 1),
        PAGE if asked.get("form") == "html" else (1, 1),
        LOOPS if network.template is not None else (1, 1),
    ):
        times = [a * b for a, b in zip(times, more, strict=True)]
    pieces = (e.expr.pieces for e in network.equations)
    units = work_for(len(network.variables), pieces, limits, *times)
    work.allow(units, computing=units)


def parse_dims(text: str) -> dict[str, int]:
    """``N=8,D=3`` as a mapping."""
    most = chosen_limits().size
    sizes = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not name or not value.isascii() or not value.isdigit() or len(value) > 16:
            raise InputError(f"--dims: {part!r} is no size", mend="Write --dims N=8,D=3.")
        if not int(value):
            raise InputError(f"--dims: {name} cannot be 0", mend="Write --dims N=8,D=3.")
        if int(value) > most:
            message = f"--dims: the size of {name} is {int(value)}"
            raise InputError(message, mend=f"Sizes go from 1 to {most}.")
        if name in sizes:
            raise InputError(f"--dims: {name} is given twice", mend="Give it once.")
        sizes[name] = int(value)
    return sizes


def derivation(net: str, *, dims: str | None, **options: Any) -> Derivation:
    """The derivation that the options ask for, see ``derivation_of``."""
    return derivation_of(load_network(net, dims), **options)


def derivation_of(
    network: Network,
    *,
    wrt: tuple[str, ...],
    convention: str | None,
    layout: str | None,
    preset: str | None,
    style: str | None = None,
) -> Derivation:
    """The derivation of a network; a preset yields to single options."""
    from matcalc.derivation import derive
    from matcalc.layout.layout import as_preset

    chosen_layout: Any = layout
    if preset is not None:
        found = as_preset(preset)
        convention = convention or found.convention.value
        chosen_layout = layout or found.layout
    return derive(
        network, wrt, convention=convention, layout=chosen_layout, style=style or "differential"
    )
