"""Matrix products: the order of a chain, and what is not a product by @ at all.

A chain is a list of parts. A part may hold less than it stands for (ones, a repeated row),
or be a matrix that is never formed: an identity, a diagonal, an inverse, rows of the
identity, a commutation. Putting two neighbours together knows what each of them comes to:
sums, scalings, solved systems, slices. The order is the cheapest one for the sizes known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, as_shape, lift, matrix_shape
from matcalc.generation.parts import Part, formed, matmul, piece_of, total
from matcalc.generation.pieces import ATOM, ONE_PIECE, Piece, negated, number, over, times
from matcalc.generation.special import combine_special, special_part, unstacked, weighted_square
from matcalc.generation.special_products import placed

if TYPE_CHECKING:
    from matcalc.generation.numpy_code import NumpyWriter

SHORT = 1000
"Numbers up to this one stand below a stroke; the rest are decimals."
LONGEST_PLANNED = 12
"Chains longer than this are multiplied from left to right."


def product(w: NumpyWriter, e: Expr) -> Piece:
    negative, piece = signed_product(w, e)
    return negated(piece) if negative else piece


def signed_product(w: NumpyWriter, e: Expr) -> tuple[bool, Piece]:
    """A product's sign, and the product without it."""
    scalars: list[Expr] = []
    chain: list[Expr] = []
    _flatten(e, scalars, chain)
    negative, factor, divisor = _scale(w, scalars)
    if not chain:
        return negative, over(factor, divisor) if divisor else factor
    parts = chain_of(w, chain)
    if divisor and factor != ONE_PIECE:
        factor, divisor = over(factor, divisor), None
    if _is_placement(parts):
        inside = _inside(w, parts, factor)
        whole = placed(w, parts[0], inside, parts[-1], e.shape)
        return negative, over(whole, divisor) if divisor else whole
    if factor != ONE_PIECE:
        parts, factor = _onto_vector(parts, factor, e)
    whole = piece_of(w, multiplied(w, parts))
    return negative, over(times(factor, whole), divisor) if divisor else times(factor, whole)


def _flatten(e: Expr, scalars: list[Expr], chain: list[Expr]) -> None:
    """The scalar factors and the matrices, products inside a product opened up."""
    stack = list(reversed(e.args))
    while stack:
        factor = stack.pop()
        if factor.op.name == "mul" and (factor.shape or not any(f.shape for f in factor.args)):
            stack.extend(reversed(factor.args))
        else:
            (chain if factor.shape else scalars).append(factor)


def _scale(w: NumpyWriter, scalars: list[Expr]) -> tuple[bool, Piece, Piece | None]:
    """Sign, factor and divisor that a product is scaled by."""
    negative, factor = False, ONE_PIECE
    divisor: Piece | None = None
    for s in scalars:
        below = reciprocal(s)
        if s.op.name == "number":
            value = s.data[0]
            negative ^= value < 0
            value = abs(value)
            if value.numerator == 1 and 1 < value.denominator <= SHORT:
                piece = number(1 / value)
                divisor = times(divisor, piece) if divisor else piece
            else:
                factor = times(factor, number(value))
        elif below is not None:
            divisor = times(divisor, w.piece(below)) if divisor else w.piece(below)
        else:
            factor = times(factor, w.piece(s))
    return negative, factor, divisor


def _onto_vector(parts: list[Part], factor: Piece, e: Expr) -> tuple[list[Part], Piece]:
    """The number on a vector of an outer product, not on the matrix that comes out."""
    if ONE in matrix_shape(e):
        return parts, factor
    for k, part in enumerate(parts):
        if part.piece and part.piece.held and ONE in part.piece.held:
            scaled = replace(part, piece=times(factor, part.piece))
            return [*parts[:k], scaled, *parts[k + 1 :]], ONE_PIECE
    return parts, factor


def _is_placement(parts: list[Part]) -> bool:
    """Whether a block is put into zeros: S_rᵀ B S_c."""
    if len(parts) < 2 or not parts[0].special == parts[-1].special == "rows":
        return False
    return bool(parts[0].data[2]) and not parts[-1].data[2]


def _inside(w: NumpyWriter, parts: list[Part], factor: Piece) -> Piece:
    """The block that is put into zeros, scaled; a bare number becomes 1×1."""
    if len(parts) > 2:
        middle = multiplied(w, parts[1:-1])
        return times(factor, w.fill(piece_of(w, middle), as_shape((middle.rows, middle.columns))))
    k = parts[0].columns
    if k == ONE:
        return Piece(f"np.full((1, 1), {factor.text}, dtype={w.scope.dtype()})", ATOM, (ONE, ONE))
    identity = f"np.eye({w.scope.size(k).text}, dtype={w.scope.dtype()})"
    return times(factor, Piece(identity, ATOM, (k, k)))


def reciprocal(factor: Expr) -> Expr | None:
    """X where the factor is 1/X, with a repetition left to broadcasting."""
    core = factor.args[0] if factor.op.name == "broadcast" else factor
    if core.op.name != "power" or core.args[1].op.name != "number":
        return None
    base, exponent = core.args[0], core.args[1].data[0]
    if exponent >= 0:
        return None
    return base if exponent == -1 else core.op(base, lift(-exponent))


# -- chains -----------------------------------------------------------------------


def chain_of(w: NumpyWriter, chain: list[Expr]) -> list[Part]:
    parts: list[Part] = []
    for e in chain:
        part = special_part(e)
        if part is None:
            rows, columns = matrix_shape(e)
            part = Part(rows, columns, w.piece(e))
        pair = unstacked(w, parts[-1], e) if parts else None
        if pair is not None:
            parts[-1] = pair
        else:
            parts.append(replace(part, source=e))
    kept = [part for part in parts if part.special != "eye"]
    return kept or parts[:1]


def multiplied(w: NumpyWriter, parts: list[Part]) -> Part:
    """The product of a chain, in its cheapest order; from left to right among equals."""
    square = weighted_square(w, parts)
    if square is not None:
        return square
    if len(parts) > LONGEST_PLANNED:
        result = parts[0]
        for part in parts[1:]:
            result = combine(w, result, part)
        return result
    best: dict[tuple[int, int], tuple[int, Part]] = {(i, i): (0, p) for i, p in enumerate(parts)}
    for length in range(1, len(parts)):
        for i in range(len(parts) - length):
            j = i + length
            for k in range(j - 1, i - 1, -1):
                (before, left), (after, right) = best[i, k], best[k + 1, j]
                cost = before + after + _cost(w, left, right)
                if (i, j) not in best or cost < best[i, j][0]:
                    best[i, j] = cost, combine(w, left, right)
    return best[0, len(parts) - 1][1]


def _cost(w: NumpyWriter, a: Part, b: Part) -> int:
    """About how many multiplications a product of two parts takes."""
    m, k, n = (w.scope.number(d) for d in (a.rows, a.columns, b.columns))
    if "inverse" in (a.special, b.special) and not (a.special and b.special):
        # Among equals, a system is solved with what stands on its right.
        return k**3 // 3 + m * k * n + (b.special == "inverse")
    if a.special or b.special:
        return m * n
    if a.repeats(0):
        m = 1
    if b.repeats(1):
        n = 1
    if a.repeats(1) or b.repeats(0):
        return 0 if ONE in (a.columns, b.rows) else k * max(m, n)
    return m * k * n


def combine(w: NumpyWriter, a: Part, b: Part) -> Part:
    """The product of two neighbours."""
    rows, columns = a.rows, b.columns
    if b.repeats(1):
        inner = combine(w, a, replace(b, columns=ONE))
        return replace(formed(w, inner), columns=columns)
    if a.repeats(0):
        inner = combine(w, replace(a, rows=ONE), b)
        return replace(formed(w, inner), rows=rows)
    if a.special or b.special:
        return combine_special(w, a, b)
    assert a.piece is not None and b.piece is not None
    if a.is_scalar or b.is_scalar:
        return Part(rows, columns, times(a.piece, b.piece))
    if a.repeats(1):
        return Part(rows, columns, times(a.piece, total(w, b, 0)))
    if b.repeats(0):
        return Part(rows, columns, times(total(w, a, 1), b.piece))
    return Part(rows, columns, matmul(a.piece, b.piece, rows, columns))
