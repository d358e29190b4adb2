"""How much memory and time a check may take, worked out before any array is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod

from matcalc.errors import InputError
from matcalc.expressions.expr import Expr, walk
from matcalc.network.network import Network
from matcalc.operations.notation import Index

ENTRIES = 4_000_000
"Of all arrays of a network together, or of one form that is checked."
CUBIC = ("inv", "solve", "det", "logdet", "matpow")
CUBE = 250
"So many multiplications of a decomposition count as one entry."
SMALL = range(4, 12)
INDEXED = ("entry", "delta", "slope", "slopes")
OF_JACOBIANS = ("tensor", "through", "moved")
"Quantities that are worked out from a Jacobian of the two symbols in their data."


def entries(e: Expr, sizes: Mapping[str, int]) -> int:
    """How many numbers an expression's value has; for a quantity by name, those that it is
    made of."""
    shape = (*e.data[2].shape, *e.data[3].shape) if e.op.name in OF_JACOBIANS else e.shape
    return prod(size.size(sizes) for size in shape)


class Room:
    """So many numbers for one form, at some sizes."""

    def __init__(self, most: int, sizes: Mapping[str, int]) -> None:
        self.most, self.sizes = most, sizes
        self._needed: dict[Expr, int] = {}

    def holds(self, form: Expr) -> bool:
        """Whether the entries of all values on the way to the form's are not more."""
        if form not in self._needed:
            self._needed[form] = self._sum(form)
        return self._needed[form] <= self.most

    def _sum(self, form: Expr) -> int:
        """A scalar with open indices has an entry for each of their values."""
        total, is_open = 0, dict[Expr, set[Index]]()
        for node in walk(form):
            count = entries(node, self.sizes)
            indices = {i for arg in node.args for i in is_open.get(arg, ())}
            if node.op.name == "sum_over":
                indices -= set(node.data)
            elif node.op.name in INDEXED:
                indices |= {i for i in node.data if isinstance(i, Index)}
            if indices:
                is_open[node] = indices
                count *= prod(i.size.size(self.sizes) for i in indices)
            total += count
        return total


def total(network: Network, sizes: Mapping[str, int]) -> int:
    """The entries of every array in a forward pass, and what inverses cost beside."""
    nodes = list(_nodes(network))
    square = [node.args[0] for node in nodes if node.op.name in CUBIC]
    square += [v.symbol for v in network.variables if "orthogonal" in v.assume]
    cubes = sum(a.shape[0].size(sizes) ** 3 // CUBE for a in square if a.shape)
    return sum(entries(node, sizes) for node in nodes) + cubes


def _nodes(network: Network) -> Iterable[Expr]:
    yield from (v.symbol for v in network.variables)
    for equation in network.equations:
        yield from walk(equation.expr)


def refuse_large(network: Network, sizes: Mapping[str, int], most: int) -> None:
    """An InputError where a forward pass would take more than ``most`` numbers."""
    found = total(network, sizes)
    if found <= most:
        return
    big = max(_nodes(network), key=lambda node: entries(node, sizes))
    shape = "×".join(str(d.size(sizes)) for d in big.shape)
    raise InputError(
        f"a check would compute {found} numbers, {shape} of them at once; the limit is {most}",
        mend="Give smaller sizes, or raise the limit with --limit entries=N; derive, diff and"
        " codegen do without a check (--no-check).",
    )


def smaller_sizes(network: Network) -> Iterator[dict[str, int]]:
    """Small sizes at which every block of the network is inside of its matrix."""
    blocks = [n for n in _nodes(network) if n.op.name == "block"]
    for first in SMALL:
        sizes = {
            name: min(size, first + turn % 5)
            for turn, (name, size) in enumerate(network.dims.items())
        }
        if all(_fits(block, sizes) for block in blocks) and _positive(network, sizes):
            yield sizes


def _fits(block: Expr, sizes: Mapping[str, int]) -> bool:
    bounds = [d.size(sizes) for d in block.data]
    (r0, r1, c0, c1), (rows, columns) = bounds, (d.size(sizes) for d in block.args[0].shape)
    return 0 <= r0 < r1 <= rows and 0 <= c0 < c1 <= columns


def _positive(network: Network, sizes: Mapping[str, int]) -> bool:
    return all(d.size(sizes) > 0 for node in _nodes(network) for d in node.shape)
