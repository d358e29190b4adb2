"""Which names of a network depend on which; each question is answered once."""

from __future__ import annotations

from functools import cache, cached_property

from matcalc.expressions.expr import postorder
from matcalc.network.network import Equation, Network


class Graph:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.position = {e.name: k for k, e in enumerate(network.equations)}
        self.operands = {e.name: [s.name for s in e.expr.free] for e in network.equations}
        self.before = cache(self._before)
        self.after = cache(self._after)
        self.path = cache(self._path)

    @cached_property
    def names(self) -> list[str]:
        """Variables and nodes in the order of the file."""
        return [*self.network.variable, *self.network.equation]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.names)}

    def near(self, name: str, most: int) -> list[str]:
        """The other names that stand nearest to one in the file, the nearest first."""
        here = self._place[name]
        window = self.names[max(0, here - most) : here + most + 1]
        others = [other for other in window if other != name]
        return sorted(others, key=lambda other: abs(self._place[other] - here))[:most]

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """For each name, the equations that it stands in."""
        found: dict[str, list[str]] = {}
        for name, operands in self.operands.items():
            for operand in operands:
                found.setdefault(operand, []).append(name)
        return found

    def _before(self, name: str) -> frozenset[str]:
        """Every name that a node's value depends on."""
        return _closure(name, self.operands)

    def _after(self, name: str) -> frozenset[str]:
        """Every node whose value depends on a name."""
        return _closure(name, self.uses)

    @cached_property
    def useful(self) -> frozenset[str]:
        """Every name that the loss depends on, and the ends themselves."""
        ends = self.network.ends
        return frozenset(ends).union(*(self.before(name) for name in ends))

    def depends(self, node: str, name: str) -> bool:
        """Whether a node's value depends on a name (or is it)."""
        return node == name or node in self.after(name)

    def _path(self, target: str) -> tuple[Equation, ...]:
        """The equations through which the loss depends on a name, the nearest first."""
        names = self.after(target) & self.useful
        return tuple(e for e in self.network.equations if e.name in names)

    @cached_property
    def activations(self) -> dict[str, str]:
        """For each node that is a function of one other, entry by entry, that other's name."""
        found = {}
        for equation in self.network.equations:
            symbols = list(equation.expr.free)
            entrywise = all(
                node.op.is_symbol or (len(node.args) == 1 and node.shape == node.args[0].shape)
                for node in postorder(equation.expr)
            )
            if len(symbols) == 1 and entrywise and equation.expr.args:
                found[equation.name] = symbols[0].name
        return found


def _closure(name: str, edges: dict[str, list[str]]) -> frozenset[str]:
    found: set[str] = set()
    stack = list(edges.get(name, ()))
    while stack:
        here = stack.pop()
        if here not in found:
            found.add(here)
            stack.extend(edges.get(here, ()))
    return frozenset(found)
