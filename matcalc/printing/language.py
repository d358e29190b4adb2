"""Expressions in the language of network files, so that what is printed reads back.

The printer walks an expression and keeps, for every piece, its text and how tightly it
binds; parentheses follow from that alone.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape, postorder
from matcalc.network.network import Convention

# How tightly a piece binds: a sum, a negated term, a product, a power, an atom.
SUM, MINUS, PRODUCT, POWER, ATOM = range(5)
Piece = tuple[str, int]


def write(e: Expr, convention: Convention = Convention.ROW) -> str:
    """The expression as text. The convention says which axis need not be named."""
    return LanguagePrinter(convention).text(e)


class LanguagePrinter:
    def __init__(self, convention: Convention) -> None:
        self.convention = convention
        self.done: dict[Expr, Piece] = {}

    def text(self, e: Expr) -> str:
        return self.piece(e)[0]

    def piece(self, e: Expr) -> Piece:
        """The text of an expression and its binding, computed without recursion."""
        for node in postorder(e):
            if node not in self.done:
                writer = WRITERS.get(node.op.name, _call)
                self.done[node] = writer(self, node)
        return self.done[e]

    def inside(self, e: Expr, binding: int) -> str:
        """An operand's text, in parentheses where it binds less than ``binding``."""
        text, own = self.piece(e)
        return f"({text})" if own < binding else text


def write_number(value: Fraction) -> Piece:
    """An integer, a decimal where it is short, else a fraction."""
    if value < 0:
        return "-" + write_number(-value)[0], MINUS
    if value.denominator == 1:
        return str(value.numerator), ATOM
    decimal = _decimal(value)
    if value.denominator > 16 and decimal:
        return decimal, ATOM
    return f"{value.numerator}/{value.denominator}", PRODUCT


def _decimal(value: Fraction) -> str:
    rest, digits = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        digits = max(digits, count)
    if rest != 1 or digits > 300:
        return ""
    scaled = str(value.numerator * 10**digits // value.denominator)
    plain = scaled.zfill(digits + 1)
    plain = f"{plain[:-digits]}.{plain[-digits:]}"
    if digits > 6 and len(scaled) < digits:
        mantissa = scaled[0] + ("." + scaled[1:] if len(scaled) > 1 else "")
        return f"{mantissa}e-{digits - len(scaled) + 1}"
    return plain


def _name(p: LanguagePrinter, e: Expr) -> Piece:
    return e.name, ATOM


def _named_call(p: LanguagePrinter, e: Expr) -> Piece:
    return f"{e.op.name}({e.name})", ATOM


def _number(p: LanguagePrinter, e: Expr) -> Piece:
    return write_number(e.data[0])


def _dimension(p: LanguagePrinter, e: Expr) -> Piece:
    text = str(e.data[0])
    if " " in text:
        return text, SUM
    return text, MINUS if text.startswith("-") else PRODUCT if "*" in text else ATOM


def _constant(p: LanguagePrinter, e: Expr) -> Piece:
    return f"{e.op.name}({', '.join(map(str, e.data))})", ATOM


def _pi(p: LanguagePrinter, e: Expr) -> Piece:
    return "pi", ATOM


def _call(p: LanguagePrinter, e: Expr) -> Piece:
    return f"{e.op.name}({', '.join(p.text(arg) for arg in e.args)})", ATOM


def _add(p: LanguagePrinter, e: Expr) -> Piece:
    text, shape = "", None
    for term in spread_bare(e.args):
        piece, binding = p.piece(term)
        if binding < MINUS:
            piece = f"({piece})"
        if not text:
            text = piece
        elif piece.startswith("-"):
            text += f" - {piece[1:]}"
        else:
            text += f" + {piece}"
        shape = term.shape
    return text, SUM if shape is not None else ATOM


def _mul(p: LanguagePrinter, e: Expr) -> Piece:
    sign, above, below = split_product(e)
    parts = []
    for k, factor in enumerate(above):
        text, binding = p.piece(factor)
        nested = factor.op.name == "mul" and k > 0
        parts.append(f"({text})" if binding < PRODUCT or nested else text)
    text = "*".join(parts) or "1"
    for factor in below:
        text += f"/{p.inside(factor, POWER)}"
    return ("-" + text, MINUS) if sign else (text, PRODUCT)


def split_product(e: Expr) -> tuple[bool, list[Expr], list[Expr]]:
    """Whether a product is negative, its factors, and what it is divided by."""
    negative, above, below = False, [], []
    for k, factor in enumerate(e.args):
        name = factor.op.name
        if name == "number" and k == 0 and len(e.args) > 1:
            value = factor.data[0]
            negative = value < 0
            value = abs(value)
            if value.numerator != 1:
                above.append(factor.op(data=(Fraction(value.numerator),)))
            if value.denominator != 1:
                if write_number(value)[1] == ATOM:
                    above[:] = [factor.op(data=(value,))]
                else:
                    below.append(factor.op(data=(Fraction(value.denominator),)))
        elif name == "power" and is_negative_number(factor.args[1]) and not factor.shape:
            below.append(invert(factor))
        else:
            above.append(factor)
    if not above and not below:
        above = [e.args[0].op(data=(Fraction(1),))]
    return negative, above, below


def is_negative_number(p: Expr) -> bool:
    return p.op.name == "number" and p.data[0] < 0


def invert(factor: Expr) -> Expr:
    """base**-p as base**p."""
    base, p = factor.args
    exponent = -p.data[0]
    return base if exponent == 1 else factor.op(base, p.op(data=(exponent,)))


def _hadamard(p: LanguagePrinter, e: Expr) -> Piece:
    if not e.shape:
        return "*".join(p.inside(arg, POWER) for arg in e.args), PRODUCT
    above, below = split_hadamard(e)
    if below:
        under = _hadamard_text(p, below)
        over = _hadamard_text(p, above) if above else "1"
        return f"divide({over}, {under})", ATOM
    return _hadamard_text(p, list(e.args)), ATOM


def split_hadamard(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """The entrywise factors, and those that stand in a denominator."""
    above, below = [], []
    for factor in e.args:
        inner = factor.args[0] if factor.op.name == "broadcast" else factor
        if inner.op.name == "power" and is_negative_number(inner.args[1]):
            inverted = invert(inner)
            spread = inner is not factor
            below.append(factor.op(inverted, data=factor.data) if spread else inverted)
        else:
            above.append(factor)
    if above and not any(bare(f).shape == e.shape for f in above):
        # A quotient needs one full-shape operand in front, or both sides the same.
        above = [above[0]] if len(above) == 1 else above
    return above, below


def _hadamard_text(p: LanguagePrinter, factors: list[Expr]) -> str:
    if len(factors) == 1:
        only = factors[0]
        return p.text(only)
    return f"hadamard({', '.join(p.text(f) for f in spread_bare(factors))})"


def bare(e: Expr) -> Expr:
    """What is repeated by a broadcast; anything else as it is."""
    return e.args[0] if e.op.name == "broadcast" else e


def spread_bare(terms: list[Expr] | tuple[Expr, ...]) -> list[Expr]:
    """The terms with broadcasts left to the language's own broadcasting where it would
    repeat them to the same shape, reading from left to right."""
    whole = terms[0].shape
    if not any(bare(term).shape == whole for term in terms):
        return list(terms)
    result, shape = [], None
    for term in terms:
        candidate = bare(term)
        joined = candidate.shape if shape is None else _join(shape, candidate.shape)
        if joined is None:
            candidate, joined = term, whole
        result.append(candidate)
        shape = joined
    return result


def _join(a: Shape, b: Shape) -> Shape | None:
    """The shape of a sum under the language's broadcasting, or None where it is refused."""
    if a == b or not b:
        return a
    if not a:
        return b
    for small, large in ((a, b), (b, a)):
        if small[0] == ONE and small[1] == large[1] and large[0] != ONE:
            return large
        if small[1] == ONE and small[0] == large[0] and large[1] != ONE:
            return large
    return None


def _broadcast(p: LanguagePrinter, e: Expr) -> Piece:
    """Standing alone, a broadcast is written with ones."""
    (a,), (m, n) = e.args, e.data
    if not a.shape:
        if a.op.name == "number" and a.data[0] == 1:
            return f"ones({m}, {n})", ATOM
        return _signed(f"{p.inside(a, MINUS)}*ones({m}, {n})")
    if a.shape[0] == ONE:
        return f"ones({m}, 1)*{p.inside(a, POWER)}", PRODUCT
    return _signed(f"{p.inside(a, MINUS)}*ones(1, {n})")


def _signed(text: str) -> Piece:
    return text, MINUS if text.startswith("-") else PRODUCT


def _transpose(p: LanguagePrinter, e: Expr) -> Piece:
    return f"{p.inside(e.args[0], ATOM)}.T", ATOM


def _power(p: LanguagePrinter, e: Expr) -> Piece:
    base, exponent = e.args
    if not e.shape:
        if is_negative_number(exponent):
            return f"1/{p.inside(invert(e), POWER)}", PRODUCT
        return f"{p.inside(base, ATOM)}**{p.inside(exponent, ATOM)}", POWER
    if is_negative_number(exponent):
        return f"divide(1, {p.text(invert(e))})", ATOM
    return f"power({p.text(base)}, {p.text(exponent)})", ATOM


def _matpow(p: LanguagePrinter, e: Expr) -> Piece:
    return f"{p.inside(e.args[0], ATOM)}**{e.data[0]}", POWER


def _function(p: LanguagePrinter, e: Expr) -> Piece:
    function, order = e.data
    inner = p.text(e.args[0])
    if order == 0:
        return f"{function.name}({inner})", ATOM
    more = f", {order}" if order > 1 else ""
    return f"D({function.name}, {inner}{more})", ATOM


def _reduction(p: LanguagePrinter, e: Expr) -> Piece:
    axis = e.data[0]
    more = "" if axis is None else f", axis={axis}"
    return f"{e.op.name}({p.text(e.args[0])}{more})", ATOM


def _along_axis(p: LanguagePrinter, e: Expr) -> Piece:
    args = ", ".join(p.text(arg) for arg in e.args)
    if e.data[0] == p.convention.axis:
        return f"{e.op.name}({args})", ATOM
    return f"{e.op.name}({args}, axis={e.data[0]})", ATOM


def _normalisation(p: LanguagePrinter, e: Expr) -> Piece:
    axis, eps = e.data
    name = "layernorm" if axis == p.convention.axis else "batchnorm"
    more = "" if eps == Fraction(1, 100000) else f", eps={write_number(eps)[0]}"
    return f"{name}({p.text(e.args[0])}{more})", ATOM


def _losses_along_axis(p: LanguagePrinter, e: Expr) -> Piece:
    return _call(p, e)


def _block(p: LanguagePrinter, e: Expr) -> Piece:
    r0, r1, c0, c1 = e.data
    rows, columns = e.args[0].shape or (ONE, ONE)
    return (
        f"{p.inside(e.args[0], ATOM)}[{_slice(r0, r1, rows)}, {_slice(c0, c1, columns)}]",
        ATOM,
    )


def _slice(start, stop, size) -> str:
    if stop == start + 1:
        return str(start)
    first = "" if str(start) == "0" else str(start)
    return f"{first}:{'' if stop == size else stop}"


WRITERS: dict[str, Callable[[LanguagePrinter, Expr], Piece]] = {
    "number": _number,
    "pi": _pi,
    "dim": _dimension,
    "symbol": _name,
    "grad": _named_call,
    "d": _named_call,
    "ones": _constant,
    "zeros": _constant,
    "eye": _constant,
    "commutation": _constant,
    "add": _add,
    "mul": _mul,
    "hadamard": _hadamard,
    "transpose": _transpose,
    "power": _power,
    "matpow": _matpow,
    "broadcast": _broadcast,
    "function": _function,
    "block": _block,
    "softmax": _along_axis,
    "log_softmax": _along_axis,
    "argmax_one_hot": _reduction,
    "layernorm": _normalisation,
    "batchnorm": _normalisation,
    "softmax_cross_entropy": _losses_along_axis,
    **{
        name: _reduction
        for name in ("sum", "mean", "var", "std", "max", "logsumexp", "norm", "norm1")
    },
}
