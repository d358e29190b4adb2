"""The gradient by the free entries of a symmetric, antisymmetric or diagonal variable.

The gradient that matcalc states treats all entries as free and is evaluated at a value
with the structure. Whoever moves only the free entries gets these sums of it:

    symmetric       x_ij = x_ji moves both:      G + Gᵀ − I∘G
    antisymmetric   x_ij = −x_ji moves both:     G − Gᵀ, read below the diagonal
    diagonal        only the diagonal moves:     diagonal(G)

Source: the chain rule over the entries that are tied together; see Magnus and Neudecker,
Matrix Differential Calculus, on patterned matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.expressions.build import eye, gradient, hadamard
from matcalc.expressions.expr import Expr, operation


@dataclass(frozen=True)
class FreeEntries:
    """``form`` by grad(X); ``text`` relates it to the unconstrained gradient."""

    kind: str
    form: Expr
    text: str


def free_entries(symbol: Expr) -> FreeEntries | None:
    """The form for a symbol with such an assumption, or None."""
    if not symbol.shape:
        return None
    name, assume, g = symbol.name, symbol.data[2], gradient(symbol)
    if "diagonal" in assume:
        return FreeEntries(
            "diagonal",
            operation("diagonal")(g),
            f"Only the diagonal of `{name}` is free: its gradient is the diagonal of the"
            " unconstrained one.",
        )
    if "symmetric" in assume:
        identity = eye(symbol.shape[0])
        return FreeEntries(
            "symmetric",
            g + g.T - hadamard(identity, g),
            f"A free entry of the symmetric `{name}` stands in two places off the diagonal and"
            " in one on it: the unconstrained gradient and its transpose add up, and the"
            " diagonal counts once.",
        )
    if "antisymmetric" in assume:
        return FreeEntries(
            "antisymmetric",
            g - g.T,
            f"A free entry of the antisymmetric `{name}` stands in two places with opposite"
            " signs: the transpose is subtracted; the entries below the diagonal are free.",
        )
    return None
