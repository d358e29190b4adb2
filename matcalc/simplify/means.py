"""Sums over their count as means: sum(A, axis=1)/C is mean(A, axis=1)."""

from __future__ import annotations

from fractions import Fraction

from matcalc.expressions.build import dimension, mul
from matcalc.expressions.expr import Expr, operation
from matcalc.operations.reductions import count
from matcalc.simplify.engine import rewrite
from matcalc.simplify.parts import base_and_exponent, split_scalars


@rewrite("sum(A)/n = mean(A)", "mul")
def mean(e: Expr) -> Expr | None:
    """Where one of the scalars is 1 over the number of entries that a factor sums."""
    scalars, matrices = split_scalars(e)
    counts = [s for s in scalars if s.op.name == "power" and _is_count(s)]
    if not counts or len(matrices) > 1:
        return None
    candidates = matrices or [s for s in scalars if s.op.name == "sum"]
    for factor in candidates:
        for over in counts:
            averaged = _averaged(factor, over.args[0])
            if averaged is not None:
                rest = [f for f in e.args if f is not over and f is not factor]
                return mul(*rest, averaged)
    return None


def _is_count(s: Expr) -> bool:
    base, p = base_and_exponent(s)
    return p == Fraction(-1) and base.op.name in ("dim", "number")


def _averaged(factor: Expr, n: Expr) -> Expr | None:
    """The factor with one sum over n entries turned into a mean."""
    name = factor.op.name
    if name == "sum" and factor.args[0].op.name != "sum":
        return operation("mean")(*factor.args, data=factor.data) if _counts(factor, n) else None
    if name in ("broadcast", "transpose"):
        inner = _averaged(factor.args[0], n)
        return None if inner is None else factor.op.rebuild(factor, (inner,))
    if name == "hadamard":
        for k, arg in enumerate(factor.args):
            inner = _averaged(arg, n)
            if inner is not None:
                return factor.op(*factor.args[:k], inner, *factor.args[k + 1 :])
    return None


def _counts(summed: Expr, n: Expr) -> bool:
    return dimension(count(summed)) is n
