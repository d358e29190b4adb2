"""Network files and expressions as text, read into what the rest of matcalc works on.

    network = load("net.yaml")              # or "-" for standard input
    network = loads(text)
    e = parse("X.T*grad(Z)", network)       # what matcalc prints reads back

Everything that is wrong with a text is an InputError with its place and a mend.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.declaration.limits import UNLIMITED, Limits
from matcalc.declaration.network_file import read_network
from matcalc.declaration.text import Text
from matcalc.declaration.yaml_source import decode, read, too_large
from matcalc.errors import InputError
from matcalc.expressions.expr import Expr
from matcalc.network.network import Network

__all__ = ["UNLIMITED", "Limits", "Scope", "Text", "load", "loads", "parse", "parse_expression"]

DEFAULT = Limits()


def load(
    path: str | os.PathLike[str],
    limits: Limits = DEFAULT,
    dims: Mapping[str, int] | None = None,
) -> Network:
    """The network in a file; ``-`` is standard input. ``dims`` overrides sizes."""
    text, file = read_text(path, limits)
    return loads(text, file, limits, dims)


def read_text(path: str | os.PathLike[str], limits: Limits = DEFAULT) -> tuple[str, str]:
    """What a file holds, and what messages call it; ``-`` is standard input."""
    path = os.fspath(path)
    file = "<stdin>" if path == "-" else path
    return decode(_bytes(path, file, limits), file), file


def loads(
    text: str,
    file: str = "<text>",
    limits: Limits = DEFAULT,
    dims: Mapping[str, int] | None = None,
) -> Network:
    """The network in a text; ``file`` is what messages call it. ``dims`` overrides sizes."""
    repeated: list[InputError] = []
    root = read(text, file, limits, repeated)
    return read_network(root, file, limits, dims or {}, repeated)


def parse(
    text: str | Text, network: Network, reading_back: bool = True, limits: Limits = DEFAULT
) -> Expr:
    """An expression in the names of a network, by default also as matcalc prints it."""
    return parse_expression(text, scope_of(network), reading_back=reading_back, limits=limits)


def scope_of(network: Network) -> Scope:
    """What names mean in a network."""
    functions = {function.name: function for function in network.functions}
    return Scope(Symbols(network), network.dims, functions, network.convention)


class Symbols(Mapping[str, Expr]):
    """The symbols of a network by name; made when asked for, not all at once."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def __getitem__(self, name: str) -> Expr:
        return self.network.symbol(name)

    def __iter__(self) -> Iterator[str]:
        yield from self.network.variable
        yield from self.network.equation

    def __len__(self) -> int:
        return len(self.network.variable) + len(self.network.equation)


def _bytes(path: str, file: str, limits: Limits) -> bytes:
    most = limits.file_bytes + 1
    try:
        if path == "-":
            data = sys.stdin.buffer.read(most)
        else:
            with open(path, "rb") as stream:
                data = stream.read(most)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(
            f"{file}: cannot be read: {reason}", mend="Check the path; - is standard input."
        ) from None
    if len(data) == most:
        raise too_large(file, limits)
    return data
