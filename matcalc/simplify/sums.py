"""Sums: flat, like terms joined, common factors taken out, in one order."""

from __future__ import annotations

from fractions import Fraction

from matcalc.expressions.build import add, broadcast, hadamard, mul, ones
from matcalc.expressions.expr import Expr, bounded, lift
from matcalc.simplify.engine import rewrite
from matcalc.simplify.order import key
from matcalc.simplify.parts import (
    base_and_exponent,
    is_zero,
    raised,
    split_coefficient,
    split_scalars,
    with_coefficient,
    zero,
)

PRODUCTS = ("mul", "hadamard", "broadcast")


@rewrite("(A + B) + C = A + B + C", "add")
def flatten(e: Expr) -> Expr | None:
    terms: list[Expr] = []
    for term in e.args:
        c, core = split_coefficient(term)
        if core.op.name == "add":
            terms += [mul(lift(c), t) if c != 1 else t for t in core.args]
        else:
            terms.append(term)
    return add(*terms) if len(terms) != len(e.args) else None


@rewrite("A + A = 2 A, A - A = 0", "add")
def like_terms(e: Expr) -> Expr | None:
    """Joined and put in order: positive terms first."""
    coefficients: dict[Expr, Fraction] = {}
    for term in e.args:
        c, core = split_coefficient(term)
        coefficients[core] = bounded(coefficients.get(core, Fraction(0)) + c)
    terms = [
        with_coefficient(c, core) for core, c in coefficients.items() if c and not is_zero(core)
    ]
    if not terms:
        return zero(e.shape)
    terms.sort(key=lambda t: (split_coefficient(t)[0] < 0, key(split_coefficient(t)[1])))
    return None if tuple(terms) == e.args else add(*terms)


@rewrite("A B + A C = A (B + C)", "add")
def common_factor(e: Expr) -> Expr | None:
    """A factor that every term has, taken out on the side where it stands."""
    if len(e.args) < 2 or not any(f.op.name in PRODUCTS for f in e.args):
        return None
    return _common_scalar(e) or _common_matrix(e) or _common_entrywise(e)


def _common_scalar(e: Expr) -> Expr | None:
    """Scalars that every term has, to the power that all have: s⁻¹ of s⁻¹ and s⁻²."""
    split = [split_scalars(term) for term in e.args]
    powers = [dict(base_and_exponent(s) for s in scalars) for scalars, _ in split]
    shared: dict[Expr, Fraction] = {}
    for base in powers[0]:
        exponents = [own.get(base, Fraction(0)) for own in powers]
        if base.op.name == "number":
            continue
        if min(exponents) > 0:
            shared[base] = min(exponents)
        elif max(exponents) < 0:
            shared[base] = max(exponents)
    if not shared:
        return None
    inside = []
    for own, (_, matrices) in zip(powers, split, strict=True):
        left = {base: p - shared.get(base, 0) for base, p in own.items()}
        rest = [raised(base, p) for base, p in left.items() if p]
        inside.append(mul(*rest, *matrices) if rest or matrices else lift(1))
    return mul(*(raised(base, p) for base, p in shared.items()), add(*inside))


def _common_matrix(e: Expr) -> Expr | None:
    split = [split_scalars(term) for term in e.args]
    whole = split[0][1]
    if whole and all(matrices == whole for _, matrices in split):
        return mul(add(*(mul(*scalars) if scalars else lift(1) for scalars, _ in split)), *whole)
    if any(len(matrices) < 2 for _, matrices in split):
        return None
    for side in (0, -1):
        shared = split[0][1][side]
        if all(matrices[side] is shared for _, matrices in split):
            if shared.op.name == "ones":
                continue
            rests = [
                mul(*scalars, *(matrices[1:] if side == 0 else matrices[:-1]))
                for scalars, matrices in split
            ]
            if any(rest.shape != rests[0].shape for rest in rests):
                continue
            return mul(shared, add(*rests)) if side == 0 else mul(add(*rests), shared)
    return None


def _common_entrywise(e: Expr) -> Expr | None:
    split = []
    for term in e.args:
        scalars, matrices = split_scalars(term)
        if len(matrices) != 1:
            return None
        split.append((scalars, entrywise_factors(matrices[0])))
    shared = [
        f
        for f in split[0][1]
        if f.op.name != "ones" and all(f in factors for _, factors in split[1:])
    ]
    if not shared:
        return None
    inside = []
    for scalars, factors in split:
        rest = list(factors)
        for f in shared:
            rest.remove(f)
        if not rest and all(s.op.name == "number" for s in scalars):
            return None
        inside.append(mul(*scalars, hadamard(*rest) if rest else ones(*e.shape)))
    return hadamard(*shared, add(*inside))


def entrywise_factors(e: Expr) -> list[Expr]:
    """The factors of an entrywise product; those inside a repeated vector one by one."""
    factors: list[Expr] = []
    for f in e.args if e.op.name == "hadamard" else (e,):
        if f.op.name == "broadcast" and f.args[0].op.name == "hadamard":
            factors += [broadcast(inner, f.shape) for inner in f.args[0].args]
        else:
            factors.append(f)
    return factors


@rewrite("2 A + 2 B = 2 (A + B)", "add")
def common_number(e: Expr) -> Expr | None:
    coefficients = {abs(split_coefficient(term)[0]) for term in e.args}
    if len(e.args) < 2 or len(coefficients) != 1:
        return None
    c = coefficients.pop()
    if c == 1:
        return None
    terms = []
    for term in e.args:
        own, core = split_coefficient(term)
        terms.append(with_coefficient(own / c, core))
    return mul(lift(c), add(*terms))
