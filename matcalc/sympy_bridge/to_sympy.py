"""Expressions as SymPy expressions, operation by operation, with nothing worked out.

    to_sympy(e)                   # names become MatrixSymbols and Symbols
    to_sympy(e, network)          # ... those of a network that was declared in SymPy

SymPy's own classes are used wherever there is one, so that its tools work on the result;
a call of the language stands for the rest. There is no recursion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sympy
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, matrix_shape, postorder
from matcalc.network.network import Network
from matcalc.operations.entrywise import Function, X
from matcalc.sympy_bridge.classes import Applied, DerivativeAt, MatrixFunction, raw
from matcalc.sympy_bridge.dimensions import dimension_to_sympy
from matcalc.sympy_bridge.entrywise import (
    EXPONENT,
    FUNCTION,
    Defined,
    as_lambda,
    derivative_lambda,
)
from matcalc.sympy_bridge.to_structure import (
    STRUCTURE,
    Args,
    Build,
    call,
    chain,
    product,
    scalar_product,
)


def to_sympy(e: Expr, network: Network | None = None) -> Any:
    """The expression in SymPy. A scalar is an Expr, anything else a MatrixExpr."""
    return Converter(getattr(network, "symbols", None) or {}).convert(e)


class Converter:
    """Converts expressions that share their sub-expressions.

    ``symbols`` has the Symbols of a SymPy user by name; ``leaves`` what certain
    sub-expressions stand for.
    """

    def __init__(self, symbols: Mapping[str, Any], leaves: Mapping[Expr, Any] | None = None):
        self.symbols = symbols
        self.done: dict[Expr, Any] = dict(leaves or {})

    def convert(self, root: Expr) -> Any:
        for node in postorder(root):
            if node not in self.done:
                build = BUILDERS.get(node.op.name, call)
                done = build(self, node, [self.done[arg] for arg in node.args])
                remember(done)
                self.done[node] = done
        return self.done[root]

    def size(self, dimension: Dimension) -> Any:
        return dimension_to_sympy(dimension, self.symbols)

    def shape(self, e: Expr) -> tuple[Any, ...]:
        return tuple(self.size(d) for d in e.shape)


def remember(done: Any) -> None:
    """Have SymPy work out now what it keeps: asked at the top of all, it would recurse."""
    hash(done)
    getattr(done, "is_commutative", None)


# -- leaves ---------------------------------------------------------------------


def _number(c: Converter, e: Expr, args: Args) -> Any:
    return sympy.Rational(e.data[0].numerator, e.data[0].denominator)


def _dimension(c: Converter, e: Expr, args: Args) -> Any:
    return c.size(e.data[0])


def _symbol(c: Converter, e: Expr, args: Args) -> Any:
    if e.shape:
        return sympy.MatrixSymbol(e.name, *c.shape(e))
    return c.symbols.get(e.name) or sympy.Symbol(e.name)


def _named(c: Converter, e: Expr, args: Args) -> Any:
    name = f"{e.op.name}({e.name})"
    return sympy.MatrixSymbol(name, *c.shape(e)) if e.shape else sympy.Symbol(name)


def _constant(cls: Any) -> Build:
    return lambda c, e, args: cls(*(c.size(d) for d in e.data))


def _commutation(c: Converter, e: Expr, args: Args) -> Any:
    return MatrixFunction.of("commutation", [c.size(d) for d in e.data], c.shape(e))


# -- sums, products, powers -----------------------------------------------------


def _add(c: Converter, e: Expr, args: Args) -> Any:
    return raw(sympy.MatAdd, *args) if e.shape else sympy.Add(*args, evaluate=False)


def _mul(c: Converter, e: Expr, args: Args) -> Any:
    scalars = [a for a, arg in zip(args, e.args, strict=True) if not arg.shape]
    matrices = [a for a, arg in zip(args, e.args, strict=True) if arg.shape]
    if matrices and not e.shape:
        scalars.append(raw(MatrixElement, chain(matrices), sympy.S.Zero, sympy.S.Zero))
        matrices = []
    return product(scalars, matrices)


def _hadamard(c: Converter, e: Expr, args: Args) -> Any:
    return raw(sympy.HadamardProduct, *args) if e.shape else scalar_product(args)


def _power(c: Converter, e: Expr, args: Args) -> Any:
    if e.shape:
        return raw(sympy.HadamardPower, *args)
    return sympy.Pow(*args, evaluate=False)


def _matrix_power(c: Converter, e: Expr, args: Args) -> Any:
    exponent = sympy.Integer(e.data[0])
    if e.shape:
        return raw(sympy.MatPow, args[0], exponent)
    return sympy.Pow(args[0], exponent, evaluate=False)


def _broadcast(c: Converter, e: Expr, args: Args) -> Any:
    """Written with ones, as the language does."""
    (a,), (rows, columns) = args, matrix_shape(e)
    have = matrix_shape(e.args[0])
    if a is sympy.S.Zero and e.shape:
        return sympy.ZeroMatrix(*c.shape(e))
    if not e.args[0].shape:
        return product([a], [sympy.OneMatrix(*c.shape(e))] if e.shape else [])
    front = [] if have[0] == rows else [sympy.OneMatrix(c.size(rows), 1)]
    after = [] if have[1] == columns else [sympy.OneMatrix(1, c.size(columns))]
    return chain([*front, a, *after])


def _transpose(c: Converter, e: Expr, args: Args) -> Any:
    return raw(sympy.Transpose, args[0]) if e.shape else args[0]


# -- entrywise functions --------------------------------------------------------


def _entrywise(c: Converter, e: Expr, args: Args) -> Any:
    name = e.op.name
    if name in EXPONENT:
        return _power(c, e, [args[0], EXPONENT[name]])
    return apply(FUNCTION[name], args[0], e)


def _function(c: Converter, e: Expr, args: Args) -> Any:
    """A user's or abstract function, or a derivative."""
    function, order = e.data
    f = FUNCTION.get(function.name) if function.body is None else None
    f = f or user_function(function)
    if order == 0:
        return apply(f, args[0], e)
    derivative = derivative_lambda(f, order)
    if e.shape:
        return Applied(derivative, args[0])
    if not isinstance(derivative.expr, sympy.Derivative):
        return derivative.expr.func(*derivative.expr.args[:-1], args[0], evaluate=False)
    return DerivativeAt(derivative.expr, derivative.variables, (args[0],))


def apply(f: Any, a: Any, e: Expr) -> Any:
    return Applied(as_lambda(f), a) if e.shape else f(a, evaluate=False)


@lru_cache(maxsize=1024)
def user_function(function: Function) -> Any:
    """An undefined SymPy function, or one that knows its formula."""
    body = function.body
    if body is None:
        return sympy.Function(function.name)
    members = {
        "formula": staticmethod(lambda x: Converter({}, {X: x}).convert(body)),
        "declaration": function,
    }
    return type(function.name, (Defined,), members)


def _where(c: Converter, e: Expr, args: Args) -> Any:
    if e.shape:
        return call(c, e, args)
    condition = sympy.Gt(args[0], 0, evaluate=False)
    above = raw(ExprCondPair, args[1], condition)
    return raw(sympy.Piecewise, above, raw(ExprCondPair, args[2], sympy.true))


def _extremum(scalar: Any) -> Build:
    return lambda c, e, args: call(c, e, args) if e.shape else scalar(*args, evaluate=False)


BUILDERS: dict[str, Build] = {
    **STRUCTURE,
    "number": _number,
    "pi": lambda c, e, args: sympy.pi,
    "dim": _dimension,
    "symbol": _symbol,
    "grad": _named,
    "d": _named,
    "ones": _constant(sympy.OneMatrix),
    "zeros": _constant(sympy.ZeroMatrix),
    "eye": _constant(sympy.Identity),
    "commutation": _commutation,
    "add": _add,
    "mul": _mul,
    "hadamard": _hadamard,
    "power": _power,
    "matpow": _matrix_power,
    "broadcast": _broadcast,
    "transpose": _transpose,
    **dict.fromkeys([*FUNCTION, *EXPONENT], _entrywise),
    "function": _function,
    "where": _where,
    "maximum": _extremum(sympy.Max),
    "minimum": _extremum(sympy.Min),
}
