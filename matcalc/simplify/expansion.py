"""Multiplying out, where that makes an entrywise product shorter.

σ∘(1 − σ)∘((1 − Y)/(1 − σ) − Y/σ) has quotients that its factors cancel; multiplied out it
is σ − Y. A product is multiplied out only if it holds such a quotient, and the result is
kept only if it has fewer pieces, so that factoring and expanding cannot chase each other.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc.expressions import work
from matcalc.expressions.build import add, hadamard, mul, ones
from matcalc.expressions.expr import Expr, Shape, lift
from matcalc.simplify.engine import rewrite, simplify
from matcalc.simplify.parts import base_and_exponent, collect_powers, split_scalars, zero

MOST = 24
"Terms beyond which multiplying out is given up."
Term = tuple[Expr, ...]


@rewrite("A ∘ (C/A + D) = C + A ∘ D", "hadamard", "mul")
def cancel(e: Expr) -> Expr | None:
    if e.op.name == "mul" and e.shape:
        return None
    given = e.args if e.op.name == "hadamard" else _numbers(e)
    if not _has_quotient_to_cancel(given):
        return None
    terms = _expanded([(given, Fraction(1))])
    if terms is None:
        return None
    whole = [_product(factors, c, e.shape) for factors, c in terms if c]
    shorter = simplify(add(*whole)) if whole else zero(e.shape)
    return shorter if shorter.pieces < e.pieces else None


def _product(factors: Term, c: Fraction, shape: Shape) -> Expr:
    scalars = [f for f in factors if not f.shape]
    matrices = [f for f in factors if f.shape]
    if not shape:
        return mul(lift(c), *scalars)
    return mul(lift(c), *scalars, hadamard(*matrices) if matrices else ones(*shape))


def _has_quotient_to_cancel(factors: Term) -> bool:
    bases = {base for base, p in map(base_and_exponent, factors) if p > 0}
    for factor in factors:
        if factor.op.name != "add":
            continue
        work.spend(len(factor.args))
        for term in factor.args:
            for inner in _factors(term):
                base, p = base_and_exponent(inner)
                if p < 0 and base in bases:
                    return True
    return False


def _factors(term: Expr) -> Term:
    """The entrywise factors of a term, numbers and scalars among them."""
    if term.op.name == "hadamard":
        return term.args
    if term.op.name == "mul" and not term.shape:
        return _numbers(term)
    if term.op.name == "mul" and len(split_scalars(term)[1]) == 1:
        return tuple(f for arg in term.args for f in _factors(arg))
    return (term,)


def _numbers(e: Expr) -> Term:
    """The factors of a product that is a number; an inner product xᵀ y in it is one factor."""
    scalars, matrices = split_scalars(e)
    return (*scalars, mul(*matrices)) if matrices else tuple(scalars)


def _expanded(terms: list[tuple[Term, Fraction]]) -> list[tuple[Term, Fraction]] | None:
    """Products without sums among their factors, or None where there are too many."""
    done: list[tuple[Term, Fraction]] = []
    while terms:
        factors, c = terms.pop()
        joined = collect_powers(list(factors))
        factors = factors if joined is None else tuple(joined)
        number = [f for f in factors if f.op.name == "number"]
        for f in number:
            c *= f.data[0]
        factors = tuple(f for f in factors if f.op.name not in ("number", "ones"))
        k = next((i for i, f in enumerate(factors) if f.op.name == "add"), None)
        if k is None:
            done.append((factors, c))
        else:
            # A sum that carries a quotient goes first: what it cancels stays whole.
            k = next((i for i, f in enumerate(factors) if _quotients(f)), k)
            rest = factors[:k] + factors[k + 1 :]
            terms += [(rest + _factors(term), c) for term in factors[k].args]
        if len(terms) + len(done) > MOST:
            return None
    return done


def _quotients(f: Expr) -> bool:
    return f.op.name == "add" and any(
        base_and_exponent(inner)[1] < 0 for term in f.args for inner in _factors(term)
    )
