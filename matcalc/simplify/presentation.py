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
        shown = node if args == node.args else node.op.rebuild(node, args)
        done[node] = _transposed_once(shown)
    return done[root]


def _transposed_once(e: Expr) -> Expr:
    """Aᵀ + Bᵀ and Aᵀ ∘ Bᵀ with one transpose around them instead of many within."""
    if e.op.name not in ("add", "hadamard") or not e.shape:
        return e
    turned = [_untransposed(arg) for arg in e.args]
    if any(arg is None for arg in turned):
        return e
    return e.op(*(arg for arg in turned if arg is not None)).T


def _untransposed(arg: Expr) -> Expr | None:
    """The operand's transpose, where that has fewer transposes; None elsewhere."""
    if arg.op.name == "transpose":
        return arg.args[0]
    if arg.op.name == "broadcast":
        inner = arg.args[0] if not arg.args[0].shape else _untransposed(arg.args[0])
        return None if inner is None else arg.op(inner, data=arg.data[::-1])
    scalars, matrices = split_scalars(arg)
    if scalars and len(matrices) == 1 and matrices[0].op.name == "transpose":
        return mul(*scalars, matrices[0].args[0])
    if arg.op.name == "power" and not arg.args[1].shape and arg.args[0].op.name == "transpose":
        return arg.op(arg.args[0].args[0], arg.args[1])
    return None


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
