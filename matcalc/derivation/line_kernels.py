"""Hessians of maps that act within lines, on numbers: Σₙ (after)ᵢₙ Kₙ[a, b] (before)ₙⱼ.

K of all lines is an array K[a, b, n], or K[a, n] where it is diagonal. No Kronecker product
is formed. Where ``after`` is the transpose of ``before``, half of the products do: those
with i ≤ j and a ≤ b.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.derivation.lines import Group, Local, groups_of
from matcalc.expressions.expr import Expr, postorder, turned
from matcalc.generation.helpers import gram
from matcalc.network.network import Convention

if TYPE_CHECKING:
    from matcalc.derivation.hessian import Hessian

KRONECKER = {"kron", "commutation"}
FEW = 24
"Entries of K up to which a product for each of them is quicker than one for each row."
MOST = 1 << 20
"Entries of K that are kept at a time."

Values = dict[Expr, Any]
Put = Callable[[Any, Any, Any], None]


def lines_kernel(h: Hessian) -> Callable[..., Any] | None:
    """The dense Hessian as a function of the variables; None where the map is of another
    kind, or where the closed form has no Kronecker product to save."""
    from matcalc.generation.kernels import kernel_of_several

    if KRONECKER.isdisjoint(node.op.name for node in postorder(h.form)):
        return None
    groups = groups_of(h.linear_map)
    if groups is None:
        return None
    # A group that reaches every entry comes first: it is put there, and the others are added.
    groups.sort(key=lambda g: not _reaches_all(g))
    filled, half = _reaches_all(groups[0]), _is_half_enough(h, groups)
    d = h.derivation
    needed = list(dict.fromkeys(e for group in groups for e in _expressions(group)))
    values = kernel_of_several(
        [d.in_variables(d.names.tidy(e)) for e in needed], d.arguments, d.network.dims
    )
    sizes = kernel_of_several(
        [d.in_variables(s) for s in (h.change.wrt, h.change.other)], d.arguments, d.network.dims
    )
    row = d.network.convention is Convention.ROW
    numerator = h.symmetric or d.layout.jacobian == "numerator"

    def hessian(*given: Any, **named: Any) -> Any:
        known = {
            e: np.reshape(v, np.shape(v) or (1, 1))
            for e, v in zip(needed, values(*given, **named), strict=True)
        }
        target, source = sizes(*given, **named)
        shapes = [np.shape(a) if row else np.shape(a)[::-1] for a in (target, source)]
        make = np.empty if filled else np.zeros
        whole = make((*shapes[0], *shapes[1]), np.result_type(target, source))
        for k, group in enumerate(groups):
            first, second = (
                (0, 1) if (axis == 0) == row else (1, 0) for axis in (group.axis, group.start)
            )
            view = whole.transpose(*first, *(2 + axis for axis in second))
            add_group(view, group, known, half=half and k == 0, fresh=filled and k == 0)
        matrix = whole.reshape(target.size, source.size)
        return matrix if numerator else matrix.T

    return hessian


def _reaches_all(group: Group) -> bool:
    one_factor = group.before is not None or group.after is not None
    return one_factor and not group.local.diagonal


def _is_half_enough(h: Hessian, groups: Sequence[Group]) -> bool:
    """Whether the first group is its own transpose.

    The Hessian is. With AᵀKA for the first group, taking the symmetric part of every K takes
    that of the group, which is the group where all others are symmetric by how they are made.
    """
    first, *others = groups
    return (
        h.symmetric
        and first.axis == first.start
        and first.before is not None
        and first.after is turned(first.before)
        and all(g.local.diagonal and g.before is g.after is None for g in others)
        and all(g.axis == g.start for g in others)
    )


def _expressions(group: Group) -> list[Expr]:
    found = [e for e in (group.before, group.after) if e is not None]
    stack, seen = [group.local], set[Local]()
    while stack:
        local = stack.pop()
        if local not in seen:
            seen.add(local)
            stack.extend(local.args)
            if local.expr is not None:
                found.append(local.expr)
    return found


# -- K ------------------------------------------------------------------------------------


def local_value(local: Local, known: Values, lines: slice, memo: dict[Local, Any]) -> Any:
    """K[a, b, n] for some of the lines, or K[a, n] for diagonal ones; n has one entry where
    all lines have the same."""
    if local in memo:
        return memo[local]
    args = [local_value(arg, known, lines, memo) for arg in local.args]
    value = None if local.expr is None else known[local.expr]
    found = _local(local.kind, value, args, lines)
    memo[local] = found
    return found


def _local(kind: str, value: Any, args: Sequence[Any], lines: slice) -> Any:
    if kind == "identity":
        return np.ones((value.size, 1), value.dtype)
    if kind == "sum":
        return _sum(args)
    (k,) = args
    if kind == "scale":
        return value[0, 0] * k
    if kind == "weights":
        weights = value[:, lines] if value.shape[1] > 1 else value
        return k * (weights if k.ndim == 2 else weights[:, None, :])
    if kind == "factor":
        if k.ndim == 2:
            return value[:, :, None] * k
        return (value @ k.reshape(len(k), -1)).reshape(len(value), *k.shape[1:])
    if kind == "collapse":
        return k[None] if k.ndim == 2 else np.sum(k, axis=0, keepdims=True)
    k = k[None] if k.ndim == 2 else k
    return np.broadcast_to(k, (value.size, *k.shape[1:]))


def _sum(args: Sequence[Any]) -> Any:
    diagonal = [k for k in args if k.ndim == 2]
    dense = [k for k in args if k.ndim == 3]
    if not dense:
        return sum(diagonal)
    count = max(k.shape[-1] for k in args)
    total = np.array(np.broadcast_to(dense[0], (*dense[0].shape[:2], count)))
    for k in dense[1:]:
        total += k
    for k in diagonal:
        np.einsum("aan->an", total)[...] += k
    return total


def _entries(k: Any) -> tuple[Any, Any, Any]:
    """The entries of K that are not zero by structure: (a, b, K[a, b])."""
    if k.ndim == 2:
        each = np.arange(len(k))
        return each, each, k
    a, b = np.indices(k.shape[:2]).reshape(2, -1)
    return a, b, k.reshape(-1, k.shape[2])


# -- into the whole -------------------------------------------------------------------------


def add_group(whole: Any, group: Group, known: Values, *, half: bool, fresh: bool) -> None:
    """Adds the group to whole[i, a, j, b]; puts it there, where ``fresh`` says that nothing is.

    ``half``: the group is its own transpose.
    """
    before = None if group.before is None else known[group.before]
    after = None if group.after is None else known[group.after]
    if before is None or after is None:
        k = local_value(group.local, known, slice(None), {})
        _one_sided(whole, before, after, k, _put if fresh else _add)
        return
    count = len(before)
    step = max(MOST // (whole.shape[1] * whole.shape[3]), 1)
    for start in range(0, count, step):
        lines = slice(start, min(start + step, count))
        k = local_value(group.local, known, lines, {})
        put = _put if fresh and start == 0 else _add
        if half:
            _symmetric_products(whole, before[lines], k, put)
        else:
            _products(whole, after[:, lines], before[lines], k, put)


def _put(array: Any, place: Any, value: Any) -> None:
    array[place] = value


def _add(array: Any, place: Any, value: Any) -> None:
    array[place] += value


def _one_sided(whole: Any, before: Any, after: Any, k: Any, put: Put) -> None:
    """The group where the factor on one side, or on both, is the identity."""
    every = slice(None)
    if before is None and after is None:
        for a, b, entries in zip(*_entries(k), strict=True):
            np.einsum("ii->i", whole[:, a, :, b])[...] += entries
    elif k.ndim == 2:
        factor = before if after is None else after
        for a, entries in enumerate(k):
            weights = entries[:, None] if after is None else entries
            put(whole, (every, a, every, a), weights * factor)
    elif before is None:
        turned_k = np.ascontiguousarray(k.transpose(0, 2, 1))
        for i, row in enumerate(after):
            put(whole, i, row[:, None] * turned_k)
    else:
        turned_k = np.ascontiguousarray(k.transpose(2, 0, 1))
        for j, column in enumerate(before.T):
            put(whole, (every, every, j), column[:, None, None] * turned_k)


def _symmetric_products(whole: Any, x: Any, k: Any, put: Put) -> None:
    """Σₙ xₙᵢ xₙⱼ K[a, b, n], with the symmetric part of K."""
    every = slice(None)
    if k.ndim == 2:
        a, b, entries = _entries(k)
    else:
        a, b = np.triu_indices(len(k))
        entries = (k[a, b] + k[b, a]) / 2
    if k.ndim == 2 or len(a) < FEW:
        for p, q, weights in zip(a, b, entries, strict=True):
            part = signed_gram(x, weights[:, None])
            put(whole, (every, p, every, q), part)
            if p != q:
                put(whole, (every, q, every, p), part)
        return
    place = np.empty(k.shape[:2], int)
    place[a, b] = place[b, a] = np.arange(len(a))
    columns, weights = np.ascontiguousarray(x.T), entries.T
    for i, column in enumerate(columns):
        found = ((columns[i:] * column) @ weights)[:, place]
        put(whole, (i, every, slice(i, None)), found.transpose(1, 0, 2))
        put(whole, (slice(i + 1, None), every, i), found[1:])


def signed_gram(x: Any, weights: Any) -> Any:
    """xᵀ diag(weights) x, from a square also where no weight is positive."""
    return -gram(x, -weights) if np.all(weights <= 0) else gram(x, weights)


def _products(whole: Any, after: Any, before: Any, k: Any, put: Put) -> None:
    """Σₙ (after)ᵢₙ K[a, b, n] (before)ₙⱼ, with a product for each entry of K, each row of
    ``after`` or each column of ``before``, whichever are the fewest."""
    every = slice(None)
    a, b, entries = _entries(k)
    rows, columns = np.ascontiguousarray(after), np.ascontiguousarray(before.T)
    if len(a) <= min(len(rows), len(columns)):
        for p, q, weights in zip(a, b, entries, strict=True):
            put(whole, (every, p, every, q), rows @ (weights[:, None] * before))
    elif len(rows) <= len(columns):
        for i, row in enumerate(rows):
            put(whole, (i, a, every, b), entries @ (columns * row).T)
    else:
        for j, column in enumerate(columns):
            put(whole, (every, a, j, b), (rows * column) @ entries.T)
