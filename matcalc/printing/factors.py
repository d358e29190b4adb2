"""A side of a step taken apart into what a shape can stand under.

W1.T * (∂L/∂Z)          factors with a product between them
A ∘ B                   factors with ∘ between them
anything else           one piece
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.expressions.expr import Expr
from matcalc.printing.walker import POWER, PRODUCT, SUM


@dataclass(frozen=True)
class Factors:
    """``sign`` is "product", "hadamard" or "" for a single piece."""

    sign: str
    parts: tuple[Expr, ...]

    def binding(self, part: Expr) -> int:
        """How tightly a factor must bind to stand without parentheses."""
        if not self.sign:
            return SUM
        return PRODUCT if self.sign == "product" and part.op.name in ("mul", "solve") else POWER


def factors(e: Expr) -> Factors:
    """The factors of a product of matrices; a whole for all else."""
    if e.op.name == "mul" and len(e.args) > 1 and all(f.op.name != "number" for f in e.args):
        return Factors("product", e.args)
    same = all(f.shape == e.shape for f in e.args)
    if e.op.name == "hadamard" and e.shape and same and not _divided(e):
        return Factors("hadamard", e.args)
    return Factors("", (e,))


def _divided(e: Expr) -> bool:
    return any(f.op.name in ("power", "broadcast") for f in e.args)
