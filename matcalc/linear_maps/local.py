"""The map of one operation in one of its operands, and of whole expressions.

Where a rule is a differential, a line that is linear in dx, its map is read off by
walking from the line down to dx: this is the only place where that happens.
"""

from __future__ import annotations

from functools import lru_cache

from matcalc.expressions.build import add, symbol, zeros
from matcalc.expressions.expr import Expr, depending
from matcalc.linear_maps.composition import Sum, compose
from matcalc.linear_maps.maps import Identity, LinearMap, Zero

HOLE = "d·"
"The name of the change in a rule: no variable of a network can have it."


@lru_cache(maxsize=65536)
def local_map(e: Expr, i: int) -> LinearMap:
    """The linear map from the change of operand i to the change of ``e``."""
    known = e.op.linear_map(e, i)
    if known is not None:
        return known
    operand = e.args[i]
    dx = symbol(HOLE, operand.shape)
    return map_of(e.op.differential(e, i, dx), dx)


def map_of(body: Expr, dx: Expr) -> LinearMap:
    """The derivative of an expression by one of its symbols, as a map.

    For a body that is linear in the symbol, this is the body itself, dx ↦ body.
    """
    maps: dict[Expr, LinearMap] = {dx: Identity(dx.shape)}
    for node in depending(body, {dx}):
        if node is dx:
            continue
        terms = [compose(local_map(node, i), maps[node.args[i]]) for i in node.depends({dx})]
        maps[node] = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    return maps.get(body, Zero(dx.shape, body.shape))


def pushforward(root: Expr, changes: dict[Expr, Expr]) -> Expr:
    """The change of an expression when its symbols change by ``changes``."""
    moved: dict[Expr, Expr] = {}
    for node in depending(root, changes.keys()):
        if node in changes:
            moved[node] = changes[node]
            continue
        terms = [
            local_map(node, i).apply(moved[node.args[i]])
            for i in node.depends(changes.keys())
            if node.args[i] in moved
        ]
        if terms:
            whole = node.op.moved(node, moved)
            moved[node] = add(*terms) if whole is None else whole
    return moved.get(root, zeros(root.shape))
