"""Bounds on the degree of what a claim says, as a rational function of random numbers.

A bound is a pair: the degrees of a numerator and of a denominator. Where nothing divides,
the second is 0 and sums do not grow. Bounds are crude and only ever too large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matcalc.expressions.expr import Expr, matrix_shape, postorder

Bound = tuple[int, int]
Sizes = Mapping[str, int]


def degree(e: Expr, of: Callable[[Expr], Bound], sizes: Sizes) -> Bound:
    """The bound for every entry of an expression; ``of`` knows that of the symbols."""
    done: dict[Expr, Bound] = {}
    for node in postorder(e):
        if node.op.is_symbol:
            done[node] = of(node)
        else:
            done[node] = _bound(node, [done[arg] for arg in node.args], sizes)
    return done[e]


def difference(one: Bound, other: Bound) -> int:
    """The degree of the numerator of a difference."""
    return max(one[0] + other[1], other[0] + one[1])


def _bound(e: Expr, args: list[Bound], sizes: Sizes) -> Bound:
    name = e.op.name
    if not args:
        return (0, 0)
    if name in ("mul", "hadamard", "inner", "kron"):
        return _summed(_product(args), _entries(e, sizes))
    if name in ("inv", "det", "solve"):
        n = matrix_shape(e.args[0])[0].size(sizes)
        grown = sum(n * (above + n * n * below) for above, below in args)
        return (grown, grown)
    if name in ("power", "matpow"):
        k = int(e.data[0]) if e.data else int(e.args[1].data[0])
        above, below = args[0] if k >= 0 else args[0][::-1]
        return _summed((abs(k) * above, abs(k) * below), _entries(e, sizes))
    total = _product(args) if name in ("sse", "mse", "var", "square") else _largest(args)
    if name in ("sse", "mse", "var", "square"):
        total = (2 * total[0], 2 * total[1])
    return _summed(total, max(len(args), _entries(e, sizes)))


def _product(bounds: list[Bound]) -> Bound:
    return sum(b[0] for b in bounds), sum(b[1] for b in bounds)


def _largest(bounds: list[Bound]) -> Bound:
    return max(b[0] for b in bounds), max(b[1] for b in bounds)


def _summed(bound: Bound, terms: int) -> Bound:
    """A sum of so many terms over denominators that may all differ."""
    above, below = bound
    return (above + (terms - 1) * below, terms * below) if below else bound


def _entries(e: Expr, sizes: Sizes) -> int:
    count = 1
    for arg in e.args:
        rows, columns = matrix_shape(arg)
        count *= rows.size(sizes) * columns.size(sizes)
    return count
