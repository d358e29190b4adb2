"""Entrywise products and powers, and what is repeated."""

from __future__ import annotations

from matcalc.expressions.build import broadcast, hadamard, mul, ones, power
from matcalc.expressions.expr import Expr, lift
from matcalc.simplify.engine import rewrite
from matcalc.simplify.order import key
from matcalc.simplify.parts import (
    base_and_exponent,
    collect_powers,
    filled,
    is_negative,
    is_number,
    is_zero,
    negated,
    split_scalars,
    zero,
)


@rewrite("a product of scalars", "hadamard")
def scalars(e: Expr) -> Expr | None:
    return mul(*e.args) if not e.shape else None


@rewrite("A ∘ 0 = 0", "hadamard")
def zeros(e: Expr) -> Expr | None:
    return zero(e.shape) if any(is_zero(f) for f in e.args) else None


@rewrite("A ∘ (s B) = s (A ∘ B), A ∘ 1 = A", "hadamard")
def flatten(e: Expr) -> Expr | None:
    """Flat; scalars out in front; ones dropped."""
    if not e.shape:
        return None
    outside: list[Expr] = []
    inside: list[Expr] = []
    for f in e.args:
        scalars, matrices = split_scalars(f) if f.op.name == "mul" else ([], [f])
        outside += scalars
        core = f if not scalars else mul(*matrices)
        if core.op.name == "hadamard":
            inside += core.args
        elif core.op.name != "ones":
            inside.append(core)
    if not inside:
        inside = [filled(e.shape)]
    if tuple(inside) == e.args:
        return None
    product = hadamard(*inside)
    return mul(*outside, product) if outside else product


@rewrite("(1 uᵀ) ∘ (1 vᵀ) = 1 (u ∘ v)ᵀ", "hadamard")
def repeated_alike(e: Expr) -> Expr | None:
    """Rows repeated are multiplied before they are repeated; columns too."""
    groups: dict[object, list[Expr]] = {}
    for f in e.args:
        groups.setdefault(f.args[0].shape if f.op.name == "broadcast" else None, []).append(f)
    if not any(shape is not None and len(group) > 1 for shape, group in groups.items()):
        return None
    factors: list[Expr] = []
    for shape, group in groups.items():
        if shape is None:
            factors += group
        else:
            factors.append(broadcast(hadamard(*(f.args[0] for f in group)), e.shape))
    return hadamard(*factors)


@rewrite("A ∘ A = A²", "hadamard")
def powers(e: Expr) -> Expr | None:
    factors = collect_powers(list(e.args))
    if factors is None:
        return None
    return hadamard(*factors) if factors else filled(e.shape)


@rewrite("A ∘ (-B) = -(A ∘ B)", "hadamard")
def signs(e: Expr) -> Expr | None:
    for k, f in enumerate(e.args):
        if f.op.name == "add" and is_negative(f):
            return mul(-1, hadamard(*e.args[:k], negated(f), *e.args[k + 1 :]))
    return None


@rewrite("A ∘ B = B ∘ A", "hadamard")
def ordered(e: Expr) -> Expr | None:
    factors = tuple(sorted(e.args, key=key))
    return None if factors == e.args else hadamard(*factors)


@rewrite("triangle of ones ∘ A", "hadamard")
def triangles(e: Expr) -> Expr | None:
    for k, f in enumerate(e.args):
        if f.op.name in ("tril", "triu") and f.args[0].op.name == "ones":
            return f.op(hadamard(*e.args[:k], *e.args[k + 1 :]))
    return None


@rewrite("a power of a power", "power")
def power_of_power(e: Expr) -> Expr | None:
    base, exponent = e.args
    if exponent.op.name != "number":
        return None
    p = exponent.data[0]
    if p == 1:
        return base
    if p == 0:
        return filled(e.shape)
    inner, q = base_and_exponent(base)
    if inner is not base and p.denominator == 1 and q.denominator == 1:
        return power(inner, lift(p * q))
    if base.op.name == "sqrt" and (p / 2).denominator == 1:
        return power(base.args[0], lift(p / 2))
    if base.op.name == "square" and p.denominator == 1:
        return power(base.args[0], lift(2 * p))
    if base.op.name == "abs" and (p / 2).denominator == 1:
        return power(base.args[0], lift(p))
    return None


@rewrite("(s A)ᵖ = sᵖ Aᵖ", "power")
def power_of_product(e: Expr) -> Expr | None:
    base, exponent = e.args
    if exponent.op.name != "number" or exponent.data[0].denominator != 1:
        return None
    if is_number(base) and base.data[0] and abs(exponent.data[0]) <= 64:
        return lift(base.data[0] ** int(exponent.data[0]))
    if base.op.name == "hadamard":
        return hadamard(*(power(f, exponent) for f in base.args))
    if base.op.name == "broadcast":
        return broadcast(power(base.args[0], exponent), base.data)
    if base.op.name == "ones":
        return base
    if base.op.name == "mul":
        scalars, matrices = split_scalars(base)
        if not matrices:
            return mul(*(power(s, exponent) for s in scalars))
        if scalars:
            return mul(*(power(s, exponent) for s in scalars), power(mul(*matrices), exponent))
    return None


@rewrite("a number repeated", "broadcast")
def repeated_scalar(e: Expr) -> Expr | None:
    (a,) = e.args
    if a.shape == e.shape:
        return a
    if not a.shape:
        return mul(a, ones(*e.data))
    scalars, matrices = split_scalars(a)
    if scalars:
        return mul(*scalars, broadcast(mul(*matrices), e.data))
    if a.op.name == "ones":
        return ones(*e.data)
    if is_zero(a):
        return zero(e.shape)
    return None


@rewrite("maximum(A, A) = A", "maximum", "minimum")
def same(e: Expr) -> Expr | None:
    return e.args[0] if e.args[0] is e.args[1] else None


@rewrite("square(A) = A²", "square")
def square(e: Expr) -> Expr | None:
    return power(e.args[0], 2)


@rewrite("log(exp(A)) = A", "log")
def inverse_functions(e: Expr) -> Expr | None:
    return e.args[0].args[0] if e.args[0].op.name == "exp" else None


@rewrite("step of a positive multiple", "step", "sign")
def positive_multiple(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name != "mul" or a.args[0].op.name != "number":
        return None
    c = a.args[0].data[0]
    return e.op(mul(*a.args[1:])) if c > 0 and c != 1 else None


@rewrite("exp(0) = 1, log(1) = 0", "exp", "log", "sqrt")
def known_values(e: Expr) -> Expr | None:
    a, name = e.args[0], e.op.name
    if name == "exp" and is_zero(a):
        return filled(e.shape)
    if name == "log" and (is_number(a, 1) or a.op.name == "ones"):
        return zero(e.shape)
    return a if name == "sqrt" and (is_number(a, 1) or a.op.name == "ones") else None
