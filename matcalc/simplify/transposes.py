"""Transposes: pushed to the leaves of sums and products, pulled out of functions."""

from __future__ import annotations

from matcalc.expressions.build import broadcast, kron
from matcalc.expressions.expr import Expr
from matcalc.operations.entrywise import FUNCTIONS
from matcalc.simplify.engine import rewrite, simplify

NAMED = tuple(name for name, *_ in FUNCTIONS if name != "square")  # which is a power by then


@rewrite("sᵀ = s for a scalar", "transpose")
def scalar(e: Expr) -> Expr | None:
    return e.args[0] if not e.shape else None


@rewrite("(Aᵀ)ᵀ = A", "transpose")
def twice(e: Expr) -> Expr | None:
    a = e.args[0]
    return a.args[0] if a.op.name == "transpose" else None


@rewrite("the transpose of a constant", "transpose")
def constant(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name in ("ones", "zeros", "commutation"):
        return a.op(data=a.data[::-1])
    return a if a.op.name in ("eye", "diag") else None


@rewrite("Aᵀ = A for symmetric A", "transpose")
def symmetric(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name != "symbol":
        return None
    if "symmetric" in a.data[2]:
        return a
    return -a if "antisymmetric" in a.data[2] else None


@rewrite("(A B)ᵀ = Bᵀ Aᵀ", "transpose")
def product(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name != "mul":
        return None
    scalars = [f for f in a.args if not f.shape]
    return a.op(*scalars, *(f.T for f in reversed(a.args) if f.shape))


@rewrite("(A + B)ᵀ = Aᵀ + Bᵀ", "transpose")
def entry_by_entry(e: Expr) -> Expr | None:
    a = e.args[0]
    return a.op(*(arg.T for arg in a.args)) if a.op.name in ("add", "hadamard") else None


@rewrite("(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ", "transpose")
def kronecker(e: Expr) -> Expr | None:
    a = e.args[0]
    return kron(a.args[0].T, a.args[1].T) if a.op.name == "kron" else None


@rewrite("the transpose of what is repeated", "transpose")
def repeated(e: Expr) -> Expr | None:
    a = e.args[0]
    return broadcast(a.args[0].T, a.data[::-1]) if a.op.name == "broadcast" else None


@rewrite("(Aᵖ)ᵀ = (Aᵀ)ᵖ", "transpose")
def powers(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name == "matpow" or (a.op.name == "power" and not a.args[1].shape):
        return a.op.rebuild(a, (a.args[0].T, *a.args[1:]))
    return None


@rewrite("(A⁻¹)ᵀ = A⁻¹ for symmetric A", "transpose")
def inverse(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name != "inv":
        return None
    turned = simplify(a.args[0].T)
    if turned is a.args[0]:
        return a
    return a.op(turned) if turned.pieces < a.args[0].pieces else None


@rewrite("f(A)ᵀ = f(A) for symmetric A", "transpose")
def entrywise(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name not in (*NAMED, "function") or a.shape[0] != a.shape[1]:
        return None
    return a if simplify(a.args[0].T) is a.args[0] else None


@rewrite("f(Aᵀ) = f(A)ᵀ", "inv", "softmax", "log_softmax", "argmax_one_hot", "layernorm",
         "batchnorm", "function")  # fmt: skip
def pull_out(e: Expr) -> Expr | None:
    if not e.shape or any(arg.op.name != "transpose" for arg in e.args):
        return None
    return e.op.flip(e, tuple(arg.args[0] for arg in e.args)).T


@rewrite("(Aᵀ)[i, j] = A[j, i]ᵀ", "block")
def block(e: Expr) -> Expr | None:
    a = e.args[0]
    return e.op.flip(e, a.args).T if a.op.name == "transpose" else None


@rewrite("a sum over an axis of Aᵀ", "sum", "mean", "var", "std", "max", "logsumexp", "norm",
         "norm1")  # fmt: skip
def reduce_transposed(e: Expr) -> Expr | None:
    a = e.args[0]
    if a.op.name != "transpose":
        return None
    if e.data[0] is None and e.op.name != "max":
        return e.op(a.args[0], data=e.data)
    return e.op.flip(e, a.args).T if e.data[0] is not None else None


@rewrite("f(Aᵀ) = f(A) for what does not see a transpose", "trace", "det", "logdet", "diagonal",
         "diag")  # fmt: skip
def blind(e: Expr) -> Expr | None:
    a = e.args[0]
    return e.op(a.args[0]) if a.op.name == "transpose" else None


for name in NAMED:
    rewrite("f(Aᵀ) = f(A)ᵀ", name)(pull_out)
