"""SymPy classes for what SymPy has no class for, and one that prints better.

``MatrixFunction`` and ``ScalarFunction`` are calls of the language: a name, operands and
options. They print as the language writes them, know their shape, and ``doit`` works them
out where all operands are numbers. ``Applied`` is SymPy's ElementwiseApplyFunction that
prints as ``tanh(Z)``. ``DerivativeAt`` is the derivative of a scalar function at a point
that prints as ``D(f, z)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy
from sympy.core.symbol import Str
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.matrixbase import MatrixBase

from matcalc.expressions.build import commutation, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import operation
from matcalc.expressions.operation import LANGUAGE, Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.sympy_bridge.entrywise import name_of
from matcalc.sympy_bridge.options import data_of, written


def raw(cls: Any, *args: Any) -> Any:
    """An object of a SymPy class as it stands.

    The constructors check shapes, which walks down the whole expression each time; ours
    are checked already.
    """
    return sympy.Basic.__new__(cls, *args)


class FunctionCall:
    """args = (name, shape, options, operands...), as SymPy objects throughout."""

    args: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        name: str,
        operands: Iterable[Any],
        shape: Iterable[Any] = (),
        options: Mapping[str, Any] | None = None,
    ) -> Any:
        """The call; the shape is () for a scalar. Options are numbers."""
        pairs = [sympy.Tuple(Str(key), value) for key, value in (options or {}).items()]
        return raw(cls, Str(name), sympy.Tuple(*shape), sympy.Tuple(*pairs), *operands)

    @property
    def name(self) -> str:
        return str(self.args[0].name)

    @property
    def options(self) -> dict[str, Any]:
        return {key.name: value for key, value in self.args[2]}

    @property
    def operands(self) -> tuple[Any, ...]:
        return self.args[3:]

    def doit(self, **hints: Any) -> Any:
        """The call with its operands worked out; a number or matrix where they are numbers."""
        operands = self.operands
        if hints.get("deep", True):
            operands = tuple(operand.doit(**hints) for operand in operands)
        values = [_value(operand) for operand in operands]
        data = data_of(self.name, self.options, None)
        if data is None or any(value is None for value in values):
            return raw(type(self), *self.args[:3], *operands)
        return _as_sympy(_evaluated(self.name, values, data))

    def _sympystr(self, printer: Any) -> str:
        parts = [printer._print(operand) for operand in self.operands]
        shown = written(self.name, self.options)
        parts += [f"{key}={printer._print(value)}" for key, value in shown.items()]
        return f"{self.name}({', '.join(parts)})"

    def _latex(self, printer: Any, **hints: Any) -> str:
        parts = [printer._print(operand) for operand in self.operands]
        shown = written(self.name, self.options)
        parts += [rf"\mathrm{{{key}}}={printer._print(value)}" for key, value in shown.items()]
        name = self.name.replace("_", r"\_")
        return rf"\operatorname{{{name}}}\left({', '.join(parts)}\right)"


class MatrixFunction(FunctionCall, sympy.MatrixExpr):
    """A call whose result is a matrix."""

    def __new__(cls, *args: Any) -> Any:
        return raw(cls, *args)

    @property
    def shape(self) -> Any:
        return tuple(self.args[1])

    def _entry(self, i: Any, j: Any, **hints: Any) -> Any:
        return raw(sympy.matrices.expressions.matexpr.MatrixElement, self, i, j)


class ScalarFunction(FunctionCall, sympy.Expr):
    """A call whose result is a scalar."""

    is_commutative = True

    def __new__(cls, *args: Any) -> Any:
        return raw(cls, *args)


class Applied(ElementwiseApplyFunction):
    """A function, as a Lambda, of every entry of a matrix."""

    def __new__(cls, function: Any, matrix: Any) -> Any:
        return raw(cls, function, matrix)

    @property
    def body(self) -> Any:
        return self.function.expr

    def _sympystr(self, printer: Any) -> str:
        inner = printer._print(self.expr)
        if isinstance(self.body, sympy.Derivative):
            return _derivative_text(self.body, inner)
        *first, _ = self.body.args
        return f"{name_of(self.body.func)}({', '.join([*map(str, first), inner])})"

    def _latex(self, printer: Any, **hints: Any) -> str:
        if isinstance(self.body, sympy.Derivative):
            return _derivative_latex(self.body, printer._print(self.expr))
        *first, _ = self.body.args
        return str(printer._print(self.body.func(*first, self.expr, evaluate=False)))


class DerivativeAt(sympy.Subs):
    """f'(z): the derivative of f(x) in x, at z."""

    def _sympystr(self, printer: Any) -> str:
        return _derivative_text(self.expr, printer._print(self.point[0]))

    def _latex(self, printer: Any, **hints: Any) -> str:
        return _derivative_latex(self.expr, printer._print(self.point[0]))


def _derivative_text(derivative: Any, inner: str) -> str:
    order = derivative.derivative_count
    more = f", {order}" if order != 1 else ""
    return f"D({name_of(derivative.expr.func)}, {inner}{more})"


def _derivative_latex(derivative: Any, inner: str) -> str:
    order = int(derivative.derivative_count)
    mark = "'" * order if order <= 3 else f"^{{({order})}}"
    name = name_of(derivative.expr.func)
    name = name if len(name) == 1 else rf"\operatorname{{{name}}}".replace("_", r"\_")
    return rf"{name}{mark}\left({inner}\right)"


def _evaluated(name: str, values: list[Any], data: tuple[Any, ...]) -> Any:
    """The call's value by matcalc's own definition."""
    if name == "commutation":
        m, n = (Dimension.of(int(value)) for value in values)
        return evaluate(commutation(m, n), {}, Environment({}))
    shapes: list[Any] = [tuple(map(Dimension.of, np.shape(value))) for value in values]
    symbols = [symbol(f"operand {k}", shape) for k, shape in enumerate(shapes)]
    e = operation(LANGUAGE[name])(*symbols, data=data)
    return evaluate(e, dict(zip(symbols, values, strict=True)), Environment({}))


def _value(operand: Any) -> Any:
    """An operand without symbols as an array or a float, else None."""
    if not operand.is_Matrix:
        return np.float64(operand) if operand.is_number else None
    if operand.free_symbols:
        return None
    explicit = operand if isinstance(operand, MatrixBase) else operand.as_explicit()
    if not all(entry.is_number for entry in explicit):
        return None
    return np.array(explicit.tolist(), dtype=np.float64)


def _as_sympy(value: Any) -> Any:
    if np.ndim(value) == 0:
        return sympy.Float(float(value))
    return sympy.ImmutableDenseMatrix(np.asarray(value).tolist())
