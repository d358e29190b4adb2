"""The other convention: every symbol transposed, every product reversed, axes swapped.

The change is an involution. A variable marked ``flip: false`` keeps its orientation, and
its transpose is written where it is used.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcalc.expressions.expr import Expr, postorder, turned
from matcalc.network.network import Convention, Equation, Network, Variable

SWAPPED = {"row_stochastic": "column_stochastic", "column_stochastic": "row_stochastic"}


def convert(network: Network, convention: Convention) -> Network:
    """The network, re-expressed in the convention."""
    if convention is network.convention:
        return network
    change: dict[Expr, Expr] = {}
    variables = []
    for variable in network.variables:
        flipped = flip_variable(variable)
        variables.append(flipped)
        change[variable.symbol] = flipped.symbol if variable.flip else variable.symbol.T
    equations = []
    for equation in network.equations:
        flipped_equation = Equation(equation.name, transpose_all(equation.expr, change))
        equations.append(flipped_equation)
        change[equation.symbol] = flipped_equation.symbol
    return replace(
        network,
        variables=tuple(variables),
        equations=tuple(equations),
        convention=convention,
        template=network.template and network.template.convert(convention),
    )


def transpose_all(root: Expr, change: dict[Expr, Expr]) -> Expr:
    """An expression for rootᵀ in terms of the transposed symbols."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        if node in change:
            done[node] = change[node]
        else:
            args = tuple(done[arg] for arg in node.args)
            is_transpose = node.op.name == "transpose"
            done[node] = turned(args[0]) if is_transpose else node.op.flip(node, args)
    return done[root]


def flip_variable(variable: Variable) -> Variable:
    """The variable as it is declared in the other convention."""
    if not variable.flip:
        return variable
    value = variable.value
    assume = frozenset(SWAPPED.get(a, a) for a in variable.assume)
    return replace(
        variable,
        shape=variable.shape[::-1],
        assume=assume,
        value=np.transpose(value) if np.ndim(value) else value,
    )
