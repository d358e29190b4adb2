"""How SymPy's matrix classes are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import reduce
from typing import TYPE_CHECKING, Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase

from matcalc.declaration.broadcasting import is_number, matrix_power, product
from matcalc.errors import InputError, ShapeError
from matcalc.expressions.build import (
    add,
    broadcast,
    change,
    diag,
    eye,
    gradient,
    hadamard,
    kron,
    ones,
    power,
    symbol,
    zeros,
)
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import (
    Expr,
    as_shape,
    lift,
    matrix_shape,
    operation,
    write_shape,
)
from matcalc.expressions.operation import LANGUAGE, need_matrix_sizes_equal
from matcalc.operations.entrywise import spread
from matcalc.sympy_bridge.classes import FunctionCall
from matcalc.sympy_bridge.forms import Args, Form, first_arg, no_args
from matcalc.sympy_bridge.named_formulas import power_of
from matcalc.sympy_bridge.options import data_of

if TYPE_CHECKING:
    from matcalc.sympy_bridge.from_sympy import Reader

PRINTED = re.compile(r"(grad|d)\((\w+)\)")
ENTRY = symbol("an entry of the matrix", ())
"What a function is applied to, while its body is read."


# -- leaves ---------------------------------------------------------------------


def _matrix_symbol(reader: Reader, node: Any, args: Args) -> Expr:
    shape = (reader.size(node.rows), reader.size(node.cols))
    found = named(reader, node.name)
    if found.shape != as_shape(shape):
        raise ShapeError(
            f"MatrixSymbol {node.name} is {write_shape(shape)},"
            f" but {node.name} is {write_shape(found.shape)}",
            mend="Shapes are compared as symbols.",
        )
    return found


def named(reader: Reader, name: str) -> Expr:
    """What a symbol's name stands for, ``grad(Z)`` and ``d(Z)`` included."""
    printed = PRINTED.fullmatch(name)
    found = reader.scope.symbols.get(printed[2] if printed else name)
    if found is None:
        raise reader.scope.missing(printed[2] if printed else name)
    if not printed:
        return found
    return gradient(found) if printed[1] == "grad" else change(found)


def _constant(build: Callable[..., Expr]) -> Form:
    return Form(lambda reader, node, args: build(*map(reader.size, node.args)), no_args)


def _zeros(m: Dimension, n: Dimension) -> Expr:
    return zeros(as_shape((m, n)))


# -- sums, products, powers -----------------------------------------------------


def _product(reader: Reader, node: Any, args: Args) -> Expr:
    """OneMatrix(1, 1) is only there to make a matrix of a number."""
    return product(*([arg for arg in args if arg is not lift(1)] or args[:1]))


def _alike(name: str, build: Callable[..., Expr]) -> Form:
    """A sum or product of matrices of one shape; SymPy broadcasts nothing."""

    def checked(reader: Reader, node: Any, args: Args) -> Expr:
        for other in args[1:]:
            if other.shape != args[0].shape:
                _refuse(name, args[0], other)
        whole = all(_is_number_repeated(arg) for arg in args)
        return build(*(args if whole else map(_number_repeated, args)))

    return Form(checked)


def _is_number_repeated(e: Expr) -> bool:
    """Whether it is ones or c*ones."""
    *front, last = e.args if e.op.name == "mul" else [e]
    return last.op.name == "ones" and len(front) < 2 and all(map(is_number, front))


def _number_repeated(e: Expr) -> Expr:
    """c*ones, all that SymPy has for a number beside a matrix, as the bare number."""
    if e.op.name == "zeros":
        return broadcast(lift(0), e.shape)
    if not _is_number_repeated(e):
        return e
    return broadcast(e.args[0] if e.args else lift(1), e.shape)


def _hadamard(*factors: Expr) -> Expr:
    return hadamard(*factors) if factors[0].shape else product(*factors)


def _refuse(name: str, a: Expr, b: Expr) -> None:
    for small, whole in ((a, b), (b, a)):
        if small.shape and whole.shape and ONE not in whole.shape:
            rows, columns = whole.shape
            mends: dict[Any, str] = {
                (ONE, columns): f"OneMatrix({rows}, 1)*A",
                (rows, ONE): f"A*OneMatrix(1, {columns})",
            }
            how = mends.get(small.shape)
            if how:
                raise ShapeError(
                    f"{name}: shapes {write_shape(a.shape)} and {write_shape(b.shape)} differ",
                    mend=f"SymPy does not repeat A, {write_shape(small.shape)}: write {how}.",
                )
    need_matrix_sizes_equal(name, a, b)


def _hadamard_power(reader: Reader, node: Any, args: Args) -> Expr:
    base, exponent = args
    return power_of(base if base.shape else broadcast(base, exponent.shape), exponent)


def _matrix_power(reader: Reader, node: Any, args: Args) -> Expr:
    if not node.exp.is_Integer:
        raise InputError(
            "the exponent of a matrix is an integer",
            mend="HadamardPower(A, p) is the power of every entry.",
        )
    (base,), exponent = args, lift(int(node.exp))
    return matrix_power(base, exponent) if base.shape else power(base, exponent)


# -- functions ------------------------------------------------------------------


def _applied(reader: Reader, node: Any, args: Args) -> Expr:
    """A function of every entry: its body is read as a scalar, then spread out."""
    (matrix,), function = args, node.function
    body = reader.inside(function.variables[0], ENTRY).read(function.expr)
    if body.shape:
        raise ShapeError(f"the function gives {write_shape(body.shape)}, not a number")
    return spread(body, {ENTRY: matrix}, matrix.shape)


def _call(reader: Reader, node: Any, args: Args) -> Expr:
    """A call of the language."""
    name = node.name
    if name == "commutation":
        return operation(name)(data=tuple(map(reader.size, node.operands)))
    data = data_of(name, node.options, reader.scope.convention)
    if name in ("maximum", "minimum", "where"):
        args = list(map(_number_repeated, args))
    return operation(LANGUAGE[name])(*args, data=data or ())


def _call_operands(node: Any) -> Iterable[Any]:
    return () if node.name == "commutation" else node.operands


def _of_one(name: str) -> Form:
    return Form(lambda reader, node, args: operation(name)(*args), first_arg)


# -- blocks ---------------------------------------------------------------------


def _element(reader: Reader, node: Any, args: Args) -> Expr:
    i, j = node.args[1:]
    return _cut(reader, args[0], (i, i + 1), (j, j + 1))


def _slice(reader: Reader, node: Any, args: Args) -> Expr:
    (r0, r1, row_step), (c0, c1, column_step) = node.rowslice, node.colslice
    if row_step != 1 or column_step != 1:
        raise InputError("a block has no step", mend="Write A[a:b, c:d].")
    return _cut(reader, args[0], (r0, r1), (c0, c1))


def _cut(reader: Reader, a: Expr, rows: tuple[Any, Any], columns: tuple[Any, Any]) -> Expr:
    m, n = matrix_shape(a)
    data = (*reader.bounds(*rows, m), *reader.bounds(*columns, n))
    return operation("block")(a, data=data) if a.shape else a


def _entries(node: Any) -> Iterable[Any]:
    return list(node)


def _blocks(node: Any) -> Iterable[Any]:
    return list(node.blocks)


def _grid(columns_of: Callable[[Any], int]) -> Callable[[Reader, Any, Args], Expr]:
    """Entries or blocks, row by row, put together."""

    def build(reader: Reader, node: Any, args: Args) -> Expr:
        n = columns_of(node)
        rows = [_stack("hstack", args[k : k + n]) for k in range(0, len(args), n)]
        return _stack("vstack", rows)

    return build


def _stack(name: str, parts: Args) -> Expr:
    return parts[0] if len(parts) == 1 else operation(name)(*parts)


def _only_diagonal(reader: Reader, node: Any, args: Args) -> Expr:
    return diag(operation("diagonal")(args[0]))


MATRIX_FORMS: dict[type, Form] = {
    sympy.MatrixSymbol: Form(_matrix_symbol, no_args),
    sympy.Identity: _constant(eye),
    sympy.OneMatrix: _constant(ones),
    sympy.ZeroMatrix: _constant(_zeros),
    sympy.MatMul: Form(_product),
    sympy.MatAdd: _alike("A + B", add),
    sympy.HadamardProduct: _alike("hadamard(A, B)", _hadamard),
    sympy.HadamardPower: Form(_hadamard_power),
    sympy.MatPow: Form(_matrix_power, first_arg),
    sympy.Inverse: _of_one("inv"),
    sympy.Transpose: _of_one("transpose"),
    sympy.Adjoint: _of_one("transpose"),
    sympy.Trace: _of_one("trace"),
    sympy.Determinant: _of_one("det"),
    sympy.KroneckerProduct: Form(lambda reader, node, args: reduce(kron, args)),
    sympy.DiagMatrix: _of_one("diag"),
    sympy.DiagonalMatrix: Form(_only_diagonal, first_arg),
    DiagonalOf: _of_one("diagonal"),
    ElementwiseApplyFunction: Form(_applied, lambda node: [node.expr]),
    FunctionCall: Form(_call, _call_operands),
    MatrixElement: Form(_element, first_arg),
    sympy.MatrixSlice: Form(_slice, first_arg),
    sympy.BlockMatrix: Form(_grid(lambda node: node.blockshape[1]), _blocks),
    MatrixBase: Form(_grid(lambda node: node.cols), _entries),
}
