"""What the names in one generated function stand for: arrays, sizes, the floating type.

A size is read from an array at run time; the scope only says how it is written. An array
of the wanted shape, where there is one, gives its shape and its type to new arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcalc.errors import CannotDerive
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, Shape, postorder
from matcalc.generation.pieces import ATOM, PRODUCT, SIGN, SUM, Piece

UNKNOWN_SIZE = 50
"Stands for the size of a dimension where only an order of products rests on it."


@dataclass
class Scope:
    """``names``: identifiers of symbols; ``sizes``: identifiers of dimensions.

    ``models`` are the symbols that shapes and types may be taken from, best first;
    ``numbers`` the sizes that the order of products is chosen for.
    """

    names: Mapping[Expr, str]
    sizes: Mapping[str, str] = field(default_factory=dict)
    models: Iterable[Expr] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    type_name: str = "dtype"

    def size(self, d: Dimension) -> Piece:
        """A dimension as a Python integer."""
        text = ""
        for monomial, coefficient in d.terms:
            missing = [name for name in monomial if name not in self.sizes]
            if missing:
                raise CannotDerive(f"the size {missing[0]} cannot be read off an array here")
            factors = [str(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
            term = " * ".join(factors + [self.sizes[name] for name in monomial])
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} {term}" if text else term if coefficient > 0 else f"-{term}"
        if len(d.terms) > 1:
            return Piece(text, SUM, (), True)
        binding = SIGN if text.startswith("-") else PRODUCT if "*" in text else ATOM
        return Piece(text or "0", binding, (), True)

    def shape(self, shape: Shape) -> str:
        """A shape as a tuple of sizes."""
        return f"({', '.join(self.size(d).text for d in shape)})"

    def like(self, shape: Shape) -> str | None:
        """An array that has the shape."""
        return next((self.names[m] for m in self.models if m.shape == shape), None)

    def dtype(self) -> str:
        """The floating type of the arrays, or the name that it is handed over by.

        Not that of a scalar: NumPy 1 makes float64 of a float32 scalar times a number.
        """
        model = next((m for m in self.models if m.shape), None)
        return self.type_name if model is None else f"{self.names[model]}.dtype"

    def number(self, d: Dimension) -> int:
        """About how large a dimension is."""
        known = {name: self.numbers.get(name, UNKNOWN_SIZE) for name in d.names}
        return max(d.size(known), 1)


def dimensions_in(e: Expr) -> set[str]:
    """The names of the dimensions that an expression, or a part of it, has."""
    found: set[str] = set()
    for node in postorder(e):
        for d in (*node.shape, *(x for x in node.data if isinstance(x, Dimension))):
            found |= d.names
    return found
