"""The definitions of the user's functions that generated code calls."""

from __future__ import annotations

from matcalc.generation.functions import UserFunctions
from matcalc.generation.numpy_code import NumpyWriter
from matcalc.generation.pieces import SUM
from matcalc.generation.scope import Scope
from matcalc.operations.entrywise import Function, X, derivative_body
from matcalc.printing.language import write
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present


def definitions(functions: UserFunctions) -> list[str]:
    """Their sources, those that a definition itself calls included."""
    sources: dict[tuple[Function, int], str] = {}
    while len(sources) < len(functions.names):
        for function, order in list(functions.names):
            if (function, order) not in sources:
                sources[function, order] = _source(functions, function, order)
    return list(sources.values())


def _source(functions: UserFunctions, function: Function, order: int) -> str:
    body = derivative_body(function, order)
    if order:
        body = present(simplify(body))
    piece = NumpyWriter(Scope({X: "x"}), functions).piece(body)
    result = piece.text
    if piece.constant or X not in body.free:
        result = f"np.full_like(x, {piece.within(SUM)})[()]"
    name = functions.names[function, order]
    return f'def {name}(x):\n    """{_sentence(function, order)}"""\n    return {result}\n'


def _sentence(function: Function, order: int) -> str:
    if order == 0:
        assert function.body is not None
        return f"{function.name}(x) = {write(function.body)}"
    which = {1: "", 2: "second ", 3: "third "}.get(order, f"{order}th ")
    return f"The {which}derivative of {function.name}."
