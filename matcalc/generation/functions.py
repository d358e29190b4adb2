"""A user's entrywise functions, and their derivatives, as small Python functions.

``swish`` becomes ``def swish(x)``, D(swish, Z) calls ``swish_prime(x)``. An abstract
function has no formula: there is no code for it.
"""

from __future__ import annotations

from matcalc.errors import CannotDerive
from matcalc.expressions.operation import LANGUAGE
from matcalc.generation.identifiers import Identifiers
from matcalc.operations.entrywise import Function

ENDINGS = {0: "", 1: "_prime", 2: "_second"}


class UserFunctions:
    """The functions that generated code calls, by identifiers of their own."""

    def __init__(self, identifiers: Identifiers | None = None) -> None:
        self.identifiers = identifiers or Identifiers()
        self.names: dict[tuple[Function, int], str] = {}

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
            ending = ENDINGS.get(order, f"_derivative{order}")
            self.names[function, order] = self.identifiers.fresh(function.name + ending)
        return f"{self.names[function, order]}({{}})"
