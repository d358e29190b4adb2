"""Inverses, diagonal matrices, Kronecker products, vec and commutation."""

from __future__ import annotations

from matcalc.expressions.build import (
    add,
    diag,
    eye,
    hadamard,
    kron,
    mul,
    ones,
    power,
    size_of,
)
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, lift, matrix_shape, operation
from matcalc.linear_maps.placement import Pad
from matcalc.simplify.engine import rewrite
from matcalc.simplify.parts import is_zero, split_scalars, zero
from matcalc.simplify.products import inverse_of


@rewrite("inverses that are known", "inv")
def known_inverse(e: Expr) -> Expr | None:
    a = e.args[0]
    if not a.shape:
        return power(a, -1)
    if a.op.name == "eye":
        return a
    if a.op.name == "diag":
        return diag(power(a.args[0], -1))
    scalars, matrices = split_scalars(a)
    if scalars:
        return mul(*(power(s, -1) for s in scalars), operation("inv")(mul(*matrices)))
    return inverse_of(a)


@rewrite("A⁰ = I, A¹ = A, A⁻¹", "matpow")
def small_power(e: Expr) -> Expr | None:
    a, k = e.args[0], e.data[0]
    if not a.shape:
        return power(a, lift(k))
    if k == 0:
        return eye(a.shape[0])
    if k == 1:
        return a
    return operation("inv")(a) if k == -1 else None


@rewrite("the triangle of a scalar", "tril", "triu")
def triangle_of_scalar(e: Expr) -> Expr | None:
    return e.args[0] if not e.shape else None


@rewrite("diag(s v) = s diag(v), diag(1) = I", "diag")
def diagonal(e: Expr) -> Expr | None:
    a = e.args[0]
    if not a.shape:
        return a
    if a.op.name == "ones":
        return eye(e.shape[0])
    if is_zero(a):
        return zero(e.shape)
    scalars, matrices = split_scalars(a)
    return mul(*scalars, diag(mul(*matrices))) if scalars else None


@rewrite("the diagonal of diag(v) and of I", "diagonal")
def diagonal_of(e: Expr) -> Expr | None:
    a = e.args[0]
    if not a.shape:
        return a
    if a.op.name == "eye":
        return ones(a.data[0], 1)
    if a.op.name == "diag":
        v = a.args[0]
        return v if v.shape[1] == ONE else v.T
    return None


@rewrite("the diagonal of x yᵀ and of diag(x) A", "diagonal")
def diagonal_of_product(e: Expr) -> Expr | None:
    scalars, matrices = split_scalars(e.args[0])
    if len(matrices) < 2:
        return None
    first, last = matrices[0], matrices[-1]
    if len(matrices) == 2 and first.shape[1] == ONE:
        return mul(*scalars, hadamard(first, last.T))
    if first.op.name == "diag":
        v, rest = first.args[0], mul(*matrices[1:])
    elif last.op.name == "diag":
        v, rest = last.args[0], mul(*matrices[:-1])
    else:
        return None
    column = v if v.shape[1] == ONE else v.T
    return mul(*scalars, hadamard(column, e.op(rest)))


@rewrite("a block of blocks side by side", "block")
def block_of_stack(e: Expr) -> Expr | None:
    """An operand of the stack, where the block is just that."""
    scalars, matrices = split_scalars(e.args[0])
    if len(matrices) != 1 or matrices[0].op.name not in ("hstack", "vstack"):
        return None
    stack = matrices[0]
    for k, arg in enumerate(stack.args):
        pad = stack.op.linear_map(stack, k)
        if isinstance(pad, Pad) and pad.bounds == e.data:
            return mul(*scalars, arg)
    return None


@rewrite("vec(s A) = s vec(A), vec(x) = x", "vec")
def vectorized(e: Expr) -> Expr | None:
    a = e.args[0]
    m, n = matrix_shape(a)
    if n == ONE:
        return a
    if m == ONE:
        return a.T
    if a.op.name == "ones":
        return ones(size_of(a.shape), 1)
    if is_zero(a):
        return zero(e.shape)
    scalars, matrices = split_scalars(a)
    return mul(*scalars, e.op(mul(*matrices))) if scalars else None


@rewrite("s ⊗ A = s A, I ⊗ I = I", "kron")
def kronecker(e: Expr) -> Expr | None:
    a, b = e.args
    if not a.shape or not b.shape:
        return mul(a, b)
    if is_zero(a) or is_zero(b):
        return zero(e.shape)
    if a.op.name == b.op.name == "eye":
        return eye(e.shape[0])
    if a.op.name == b.op.name == "ones":
        return ones(*e.shape)
    (s, left), (t, right) = split_scalars(a), split_scalars(b)
    return mul(*s, *t, kron(mul(*left), mul(*right))) if s or t else None


@rewrite("a ⊗ bᵀ = a bᵀ for vectors", "kron")
def outer_product(e: Expr) -> Expr | None:
    a, b = e.args
    if a.shape and b.shape and a.shape[1] == ONE and b.shape[0] == ONE:
        return mul(a, b)
    if a.shape and b.shape and a.shape[0] == ONE and b.shape[1] == ONE:
        return mul(b, a)
    return None


@rewrite("K for vectors is I", "commutation")
def trivial_commutation(e: Expr) -> Expr | None:
    return eye(e.shape[0]) if ONE in e.data else None


@rewrite("[A B] + [C D] = [A + C B + D]", "add")
def sum_of_stacks(e: Expr) -> Expr | None:
    split = [split_scalars(term) for term in e.args]
    stacks = [matrices[0] for _, matrices in split if len(matrices) == 1]
    if len(stacks) < len(split) or stacks[0].op.name not in ("hstack", "vstack"):
        return None
    op, shapes = stacks[0].op, [part.shape for part in stacks[0].args]
    if any(s.op is not op or [part.shape for part in s.args] != shapes for s in stacks):
        return None
    rows = [
        [mul(*scalars, part) for part in s.args]
        for (scalars, _), s in zip(split, stacks, strict=True)
    ]
    return op(*(add(*parts) for parts in zip(*rows, strict=True)))


@rewrite("a system with a known solution", "solve")
def solved(e: Expr) -> Expr | None:
    a, b = e.args
    if not a.shape:
        return mul(power(a, -1), b)
    if is_zero(b):
        return zero(e.shape)
    scalars, matrices = split_scalars(b)
    if scalars and matrices:
        return mul(*scalars, e.op(a, mul(*matrices)))
    return b if a.op.name == "eye" else None
