"""What there is to say about a local Jacobian beside its form: claims, as of any derivation.

For matrices, the linear map that it stands for, with the identity that makes a matrix of
it; the tensor at small sizes, a matrix of derivatives for each entry of the result; and a
Kronecker product with an identity in blocks, which shows what its condensed form drops.
For vectors, the matrix entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.derivation.tensor import entries, tensor_entries
from matcalc.errors import CannotDerive
from matcalc.expressions.build import change, eye, mul, zeros
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector, matrix_shape, postorder, turned
from matcalc.linear_maps.local import map_of
from matcalc.linear_maps.maps import Stacking
from matcalc.operations.notation import jacobian, moved, rows_stacked, slopes
from matcalc.reasoning.explicit import LONG, at_small_sizes, by_place, matrix
from matcalc.reasoning.step import Step
from matcalc.simplify import simplify

if TYPE_CHECKING:
    from matcalc.derivation.results import Jacobian

KIND = "Jacobian"
MOST = 36
"The most entries of a tensor or of a matrix in blocks that are written out."


def linear_map(j: Jacobian) -> Expr | None:
    """dZ with X alone moving; None where one of them is a number."""
    d = j.derivation
    equation, operand = d.network.equation[j.of], d.network.symbol(j.wrt)
    if not equation.shape or not operand.shape:
        return None
    return d.names.tidy(map_of(equation.expr, operand).apply(change(operand)))


def small_tensor(j: Jacobian) -> tuple[Mapping[str, int], Any] | None:
    """Small sizes, and ∂Z[i, j]/∂X[k, l] at them as an array of scalar expressions; None
    where it is too large or has no entries to write."""
    network = j.derivation.network
    sizes = at_small_sizes(network).dims
    shapes = (*network.equation[j.of].shape, *network.symbol(j.wrt).shape)
    if np.prod([side.size(sizes) for side in shapes], dtype=int) > MOST:
        return None
    try:
        found = tensor_entries(j, sizes, whole=True)
    except CannotDerive:
        return None
    too_long = sum(cell.pieces for cell in found.reshape(-1)) > LONG
    return None if too_long else (sizes, found)


def steps(j: Jacobian) -> tuple[Step, ...]:
    """The claims about a Jacobian, in the order in which they are read."""
    network = j.derivation.network
    z, x = network.equation[j.of].symbol, network.symbol(j.wrt)
    if not z.shape or not x.shape:
        return ()
    writer = _Writer(j, z, x)
    if is_vector(z.shape) and is_vector(x.shape):
        return tuple(writer.written_out())
    return (*writer.of_matrices(), *writer.in_blocks())


class _Writer:
    def __init__(self, j: Jacobian, z: Expr, x: Expr) -> None:
        self.j, self.z, self.x = j, z, x
        self.network, self.layout = j.derivation.network, j.derivation.layout
        self.stacking = self.network.convention.stacking
        self.small = small_tensor(j)

    def step(
        self, rule: str, sides: tuple[Expr, Expr], text: str, *, concrete: bool = False
    ) -> Step:
        rows = self.stacking is Stacking.ROWS
        shown = tuple(by_place(rows_stacked(side) if rows else side) for side in sides)
        return Step(
            KIND, f"{self.j.of} by {self.j.wrt}", rule, *sides, text,
            shown=None if shown == sides else (shown[0], shown[1]), concrete=concrete,
        )  # fmt: skip

    def at(self, sizes: Mapping[str, int]) -> str:
        """The sizes that matter here, as a sentence of their own."""
        sides = (*self.z.shape, *self.x.shape)
        known = [f"`{k} = {n}`" for k, n in sizes.items() if any(k in s.names for s in sides)]
        return f"With {', '.join(known)}. " if known else ""

    # -- matrices ------------------------------------------------------------------------

    def of_matrices(self) -> Iterator[Step]:
        form = linear_map(self.j)
        assert form is not None
        name = self.x.name
        yield self.step("linear map", (moved(self.z, self.x), form), f"With `{name}` alone moving.")
        yield self._as_matrix(form)
        yield from self._tensor()

    def _as_matrix(self, form: Expr) -> Step:
        """v(dZ) = J v(dX), or its transpose in denominator layout."""
        change_of_z, dx = self.stacking.vec(form), self.stacking.vec(change(self.x))
        text = "The same with matrices stacked into vectors."
        if self.j.form.op.name == "kron" or _holds(self.j.form, "kron"):
            columns = self.stacking is Stacking.COLUMNS
            text = (
                "`vec(A B C) = (Cᵀ ⊗ A) vec(B)`."
                if columns
                else "`rvec(A B C) = (A ⊗ Cᵀ) rvec(B)`, where `rvec` stacks rows."
            )
        if self.layout.jacobian == "numerator":
            sides = (change_of_z, mul(self.j.form, dx))
        else:
            text += " In denominator layout, transposed: the Jacobian stands on the right."
            sides = (turned(change_of_z), mul(turned(dx), self.j.form))
        return self.step("as a matrix", sides, text)

    def _tensor(self) -> Iterator[Step]:
        """For each entry of Z, the matrix of its derivatives by the entries of X."""
        if self.small is None:
            return
        sizes, found = self.small
        rows, columns = (side.size(sizes) for side in matrix_shape(self.z))
        sides = [side.size(sizes) for side in matrix_shape(self.x)]
        whole = found.reshape(rows, columns, *sides)
        is_turned = self.layout.transposes_gradient(self.x.shape)
        for place in product(range(rows), range(columns)):
            cells = whole[place].T if is_turned else whole[place]
            named = slopes(self.z, self.x, place, turned=is_turned)
            first = place == (0, 0)
            yield self.step(
                "the tensor, entry by entry" if first else "likewise", (named, matrix(cells)),
                self._tensor_words(sizes) if first else "",
                concrete=True,
            )  # fmt: skip

    def _tensor_words(self, sizes: Mapping[str, int]) -> str:
        what = "vector" if is_vector(self.x.shape) else "matrix"
        axes = sum(side != ONE for side in (*self.z.shape, *self.x.shape))
        return (
            f"{self.at(sizes)}One {what} of derivatives for each entry of `{self.z.name}`:"
            f" a tensor with {axes} axes."
        )

    # -- blocks --------------------------------------------------------------------------

    def in_blocks(self) -> Iterator[Step]:
        form = self.j.form
        if self.small is None or form.op.name != "kron":
            return
        sizes, _ = self.small
        left, right = form.args
        if left.op.name == "eye":
            count = left.shape[0].size(sizes)
            zero = zeros(right.shape)
            cells = [[right if a == b else zero for b in range(count)] for a in range(count)]
        elif right.op.name == "eye":
            cells = [
                [simplify(mul(cell, eye(right.shape[0]))) for cell in row]
                for row in entries(left, sizes, whole=True)
            ]
        else:
            return
        if not 1 < len(cells) * len(cells[0]) <= MOST:
            return
        blocks = _blocks(cells)
        symbol = jacobian(self.z, self.x, self.j.shape)
        yield self.step(
            "in blocks", (symbol, blocks), f"{self.at(sizes)}The matrix has these blocks.",
            concrete=True,
        )  # fmt: skip

    # -- vectors -------------------------------------------------------------------------

    def written_out(self) -> Iterator[Step]:
        form = self.j.form
        plain = form.args[0] if form.op.name == "transpose" else form
        if self.small is None or plain.op.is_symbol or plain.op.name in ("eye", "ones", "zeros"):
            return
        sizes, _ = self.small
        cells = entries(form, sizes, whole=True)
        symbol = jacobian(self.z, self.x, self.j.shape)
        yield self.step(
            "entry by entry",
            (symbol, matrix(cells)),
            f"{self.at(sizes)}Every entry.",
            concrete=True,
        )


def _blocks(cells: list[list[Expr]]) -> Expr:
    found = np.empty((len(cells), len(cells[0])), dtype=object)
    for i, row in enumerate(cells):
        for k, cell in enumerate(row):
            found[i, k] = cell
    return matrix(found)


def _holds(e: Expr, name: str) -> bool:
    return any(node.op.name == name for node in postorder(e))
