"""Hessians on numbers: dense, or only what is not zero by structure.

Blocks come from one product where the map is of that kind (see ``blocks``). Elsewhere they
are found by Hessian-vector products: moving along the same entry of every row at once, or
of every column, gives that column of every block, because no block reaches another. So all
blocks of k×k cost k products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.derivation.blocks import blocks_kernel, on_the_diagonal
from matcalc.differentiate.jacobian import condensed
from matcalc.expressions.build import broadcast
from matcalc.expressions.expr import Expr, lift
from matcalc.network.network import Convention

if TYPE_CHECKING:
    from matcalc.derivation.hessian import Hessian

LINES = ("row", "column")


def reason(h: Hessian) -> str:
    """The structure in words."""
    found = h.zeros
    if found.kind == "zero":
        if h.symmetric:
            return f"`grad({h.wrt})` does not change with `{h.wrt}`: the loss has no curvature."
        return f"`grad({h.wrt})` does not change with `{h.other}`: the two do not interact."
    if found.kind == "diagonal":
        return (
            f"An entry of `grad({h.wrt})` changes with the same entry of `{h.wrt}` alone:"
            " everything off the diagonal is 0."
        )
    if found.kind == "block-diagonal":
        line = LINES[found.axis or 0]
        blocks = "and all blocks are the same" if found.equal else "a block for each"
        in_order = line == (
            "row" if h.derivation.network.convention is Convention.ROW else "column"
        )
        order = "" if in_order else f", in the order that stacks {line}s"
        return (
            f"A {line} of `grad({h.wrt})` changes with the same {line} of `{h.wrt}` alone,"
            f" {blocks}: the Hessian is block-diagonal{order}."
        )
    return ""


def dense_kernel(h: Hessian) -> Callable[..., Any]:
    """The Hessian as a matrix; column by column from products where it has no closed form."""
    from matcalc.derivation.line_kernels import lines_kernel
    from matcalc.generation.kernels import kernel

    if not h.has_form:
        return lambda *values, **named: from_products(h, values, named)
    if h.symmetric and h.zeros.kind == "block-diagonal":
        blocks = structured_kernel(h)
        return lambda *values, **named: _placed(h, blocks, values, named)
    d = h.derivation
    return lines_kernel(h) or kernel(d.in_variables(h.form), d.arguments, d.network.dims)


def structured_kernel(h: Hessian) -> Callable[..., Any]:
    from matcalc.generation.kernels import kernel

    d, found = h.derivation, h.zeros
    if not h.symmetric or not h.shape or found.kind == "dense":
        return dense_kernel(h)
    if found.kind != "block-diagonal":
        diagonal = kernel(d.in_variables(diagonal_form(h)), d.arguments, d.network.dims)
        return lambda *values, **named: stacked(h, diagonal(*values, **named))
    block = block_form(h)
    if block is not None:
        return kernel(d.in_variables(block), d.arguments, d.network.dims)
    return blocks_kernel(h) or (lambda *values, **named: _blocks(h, values, named))


def _placed(
    h: Hessian, blocks: Callable[..., Any], values: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    _, like = _point(h, values, named)
    return on_the_diagonal(h, blocks(*values, **named), like.shape[h.zeros.axis or 0])


def diagonal_form(h: Hessian) -> Expr:
    """The diagonal, in the shape of the variable."""
    ones = broadcast(lift(1), h.linear_map.source)
    return h.derivation.names.tidy(h.linear_map.apply(ones))


def block_form(h: Hessian) -> Expr | None:
    """The one block of which a Kronecker product with the identity is made, or None."""
    if not h.zeros.equal:
        return None
    return condensed(h.form, None)[0]


def stacked(h: Hessian, a: Any) -> Any:
    """v(a) as one axis."""
    row = h.derivation.network.convention is Convention.ROW
    return np.reshape(a, -1, order="C" if row else "F")


def _blocks(h: Hessian, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
    values, like = _point(h, values, named)
    axis, product = h.zeros.axis or 0, h.at(*values)
    columns = []
    for k in range(like.shape[1 - axis]):
        direction = np.zeros_like(like)
        direction[(slice(None), k) if axis == 0 else (k, slice(None))] = 1.0
        moved = product(direction)
        columns.append(moved if axis == 0 else moved.T)
    blocks = np.stack(columns, axis=2)
    return blocks[0] if h.zeros.equal else blocks


def from_products(h: Hessian, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
    values, like = _point(h, values, named)
    order: Any = "C" if h.derivation.network.convention is Convention.ROW else "F"
    columns, product = [], h.at(*values)
    for k in range(like.size):
        direction = np.zeros(like.size, like.dtype)
        direction[k] = 1.0
        columns.append(stacked(h, product(direction.reshape(like.shape, order=order))))
    matrix = np.stack(columns, axis=1)
    if not h.shape:
        return matrix[0, 0]
    numerator = h.symmetric or h.derivation.layout.jacobian == "numerator"
    return matrix if numerator else matrix.T


def _point(
    h: Hessian, values: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], Any]:
    """The arguments in order, and zeros in the shape of what moves."""
    from matcalc.generation.kernels import argument_name

    d = h.derivation
    rest = [named[argument_name(a)] for a in d.arguments[len(values) :]]
    everything = (*values, *rest)
    return everything, np.zeros_like(np.asarray(h.moving_kernel(*everything)))
