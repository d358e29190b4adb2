"""SymPy expressions as matcalc's, with the shapes that SymPy does not check checked.

    e = from_sympy(X*W + OneMatrix(N, 1)*b, network)

Names mean what they mean in the scope: a MatrixSymbol has the shape declared there. One
table, FORMS, says for each SymPy class which of its parts are expressions and what they
make. The walk does not recurse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy.matrices.matrixbase import MatrixBase

from matcalc.declaration import scope_of
from matcalc.declaration.dimensions import bounded, given, size_of
from matcalc.declaration.expressions import Scope
from matcalc.declaration.text import clip
from matcalc.errors import InputError
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr
from matcalc.network.network import Network
from matcalc.sympy_bridge.dimensions import dimension_from_sympy
from matcalc.sympy_bridge.forms import Form
from matcalc.sympy_bridge.from_matrices import MATRIX_FORMS
from matcalc.sympy_bridge.from_scalars import SCALAR_FORMS

FORMS: dict[type, Form] = {**SCALAR_FORMS, **MATRIX_FORMS}


def from_sympy(expr: Any, scope: Scope | Network) -> Expr:
    """The expression, in the names of a network or another scope."""
    return Reader(scope_of(scope) if isinstance(scope, Network) else scope).read(expr)


class Reader:
    """Reads SymPy expressions in one scope. ``bound`` has the variables of Lambdas."""

    def __init__(self, scope: Scope, bound: Mapping[Any, Expr] | None = None) -> None:
        self.scope = scope
        self.bound = dict(bound or {})

    def read(self, expr: Any) -> Expr:
        root = sympify(expr)
        # Keyed by identity, since SymPy compares recursively; ``kept`` keeps ids unique.
        done: dict[int, Expr] = {}
        kept: list[Any] = []
        stack: list[tuple[Any, Form, tuple[Any, ...] | None]] = [(root, form_of(root), None)]
        while stack:
            node, form, operands = stack.pop()
            if operands is None and id(node) not in done:
                operands = self.operands(node, form)
                kept += [node, operands]
                stack.append((node, form, operands))
                stack.extend((o, form_of(o), None) for o in reversed(operands))
            elif operands is not None:
                done[id(node)] = self.build(node, form, [done[id(o)] for o in operands])
        return done[id(root)]

    def operands(self, node: Any, form: Form) -> tuple[Any, ...]:
        try:
            return tuple(form.operands(node))
        except InputError as error:
            raise within(error, node) from None

    def build(self, node: Any, form: Form, args: list[Expr]) -> Expr:
        try:
            e = form.build(self, node, args)
            for size in e.shape:
                bounded(size)
            return e
        except InputError as error:
            raise within(error, node) from None

    # -- for the forms ----------------------------------------------------------

    def inside(self, variable: Any, value: Expr) -> Reader:
        """A reader for the body of a Lambda."""
        return Reader(self.scope, {**self.bound, variable: value})

    def size(self, size: Any, least: int = 1) -> Dimension:
        """A SymPy size as a dimension of the scope."""
        dimension = dimension_from_sympy(size)
        for name in sorted(dimension.names):
            if name not in self.scope.dims:
                raise InputError(f"{name} is not a dimension", mend="Give it a size in dims.")
        known = size_of(dimension, self.scope.dims)
        if known is not None and known < least:
            sizes = given(dimension, self.scope.dims)
            raise InputError(f"{dimension} is {known}{sizes}", mend=f"The least is {least}.")
        return dimension

    def bounds(self, start: Any, stop: Any, size: Dimension) -> tuple[Dimension, Dimension]:
        """The first index of a block and the one after the last."""
        first, last = self.size(start, 0), self.size(stop, 0)
        for room, problem in ((size - last, "lies outside"), (last - first - 1, "is empty")):
            known = size_of(room, self.scope.dims)
            if known is not None and known < 0:
                sizes = given(room, self.scope.dims)
                raise InputError(
                    f"the block {first}:{last} of 0:{size} {problem}{sizes}",
                    mend="Indices start at 0. Sizes are given in dims.",
                )
        return first, last


def sympify(expr: Any) -> Any:
    """What a Python caller wrote as a SymPy object; never a text, which SymPy evaluates."""
    try:
        read = sympy.sympify(expr, strict=True)
        return read.as_immutable() if isinstance(read, MatrixBase) else read
    except sympy.SympifyError:
        what = type(expr).__name__
        raise InputError(f"{clip(repr(expr))} ({what}) is no SymPy expression") from None


def form_of(node: Any) -> Form:
    """The form of the node's class or of the nearest class above it."""
    for cls in type(node).__mro__:
        if cls in FORMS:
            return FORMS[cls]
    raise InputError(
        f"matcalc has no counterpart for SymPy's {type(node).__name__}, in {text_of(node)}",
        mend="matcalc.sympy_bridge.calls has the functions of the language.",
    )


def within(error: InputError, node: Any) -> InputError:
    """The error with the sub-expression that it is about."""
    if isinstance(node, sympy.Symbol | sympy.MatrixSymbol):
        return error
    return type(error)(f"{error.message}, in {text_of(node)}", mend=error.mend)


def text_of(node: Any) -> str:
    try:
        return clip(str(node), 60)
    except RecursionError:
        return f"a {type(node).__name__} too deep to print"
