"""Expressions without operands: numbers, symbols, sizes and constant matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from matcalc.expressions.expr import Expr, Shape
from matcalc.expressions.operation import Data, Environment, Operands, Operation, Values, register


class Leaf(Operation):
    """``data`` is all there is; the transpose of a constant is a constant."""

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        raise KeyError(e)


class NumberLeaf(Leaf):
    name = "number"
    summary = "an exact number"

    def shape(self, args: Operands, data: Data) -> Shape:
        return ()

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.float64(data_float(e))


class Pi(Leaf):
    name = "pi"
    summary = "the ratio of a circle's circumference to its diameter"

    def shape(self, args: Operands, data: Data) -> Shape:
        return ()

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.float64(math.pi)


class DimensionLeaf(Leaf):
    name = "dim"
    summary = "a size as a number"

    def shape(self, args: Operands, data: Data) -> Shape:
        return ()

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.float64(env.size(e.data[0]))


class Named(Leaf):
    """data = (name, shape, ...): its value comes from the caller."""

    is_symbol = True

    def shape(self, args: Operands, data: Data) -> Shape:
        return data[1]


class Symbol(Named):
    name = "symbol"
    summary = "a variable or a node of the network"


class Gradient(Named):
    name = "grad"
    summary = "the gradient of the loss with respect to a node, in the node's shape"


class Change(Named):
    name = "d"
    summary = "the change of a variable or node along the chosen direction"


class Ones(Leaf):
    name = "ones"
    summary = "ones(m, n): every entry 1"

    def shape(self, args: Operands, data: Data) -> Shape:
        return data

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.ones((env.size(e.data[0]), env.size(e.data[1])))

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(data=e.data[::-1])


class Zeros(Ones):
    name = "zeros"
    summary = "zeros(m, n): every entry 0"

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.zeros((env.size(e.data[0]), env.size(e.data[1])))


class Eye(Leaf):
    name = "eye"
    summary = "eye(n): the identity matrix"

    def shape(self, args: Operands, data: Data) -> Shape:
        return data * 2

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return np.eye(env.size(e.data[0]))


class Commutation(Leaf):
    name = "commutation"
    summary = "commutation(m, n): K with K*vec(A) = vec(A.T) for A of m×n"
    source = "a constant; see Magnus and Neudecker, Matrix Differential Calculus"

    def shape(self, args: Operands, data: Data) -> Shape:
        size = data[0] * data[1]
        return size, size

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        m, n = env.size(e.data[0]), env.size(e.data[1])
        # Entry k of vec(A.T) is entry order[k] of vec(A).
        order = np.arange(m * n).reshape(n, m).T.reshape(-1)
        return np.eye(m * n)[order]

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self(data=e.data[::-1])


def data_float(e: Expr) -> float:
    """A number leaf as a float; numbers beyond the range of floats become infinite."""
    try:
        return float(e.data[0])
    except OverflowError:
        return math.inf if e.data[0] > 0 else -math.inf


SYMBOL = Symbol()

for leaf in (NumberLeaf(), DimensionLeaf(), SYMBOL, Gradient(), Change()):
    register(leaf, call=None)
for constant in (Pi(), Ones(), Zeros(), Eye(), Commutation()):
    register(constant)
