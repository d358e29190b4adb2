"""Small concrete sizes, every entry written out, and the pattern recognised at the end.

Z in entries; what arrives in entries; one derivative as a sum over all entries of Z, as
the inner product of two matrices, and with its zeros gone; then every entry, and the
product of matrices that they are. Entries are those at the network's own sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from matcalc.derivation.tensor import entries, tensor_entries
from matcalc.errors import CannotDerive
from matcalc.expressions.build import add
from matcalc.expressions.expr import Expr, lift, matrix_shape, operation, postorder
from matcalc.network.network import Network
from matcalc.numeric.sampling import small_sizes
from matcalc.operations.notation import entry, slope, sum_over
from matcalc.reasoning.entries import Letters, bound, spelled_out
from matcalc.reasoning.step import CannotArgue, Step, Use
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_number

KIND = "explicit style"
FITS = 9
"The most entries of a variable or node that is written out."
MOST = 18
"The most entries of a factor that is: a Kronecker product has more, and fewer digits."
SMALL = (2, 3)
"Sizes that show a pattern and still fit on a page."
LONG = 150
"Pieces beyond which a matrix of entries does not fit on a page."


def at_small_sizes(network: Network) -> Network:
    """The network at its own sizes, or at smaller ones where these are too large to write
    out."""
    if all(_count(shape, network.dims) <= FITS for shape in _shapes(network)):
        return network
    return replace(network, dims=small_sizes(network, SMALL))


def _shapes(network: Network) -> list[Any]:
    return [v.shape for v in network.variables] + [e.shape for e in network.equations]


def _count(shape: Any, sizes: Mapping[str, int]) -> int:
    count = 1
    for dimension in shape:
        count *= dimension.size(sizes)
    return count


def steps(use: Use) -> tuple[Step, ...]:
    try:
        return tuple(Written(use).steps())
    except CannotDerive as error:
        raise CannotArgue(f"Its entries are not written out: {error}.") from error


class Written:
    """A use at the network's sizes. Places are 0-based; the first of X is looked at."""

    def __init__(self, use: Use) -> None:
        self.use, self.sizes = use, use.d.network.dims
        self.z, self.x = use.equation.symbol, use.symbol
        for symbol in (self.z, self.x):
            if _count(symbol.shape, self.sizes) > FITS:
                raise CannotArgue(
                    f"`{symbol.name}` has too many entries to write out; smaller sizes with --dims"
                    " show the pattern as well."
                )

    def steps(self) -> Iterator[Step]:
        forward = self.array(spelled_out(self.use.equation.expr))
        yield self.step(
            "written out", (self.z, matrix(forward)), f"Every entry of `{self.z.name}`."
        )
        if not self.use.is_loss and self.z.shape:
            arriving = matrix(self.array(self.use.upstream))
            yield self.step(
                "what arrives", (self.use.upstream, arriving),
                f"One derivative for each entry of `{self.z.name}`.",
            )  # fmt: skip
        yield from self.first_entry()
        yield from self.all_entries()

    def array(self, e: Expr) -> Any:
        found = entries(e, self.sizes, whole=True, as_written=True)
        if sum(cell.pieces for cell in found.reshape(-1)) > LONG:
            raise CannotArgue("Its entries are too long to be written out.")
        return found

    def step(self, rule: str, sides: tuple[Expr, Expr], text: str, **more: Any) -> Step:
        shown = more.pop("shown", None) or sides
        return self.use.step(
            KIND, rule, sides, text, shown=(by_place(shown[0]), by_place(shown[1])), concrete=True
        )

    # -- one entry --------------------------------------------------------------------

    def first_entry(self) -> Iterator[Step]:
        place = (0, 0)
        target = entry(self.use.target, *place)
        in_language = self.array(self.use.target_in_language)[place]
        slopes = self.slopes()
        if self.use.is_loss:
            yield self.step(
                "derivative of an entry", (in_language, slopes[0, 0]), "One entry moves alone.",
                shown=(target, slopes[0, 0]),
            )  # fmt: skip
            return
        letters = Letters(self.use.d.network)
        at_z = letters.pair(self.z)
        named = sum_over(
            entry(self.use.upstream, *at_z) * slope(self.z, self.x, (*at_z, *place)), bound(at_z)
        )
        arriving = self.array(self.use.upstream)
        products = [(g, s) for g, s in zip(arriving.reshape(-1), slopes.reshape(-1), strict=True)]
        pair = operation("inner")(matrix(arriving), matrix(slopes)) if self.z.shape else None
        left = [g * s if not is_number(s, 1) else g for g, s in products if not is_number(s, 0)]
        survived = add(*left) if left else lift(0)
        found = self.array(self.use.result)[place]
        if simplify(found) is simplify(survived):  # in the order of the whole matrix
            survived = found
        yield self.step(
            "chain rule", (in_language, survived),
            f"One entry of `{self.x.name}` may reach the loss through every entry of"
            f" `{self.z.name}`.",
            shown=(target, named),
        )  # fmt: skip
        if pair is not None:
            yield self.step(
                "inner product of two matrices", (in_language, pair),
                "The sum of the products of entries at the same place. The second matrix is the"
                " derivative of each entry by the one that moves.",
                shown=(target, pair),
            )  # fmt: skip
        yield self.step(
            "zeros drop", (in_language, survived), "Only entries that move with it count.",
            shown=(target, survived),
        )  # fmt: skip

    def slopes(self) -> Any:
        """∂Z/∂X_11 in the shape of Z."""
        found = self.use.d.jacobian(self.z.name, self.x.name)
        tensor = tensor_entries(found, self.sizes, whole=True)
        own = tensor.reshape(*_sides(self.z, self.sizes), *_sides(self.x, self.sizes))
        return own[:, :, 0, 0]

    # -- all of them --------------------------------------------------------------------

    def all_entries(self) -> Iterator[Step]:
        result, target = self.use.result, self.use.target_in_language
        written = matrix(self.array(result))
        if self.x.shape:
            yield self.step(
                "every entry", (target, written), "The same for every entry.",
                shown=(self.use.target, written),
            )  # fmt: skip
        factors = self.factors(result)
        if factors is not None and factors is not written:
            words = (
                "Each entry is a row of the first matrix times a column of the next."
                if result.op.name == "mul"
                else "Each entry is a product of entries at the same place."
            )
            yield self.step("the pattern", (written, factors), words)
        yield self.step(
            "recognised", (target, result), "Written with the matrices themselves.",
            shown=(self.use.target, result),
        )  # fmt: skip

    def factors(self, e: Expr) -> Expr | None:
        """A product of matrices with each factor written out; None where one does not fit."""
        if e.op.name not in ("mul", "hadamard") or not e.shape:
            return None
        if any(_count(f.shape, self.sizes) > MOST for f in e.args):
            return None
        return e.op(*(matrix(self.array(f)) if f.shape else f for f in e.args))


def _sides(e: Expr, sizes: Mapping[str, int]) -> tuple[int, int]:
    rows, columns = matrix_shape(e)
    return rows.size(sizes), columns.size(sizes)


def matrix(cells: Any) -> Expr:
    """A two-dimensional array of scalar expressions as one expression."""
    hstack, vstack = operation("hstack"), operation("vstack")
    rows = [hstack(*row) if len(row) > 1 else row[0] for row in np.asarray(cells, dtype=object)]
    return vstack(*rows) if len(rows) > 1 else rows[0]


def by_place(e: Expr) -> Expr:
    """The expression with X[0, 1] as the entry X_12."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e):
        args = tuple(done[arg] for arg in node.args)
        if node.op.name == "block" and not node.shape and not any(b.names for b in node.data):
            first_row, _, first_column, _ = (b.constant for b in node.data)
            done[node] = entry(args[0], first_row, first_column)
        else:
            done[node] = node if args == node.args else node.op.rebuild(node, args)
    return done[e]
