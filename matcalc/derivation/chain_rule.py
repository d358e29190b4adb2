"""The chain rule between two vectors, in the order that the layout gives it.

gradients stand as    Jacobian           chain rule
columns               denominator n×m    ∂L/∂x = ∂z/∂x ∂L/∂z
columns               numerator m×n      ∂L/∂x = (∂z/∂x)ᵀ ∂L/∂z
rows                  numerator m×n      ∂L/∂x = ∂L/∂z ∂z/∂x
rows                  denominator n×m    ∂L/∂x = ∂L/∂z (∂z/∂x)ᵀ
"""

from __future__ import annotations

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector
from matcalc.layout.layout import Layout


def chain_rule(layout: Layout, loss: str, z: Expr, x: Expr) -> str:
    """A sentence with the rule, its shapes and why they fit; nothing for matrices."""
    if not is_vector(z.shape) or not is_vector(x.shape):
        return ""
    at_z, at_x = layout.gradient_shape(z.shape), layout.gradient_shape(x.shape)
    columns = at_z[1] == ONE
    if columns != (at_x[1] == ONE):
        return ""
    m, n = (str(a * b) for a, b in (z.shape, x.shape))
    numerator = layout.jacobian == "numerator"
    local, upstream = f"∂{z.name}/∂{x.name}", f"∂{loss}/∂{z.name}"
    # Whichever way the Jacobian is stored, it must end up as what fits the gradients.
    sizes = f"({n}×{m})" if columns else f"({m}×{n})"
    if columns == numerator:
        local = f"({local})ᵀ"
    right = [(local, sizes), (upstream, f"({m}×1)")]
    if not columns:
        right = [(upstream, f"(1×{m})"), (local, sizes)]
    product = " ".join(factor for factor, _ in right)
    shapes = "".join(size for _, size in right)
    whole = f"({n}×1)" if columns else f"(1×{n})"
    return (
        f"Chain rule: `∂{loss}/∂{x.name} = {product}`, `{whole} = {shapes}`:"
        f" {_reason(columns, numerator)}"
    )


def _reason(columns: bool, numerator: bool) -> str:
    stands = "columns, so the Jacobian stands on the left"
    if not columns:
        stands = "rows, so the Jacobian stands on the right"
    turned = ", transposed to fit" if columns == numerator else ""
    return f"gradients are {stands}{turned}."
