"""Closed forms as functions of NumPy arrays, and whole networks as loaded modules.

A kernel is compiled from source that matcalc wrote: all names in it are identifiers of
its own making, so that nothing from a user's file is ever executed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matcalc.errors import CannotDerive
from matcalc.expressions.expr import Expr
from matcalc.generation.body import indented, names_in, size_lines
from matcalc.generation.definitions import definitions
from matcalc.generation.functions import UserFunctions
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.library import QUIET, helpers_for, imports_for, run
from matcalc.generation.module import codegen
from matcalc.generation.numpy_code import NumpyWriter
from matcalc.generation.program import Temporaries, plan
from matcalc.generation.scope import Scope, dimensions_in
from matcalc.generation.sound import sound
from matcalc.network.network import Network


class Kernel:
    """Call it with arrays, in the order of the arguments or by their names.

    ``grad(Y)`` goes by the name grad_Y. Integers count as floats; a 1×1 array may stand
    for a scalar. The result is an array, or a NumPy scalar.
    """

    def __init__(self, source: str, arguments: Sequence[Expr]) -> None:
        self.source = source
        self.arguments = tuple(arguments)
        self._position = {argument_name(a): k for k, a in enumerate(arguments)}
        self._run = run(source)["kernel"]

    def __call__(self, *values: Any, **named: Any) -> Any:
        given: Sequence[Any] = values
        if named or len(values) != len(self.arguments) or any(v is None for v in values):
            given = self._in_order(values, named)
        return self._run(*map(as_float, given, self.arguments))

    def _in_order(self, values: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
        given: list[Any] = [None] * len(self.arguments)
        if len(values) > len(given):
            raise TypeError(f"{len(values)} values for {len(given)} arguments: {self._signature}")
        given[: len(values)] = values
        for name, value in named.items():
            at = self._position.get(name)
            if at is None or given[at] is not None:
                known = "twice" if at is not None else "but is no argument"
                raise TypeError(f"{name} is given {known}: {self._signature}")
            given[at] = value
        missing = [n for n, k in self._position.items() if given[k] is None]
        if missing:
            raise TypeError(f"{missing[0]} is missing: {self._signature}")
        return given

    @property
    def _signature(self) -> str:
        return f"kernel({', '.join(self._position)})"

    def __repr__(self) -> str:
        return f"<{self._signature}>"


def argument_name(e: Expr) -> str:
    return e.name if e.op.name == "symbol" else f"{e.op.name}_{e.name}"


def as_float(value: Any, argument: Expr) -> Any:
    """A value as a floating-point array; as a NumPy scalar, where the argument is a number."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        array = array.astype(float)
    return array if argument.shape else array.reshape(())[()]


def kernel(expr: Expr, arguments: Sequence[Expr], sizes: Mapping[str, int] | None = None) -> Kernel:
    """The expression as a function of its arguments: variables, nodes, gradients.

    Sizes are read off the arrays; ``sizes`` has those that no argument shows.
    """
    return kernel_of_several([expr], arguments, sizes, alone=True)


def kernel_of_several(
    exprs: Sequence[Expr],
    arguments: Sequence[Expr],
    sizes: Mapping[str, int] | None = None,
    *,
    alone: bool = False,
) -> Kernel:
    """Several expressions as one function that returns a list of values; what they share is
    computed once. ``alone``: the value of the only one instead of a list."""
    identifiers = Identifiers()
    names = {a: identifiers.fresh(argument_name(a)) for a in arguments}
    dims = {name for a in arguments for d in a.shape for name in d.names} | set().union(
        *map(dimensions_in, exprs)
    )
    size_names = {name: identifiers.fresh(name) for name in sorted(dims)}
    temporaries = Temporaries()
    program = plan([sound(e, {}) for e in exprs], (), temporaries)
    values = {t: identifiers.fresh(noun) for t, noun in temporaries.nouns.items()}
    functions = UserFunctions(identifiers)
    scope = Scope({**names, **values}, size_names, arguments, sizes or {})
    writer = NumpyWriter(scope, functions)
    lines = [f"{scope.names[t]} = {writer.text(value)}" for t, value in program.assignments]
    results = [
        _typed(writer.text(result), e) for result, e in zip(program.results, exprs, strict=True)
    ]
    lines.append(f"return {results[0]}" if alone else f"return [{', '.join(results)}]")
    head = head_lines(lines, names, size_names, sizes or {})
    signature = indented([f"def kernel({', '.join(names.values())}):"], 0)
    code = [*definitions(functions), "\n".join([QUIET, *signature, *indented(head + lines)]) + "\n"]
    helpers = helpers_for(code)
    parts = [imports_for(helpers + code), *helpers, *code]
    return Kernel("\n\n".join(parts), arguments)


def _typed(text: str, e: Expr) -> str:
    """NumPy 1 makes float64 of a float32 scalar times a number."""
    return text if e.shape or text.startswith("dtype.type(") else f"dtype.type({text})"


def head_lines(
    lines: list[str],
    names: Mapping[Expr, str],
    size_names: dict[str, str],
    sizes: Mapping[str, int],
) -> list[str]:
    """The lines before: sizes, and a floating type where only scalars could tell it."""
    used = names_in(line.removeprefix("return ") for line in lines)
    needed = [name for name, identifier in size_names.items() if identifier in used]
    head, missing = size_lines(needed, [(n, a.shape) for a, n in names.items()], size_names)
    for name in missing:
        if name not in sizes:
            raise CannotDerive(f"no argument shows the size {name}")
        head.append(f"{size_names[name]} = {sizes[name]}")
    if "dtype" in used:
        head.append(f"dtype = np.result_type({', '.join(names.values()) or 'float'})")
    return head


def load_module(network: Network) -> Mapping[str, Any]:
    """What the generated module of the network defines: forward, backward, ..."""
    return run(codegen(network))
