"""The inputs, parameters and constants of a network that is declared in Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy

from matcalc.declaration import assumptions
from matcalc.declaration.dimensions import DimensionReader, Sizes, given, size_of
from matcalc.declaration.limits import Limits
from matcalc.declaration.names import nearest_mend
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import Text, clip
from matcalc.errors import InputError, ShapeError
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape, write_shape
from matcalc.network.network import Convention, Kind, Variable
from matcalc.sympy_bridge.dimensions import dimension_from_sympy

KEYS = ("shape", "assume", "value", "flip")
HOW = "Write inputs=[X, W] with SymPy symbols, or inputs={X: {'assume': ['symmetric']}}."


@dataclass(frozen=True)
class Declared:
    """A variable as the caller gave it, its shape read."""

    name: str
    kind: Kind
    shape: Shape
    options: Mapping[str, Any] = field(default_factory=dict)
    symbol: Any = None
    "The SymPy symbol, where it was one."

    @property
    def value(self) -> Any:
        value = self.options.get("value")
        if value is None:
            return None
        try:
            return np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(
                f"the value of {self.name} is no array of numbers",
                mend="Give a number, nested lists of numbers or a NumPy array.",
            ) from None


def declared(kind: Kind, variables: Any, convention: Convention) -> Iterator[Declared]:
    """The variables of one kind: symbols, or a mapping from each to its options."""
    if isinstance(variables, sympy.Basic):
        variables = [variables]
    if isinstance(variables, str) or not isinstance(variables, Iterable):
        raise InputError(f"{clip(repr(variables))} is no list of symbols", mend=HOW)
    pairs: Iterable[tuple[Any, Any]] = (
        variables.items() if isinstance(variables, Mapping) else ((v, None) for v in variables)
    )
    for key, given_options in pairs:
        options = _options(key, given_options)
        yield _one(kind, key, options, convention)


def _options(key: Any, options: Any) -> dict[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        return {"shape": options}
    for name in options:
        if name not in KEYS:
            raise InputError(
                f"{key}: a variable has no {clip(str(name))}",
                mend=nearest_mend(str(name), KEYS, "It may have:"),
            )
    return dict(options)


def _one(kind: Kind, key: Any, options: dict[str, Any], convention: Convention) -> Declared:
    if isinstance(key, str):
        if "shape" not in options:
            raise InputError(f"{clip(key)} has no shape", mend=f"Write {{'{key}': ['m', 'n']}}.")
        return Declared(key, kind, _shape(key, options["shape"], convention), options)
    if "shape" in options:
        raise InputError(f"{key} has its shape in the symbol", mend="Leave the shape out.")
    if isinstance(key, sympy.MatrixSymbol):
        rows, columns = map(dimension_from_sympy, key.shape)
        return Declared(str(key.name), kind, (rows, columns), options, key)
    if isinstance(key, sympy.Symbol):
        return Declared(key.name, kind, (), options, key)
    raise InputError(f"{clip(str(key))} is no symbol", mend=HOW)


def _shape(name: str, shape: Any, convention: Convention) -> Shape:
    """A shape as in a file: sizes are integers, names, texts or SymPy expressions."""
    if isinstance(shape, str) or not isinstance(shape, Iterable):
        raise InputError(f"{name}: a shape is a list", mend="Write ['m', 'n'], or [] for a scalar.")
    sizes = [_size(size) for size in shape]
    if len(sizes) > 2:
        raise InputError(f"{name}: a shape of {len(sizes)} sizes", mend="Write ['m', 'n'].")
    if len(sizes) == 1:
        return (ONE, sizes[0]) if convention is Convention.ROW else (sizes[0], ONE)
    return (sizes[0], sizes[1]) if sizes else ()


class AnyName(dict[str, None]):
    """Every name is a dimension: the sizes are not known yet."""

    def __contains__(self, name: object) -> bool:
        return True


def _size(size: Any) -> Dimension:
    if not isinstance(size, str):
        return dimension_from_sympy(size)
    source = Text(size, "shape")
    return DimensionReader(source, AnyName()).read(parse(source, Limits()))


# -- from what was declared to a Variable -----------------------------------------


def variable(declared: Declared, sizes: Sizes, convention: Convention) -> Variable:
    """The variable, with its assumptions and value checked."""
    for dimension in declared.shape:
        size = size_of(dimension, sizes)
        if size is not None and size < 1:
            raise InputError(
                f"{declared.name} is {write_shape(declared.shape)}, but {dimension} is"
                f" {size}{given(dimension, sizes)}",
                mend="A size is at least 1.",
            )
    assume = _assume(declared, convention)
    value = _value(declared, sizes)
    broken = None if value is None else assumptions.violated(assume, value)
    if broken:
        raise InputError(f"the value of {declared.name} is not {broken}")
    flip = bool(declared.options.get("flip", True))
    return Variable(declared.name, declared.kind, declared.shape, assume, value, flip)


def _assume(declared: Declared, convention: Convention) -> frozenset[str]:
    names = declared.options.get("assume") or ()
    names = {names} if isinstance(names, str) else set(names)
    if isinstance(declared.symbol, sympy.Symbol) and declared.symbol.is_positive:
        names.add("positive")
    for name in sorted(names):
        if name not in assumptions.ASSUMPTIONS:
            known = ", ".join(assumptions.ASSUMPTIONS)
            raise InputError(
                f"{declared.name}: there is no assumption {clip(str(name))}",
                mend=nearest_mend(str(name), assumptions.ASSUMPTIONS, f"Known are {known}."),
            )
        try:
            assumptions.check_shape(name, declared.shape)
        except ShapeError as error:
            raise ShapeError(f"{declared.name}: {error.message}", mend=error.mend) from None
    clash = assumptions.contradiction(names)
    if clash:
        raise InputError(f"{declared.name}: nothing is both {clash[0]} and {clash[1]}")
    return assumptions.implied(names, convention)


def _value(declared: Declared, sizes: Sizes) -> Any:
    value = declared.value
    if value is None:
        return None
    if not declared.shape and value.size == 1:
        return float(value.reshape(())[()])
    shape = tuple(size_of(d, sizes) for d in declared.shape) or (1, 1)
    flat = value.ndim < 2 and 1 in shape and value.size == np.prod(shape)  # type: ignore[arg-type]
    if flat or value.shape == shape:
        return value.reshape(shape)
    have = "×".join(map(str, value.shape)) or "a number"
    want = "×".join(map(str, shape)) if declared.shape else "a number"
    raise ShapeError(
        f"the value of {declared.name} is {have}, its shape is {want}",
        mend="Give as many numbers as the shape has at the sizes in dims.",
    )
