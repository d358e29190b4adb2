"""The notation of written steps: entries with open indices, δ, Σ, and quantities by name.

None of this is in the language of network files; a step that is shown with it also has a
claim that is. Yet each has a value, so that what is shown is checked like the rest:

    entry(A, i, j)        A_ij
    delta(i, j)           1 where i = j, else 0
    sum_over(a, (k,))     Σ_k a
    slope(T, i, j, k, l)  ∂Z_ij/∂X_kl, T being tensor(Z, X)
    slopes(Z, X, i, j)    ∂Z_ij/∂X, a matrix: all the derivatives of one entry
    jacobian(Z, X)        ∂Z/∂X, arranged as the layout has it
    moved(Z, X)           dZ where X alone moves
    through(X, Z)         what the use of X in Z contributes to ∂L/∂X
    rvec(A)               the rows of A stacked, as vec stacks its columns: vec(Aᵀ)
    sum_range(A, n, a, b)      Σ over the steps n = a, ..., b of a loop
    product_range(A, n, a, b)  the product over them

The last two have a value once they are written out at a depth (matcalc/depth/index.py).

A scalar with open indices has an axis for each letter of LETTERS, of size 1 where it does
not depend on it, so that NumPy's broadcasting does what the index notation says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, Shape, matrix_shape, postorder
from matcalc.expressions.operation import NOTATION, Data, Environment, Operands, Operation, Values
from matcalc.operations.leaves import Named

LETTERS = "ijklprstuvamnho"


@dataclass(frozen=True)
class Index:
    """An open index: its letter, and how many values it takes."""

    letter: str
    size: Dimension


Position = Index | int | None
"An open index, a 0-based place, or None along a side of size 1."


def places(position: Position, env: Environment) -> Any:
    """The places that a position stands for, along the axis of its letter."""
    if not isinstance(position, Index):
        return position or 0
    shape = [1] * len(LETTERS)
    shape[LETTERS.index(position.letter)] = -1
    return np.arange(env.size(position.size)).reshape(shape)


class Scalar(Operation):
    """An operation whose results are scalars."""

    def shape(self, args: Operands, data: Data) -> Shape:
        return ()


class Entry(Scalar):
    """data = (row, column): a position each."""

    name = "entry"
    summary = "one entry of a matrix"

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        row, column = (places(p, env) for p in e.data)
        return np.asarray(values[0])[row, column]


class Delta(Scalar):
    """data = two positions."""

    name = "delta"
    summary = "1 where two indices are equal, else 0"

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        one, other = (places(p, env) for p in e.data)
        return np.equal(one, other) * 1.0


class SumOver(Scalar):
    """data = the indices that are summed over."""

    name = "sum_over"
    summary = "the sum of a scalar over open indices"

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        result = values[0]
        for index in e.data:
            axis, size = LETTERS.index(index.letter), env.size(index.size)
            if np.ndim(result) != len(LETTERS) or np.shape(result)[axis] == 1:
                result = result * size  # every term is the same
            else:
                result = np.sum(result, axis=axis, keepdims=True)
        return result


class Slope(Scalar):
    """The operand is a tensor; data = its four positions."""

    name = "slope"
    summary = "the derivative of one entry by another"

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.asarray(values[0])[tuple(places(p, env) for p in e.data)]


class Slopes(Operation):
    """The operand is a tensor; data = (row, column, shape, whether it is turned)."""

    name = "slopes"
    summary = "the derivatives of one entry by every entry of an operand"

    def shape(self, args: Operands, data: Data) -> Shape:
        return data[2]  # type: ignore[no-any-return]

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        row, column, _, is_turned = e.data
        found = np.asarray(values[0])[places(row, env), places(column, env)]
        return found.T if is_turned else found


class Tensor(Named):
    """data = (name, (), Z, X): ∂Z_ij/∂X_kl in four axes, whatever the layout."""

    name = "tensor"
    summary = "all derivatives of the entries of a node by those of an operand"


class LocalJacobian(Named):
    """data = (name, shape, Z, X)."""

    name = "jacobian"
    summary = "the Jacobian of a node by an operand, by name"


class Through(Named):
    """data = (name, shape, X, Z)."""

    name = "through"
    summary = "what one use contributes to a gradient"


class Moved(Named):
    """data = (name, shape, Z, X)."""

    name = "moved"
    summary = "the change of a node where one operand alone moves"


class RowVec(Operation):
    """Rows on top of each other, as one column."""

    name = "rvec"
    summary = "the rows of a matrix stacked"

    def shape(self, args: Operands, data: Data) -> Shape:
        rows, columns = matrix_shape(args[0])
        return rows * columns, ONE

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.reshape(values[0], (-1, 1))


class SumRange(Operation):
    """data = (variable, first, last): the operand is added up over the steps of a loop."""

    name = "sum_range"
    summary = "the sum over the steps of a loop"

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape


class ProductRange(Operation):
    """data = (variable, first, last, growing, shape): the factor of the first step stands on
    the left where ``growing``, else on the right."""

    name = "product_range"
    summary = "the product over the steps of a loop"

    def shape(self, args: Operands, data: Data) -> Shape:
        return data[4]


_INDEXED = (Entry(), Delta(), SumOver(), Slope(), Slopes())
_NAMED = (Tensor(), LocalJacobian(), Through(), Moved())
for _operation in (*_INDEXED, *_NAMED, RowVec(), SumRange(), ProductRange()):
    NOTATION[_operation.name] = _operation


def entry(a: Expr, row: Position, column: Position) -> Expr:
    """A_ij; a scalar is its own entry."""
    if not a.shape:
        return a
    sides = matrix_shape(a)
    at = tuple(None if n == ONE else p for n, p in zip(sides, (row, column), strict=True))
    return NOTATION["entry"](a, data=at)


def rows_stacked(e: Expr) -> Expr:
    """The expression with every vec(Aᵀ) written as rvec(A)."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e):
        args = tuple(done[arg] for arg in node.args)
        if node.op.name == "vec" and args[0].op.name == "transpose":
            done[node] = NOTATION["rvec"](args[0].args[0])
        else:
            done[node] = node if args == node.args else node.op.rebuild(node, args)
    return done[e]


def sum_over(term: Expr, indices: tuple[Index, ...]) -> Expr:
    return NOTATION["sum_over"](term, data=indices) if indices else term


def delta(one: Position, other: Position) -> Expr:
    return NOTATION["delta"](data=(one, other))


def slope(of: Expr, wrt: Expr, positions: tuple[Position, ...]) -> Expr:
    """∂Z_ij/∂X_kl of two symbols."""
    tensor = _tensor(of, wrt)
    sides = (*matrix_shape(of), *matrix_shape(wrt))
    at = tuple(None if n == ONE else p for n, p in zip(sides, positions, strict=True))
    return NOTATION["slope"](tensor, data=at)


def slopes(of: Expr, wrt: Expr, positions: tuple[Position, Position], *, turned: bool) -> Expr:
    """∂Z_ij/∂X of two symbols, in the shape of X, or ``turned`` into its transpose."""
    sides = matrix_shape(of)
    at = (None if n == ONE else p for n, p in zip(sides, positions, strict=True))
    shape = wrt.shape[::-1] if turned else wrt.shape
    return NOTATION["slopes"](_tensor(of, wrt), data=(*at, shape, turned))


def _tensor(of: Expr, wrt: Expr) -> Expr:
    return NOTATION["tensor"](data=(f"{of.name} by {wrt.name}", (), of, wrt))


def moved(of: Expr, wrt: Expr) -> Expr:
    """dZ where X alone moves."""
    return NOTATION["moved"](data=(f"{of.name} by {wrt.name}", of.shape, of, wrt))


def jacobian(of: Expr, wrt: Expr, shape: Shape) -> Expr:
    """∂Z/∂X of two symbols, of the shape that the layout gives it."""
    return NOTATION["jacobian"](data=(f"{of.name} by {wrt.name}", shape, of, wrt))


def through(wrt: Expr, via: Expr) -> Expr:
    """What the use of X in Z contributes to ∂L/∂X, in the shape of X."""
    return NOTATION["through"](data=(f"{wrt.name} in {via.name}", wrt.shape, wrt, via))
