"""The local Jacobian of one equation by one of its operands.

The map of the equation is known; here its matrix under the convention's v() is written
and simplified, and what can be dropped from it is dropped (condensed).
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.differentiate.naming import Names
from matcalc.expressions.build import broadcast
from matcalc.expressions.expr import Expr, Shape, lift
from matcalc.linear_maps.composition import Chain
from matcalc.linear_maps.local import map_of, pushforward
from matcalc.linear_maps.maps import Entrywise, LinearMap, Scaling, Stacking
from matcalc.network.network import Equation


@dataclass(frozen=True)
class LocalJacobian:
    """``matrix`` is ∂v(Y)/∂v(X); by a scalar, the derivative in Y's shape; of a scalar,
    the gradient in X's shape. ``entrywise`` is C where the map is dX ↦ C ∘ dX."""

    of: Expr
    wrt: Expr
    linear_map: LinearMap
    matrix: Expr
    entrywise: Expr | None = None


def local_jacobian(
    equation: Equation, wrt: Expr, stacking: Stacking, names: Names
) -> LocalJacobian:
    total = map_of(equation.expr, wrt)
    if not wrt.shape:
        matrix = pushforward(equation.expr, {wrt: lift(1)})
    elif not equation.shape:
        matrix = total.adjoint().apply(lift(1))
    else:
        matrix = total.matrix(stacking)
    entrywise = _entrywise(total, equation.symbol.shape)
    # The node itself may stand in its own derivative: σ' = A∘(1 − A).
    return LocalJacobian(
        equation.symbol,
        wrt,
        total,
        names.tidy(matrix),
        None if entrywise is None else names.tidy(entrywise),
    )


def _entrywise(total: LinearMap, shape: Shape) -> Expr | None:
    """C, for maps that scale every entry by its own factor."""
    parts = total.parts if isinstance(total, Chain) else (total,)
    kinds = {type(part) for part in parts}
    if not shape or Entrywise not in kinds or not kinds <= {Entrywise, Scaling}:
        return None
    return total.apply(broadcast(lift(1), shape))


def condensed(matrix: Expr, entrywise: Expr | None) -> tuple[Expr | None, str]:
    """What is left when zeros and repetition are dropped, and why that loses nothing.

    The factor beside the identity of a Kronecker product, or the vector that replaces a
    diagonal matrix (used with ∘); None where the Jacobian has neither form.
    """
    if entrywise is not None:
        return entrywise, (
            "An entry of the result depends on the same entry of the operand alone: everything"
            " off the diagonal is 0, and `∘` with the diagonal does what the matrix would do."
        )
    if matrix.op.name == "kron":
        left, right = matrix.args
        if left.op.name == "eye":
            return right, (
                "Off the diagonal every block is 0, because no block of the result depends on"
                " another block of the operand; on it every block is the same, so that one is"
                " stored."
            )
        if right.op.name == "eye":
            return left, (
                "Every block is a multiple of the identity: its zeros are dropped, and of the"
                " equal entries on its diagonal one is stored."
            )
    return None, ""
