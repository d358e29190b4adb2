"""One equation or one user's function of a network that is declared in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from matcalc.declaration.equations import BodyScope
from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.declaration.names import nearest_mend
from matcalc.declaration.text import Text, clip
from matcalc.errors import InputError
from matcalc.expressions.expr import Expr, postorder, write_shape
from matcalc.expressions.operation import LANGUAGE
from matcalc.network.network import Equation
from matcalc.operations.entrywise import Function, X
from matcalc.printing.language import write
from matcalc.sympy_bridge.from_sympy import Reader, sympify


@dataclass
class NodeScope(Scope):
    """The names above a node; it also knows those below."""

    nodes: list[str] = field(default_factory=list)
    reading: str = ""

    def missing(self, name: str) -> InputError:
        if name == self.reading:
            return InputError(
                f"{name} is defined in terms of itself", mend="Give the result a name of its own."
            )
        if name in self.nodes:
            return InputError(f"{name} is used before it is defined", mend=f"Move {name} up.")
        how = "Declare it under inputs, parameters or constants."
        known = [*self.symbols, *self.dims]
        return InputError(f"there is no {clip(name)}", mend=nearest_mend(name, known, how))


def name_of(key: Any) -> str:
    """The name of a node, given as a text or as a symbol."""
    return key if isinstance(key, str) else str(getattr(key, "name", key))


def read_equation(key: Any, value: Any, scope: NodeScope) -> Equation:
    """One equation; its node is known to the next ones."""
    name = scope.reading = name_of(key)
    symbols: dict[str, Expr] = scope.symbols  # type: ignore[assignment]
    if isinstance(value, str):
        expr = parse_expression(Text(value, name), scope)
        equation = Equation(name, expr, " ".join(value.split()))
    else:
        expr = _located(name, value, Reader(scope))
        equation = Equation(name, expr, write(expr, scope.convention))
    symbols[name] = equation.symbol
    if not isinstance(key, str):
        _located(name, sympify(key), Reader(scope))
    return equation


def _located(name: str, value: Any, reader: Reader) -> Expr:
    """The expression; errors say which entry they are about."""
    try:
        return reader.read(value)
    except InputError as error:
        raise type(error)(f"{name}: {error.message}", mend=error.mend) from None


# -- functions --------------------------------------------------------------------


def read_functions(given: Mapping[Any, Any]) -> dict[str, Function]:
    functions: dict[str, Function] = {}
    for key, body in given.items():
        name = key if isinstance(key, str) else key.__name__
        functions[name] = Function(name, _body(name, body, functions))
    return functions


def _body(name: str, body: Any, functions: Mapping[str, Function]) -> Expr | None:
    """A function's formula as an expression in X; None where it is abstract."""
    scope = BodyScope(functions=dict(functions))
    if body is None or body == "abstract":
        return None
    if isinstance(body, str):
        return parse_expression(Text(body, name), scope)
    if callable(body) and not isinstance(body, sympy.Lambda):
        x = sympy.Dummy("x", real=True)
        body = sympy.Lambda(x, sympify(body(x)))
    bound = {}
    if isinstance(body, sympy.Lambda):
        body, bound = body.expr, {body.variables[0]: X}
    e = _located(name, body, Reader(scope, bound))
    if e.shape:
        raise InputError(f"{name}: a function gives a number, not {write_shape(e.shape)}")
    return e


def all_functions(
    declared: Mapping[str, Function], equations: Iterable[Equation]
) -> dict[str, Function]:
    """Those that were declared, and those that are only used."""
    functions = dict(declared)
    roots = [equation.expr for equation in equations]
    roots += [function.body for function in declared.values() if function.body]
    for root in roots:
        for node in postorder(root):
            if node.op.name == "function" and node.data[0].name not in LANGUAGE:
                function = node.data[0]
                if functions.setdefault(function.name, function) != function:
                    raise InputError(f"there are two different functions {function.name}")
    return functions
