"""Expressions in the language of network files, so that what is printed reads back.

The printer walks an expression and keeps, for every piece, its text and how tightly it
binds; parentheses follow from that alone.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.printing.numbers import decimal
from matcalc.printing.parts import (
    bare,
    invert,
    is_negative_number,
    split_hadamard,
    split_product,
    spread_bare,
)
from matcalc.printing.walker import ATOM, MINUS, POWER, PRODUCT, SUM, Piece, Printer, Writer


def write(e: Expr, convention: Convention = Convention.ROW) -> str:
    """The expression as text. The convention says which axis need not be named."""
    return LanguagePrinter(convention).text(e)


class LanguagePrinter(Printer):
    """``writers`` is the table at the end of the file."""


def write_number(value: Fraction, beyond: int = 16) -> Piece:
    """An integer, a decimal where it is short (see ``decimal``), else a fraction."""
    if value < 0:
        return "-" + write_number(-value, beyond)[0], MINUS
    if value.denominator == 1:
        return str(value.numerator), ATOM
    short = decimal(value, beyond)
    if short is not None:
        digits, exponent = short
        return digits + (f"e{exponent}" if exponent else ""), ATOM
    return f"{value.numerator}/{value.denominator}", PRODUCT


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


def _hadamard(p: LanguagePrinter, e: Expr) -> Piece:
    if not e.shape:
        return "*".join(p.inside(arg, POWER) for arg in e.args), PRODUCT
    above, below = split_hadamard(e)
    if below:
        full = any(bare(factor).shape == e.shape for factor in above)
        under = p.text(bare(below[0])) if full and len(below) == 1 else _hadamard_text(p, below)
        over = _hadamard_text(p, above) if above else "1"
        return f"divide({over}, {under})", ATOM
    return _hadamard_text(p, list(e.args)), ATOM


def _hadamard_text(p: LanguagePrinter, factors: list[Expr]) -> str:
    if len(factors) == 1:
        only = factors[0]
        return p.text(only)
    return f"hadamard({', '.join(p.text(f) for f in spread_bare(factors))})"


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
    text = p.inside(e.args[0], ATOM)
    return (f"({text}).T" if text[0].isdigit() else f"{text}.T"), ATOM


def _power(p: LanguagePrinter, e: Expr) -> Piece:
    base, exponent = e.args
    if not e.shape:
        if is_negative_number(exponent):
            return f"1/{p.inside(invert(e), POWER)}", PRODUCT
        return f"{p.inside(base, ATOM)}**{p.inside(exponent, ATOM)}", POWER
    if is_negative_number(exponent):
        return f"divide(1, {p.text(invert(e))})", ATOM
    return _broadcasting(p, e)


def _broadcasting(p: LanguagePrinter, e: Expr) -> Piece:
    """A call whose operands the language broadcasts to each other."""
    return f"{e.op.name}({', '.join(p.text(arg) for arg in spread_bare(e.args))})", ATOM


def _loss(p: LanguagePrinter, e: Expr) -> Piece:
    """The second operand is broadcast to the first."""
    first, second = e.args
    return f"{e.op.name}({p.text(first)}, {p.text(bare(second))})", ATOM


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
    more = "" if eps == Fraction(1, 100000) else f", eps={write_number(eps, beyond=1)[0]}"
    return f"{name}({p.text(e.args[0])}{more})", ATOM


def _block(p: LanguagePrinter, e: Expr) -> Piece:
    r0, r1, c0, c1 = e.data
    rows, columns = e.args[0].shape or (ONE, ONE)
    return (
        f"{p.inside(e.args[0], ATOM)}[{_slice(r0, r1, rows)}, {_slice(c0, c1, columns)}]",
        ATOM,
    )


def _slice(start: Dimension, stop: Dimension, size: Dimension) -> str:
    if stop == start + 1:
        return str(start)
    first = "" if str(start) == "0" else str(start)
    return f"{first}:{'' if stop == size else stop}"


CALLS = (
    *("exp", "expm1", "log", "log1p", "sqrt", "square", "abs", "sign", "step", "sin", "cos"),
    *("tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "erf", "lgamma", "digamma"),
    *("sigmoid", "log_sigmoid", "softplus", "relu", "leaky_relu", "elu", "silu", "gelu"),
    *("stop_gradient", "trace", "det", "logdet", "inner", "inv", "solve", "kron"),
    *("diag", "diagonal", "tril", "triu", "vec", "hstack", "vstack"),
)
"Operations that are written as a call of their own name, and nothing more."

WRITERS: dict[str, Writer] = {
    **dict.fromkeys(CALLS, _call),
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
    **dict.fromkeys(("maximum", "minimum", "where"), _broadcasting),
    **dict.fromkeys(("sse", "mse", "cross_entropy"), _loss),
    **dict.fromkeys(("softmax_cross_entropy", "binary_cross_entropy"), _loss),
    **dict.fromkeys(("sum", "mean", "var", "std"), _reduction),
    **dict.fromkeys(("max", "logsumexp", "norm", "norm1"), _reduction),
}

LanguagePrinter.writers = WRITERS
