"""v(dZ) = J v(dX): the change as a long vector, the Jacobian as a matrix, and back.

v stacks columns in the column convention and rows in the row convention, where it is
vec(·ᵀ). The gradient is v(∂L/∂X) = Jᵀ v(∂L/∂Z), and devec makes a matrix of it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.expressions.build import mul
from matcalc.expressions.expr import Expr, is_vector, turned
from matcalc.linear_maps.composition import Sum
from matcalc.linear_maps.maps import Entrywise, Factors, Identity, LinearMap, Stacking
from matcalc.reasoning.step import CannotArgue, Step, Use

KIND = "vec style"
LONG = 120
"Pieces of a matrix beyond which it is not worth reading."


def steps(use: Use) -> tuple[Step, ...]:
    if use.is_loss or not use.equation.shape or not use.symbol.shape:
        raise CannotArgue("With a number on one side there is nothing to stack.")
    stacking = use.d.network.convention.stacking
    tidy = use.d.names.tidy
    matrices = [tidy(part.matrix(stacking)) for part in _links(use)]
    if sum(matrix.pieces for matrix in matrices) > LONG:
        raise CannotArgue("The Jacobian as one matrix would be longer than what it explains.")
    return tuple(_steps(use, stacking, matrices))


def _links(use: Use) -> list[LinearMap]:
    parts = [part for part in use.parts if not isinstance(part, Identity)]
    return parts or [use.parts[-1]]


def _steps(use: Use, stacking: Stacking, matrices: list[Expr]) -> Iterator[Step]:
    tidy, v = use.d.names.tidy, stacking.vec
    g, dx = v(use.upstream), v(use.change)
    moved = use.map.apply(use.change)
    whole = mul(*matrices, dx)
    yield use.step(KIND, _rule(use, stacking), (v(moved), whole), _why(use, stacking))
    raw = mul(*(matrix.T for matrix in reversed(matrices)), g)
    yield use.step(
        KIND, "transpose", (v(use.target_in_language), raw),
        "The change of the loss is `gᵀ J dx` with the stacked `g` and `dx`: what stands before"
        " `dx` is `(Jᵀ g)ᵀ`, so the stacked gradient is `Jᵀ g`.",
        shown=(v(use.target), raw), shapes=True,
    )  # fmt: skip
    transposed = [tidy(turned(matrix)) for matrix in reversed(matrices)]
    opened = mul(*transposed, g)
    if opened is not raw:
        text = "`(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ`." if _has_kron(matrices) else "The factors, transposed."
        yield use.step(KIND, "transpose of the Jacobian", (raw, opened), text, shapes=True)
    yield from _devec(use, stacking, transposed)


def _devec(use: Use, stacking: Stacking, factors: list[Expr]) -> Iterator[Step]:
    """Each factor applied to a stacked matrix is a stacked matrix again."""
    tidy, v = use.d.names.tidy, stacking.vec
    here = use.upstream
    for k, part in enumerate(_links(use)):
        last = len(factors) - 1 - k
        rest, factor = factors[:last], factors[last]
        after = tidy(part.adjoint().apply(here))
        if is_vector(after.shape) and is_vector(here.shape) and isinstance(part, Factors):
            here = after
            continue
        before, reached = mul(*rest, factor, v(here)), mul(*rest, v(after))
        if before is not reached:
            yield use.step(KIND, *_devec_words(part, stacking, (before, reached)))
        here = after
    result = v(use.result)
    yield use.step(
        KIND, "devec", (v(use.target_in_language), result),
        "Equal vectors, stacked in the same way, are equal matrices.",
        shown=(v(use.target), result),
    )  # fmt: skip


def _devec_words(
    part: LinearMap, stacking: Stacking, sides: tuple[Expr, Expr]
) -> tuple[str, tuple[Expr, Expr], str]:
    if isinstance(part, Factors):
        return "vec of a product, backwards", sides, _identity(stacking)
    if isinstance(part, Entrywise):
        return (
            "diagonal matrix",
            sides,
            (
                "A diagonal matrix scales each entry by its own factor: `⊙` does the same without"
                " the zeros."
            ),
        )
    return "the same on the matrix", sides, "What the matrix does to the stacked entries."


def _identity(stacking: Stacking) -> str:
    if stacking is Stacking.COLUMNS:
        return "`vec(A B C) = (Cᵀ ⊗ A) vec(B)`."
    return "`rvec(A B C) = (A ⊗ Cᵀ) rvec(B)`, where `rvec` stacks rows."


def _rule(use: Use, stacking: Stacking) -> str:
    if any(isinstance(part, Factors) for part in use.parts):
        return "vec of a product"
    return "matrix of the map" if any(isinstance(p, Sum) for p in use.parts) else "vec"


def _why(use: Use, stacking: Stacking) -> str:
    by = "columns" if stacking is Stacking.COLUMNS else "rows"
    start = f"Only `{use.symbol.name}` moves, and the {by} are stacked."
    if any(isinstance(part, Factors) for part in use.parts):
        return f"{start} {_identity(stacking)}"
    return start


def _has_kron(matrices: list[Expr]) -> bool:
    return any(matrix.op.name == "kron" for matrix in matrices)
