"""Sums of products of entries: multiplied out, and freed of δ.

A term is Σ over some indices of a product of factors. An index that a δ ties to another
takes only one value: the sum over it goes, and with it the δ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcalc.expressions.build import add, mul
from matcalc.expressions.expr import Expr, lift, postorder
from matcalc.operations.notation import Index, Position, sum_over

MOST = 40
"Terms beyond which a sum is not worth reading."


class TooLong(Exception):
    """The sum has more than MOST terms."""


@dataclass(frozen=True)
class Term:
    indices: tuple[Index, ...]
    factors: tuple[Expr, ...]

    def expr(self) -> Expr:
        numbers = [f for f in self.factors if f.op.name == "number"]
        scale = lift(1)
        for number in numbers:
            scale = lift(scale.data[0] * number.data[0])
        rest = [f for f in self.factors if f.op.name != "number"]
        rest.sort(key=lambda f: f.op.name == "delta")
        if not rest:
            return sum_over(scale, self.indices)
        whole = sum_over(mul(*rest), self.indices)
        if scale is lift(1):
            return whole
        flat = whole.op.name == "mul"
        return mul(scale, *whole.args) if flat else mul(scale, whole)

    def times(self, *factors: Expr, over: tuple[Index, ...] = ()) -> Term:
        return Term((*over, *self.indices), (*factors, *self.factors))


def total(terms: list[Term]) -> Expr:
    """The sum of terms, written out."""
    return add(*(term.expr() for term in terms)) if terms else lift(0)


def multiplied_out(e: Expr, inside: Callable[[Expr], bool]) -> list[Term]:
    """An expression as terms; only what ``inside`` says yes to is taken apart."""
    if not inside(e):
        return [Term((), (e,))]
    if e.op.name == "add":
        terms = [term for arg in e.args for term in multiplied_out(arg, inside)]
    elif e.op.name == "sum_over":
        terms = [
            Term((*e.data, *term.indices), term.factors)
            for term in multiplied_out(e.args[0], inside)
        ]
    elif e.op.name == "mul":
        terms = [Term((), ())]
        for arg in e.args:
            more = multiplied_out(arg, inside)
            terms = [
                Term(a.indices + b.indices, a.factors + b.factors) for a in terms for b in more
            ]
    else:
        return [Term((), (e,))]
    if len(terms) > MOST:
        raise TooLong
    return terms


def without_delta(term: Term) -> Term:
    """The term after every δ whose index is summed over has done its work."""
    indices, factors = list(term.indices), list(term.factors)
    while True:
        found = next((f for f in factors if _reducible(f, indices)), None)
        if found is None:
            return Term(tuple(indices), tuple(factors) or (lift(1),))
        gone, stays = found.data if found.data[0] in indices else found.data[::-1]
        if gone in indices and gone != stays:
            indices.remove(gone)
        factors.remove(found)
        factors = [replaced(f, gone, stays) for f in factors]


def _reducible(factor: Expr, indices: list[Index]) -> bool:
    if factor.op.name != "delta":
        return False
    one, other = factor.data
    return one == other or one in indices or other in indices


def replaced(e: Expr, old: Position, new: Position) -> Expr:
    """The expression with one open index put in the place of another."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e):
        args = tuple(done[arg] for arg in node.args)
        data = node.data
        if node.op.name in ("entry", "delta", "slope"):
            data = tuple(new if p == old else p for p in data)
        same = data == node.data and args == node.args
        done[node] = node if same else node.op(*args, data=data)
    return done[e]
