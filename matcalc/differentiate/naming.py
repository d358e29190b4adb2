"""Forward values by their names: σ(Z)∘(1 − σ(Z)) becomes A∘(1 − A) where A = σ(Z)."""

from __future__ import annotations

from functools import cached_property

from matcalc.expressions.expr import Expr, rebuild
from matcalc.network.network import Network
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present


class Names:
    """Simplifies, and writes what a node of the network already holds by its name."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def nodes(self) -> dict[Expr, Expr]:
        """Simplified definition: symbol, for definitions that are more than a leaf."""
        found: dict[Expr, Expr] = {}
        for equation in self.network.equations:
            definition = simplify(equation.expr)
            if definition.args and definition.op.name != "transpose":
                found.setdefault(definition, equation.symbol)
        return found

    def named(self, e: Expr) -> Expr:
        """The expression as it is, with nodes for parts that they hold."""
        return rebuild(e, self.nodes)

    def tidy(self, e: Expr) -> Expr:
        """Simplified, named, and in the form that is shown."""
        simple = simplify(e)
        named = rebuild(simple, self.nodes)
        return present(simple if named is simple else simplify(named))
