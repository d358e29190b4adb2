"""Textbook notation of leaves, sums, products, quotients and powers.

Some operations are written as the expression that they stand for: a broadcast as a
product with ones, solve(A, B) as A⁻¹ B. Building that expression and writing it keeps
signs, fractions and parentheses in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matcalc.expressions.build import apply, hadamard, mul, ones, power
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape
from matcalc.printing.parts import (
    bare,
    flat_factors,
    invert,
    is_negative_number,
    rational,
    split_hadamard,
    split_product,
    spread_bare,
)
from matcalc.printing.textbook import TextbookPrinter
from matcalc.printing.walker import ATOM, POWER, PRODUCT, Piece, Writer

HALF = Fraction(1, 2)
SIZES = frozenset(["number", "dim", "pi"])
LEAVES = SIZES | {"symbol"}


def _symbol(p: TextbookPrinter, e: Expr) -> Piece:
    return p.name(e.name), ATOM


def _gradient(p: TextbookPrinter, e: Expr) -> Piece:
    return p.gradient(e.name)


def _change(p: TextbookPrinter, e: Expr) -> Piece:
    return p.differential(e.name)


def _number(p: TextbookPrinter, e: Expr) -> Piece:
    return p.number(e.data[0])


def _dimension(p: TextbookPrinter, e: Expr) -> Piece:
    return p.dimension(e.data[0])


def _pi(p: TextbookPrinter, e: Expr) -> Piece:
    return p.pi, ATOM


def _ones(p: TextbookPrinter, e: Expr) -> Piece:
    return _filled(p, p.ones, e.data)


def _zeros(p: TextbookPrinter, e: Expr) -> Piece:
    return _filled(p, p.zeros, e.data)


def _filled(p: TextbookPrinter, sign: str, shape: Shape) -> Piece:
    """A column has one size, a row is a column transposed, a matrix has both sizes."""
    m, n = shape or (ONE, ONE)
    if n == ONE:
        return p.sub(sign, p.size(m)), ATOM
    if m == ONE:
        return p.sup(p.sub(sign, p.size(n)), p.top), POWER
    return p.sub(sign, p.shape((m, n))), ATOM


def _identity(p: TextbookPrinter, e: Expr) -> Piece:
    return p.sub(p.identity, p.size(e.data[0])), ATOM


def _commutation(p: TextbookPrinter, e: Expr) -> Piece:
    return p.sub(p.commutation, ",".join(map(p.size, e.data))), ATOM


# -- sums ---------------------------------------------------------------------------


def shown_terms(e: Expr) -> Sequence[Expr]:
    """The terms of a sum as they are shown; anything else is one term."""
    return spread_bare(e.args) if e.op.name == "add" else [e]


def _add(p: TextbookPrinter, e: Expr) -> Piece:
    return p.sum_of([p.piece(term) for term in shown_terms(e)])


# -- products -----------------------------------------------------------------------


def _mul(p: TextbookPrinter, e: Expr) -> Piece:
    negative, above, below = split_product(e)
    scalars = [f for f in above if not f.shape]
    matrices = [f for f in above if f.shape]
    lead: list[Piece] = []
    if below:
        raised = [f for f in scalars if _belongs_above(p, f, below)]
        scalars = [f for f in scalars if not _belongs_above(p, f, below)]
        lead.append(p.fraction([p.piece(f) for f in raised], [p.piece(f) for f in below]))
    rest = scalars + matrices
    if len(lead) + len(rest) == 1:
        piece = lead[0] if lead else p.piece(rest[0])
        return p.negated(piece) if negative else piece
    mixed = sum(map(_has_matrices, rest)) > 1
    texts = [p.at_least(piece, PRODUCT) for piece in lead]
    texts += [_factor(p, f, mixed) for f in scalars]
    texts += _chain(p, matrices, mixed)
    product = p.times(texts), PRODUCT
    return p.negated(product) if negative else product


def _belongs_above(p: TextbookPrinter, factor: Expr, below: list[Expr]) -> bool:
    """Over a mere size only names and numbers: ½ (a - y)², but (x - μ)/σ."""
    if all(f.op.name in SIZES for f in below):
        core = factor.args[0] if factor.op.name == "power" else factor
        return core.op.name in LEAVES
    return not p.is_fraction(p.piece(factor))


def _chain(p: TextbookPrinter, matrices: list[Expr], mixed: bool) -> list[str]:
    around = [None, *matrices, None]
    return [
        p.ones_between(f, around[k], around[k + 2]) or _factor(p, f, mixed)
        for k, f in enumerate(matrices)
    ]


def _factor(p: TextbookPrinter, factor: Expr, mixed: bool) -> str:
    """A factor; a product within a product is flat unless it is a scalar among matrices."""
    flat = factor.op.name in ("mul", "solve") and (bool(factor.shape) or not mixed)
    return p.inside(factor, PRODUCT if flat or not _has_matrices(factor) else POWER)


def _has_matrices(e: Expr) -> bool:
    """Whether it is a matrix, or a scalar that is a product of matrices."""
    stack, seen = [e], {e}
    while stack:
        factor = stack.pop()
        if factor.shape:
            return True
        if factor.op.name == "mul":
            stack.extend(f for f in factor.args if f not in seen)
            seen.update(factor.args)
    return False


def _hadamard(p: TextbookPrinter, e: Expr) -> Piece:
    if not e.shape:
        return _mul(p, e)
    if any(f.op.name == "hadamard" for f in e.args):
        return p.piece(hadamard(*flat_factors(e)))
    above, below = split_hadamard(e)
    scalars = [bare(f) for f in above if not bare(f).shape]
    under = [power(bare(f), -1) for f in below if not bare(f).shape]
    if scalars or under:
        rest = [f for f in e.args if bare(f).shape]
        numbers_first = sorted(scalars, key=lambda f: f.op.name != "number")
        whole = hadamard(*rest) if rest else ones(*e.shape)
        return p.piece(mul(*numbers_first, *under, whole))
    shown = spread_bare([*above, *below])
    texts = [p.inside(f, POWER) for f in shown]
    over = p.joined(p.odot, texts[: len(above)]) or "1"
    if not below:
        return over, PRODUCT
    divisor = p.joined(p.odot, texts[len(above) :])
    if len(below) > 1:
        divisor = p.parentheses(divisor)
    return p.joined(p.oslash, [over, divisor]), PRODUCT


def _kron(p: TextbookPrinter, e: Expr) -> Piece:
    if not e.shape:
        return _mul(p, e)
    texts = [p.inside(f, PRODUCT if f.op.name == "kron" else POWER) for f in e.args]
    return p.joined(p.otimes, texts), PRODUCT


def _broadcast(p: TextbookPrinter, e: Expr) -> Piece:
    """Standing alone, a broadcast is a product with ones."""
    (a,), (m, n) = e.args, e.data
    if not a.shape:
        one = a.op.name == "number" and a.data[0] == 1
        return p.piece(ones(m, n) if one else mul(a, ones(m, n)))
    return p.piece(mul(ones(m, 1), a) if a.shape[0] == ONE else mul(a, ones(1, n)))


# -- transposes and powers ------------------------------------------------------------


def _transpose(p: TextbookPrinter, e: Expr) -> Piece:
    (a,) = e.args
    if not e.shape:
        return p.piece(a)
    if a.op.name == "inv":
        return p.sup(p.inside(a.args[0], ATOM), p.minus + p.top), POWER
    return p.sup(p.inside(a, ATOM), p.top), POWER


def _inverse(p: TextbookPrinter, e: Expr) -> Piece:
    (a,) = e.args
    if a.op.name == "transpose" and a.shape:
        return p.sup(p.inside(a.args[0], ATOM), p.minus + p.top), POWER
    return p.sup(p.inside(a, ATOM), p.minus + "1"), POWER


def _solve(p: TextbookPrinter, e: Expr) -> Piece:
    a, b = e.args
    return p.piece(mul(apply("inv", a), b))


def _power(p: TextbookPrinter, e: Expr) -> Piece:
    base, exponent = e.args[0], bare(e.args[1])
    if rational(exponent) == HALF:
        return p.root(p.piece(base))
    if is_negative_number(exponent):
        if not e.shape:
            return p.fraction([], [p.piece(invert(e))])
        under = p.inside(invert(power(base, exponent)), POWER)
        return p.joined(p.oslash, ["1", under]), PRODUCT
    below, above = p.inside(base, ATOM), p.exponent(exponent)
    return p.entrywise_sup(below, above) if e.shape else p.sup(below, above[0]), POWER


def _matrix_power(p: TextbookPrinter, e: Expr) -> Piece:
    k = e.data[0]
    sign = p.minus if k < 0 else ""
    return p.sup(p.inside(e.args[0], ATOM), f"{sign}{abs(k)}"), POWER


def _square(p: TextbookPrinter, e: Expr) -> Piece:
    return p.piece(power(e.args[0], 2))


def _root(p: TextbookPrinter, e: Expr) -> Piece:
    return p.root(p.piece(e.args[0]))


WRITERS: dict[str, Writer] = {
    "symbol": _symbol,
    "grad": _gradient,
    "d": _change,
    "number": _number,
    "dim": _dimension,
    "pi": _pi,
    "ones": _ones,
    "zeros": _zeros,
    "eye": _identity,
    "commutation": _commutation,
    "add": _add,
    "mul": _mul,
    "hadamard": _hadamard,
    "kron": _kron,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "inv": _inverse,
    "solve": _solve,
    "power": _power,
    "matpow": _matrix_power,
    "square": _square,
    "sqrt": _root,
}
