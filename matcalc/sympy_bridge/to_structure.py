"""Products, reductions and blocks in SymPy; what SymPy has no class for, as a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.errors import CannotDerive
from matcalc.expressions.expr import Expr
from matcalc.sympy_bridge.classes import MatrixFunction, ScalarFunction, raw
from matcalc.sympy_bridge.options import ACCEPTED, options_of

if TYPE_CHECKING:
    from matcalc.sympy_bridge.to_sympy import Converter

Args = list[Any]
Build = Callable[["Converter", Expr, Args], Any]


def product(scalars: Args, matrices: Args) -> Any:
    """A product; a factor 1 is left out."""
    scalars = [s for s in scalars if s is not sympy.S.One]
    front = [scalar_product(scalars)] if scalars else []
    return chain(front + matrices) if matrices else (front or [sympy.S.One])[0]


def chain(factors: Args) -> Any:
    return factors[0] if len(factors) == 1 else raw(sympy.MatMul, *factors)


def scalar_product(factors: Args) -> Any:
    return factors[0] if len(factors) == 1 else sympy.Mul(*factors, evaluate=False)


def _of_square(cls: Any) -> Build:
    """Trace and determinant; those of a number are the number."""
    return lambda c, e, args: raw(cls, args[0]) if e.args[0].shape else args[0]


def _logdet(c: Converter, e: Expr, args: Args) -> Any:
    determinant = _of_square(sympy.Determinant)(c, e, args)
    return sympy.log(sympy.Abs(determinant, evaluate=False), evaluate=False)


def _inner(c: Converter, e: Expr, args: Args) -> Any:
    if not e.args[0].shape:
        return scalar_product(args)
    return raw(sympy.Trace, chain([raw(sympy.Transpose, args[0]), args[1]]))


def _inverse(c: Converter, e: Expr, args: Args) -> Any:
    if e.shape:
        return raw(sympy.Inverse, args[0], sympy.S.NegativeOne)
    return sympy.Pow(args[0], -1, evaluate=False)


def _solve(c: Converter, e: Expr, args: Args) -> Any:
    a, b = args
    if e.args[0].shape:
        return chain([raw(sympy.Inverse, a, sympy.S.NegativeOne), b])
    return chain([sympy.Pow(a, -1, evaluate=False), b]) if e.shape else b / a


def _diag(c: Converter, e: Expr, args: Args) -> Any:
    return sympy.DiagMatrix(args[0]) if e.shape else args[0]


def _matrix_call(c: Converter, e: Expr, args: Args) -> Any:
    """vec and diagonal; those of a number are the number."""
    return call(c, e, args) if e.shape else args[0]


def _kron(c: Converter, e: Expr, args: Args) -> Any:
    if all(arg.shape for arg in e.args):
        return raw(sympy.KroneckerProduct, *args)
    scalars_first = sorted(zip(args, e.args, strict=True), key=lambda pair: bool(pair[1].shape))
    factors = [a for a, _ in scalars_first]
    return chain(factors) if e.shape else scalar_product(factors)


def _stack(down: bool) -> Build:
    def build(c: Converter, e: Expr, args: Args) -> Any:
        if len(args) == 1:
            return args[0]
        blocks = [as_matrix(a) for a in args]
        rows = [[block] for block in blocks] if down else [blocks]
        return raw(sympy.BlockMatrix, sympy.ImmutableDenseMatrix(rows, evaluate=False))

    return build


def as_matrix(a: Any) -> Any:
    """A scalar as a 1×1 matrix."""
    return a if a.is_Matrix else chain([a, sympy.OneMatrix(1, 1)])


def _block(c: Converter, e: Expr, args: Args) -> Any:
    if not e.args[0].shape:
        return args[0]
    r0, r1, c0, c1 = (c.size(d) for d in e.data)
    if not e.shape:
        return raw(MatrixElement, args[0], r0, c0)
    return raw(sympy.MatrixSlice, args[0], sympy.Tuple(r0, r1, 1), sympy.Tuple(c0, c1, 1))


def call(c: Converter, e: Expr, args: Args) -> Any:
    """What SymPy has no class for, as a call of the language."""
    name = e.op.name
    if e.data and name not in ACCEPTED:
        raise CannotDerive(f"{name} has no form in SymPy")
    cls = MatrixFunction if e.shape else ScalarFunction
    return cls.of(name, args, c.shape(e), options_of(e))


STRUCTURE: dict[str, Build] = {
    "trace": _of_square(sympy.Trace),
    "det": _of_square(sympy.Determinant),
    "logdet": _logdet,
    "inner": _inner,
    "inv": _inverse,
    "solve": _solve,
    "diag": _diag,
    "diagonal": _matrix_call,
    "vec": _matrix_call,
    "kron": _kron,
    "hstack": _stack(down=False),
    "vstack": _stack(down=True),
    "block": _block,
}
