"""Which names in SymPy expressions are dimensions, and sizes for those without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.declaration.text import clip
from matcalc.errors import InputError
from matcalc.sympy_bridge.classes import FunctionCall
from matcalc.sympy_bridge.variables import Declared

SMALLEST = 3
"So that N - 1 is not 1 yet, where much would fit that does not fit in general."

SIZES: dict[type, slice] = {
    sympy.MatrixSymbol: slice(1, 9),
    sympy.Identity: slice(0, 9),
    sympy.OneMatrix: slice(0, 9),
    sympy.ZeroMatrix: slice(0, 9),
    sympy.MatrixSlice: slice(1, 9),
    MatrixElement: slice(1, 9),
    FunctionCall: slice(1, 2),
}
"The arguments of a class that are sizes."


def size_symbols(expr: Any) -> Iterator[Any]:
    """The Symbols that occur in sizes and indices; no recursion."""
    seen: dict[int, Any] = {}
    stack = [expr]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        part = next((SIZES[cls] for cls in type(node).__mro__ if cls in SIZES), None)
        children = node.args
        if part:
            for size in node.args[part]:
                yield from sorted(size.free_symbols - size.atoms(sympy.Dummy), key=str)
            children = node.args[: part.start] + node.args[part.stop :]
        stack.extend(reversed(children))


def given_sizes(dims: Mapping[Any, Any]) -> dict[str, int]:
    """The sizes that a caller gives, by the name or Symbol of the dimension."""
    sizes = {}
    for key, size in dims.items():
        name = key.name if isinstance(key, sympy.Symbol) else str(key)
        if isinstance(size, bool) or not isinstance(size, int | np.integer | sympy.Integer):
            raise InputError(f"the size of {name} is {clip(repr(size))}, not an integer")
        if not 1 <= size <= 10**6:
            raise InputError(f"the size of {name} is {size}", mend="Sizes go from 1 to 10**6.")
        sizes[name] = int(size)
    return sizes


def complete(
    given: Mapping[str, int], names: Iterable[str], variables: Iterable[Declared]
) -> dict[str, int]:
    """A size for every name: as given, as a given value has it, or a prime of its own."""
    sizes = dict(given)
    taken = set(given.values())
    for variable in variables:
        value = variable.value
        if value is not None and value.ndim == len(variable.shape):
            for dimension, size in zip(variable.shape, value.shape, strict=True):
                if str(dimension) in dimension.names:
                    sizes.setdefault(str(dimension), size)
        taken |= {d.constant for d in variable.shape if d.constant is not None}
    taken |= set(sizes.values())
    primes = (p for p in count(SMALLEST) if all(p % q for q in range(2, p)) and p not in taken)
    for name in names:
        if name not in sizes:
            sizes[name] = next(primes)
    return sizes
