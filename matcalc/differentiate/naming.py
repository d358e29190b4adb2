"""Forward values by their names: σ(Z)∘(1 − σ(Z)) becomes A∘(1 − A) where A = σ(Z).

A node that equals its transpose whatever the variables are, such as G = XᵀX + λI, needs no
transpose: G⁻ᵀ becomes G⁻¹.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from matcalc.expressions.build import symbol
from matcalc.expressions.expr import Expr, rebuild
from matcalc.network.network import Network
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present


class Names:
    """Simplifies, and writes what a node of the network already holds by its name.

    ``moved``: nodes that are moved by themselves, away from what they are computed from, so
    that nothing is known of them.
    """

    def __init__(self, network: Network, moved: Collection[str] = ()) -> None:
        self.network = network
        self.moved = moved

    @cached_property
    def nodes(self) -> dict[Expr, Expr]:
        """Simplified definition: symbol, for definitions that are more than a leaf."""
        found: dict[Expr, Expr] = {}
        for equation in self.network.equations:
            definition = simplify(equation.expr)
            if definition.args and definition.op.name != "transpose":
                found.setdefault(definition, equation.symbol)
        return found

    @cached_property
    def symmetric(self) -> dict[Expr, Expr]:
        """The nodes that equal their transpose: symbol, for the symbol of which that is assumed."""
        found: dict[Expr, Expr] = {}
        for equation in self.network.equations:
            node, shape = equation.symbol, equation.shape
            if shape and shape[0] == shape[1] and equation.name not in self.moved:
                definition = simplify(rebuild(equation.expr, found))
                if definition.args and simplify(definition.T) is definition:
                    found[node] = symbol(node.name, shape, frozenset({"symmetric"}))
        return found

    @cached_property
    def _plain(self) -> dict[Expr, Expr]:
        return {assumed: node for node, assumed in self.symmetric.items()}

    def named(self, e: Expr) -> Expr:
        """The expression as it is, with nodes for parts that they hold."""
        return rebuild(e, self.nodes)

    def tidy(self, e: Expr) -> Expr:
        """Simplified, named, and in the form that is shown."""
        simple = self._simplified(e)
        named = rebuild(simple, self.nodes)
        return present(simple if named is simple else self._simplified(named))

    def used(self, e: Expr) -> list[str]:
        """The nodes by whose symmetry ``tidy`` makes the expression another one."""
        plain = simplify(self.named(simplify(e)))
        return [
            node.name
            for node, assumed in self.symmetric.items()
            if node in plain.free
            and rebuild(simplify(rebuild(plain, {node: assumed})), {assumed: node}) is not plain
        ]

    def _simplified(self, e: Expr) -> Expr:
        simple = simplify(e)
        if self.symmetric.keys().isdisjoint(simple.free):
            return simple
        return rebuild(simplify(rebuild(simple, self.symmetric)), self._plain)
