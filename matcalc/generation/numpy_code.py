"""Expressions as NumPy source, one writer per operation of the registry.

A scalar is a NumPy scalar, everything else has two dimensions. What broadcasting does by
itself is not written out; Kronecker products and diagonal matrices are formed only where
nothing else stands for them. Constants stay Python numbers, so that float32 stays float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from matcalc.expressions.expr import Expr, Shape, postorder
from matcalc.expressions.operation import Environment
from matcalc.generation import algebra, networks, reductions, structure
from matcalc.generation.functions import UserFunctions
from matcalc.generation.pieces import ATOM, MATMUL, POWER, SIGN, SUM, Piece, join, number
from matcalc.generation.products import product
from matcalc.generation.scope import Scope
from matcalc.numeric.evaluate import evaluate

IN_MATH = {f"np.{name}({{}})": f"math.{name}({{}})" for name in ("sqrt", "log")}


class NumpyWriter:
    """Writes expressions in one scope."""

    def __init__(self, scope: Scope, functions: UserFunctions | None = None) -> None:
        self.scope = scope
        self.functions = functions or UserFunctions()
        self.done: dict[Expr, Piece] = {}

    def text(self, e: Expr, owned: bool = False) -> str:
        """The whole array, or the scalar, in the floating type of the scope.

        ``owned``: an array that may be written to, even where a row or column repeats.
        """
        piece = self.piece(e)
        if owned and piece.held and piece.held != e.shape:
            axis = 0 if piece.held[0] != e.shape[0] else 1
            return f"np.repeat({piece.text}, {self.scope.size(e.shape[axis]).text}, axis={axis})"
        if not e.shape and piece.constant:
            return f"{self.scope.dtype()}.type({piece.text})"
        return self.fill(piece, e.shape).text

    def piece(self, e: Expr) -> Piece:
        """The expression, where broadcasting may still have to repeat it."""
        if e not in self.done:
            for node in postorder(e):
                if node not in self.done:
                    self.done[node] = self._finite(node, WRITERS[node.op.name](self, node))
        return self.done[e]

    def whole(self, e: Expr) -> Piece:
        """The expression as an array of its own shape."""
        return self.fill(self.piece(e), e.shape)

    def fill(self, piece: Piece, shape: Shape) -> Piece:
        """The array of this shape that a piece stands for."""
        if piece.held == shape:
            return piece
        like = self.scope.like(shape)
        size = self.scope.shape(shape) if like is None else f"{like}.shape"
        if piece.held:
            return Piece(f"np.broadcast_to({piece.text}, {size})", ATOM, shape)
        filled = {"0": "zeros", "1": "ones"}.get(piece.text if piece.constant else "", "full")
        value = f", {piece.text}" if filled == "full" else ""
        if like is not None:
            return Piece(f"np.{filled}_like({like}{value})", ATOM, shape)
        return Piece(f"np.{filled}({size}{value}, dtype={self.scope.dtype()})", ATOM, shape)

    def apply(self, template: str, args: Iterable[Piece], inside: int, binding: int) -> Piece:
        """An entrywise function: a template, and how tightly operand and result bind."""
        args = list(args)
        held: Shape = ()
        for arg in args:
            held = join(held, arg.held)
        if not all(arg.constant for arg in args):
            return Piece(template.format(*(arg.within(inside) for arg in args)), binding, held)
        # NumPy's own scalars would turn float32 into float64: a Python number instead.
        if template in IN_MATH and "-" not in args[0].text:
            return Piece(IN_MATH[template].format(args[0].text), ATOM, (), True)
        text = template.format(*(f"np.float64({arg.text})" for arg in args))
        return Piece(f"float({text})", ATOM, (), True)

    def _finite(self, e: Expr, piece: Piece) -> Piece:
        """Python raises where NumPy gives infinity; such constants are named instead."""
        if not piece.constant or e.shape or not e.args:
            return piece
        with np.errstate(all="ignore"):
            try:
                value = evaluate(e, {}, Environment({}))
            except (KeyError, ArithmeticError, np.linalg.LinAlgError):
                return piece
        if np.isfinite(value):
            return piece
        if np.isnan(value):
            return Piece("np.nan", ATOM, (), True)
        return Piece("np.inf" if value > 0 else "-np.inf", ATOM if value > 0 else SIGN, (), True)


def _number(w: NumpyWriter, e: Expr) -> Piece:
    return number(e.data[0])


def _pi(w: NumpyWriter, e: Expr) -> Piece:
    return Piece("np.pi", ATOM, (), True)


def _dimension(w: NumpyWriter, e: Expr) -> Piece:
    return w.scope.size(e.data[0])


def _symbol(w: NumpyWriter, e: Expr) -> Piece:
    return Piece(w.scope.names[e], ATOM, e.shape)


def _ones(w: NumpyWriter, e: Expr) -> Piece:
    return Piece("1", ATOM, (), True)


def _zeros(w: NumpyWriter, e: Expr) -> Piece:
    return Piece("0", ATOM, (), True)


# -- entrywise functions ----------------------------------------------------------

NUMPY_NAMES = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "arcsin",
    "arccos",
    "arctan",
    "abs",
    "sign",
]
HELPERS = [
    "sigmoid",
    "log_sigmoid",
    "softplus",
    "leaky_relu",
    "elu",
    "silu",
    "gelu",
    "erf",
    "lgamma",
    "digamma",
    "step",
]
TEMPLATES: dict[str, tuple[str, int, int]] = {
    **{name: (f"np.{name}({{}})", SUM, ATOM) for name in NUMPY_NAMES},
    **{name: (f"{name}({{}})", SUM, ATOM) for name in HELPERS},
    "relu": ("np.maximum({}, 0)", SUM, ATOM),
    "square": ("{}**2", ATOM, POWER),
    "maximum": ("np.maximum({}, {})", SUM, ATOM),
    "minimum": ("np.minimum({}, {})", SUM, ATOM),
}


def _entrywise(w: NumpyWriter, e: Expr) -> Piece:
    template, inside, binding = TEMPLATES[e.op.name]
    return w.apply(template, map(w.piece, e.args), inside, binding)


def _function(w: NumpyWriter, e: Expr) -> Piece:
    function, order = e.data
    return w.apply(w.functions.template(function, order), [w.piece(e.args[0])], SUM, ATOM)


def _where(w: NumpyWriter, e: Expr) -> Piece:
    mask, first, second = map(w.piece, e.args)
    if first.constant and second.constant:
        if mask.constant:
            text = f"{first.within(POWER)} if {mask.within(POWER)} > 0 else {second.within(POWER)}"
            return Piece(f"({text})", ATOM, (), True)
        first = w.whole(e.args[1]) if e.shape else replace(first, text=w.text(e.args[1]))
    held = join(mask.held, join(first.held, second.held))
    condition = f"{mask.within(MATMUL)} > 0"
    return Piece(f"np.where({condition}, {first.text}, {second.text})", ATOM, held)


Writer = Callable[[NumpyWriter, Expr], Piece]

WRITERS: dict[str, Writer] = {
    "number": _number,
    "pi": _pi,
    "dim": _dimension,
    "symbol": _symbol,
    "grad": _symbol,
    "d": _symbol,
    "ones": _ones,
    "zeros": _zeros,
    "mul": product,
    "function": _function,
    "where": _where,
    **dict.fromkeys(TEMPLATES, _entrywise),
    **algebra.WRITERS,
    **reductions.WRITERS,
    **networks.WRITERS,
    **structure.WRITERS,
}
