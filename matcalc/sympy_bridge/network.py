"""Networks declared in Python, as SymPy expressions.

    network = network_from_sympy(
        {"Z": X * W + OneMatrix(N, 1) * b, "L": Trace(Z.T * Z)},
        inputs=[X], parameters=[W, b],
    )

An equation is a SymPy expression, or a text in the language of network files. It uses an
earlier node as a MatrixSymbol (or Symbol) of the node's name. The result is what a file
would give; whatever is wrong is an InputError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from matcalc.declaration.calls import RESERVED
from matcalc.declaration.ends import fed_by_output
from matcalc.declaration.names import check_name, nearest_mend
from matcalc.declaration.network_file import PRINTED
from matcalc.declaration.text import clip
from matcalc.errors import InputError
from matcalc.expressions.expr import write_shape
from matcalc.layout.layout import as_layout
from matcalc.network.network import Convention, Equation, Kind, Network, Variable
from matcalc.sympy_bridge.equations import (
    NodeScope,
    all_functions,
    name_of,
    read_equation,
    read_functions,
)
from matcalc.sympy_bridge.from_sympy import sympify
from matcalc.sympy_bridge.sizes import complete, given_sizes, size_symbols
from matcalc.sympy_bridge.variables import Declared, declared, variable


@dataclass(frozen=True)
class SymPyNetwork(Network):
    """A network that remembers the caller's Symbols, so that results are in terms of them."""

    symbols: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    "By name: the sizes, and the scalar variables."


def network_from_sympy(
    equations: Mapping[Any, Any],
    *,
    inputs: Any = (),
    parameters: Any = (),
    constants: Any = (),
    loss: Any = None,
    outputs: Any = (),
    dims: Mapping[Any, int] | None = None,
    convention: str | Convention = "row",
    layout: Any = "denominator",
    name: str = "",
    functions: Mapping[Any, Any] | None = None,
) -> Network:
    """The network of the equations, in their order.

    ``inputs``, ``parameters`` and ``constants`` are lists of symbols, or mappings from a
    symbol to options (``assume``, ``value``, ``flip``), or from a name to a shape.
    ``dims`` gives sizes; a dimension without one gets a small prime of its own.
    ``functions`` maps a name to a Lambda, a Python function, a text in x, or "abstract".
    """
    way = _convention(convention)
    as_layout(layout)
    given = [
        *declared(Kind.INPUT, inputs, way),
        *declared(Kind.PARAMETER, parameters, way),
        *declared(Kind.CONSTANT, constants, way),
    ]
    values = _values(equations)
    sizes = complete(given_sizes(dims or {}), _size_names(given, values), given)
    variables = tuple(variable(one, sizes, way) for one in given)
    known = read_functions(functions or {})
    _check_names(sizes, variables, known, values)
    symbols = {v.name: v.symbol for v in variables}
    scope = NodeScope(symbols, sizes, known, way, nodes=list(values))
    read = tuple(read_equation(key, value, scope) for key, value in equations.items())
    used = all_functions(known, read)
    _check_names(sizes, variables, used, values)
    ends = _ends(read, loss, outputs)
    return SymPyNetwork(
        variables,
        read,
        *ends,
        dims=sizes,
        convention=way,
        layout=layout,
        name=name,
        functions=tuple(used.values()),
        symbols=_symbols(given, values, dims or {}),
    )


def _values(equations: Mapping[Any, Any]) -> dict[str, Any]:
    """The right-hand sides by name: texts, or SymPy objects."""
    values: dict[str, Any] = {}
    for key, value in equations.items():
        name = name_of(key)
        if name in values:
            raise InputError(f"{name} is defined twice", mend="Choose another name.")
        values[name] = value if isinstance(value, str) else sympify(value)
    return values


# -- names ------------------------------------------------------------------------


def _convention(convention: str | Convention) -> Convention:
    try:
        return Convention(convention)
    except ValueError:
        raise InputError(f"convention is row or column, not {clip(str(convention))}") from None


def _size_names(given: list[Declared], values: Mapping[str, Any]) -> list[str]:
    """The dimensions in the order in which they occur."""
    names: dict[str, None] = {}
    for one in given:
        for dimension in one.shape:
            names |= dict.fromkeys(sorted(dimension.names))
    for value in values.values():
        if not isinstance(value, str):
            names |= dict.fromkeys(symbol.name for symbol in size_symbols(value))
    return list(names)


def _symbols(
    given: list[Declared], values: Mapping[str, Any], dims: Mapping[Any, int]
) -> dict[str, Any]:
    """The caller's Symbols of sizes and scalars, by name."""
    found = [key for key in dims if isinstance(key, sympy.Symbol)]
    for expr in [*(one.symbol for one in given), *values.values()]:
        if isinstance(expr, sympy.Symbol):
            found.append(expr)
        elif expr is not None and not isinstance(expr, str):
            found += size_symbols(expr)
    return {symbol.name: symbol for symbol in reversed(found)}


def _check_names(
    sizes: Iterable[str],
    variables: Iterable[Variable],
    functions: Iterable[str],
    nodes: Iterable[str],
) -> None:
    taken: dict[str, str] = {}
    kinds = [
        ("a dimension", sizes, RESERVED),
        ("a variable", (v.name for v in variables), RESERVED),
        ("a function", functions, RESERVED | set(PRINTED)),
        ("a node", nodes, RESERVED),
    ]
    for what, names, reserved in kinds:
        for name in names:
            wrong = check_name(name, reserved)
            if wrong:
                raise InputError(wrong[0], mend=wrong[1])
            if name in taken:
                raise InputError(f"{name} is {taken[name]} already", mend="Choose another name.")
            taken[name] = what


# -- where the network ends -------------------------------------------------------


def _ends(
    equations: tuple[Equation, ...], loss: Any, outputs: Any
) -> tuple[str | None, tuple[str, ...]]:
    """The loss, or the outputs."""
    if not equations:
        raise InputError("the network has no nodes", mend='Write {"L": Trace(X.T*X)}.')
    shapes = {equation.name: equation.shape for equation in equations}
    if isinstance(outputs, str | sympy.Basic):
        outputs = [outputs]
    names = tuple(name_of(output) for output in outputs or ())
    if names and loss is not None:
        raise InputError("a network has a loss or outputs, not both", mend="Leave one out.")
    end = name_of(loss) if loss is not None else equations[-1].name
    for name in names or (end,):
        if name not in shapes:
            mend = nearest_mend(name, shapes, "Name a node of the network.")
            raise InputError(f"there is no node {clip(name)}", mend=mend)
    if names:
        return None, _outputs(names, equations)
    if shapes[end]:
        raise InputError(
            f"the loss {end} is {write_shape(shapes[end])}, not a scalar",
            mend=f'Name a scalar node as the loss, or write outputs=["{end}"].',
        )
    return end, ()


def _outputs(names: tuple[str, ...], equations: tuple[Equation, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise InputError("an output is named twice")
    fed = fed_by_output(equations, names)
    if fed:
        raise InputError(
            f"the output {fed[0]} feeds the output {fed[1]}",
            mend="An output may not feed another: leave one of them out.",
        )
    return names
