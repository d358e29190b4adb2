"""A user's entrywise functions, and their derivatives, as small Python functions.

``swish`` is emitted as ``def swish(x)``, D(swish, Z) as ``swish_prime(x)``. An abstract
function has no formula: there is no code for it.
"""

from __future__ import annotations

from matcalc.codegen.identifiers import Identifiers
from matcalc.codegen.pieces import SUM
from matcalc.codegen.scope import Scope
from matcalc.errors import CannotDerive
from matcalc.expressions.expr import Expr, postorder
from matcalc.expressions.operation import LANGUAGE
from matcalc.operations.entrywise import Function, X, derivative_body
from matcalc.printing.language import write
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present

ENDINGS = {0: "", 1: "_prime", 2: "_second"}


class UserFunctions:
    """The functions that generated code calls, in the order in which they are defined."""

    def __init__(self, identifiers: Identifiers | None = None) -> None:
        self.identifiers = identifiers or Identifiers()
        self.names: dict[tuple[Function, int], str] = {}
        self.sources: list[str] = []

    def template(self, function: Function, order: int) -> str:
        """How the function, or a derivative of it, is called."""
        if function.body is None:
            if function.name in LANGUAGE:
                return f"polygamma({order}, {{}})"
            raise CannotDerive(
                f"{function.name} is abstract: it has no formula to compute."
                f" Give it one under functions, such as {function.name}: x*sigmoid(x)"
            )
        if (function, order) not in self.names:
            self._define(function, order)
        return f"{self.names[function, order]}({{}})"

    def _define(self, function: Function, order: int) -> None:
        body = derivative_body(function, order)
        if order:
            body = present(simplify(body))
        self._define_inner(body)
        ending = ENDINGS.get(order, f"_derivative{order}")
        name = self.identifiers.fresh(function.name + ending)
        self.names[function, order] = name
        self.sources.append(self._source(name, body, self._sentence(function, order)))

    def _define_inner(self, body: Expr) -> None:
        """The functions that this one calls come before it."""
        for node in postorder(body):
            if node.op.name == "function":
                self.template(*node.data)

    def _sentence(self, function: Function, order: int) -> str:
        if order == 0:
            assert function.body is not None
            return f"{function.name}(x) = {write(function.body)}"
        which = {1: "", 2: "second "}.get(order, f"{order}th ")
        return f"The {which}derivative of {function.name}."

    def _source(self, name: str, body: Expr, sentence: str) -> str:
        from matcalc.codegen.numpy_code import NumpyWriter

        piece = NumpyWriter(Scope({X: "x"}), self).piece(body)
        result = piece.text
        if piece.constant or X not in body.free:
            result = f"np.full_like(x, {piece.within(SUM)})[()]"
        return f'def {name}(x):\n    """{sentence}"""\n    return {result}\n'
