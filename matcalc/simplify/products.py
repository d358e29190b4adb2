"""Matrix products: flat, scalars in front, identities and inverses cancelled."""

from __future__ import annotations

from itertools import pairwise

from matcalc.expressions.build import (
    broadcast,
    diag,
    dimension,
    hadamard,
    kron,
    mul,
    ones,
    total,
)
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector, lift, operation
from matcalc.simplify.engine import rewrite, simplify
from matcalc.simplify.order import key
from matcalc.simplify.parts import (
    base_and_exponent,
    collect_powers,
    is_negative,
    is_zero,
    negated,
    split_coefficient,
    split_scalars,
    zero,
)


@rewrite("A·0 = 0", "mul")
def zeros(e: Expr) -> Expr | None:
    return zero(e.shape) if any(is_zero(f) for f in e.args) else None


@rewrite("a product of one", "mul", "hadamard")
def alone(e: Expr) -> Expr | None:
    return e.args[0] if len(e.args) == 1 else None


@rewrite("(A B) C = A B C", "mul")
def flatten(e: Expr) -> Expr | None:
    """A scalar such as xᵀy stays together beside matrices; its numbers come out."""
    if not any(f.op.name == "mul" for f in e.args):
        return None
    others = sum(1 for f in e.args if f.shape)
    factors: list[Expr] = []
    for f in e.args:
        if f.op.name != "mul":
            factors.append(f)
            continue
        scalars, matrices = split_scalars(f)
        if f.shape or not matrices or (others == 0 and not _has_matrices(factors)):
            factors += f.args
        else:
            factors += scalars
            factors.append(mul(*matrices))
    # Two bundled scalars side by side (xᵀy · uᵀv) would run together: keep both whole.
    result = mul(*factors) if _chain_fits(factors) else e
    return None if result is e else result


def _has_matrices(factors: list[Expr]) -> bool:
    return any(f.shape for f in factors)


def _chain_fits(factors: list[Expr]) -> bool:
    chain = [f for f in factors if f.shape]
    return all(a.shape[1] == b.shape[0] for a, b in pairwise(chain))


@rewrite("s A t = s t A", "mul")
def scalars_first(e: Expr) -> Expr | None:
    """Numbers multiplied into one, powers of one scalar joined, the rest in order."""
    scalars, matrices = split_scalars(e)
    if not scalars:
        return None
    number = lift(1)
    rest: list[Expr] = []
    for s in scalars:
        if s.op.name == "number":
            number = lift(number.data[0] * s.data[0])
        elif s.op.name == "hadamard":
            rest += s.args
        else:
            rest.append(s)
    joined = collect_powers(rest)
    rest = rest if joined is None else joined
    rest.sort(key=key)
    front = [] if number.data[0] == 1 and (rest or matrices) else [number]
    factors = front + rest + matrices
    return None if tuple(factors) == e.args else mul(*factors)


@rewrite("eᵘ/(1 + eᵘ) = σ(u)", "mul", "hadamard")
def logistic(e: Expr) -> Expr | None:
    for f in e.args:
        base, exponent = base_and_exponent(f)
        if exponent != -1 or base.op.name != "add" or len(base.args) != 2:
            continue
        for candidate in e.args:
            if candidate.op.name == "exp" and candidate in base.args:
                other = base.args[1 - base.args.index(candidate)]
                if _is_one(other):
                    rest = [g for g in e.args if g not in (f, candidate)]
                    return e.op(*rest, operation("sigmoid")(candidate.args[0]))
    return None


def _is_one(e: Expr) -> bool:
    return e.op.name == "ones" or (e.op.name == "number" and e.data[0] == 1)


@rewrite("I A = A", "mul")
def identity(e: Expr) -> Expr | None:
    if not any(f.op.name == "eye" for f in e.args):
        return None
    kept = [f for f in e.args if f.op.name != "eye"]
    if not any(f.shape for f in kept):
        kept.append(next(f for f in e.args if f.op.name == "eye"))
    return None if len(kept) == len(e.args) else mul(*kept)


@rewrite("A 1 1ᵀ, with what is repeated written out", "mul")
def repeated(e: Expr) -> Expr | None:
    """Inside a product, a broadcast is the product with a vector of ones that it is."""
    if sum(1 for f in e.args if f.shape) < 2 or not any(f.op.name == "broadcast" for f in e.args):
        return None
    factors: list[Expr] = []
    for f in e.args:
        if f.op.name != "broadcast":
            factors.append(f)
            continue
        (a,), (m, n) = f.args, f.data
        if not a.shape:
            factors += [a, ones(m, n)]
        elif a.shape[0] == ONE:
            factors += [ones(m, 1), a]
        else:
            factors += [a, ones(1, n)]
    return mul(*factors)


@rewrite("products of neighbours", "mul")
def neighbours(e: Expr) -> Expr | None:
    """A A⁻¹ = I, Qᵀ Q = I, 1ᵀ1 = n, Y 1 = 1 for stochastic Y, powers, diagonals."""
    factors = list(e.args)
    at = [k for k, f in enumerate(factors) if f.shape]
    for i, j in pairwise(at):
        joined = join(factors[i], factors[j])
        if joined is not None:
            return mul(*factors[:i], joined, *factors[i + 1 : j], *factors[j + 1 :])
    return None


def join(a: Expr, b: Expr) -> Expr | None:
    """The product of two neighbours where it is simpler than A B, else None."""
    first, second = a.op.name, b.op.name
    if first == "ones" and second == "ones":
        return mul(dimension(a.shape[1]), ones(a.shape[0], b.shape[1]))
    if second == "ones" and sums_to_one(a, axis=1):
        return ones(a.shape[0], b.shape[1])
    if first == "ones" and sums_to_one(b, axis=0):
        return ones(a.shape[0], b.shape[1])
    if a.shape[0] == a.shape[1] and a.shape == b.shape:
        if inverse_of(a) is b or inverse_of(b) is a:
            return operation("eye")(data=(a.shape[0],))
        if a is b or "matpow" in (first, second):
            (base, i), (other, j) = _matrix_power(a), _matrix_power(b)
            if base is other:
                return operation("matpow")(base, data=(i + j,))
    return join_structured(a, b)


def join_structured(a: Expr, b: Expr) -> Expr | None:
    """Products of diagonal matrices, Kronecker products and commutations."""
    first, second = a.op.name, b.op.name
    if first == "diag" and second == "diag":
        return diag(hadamard(_column(a.args[0]), _column(b.args[0])))
    if first == "diag" and second == "ones":
        v = _column(a.args[0])
        return v if b.shape[1] == ONE else mul(v, ones(1, b.shape[1]))
    if first == "ones" and second == "diag":
        v = _column(b.args[0]).T
        return v if a.shape[0] == ONE else mul(ones(a.shape[0], 1), v)
    if first == "diag" and is_vector(b.shape) and b.shape[1] == ONE:
        return hadamard(_column(a.args[0]), b)
    if second == "diag" and is_vector(a.shape) and a.shape[0] == ONE:
        return hadamard(a, _column(b.args[0]).T)
    if first == "kron" and second == "kron" and _unstacks(a, b):
        return b.args[1].args[0]
    if first == "kron" and second == "kron":
        (p, q), (r, s) = a.args, b.args
        if _fits(p, r) and _fits(q, s):
            return kron(mul(p, r), mul(q, s))
    if first == "commutation" and second == "commutation" and a.data == b.data[::-1]:
        return operation("eye")(data=(a.shape[0],))
    return None


def _unstacks(a: Expr, b: Expr) -> bool:
    """Whether a b is (vec(I)ᵀ ⊗ I)(I ⊗ vec(A)), which is A."""
    one, identity = a.args
    if one.op.name != "transpose" or identity.op.name != "eye" or b.args[0].op.name != "eye":
        return False
    stacked, whole = one.args[0], b.args[1]
    if stacked.op.name != "vec" or stacked.args[0] is not b.args[0] or whole.op.name != "vec":
        return False
    return whole.args[0].shape == (identity.shape[0], b.args[0].shape[0])


def _column(v: Expr) -> Expr:
    return v if not v.shape or v.shape[1] == ONE else v.T


def _fits(a: Expr, b: Expr) -> bool:
    return (a.shape or (ONE, ONE))[1] == (b.shape or (ONE, ONE))[0]


def _matrix_power(a: Expr) -> tuple[Expr, int]:
    return (a.args[0], a.data[0]) if a.op.name == "matpow" else (a, 1)


def inverse_of(a: Expr) -> Expr | None:
    """A⁻¹ where it is known without computing."""
    core, turned = (a.args[0], True) if a.op.name == "transpose" else (a, False)
    if core.op.name == "symbol" and "orthogonal" in core.data[2]:
        return core if turned else simplify(core.T)
    if core.op.name == "inv":
        return simplify(core.args[0].T) if turned else core.args[0]
    return None


def sums_to_one(a: Expr, axis: int) -> bool:
    """Whether every row (axis 1) or every column (axis 0) adds up to one."""
    if a.op.name == "transpose":
        return sums_to_one(a.args[0], 1 - axis)
    if a.op.name == "eye":
        return True
    if a.op.name == "softmax":
        return a.data[0] == axis
    if a.op.name != "symbol":
        return False
    return ("row_stochastic", "column_stochastic")[1 - axis] in a.data[2]


@rewrite("1ᵀ A 1 = sum(A)", "mul")
def sum_of_entries(e: Expr) -> Expr | None:
    scalars, matrices = split_scalars(e)
    if e.shape or len(matrices) < 3:
        return None
    if matrices[0].op.name == matrices[-1].op.name == "ones":
        return mul(*scalars, total(mul(*matrices[1:-1])))
    return None


@rewrite("a (xᵀ y) bᵀ = (xᵀ y) a bᵀ", "mul")
def inner_products_first(e: Expr) -> Expr | None:
    scalars, matrices = split_scalars(e)
    if len(matrices) < 3:
        return None
    for i in range(len(matrices)):
        if matrices[i].shape[0] != ONE:
            continue
        for j in range(i, len(matrices)):
            if matrices[j].shape[1] == ONE and j - i + 1 < len(matrices):
                inside = mul(*matrices[i : j + 1])
                return mul(*scalars, inside, *matrices[:i], *matrices[j + 1 :])
    return None


@rewrite("xᵀ A y = yᵀ Aᵀ x, the shorter one", "mul")
def orientation(e: Expr) -> Expr | None:
    scalars, matrices = split_scalars(e)
    if e.shape or not matrices:
        return None
    here = mul(*matrices)
    there = simplify_transposed(matrices)
    return mul(*scalars, there) if key(there) < key(here) else None


def simplify_transposed(matrices: list[Expr]) -> Expr:
    return mul(*(simplify(f.T) for f in reversed(matrices)))


@rewrite("c·(-A) = -c·A", "mul")
def signs_first(e: Expr) -> Expr | None:
    """Minus signs come out of factors; a bare -1 goes into the sum it stands before."""
    rest = [f for f in e.args if f.op.name != "number"]
    sums = [k for k, f in enumerate(e.args) if f.op.name == "add"]
    for k in sums:
        if is_negative(e.args[k]):
            return mul(-1, *e.args[:k], negated(e.args[k]), *e.args[k + 1 :])
    c, _ = split_coefficient(e)
    if c < 0 and len(rest) == 1 and sums:
        inside = e.args[sums[0]]
        if c == -1 or any(split_coefficient(term)[0] < 0 for term in inside.args):
            return mul(lift(-c), negated(inside))
    return None


@rewrite("1 vᵀ: a vector repeated", "mul")
def outer_ones(e: Expr) -> Expr | None:
    """A lone product with a vector of ones is the vector, repeated."""
    scalars, matrices = split_scalars(e)
    if len(matrices) < 2 or not e.shape or ONE in e.shape:
        return None
    first, last = matrices[0], matrices[-1]
    if first.op.name == "ones" and first.shape[1] == ONE:
        return mul(*scalars, broadcast(mul(*matrices[1:]), e.shape))
    if last.op.name == "ones" and last.shape[0] == ONE:
        return mul(*scalars, broadcast(mul(*matrices[:-1]), e.shape))
    return None
