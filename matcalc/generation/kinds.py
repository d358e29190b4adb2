"""What people call a layer: affine, linear, the name of its function or loss."""

from __future__ import annotations

from matcalc.expressions.expr import Expr
from matcalc.expressions.operation import LANGUAGE
from matcalc.network.network import Equation

UNNAMED = {"add", "mul", "hadamard", "power", "matpow", "transpose", "where", "block", "vec"}


def kind_of(equation: Equation) -> str:
    """The name of the pair of functions for the equation; its own name where it is special."""
    e = equation.expr
    if _is_linear(e):
        return "linear"
    if e.op.name == "add" and len(e.args) == 2:
        products = [arg for arg in e.args if _is_linear(arg)]
        biases = [arg for arg in e.args if _is_operand(arg)]
        if len(products) == len(biases) == 1:
            return "affine"
    if e.args and all(_is_operand(arg) for arg in e.args):
        if e.op.name == "function":
            return str(e.data[0].name)
        if e.op.name in LANGUAGE.values() and e.op.name not in UNNAMED:
            return e.op.name
    return equation.name


def _is_operand(e: Expr) -> bool:
    """A variable or node, also transposed or repeated."""
    while e.op.name in ("transpose", "broadcast"):
        e = e.args[0]
    if e.op.name == "mul" and len(e.args) == 2 and any(arg.op.name == "ones" for arg in e.args):
        return any(_is_operand(arg) for arg in e.args)
    return e.op.name == "symbol"


def _is_linear(e: Expr) -> bool:
    matrices = e.op.name == "mul" and len(e.args) == 2 and all(arg.shape for arg in e.args)
    return matrices and all(_is_operand(arg) and arg.op.name != "mul" for arg in e.args)
