"""The functions of the language, on SymPy expressions.

    from matcalc.sympy_bridge import calls
    calls.softmax(Z)      calls.sse(Z2, Y)      calls.relu(Z1)      calls.sum(A, axis=0)

They check and broadcast as the language does. An axis that is left out is that of the
network's convention.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.declaration.calls import FORMS
from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.errors import InputError
from matcalc.expressions.build import symbol
from matcalc.expressions.expr import Expr
from matcalc.sympy_bridge.classes import FunctionCall, raw
from matcalc.sympy_bridge.dimensions import dimension_from_sympy
from matcalc.sympy_bridge.from_sympy import sympify, text_of
from matcalc.sympy_bridge.options import OVER_AXIS
from matcalc.sympy_bridge.to_sympy import Converter

__all__ = [name for name, form in FORMS.items() if not form.printed and name != "pi"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"the language has no function {name}")
    return partial(call, name)


def call(name: str, *operands: Any, **options: Any) -> Any:
    """``name(operands..., options...)``: a number or a matrix, unevaluated."""
    given = [sympify(operand) for operand in operands]
    leading = FORMS[name].leading
    parts = [str(dimension_from_sympy(size)) for size in given[:leading]]
    symbols: dict[str, Expr] = {}
    leaves: dict[Expr, Any] = {}
    for k, operand in enumerate(given[leading:]):
        e = symbol(f"operand_{k}", _shape(operand))
        symbols[e.name] = e
        leaves[e] = operand if e.shape or not operand.is_Matrix else _entry(operand)
    parts += [*symbols, *(f"{key}={value}" for key, value in options.items())]
    sizes = {size.name: size for operand in given for size in _sizes(operand, leading)}
    scope = Scope(symbols, dict.fromkeys(sizes))
    try:
        e = parse_expression(f"{name}({', '.join(parts)})", scope)
    except InputError as error:
        words = ", ".join(text_of(operand) for operand in given)
        raise type(error)(f"{error.message}, in {name}({words})", mend=error.mend) from None
    return _undecided(Converter(sizes, leaves).convert(e), options)


def _undecided(result: Any, options: dict[str, Any]) -> Any:
    """The call without the axis that the convention decides."""
    if not isinstance(result, FunctionCall) or result.name in OVER_AXIS:
        return result
    kept = {key: value for key, value in result.options.items() if key != "axis"}
    if "axis" in options:
        kept["axis"] = result.options["axis"]
    return type(result).of(result.name, result.operands, result.args[1], kept)


def _shape(operand: Any) -> Any:
    if not operand.is_Matrix:
        return ()
    return tuple(dimension_from_sympy(size) for size in operand.shape)


def _sizes(operand: Any, leading: int) -> set[Any]:
    """The Symbols in the shape, or in what may be a size itself."""
    if operand.is_Matrix:
        return sympy.Tuple(*operand.shape).free_symbols
    return operand.free_symbols if leading else set()


def _entry(matrix: Any) -> Any:
    return raw(MatrixElement, matrix, sympy.S.Zero, sympy.S.Zero)
