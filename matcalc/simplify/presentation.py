"""The last touch before a form is shown: what a reader's broadcasting does by itself.

Inside sums and entrywise products, a number stands for a matrix of it and a row or
column for its repetition, so 1 1ᵀ − A is written 1 − A. Simplifying undoes this.
"""

from __future__ import annotations

from matcalc.expressions.build import broadcast, mul
from matcalc.expressions.expr import Expr, lift, postorder
from matcalc.simplify.parts import split_scalars


def present(root: Expr) -> Expr:
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        args = tuple(done[arg] for arg in node.args)
        if node.op.name in ("add", "hadamard") and node.shape:
            args = tuple(map(_bare, args))
        done[node] = node if args == node.args else node.op.rebuild(node, args)
    return done[root]


def _bare(term: Expr) -> Expr:
    scalars, matrices = split_scalars(term)
    if len(matrices) != 1:
        return term
    core = matrices[0]
    if core.op.name == "ones":
        return broadcast(mul(*scalars) if scalars else lift(1), term.shape)
    if core.op.name == "broadcast" and scalars:
        return broadcast(mul(*scalars, core.args[0]), term.shape)
    return term
