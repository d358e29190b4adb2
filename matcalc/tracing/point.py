"""The values that a trace is taken at: given ones, the file's, and samples for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.declaration.assumptions import refuse_given
from matcalc.errors import CannotDerive, InputError, nearest
from matcalc.expressions.build import gradient
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, Shape, write_shape
from matcalc.expressions.operation import Environment
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import STYLES, sample_variable

MOST = 20_000_000
"The most numbers that a trace holds as forward values."
TRIES = 40


@dataclass(frozen=True)
class Point:
    """``values`` maps the symbols of variables and nodes, and the gradients that arrive at
    outputs, to arrays; ``origin`` says of each variable and output whether its value was
    "given", stands in the "file", or was "sampled"."""

    env: Environment
    values: dict[Expr, Any]
    origin: dict[str, str]


def point(network: Network, given: Mapping[str, Any], seed: int) -> Point:
    """A point at which every node is finite.

    ``given`` holds arrays by variable name, and by grad_Y for an output Y. A size is the
    file's, except where every variable that has it is given. Raises InputError for unknown names,
    wrong shapes, values that are not finite numbers or not as is assumed, and where a node is
    not finite;
    CannotDerive for abstract functions.
    """
    for function in network.functions:
        if function.body is None:
            raise CannotDerive(
                f"{function.name} is abstract: it has no values to trace."
                f" Give it a formula under functions, such as {function.name}: tanh(x), or"
                " draw the graph with --no-values."
            )
    slots = _slots(network)
    arrays = {name: _numbers(name, value, slots) for name, value in given.items()}
    sizes = _sizes(network, slots, arrays)
    for name, array in arrays.items():
        _expect(name, array.shape, slots[name], sizes, "the value")
    refuse_given(network.variables, given)
    _affordable(network, sizes)
    problem = ""
    for attempt in range(TRIES):
        rng = np.random.default_rng([seed, attempt])
        found = _attempt(network, arrays, sizes, rng, STYLES[attempt % len(STYLES)])
        problem = _not_finite(network, found.values)
        if not problem:
            return found
        if "sampled" not in found.origin.values():
            break
    raise InputError(
        f"{problem} is not finite at these values",
        mend="Give values inside the domain of every function, or assume: positive.",
    )


def _slots(network: Network) -> dict[str, Shape]:
    """The names that a value may be given for, with their shapes."""
    slots = {f"grad_{name}": network.equation[name].shape for name in network.outputs}
    return slots | {v.name: v.shape for v in network.variables}


def _numbers(name: str, value: Any, slots: Mapping[str, Shape]) -> Any:
    if name not in slots:
        near = nearest(name, slots)
        raise InputError(
            f"the network has no variable {name}",
            mend=f"Did you mean {near}?" if near else f"It has {', '.join(slots)}.",
        )
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise InputError(f"the value of {name} must hold real numbers, not {array.dtype}")
    array = array.astype(float)
    if not np.all(np.isfinite(array)):
        where = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        place = f" (entry {where})" if where else ""
        raise InputError(
            f"the value of {name} is not finite{place}", mend="NaN and infinity have no trace."
        )
    return array


def _sizes(
    network: Network, slots: Mapping[str, Shape], arrays: Mapping[str, Any]
) -> dict[str, int]:
    """The file's sizes; those of the given arrays where nothing else has the dimension."""
    sizes, shown = dict(network.dims), dict[str, str]()
    tied = {n for v in network.variables if v.name not in arrays for d in v.shape for n in d.names}
    for name, array in arrays.items():
        for d, size in zip(slots[name], array.shape, strict=False):
            if str(d).isidentifier() and str(d) not in tied and array.ndim == len(slots[name]):
                if str(d) in shown and sizes[str(d)] != size:
                    raise InputError(
                        f"{shown[str(d)]} and {name} do not fit together: {d} is"
                        f" {sizes[str(d)]} in one and {size} in the other"
                    )
                sizes[str(d)], shown[str(d)] = size, name
    for variable in network.variables:
        if variable.value is not None and variable.name not in arrays:
            shape = np.shape(variable.value)
            _expect(variable.name, shape, variable.shape, sizes, "the file's value")
    return sizes


def _expect(
    name: str, have: tuple[int, ...], shape: Shape, sizes: Mapping[str, int], what: str
) -> None:
    want = tuple(d.size(sizes) for d in shape)
    if have == want:
        return
    if not any(n != 1 for n in want) and np.prod(have, dtype=int) == 1:
        return
    numbers = "×".join(map(str, want)) or "a number"
    named = write_shape(shape)
    wanted = numbers if named in (numbers, "scalar") else f"{named} = {numbers}"
    got = "×".join(map(str, have)) or "a number"
    raise InputError(
        f"{what} of {name} must have shape {wanted}, not {got}",
        mend="Sizes are the file's unless --dims says otherwise, or unless every variable with"
        " the dimension has a given value.",
    )


def _affordable(network: Network, sizes: Mapping[str, int]) -> None:
    shapes = [v.shape for v in network.variables] + [e.shape for e in network.equations]
    total = sum(_count(shape, sizes) for shape in shapes)
    if total > MOST:
        raise InputError(
            f"a trace would hold {total:,} numbers; the most is {MOST:,}",
            mend="Choose smaller sizes, such as --dims N=8.",
        )


def _count(shape: tuple[Dimension, ...], sizes: Mapping[str, int]) -> int:
    count = 1
    for d in shape:
        count *= d.size(sizes)
    return count


def _attempt(
    network: Network,
    arrays: Mapping[str, Any],
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    style: str,
) -> Point:
    env = Environment(sizes)
    values: dict[Expr, Any] = {}
    origin: dict[str, str] = {}
    for v in network.variables:
        if v.name in arrays:
            array = arrays[v.name]
            value = array.reshape(())[()] if v.symbol.is_scalar else array
            origin[v.name] = "given"
        else:
            value = sample_variable(v, sizes, rng, style, network.convention)
            origin[v.name] = "sampled" if v.value is None else "file"
        values[v.symbol] = value
    for name in network.outputs:
        symbol = gradient(network.symbol(name))
        drawn = rng.normal(size=tuple(d.size(sizes) for d in symbol.shape))
        found = arrays.get(f"grad_{name}", drawn)
        values[symbol] = np.reshape(found, ())[()] if symbol.is_scalar else found
        origin[f"grad_{name}"] = "given" if f"grad_{name}" in arrays else "sampled"
    memo: dict[Expr, Any] = {}
    with np.errstate(all="ignore"):
        for e in network.equations:
            try:
                values[e.symbol] = evaluate(e.expr, values, env, memo)
            except np.linalg.LinAlgError:
                values[e.symbol] = np.float64(np.nan)
    return Point(env, values, origin)


def _not_finite(network: Network, values: Mapping[Expr, Any]) -> str:
    """The first node that is not finite, or nothing."""
    bad = (e.name for e in network.equations if not np.all(np.isfinite(values[e.symbol])))
    return next(bad, "")
