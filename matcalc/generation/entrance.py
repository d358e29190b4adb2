"""The head of forward: its arguments, their defaults, the check of their shapes, sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from matcalc.errors import InputError
from matcalc.expressions.dimension import Dimension
from matcalc.generation.body import size_lines
from matcalc.generation.scope import Scope
from matcalc.network.network import Network, Variable


class Entrance:
    """``local`` gives every variable, node and dimension its identifier inside functions."""

    def __init__(self, network: Network, local: Mapping[str, str]) -> None:
        self.network = network
        self.local = local
        self.sizes = {d: local[d] for d in dimensions_of(network)}

    @property
    def names(self) -> list[str]:
        """The arguments as a caller writes them: as declared."""
        return list(self.network.variable)

    # -- tables ----------------------------------------------------------------

    def shapes(self) -> str:
        """The declared shapes, for messages and for the check of arguments."""
        rows = [
            f'    "{v.name}": ({", ".join(map(_entry, v.shape))}),' for v in self.network.variables
        ]
        return "\n".join(["_SHAPES = {", *rows, "}", ""])

    def values(self) -> str:
        """The values that the file gives, where they are arrays."""
        rows = []
        for v in self.network.variables:
            if v.value is not None and v.shape:
                array = np.asarray(v.value, dtype=float)
                lines = [f"        {_tuple_text(row)}," for row in array.tolist()]
                rows += [f'    "{v.name}": (', *lines, "    ),"]
        return "\n".join(["_VALUES = {", *rows, "}", ""]) if rows else ""

    def signature(self) -> str:
        """The arguments in declared order. Behind a default, the others start as None,
        which is refused."""
        texts, behind = [], False
        for name, v in zip(self.names, self.network.variables, strict=True):
            if v.value is not None:
                default = f'_VALUES["{v.name}"]' if v.shape else repr(float(v.value))
                texts.append(f"{name}={default}")
                behind = True
            else:
                texts.append(f"{name}=None" if behind else name)
        return ", ".join(texts)

    # -- lines -----------------------------------------------------------------

    def lines(self, needed: Iterable[str], *, entries: bool = True) -> list[str]:
        """Checked arrays under their local names, then the sizes that are needed; with
        ``entries``, the number of an array that was declared 1×1."""
        variables = self.network.variables
        targets = [self.local[v.name] for v in variables]
        left = ", ".join(targets) if len(targets) > 1 else f"({''.join(targets)},)"
        given = ", ".join(f"{name}={name}" for name in self.names)
        lines = ["dtype = np.dtype(float)"]
        if variables:
            lines = [f"{left} = _checked(_SHAPES, {given})", f"dtype = {targets[0]}.dtype"]
        composite = [v for v in variables if any(not _is_plain(d) for d in v.shape)]
        wanted = {*needed, *(n for v in composite for d in v.shape for n in d.names)}
        lines += self._sizes(sorted(wanted))
        scope = Scope({}, self.sizes)
        for v in composite:
            name, shape = self.names[variables.index(v)], scope.shape(v.shape)
            lines.append(
                f'_expect("{name}", {self.local[v.name]}.shape, _SHAPES["{name}"], {shape})'
            )
        lines += [
            f"{self.local[v.name]} = {self.local[v.name]}[0, 0]"
            for v in variables
            if entries and self.network.matrix_declared(v.name)
        ]
        return lines

    def _sizes(self, wanted: list[str]) -> list[str]:
        shown = [(self.local[v.name], v.shape) for v in self.network.variables]
        lines, missing = size_lines(wanted, shown, self.sizes)
        return lines + [f"{self.sizes[name]} = {self._from_file(name)}" for name in missing]

    def _from_file(self, name: str) -> str:
        if name not in self.network.dims:
            raise InputError(
                f"no variable shows the size {name}",
                mend=f"Give it a number under dims, such as {name}: 4.",
            )
        return f"{self.network.dims[name]}  # the file's: no variable shows it"


def dimensions_of(network: Network) -> list[str]:
    """All dimension names, those of the variables first."""
    names = [n for v in network.variables for d in v.shape for n in sorted(d.names)]
    return list(dict.fromkeys([*names, *network.dims]))


def _is_plain(d: Dimension) -> bool:
    return d.constant is not None or str(d).isidentifier()


def _entry(d: Dimension) -> str:
    return str(d.constant) if d.constant is not None else f'"{d}"'


def _tuple_text(row: list[Any]) -> str:
    inner = ", ".join(repr(float(x)) for x in row)
    return f"({inner},)" if len(row) == 1 else f"({inner})"


def declared(v: Variable) -> str:
    """``W1 (D, H)``, with what is assumed of it."""
    shape = f"({', '.join(map(str, v.shape))})"
    assumed = f", {' and '.join(sorted(v.assume))}" if v.assume else ""
    return f"{v.name} {shape}{assumed}"
