"""dL = ⟨G, dZ⟩: factors move across the inner product until dX stands alone; what stands
beside it is the gradient.

Each link of the map of Z is moved by itself, the one applied last first, by its adjoint:
⟨G, J dX⟩ = ⟨J* G, dX⟩. Factors of a matrix product take the way over the trace.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.derivation.reasons import part_reason
from matcalc.expressions.build import add
from matcalc.expressions.expr import Expr, lift, operation, postorder, turned
from matcalc.linear_maps.composition import Chain, Sum
from matcalc.linear_maps.maps import (
    Collapse,
    Diag,
    Diagonal,
    Entrywise,
    Factors,
    Identity,
    Inner,
    LinearMap,
    Multiple,
    Scaling,
    Spread,
    Transposition,
    Zero,
)
from matcalc.linear_maps.placement import Block, KroneckerFactor, Pad, Solving, Vectorization
from matcalc.reasoning.step import Step, Use
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_zero

KIND = "differential style"
MOVES: dict[type, str] = {
    Factors: "factors move across",
    Entrywise: "entrywise factor moves across",
    Transposition: "transpose moves across",
    Inner: "inner product scaled",
    Multiple: "scalar taken out",
    Scaling: "scalar factor moves across",
    Spread: "repetition becomes a sum",
    Collapse: "sum becomes a repetition",
    Diag: "diagonal entries alone count",
    Diagonal: "back onto the diagonal",
    Block: "back into its place",
    Pad: "the block is cut out",
    Solving: "the inverse moves across, transposed",
    KroneckerFactor: "Kronecker factor moves across",
    Vectorization: "entries move back",
}


def steps(use: Use) -> tuple[Step, ...]:
    return tuple(_moves(use, use.map, use.upstream, use.change))


def _moves(use: Use, m: LinearMap, g: Expr, dx: Expr) -> Iterator[Step]:
    """⟨g, m(dx)⟩ = ⟨m* g, dx⟩, link by link. ``dx`` may be any expression."""
    parts = m.parts if isinstance(m, Chain) else (m,)
    if any(isinstance(part, Zero) for part in parts):
        return  # nothing arrives
    before: Expr | None = None
    for k, part in enumerate(parts):
        if isinstance(part, Identity):
            continue
        rest = _applied(parts[k + 1 :], dx)
        scaled = isinstance(part, Scaling) and k + 1 < len(parts)
        if scaled and before is None:  # taken along with the next link
            before = product(g, lightly(part.apply(rest)))
        elif isinstance(part, Sum):
            yield from _terms(use, part, g, rest, before)
        elif not scaled:
            yield from _move(use, part, g, rest, before)
        before = before if scaled else None
        g = use.d.names.tidy(part.adjoint().apply(g))


def _applied(parts: tuple[LinearMap, ...], dx: Expr) -> Expr:
    for part in reversed(parts):
        dx = part.apply(dx)
    return lightly(dx)


def _terms(use: Use, part: Sum, g: Expr, dx: Expr, before: Expr | None) -> Iterator[Step]:
    """A sum of maps: each term by itself, then what they leave beside dx added up."""
    tidy = use.d.names.tidy
    pieces = [lightly(term.apply(dx)) for term in part.terms]
    pieces = [piece for piece in pieces if not is_zero(simplify(piece))]
    whole = add(*pieces) if pieces else lightly(part.apply(dx))
    if len(pieces) > 1:
        yield use.step(
            KIND, "inner product of a sum",
            (before or product(g, whole), add(*(product(g, piece) for piece in pieces))),
            f"`{use.symbol.name}` acts in several ways; each is followed by itself.",
        )  # fmt: skip
    for term in part.terms:
        yield from _moves(use, term, g, dx)
    found = [tidy(term.adjoint().apply(g)) for term in part.terms]
    found = [f for f in found if not is_zero(f)]
    if len(found) > 1:
        yield use.step(
            KIND, "collect",
            (add(*(product(f, dx) for f in found)), product(tidy(add(*found)), dx)),
            "What stands beside the same change adds up.",
        )  # fmt: skip


def _move(use: Use, part: LinearMap, g: Expr, dx: Expr, before: Expr | None) -> Iterator[Step]:
    before = before or product(g, lightly(part.apply(dx)))
    after = product(use.d.names.tidy(part.adjoint().apply(g)), dx)
    if before is after:
        return
    text = part_reason(part, use.symbol)
    if isinstance(part, Factors) and g.shape:
        yield from _over_the_trace(use, part, g, dx, before, after, text)
    else:
        yield use.step(KIND, MOVES.get(type(part), "adjoint"), (before, after), text)


def _over_the_trace(
    use: Use, part: Factors, g: Expr, dx: Expr, before: Expr, after: Expr, text: str
) -> Iterator[Step]:
    """⟨G, A dX B⟩ = tr(Gᵀ A dX B) = tr(B Gᵀ A dX) = ⟨Aᵀ G Bᵀ, dX⟩."""
    inside = [_turned(g), *_factors(part, dx)]
    lined_up = trace(*inside)
    if lined_up is not before:
        rule = "inner product as a trace" if lined_up.op.name == "trace" else "inner product"
        yield use.step(KIND, rule, (before, lined_up), "`⟨A, B⟩ = tr(AᵀB)`.")
    rotated = lined_up
    if part.right is not None:
        front = [] if part.left is None else [part.left]
        rotated = trace(part.right, _turned(g), *front, dx)
        if rotated is not lined_up:
            yield use.step(
                KIND, "trace rotation", (lined_up, rotated),
                "`tr(A B) = tr(B A)`: the last factor may come first.",
            )  # fmt: skip
    yield use.step(KIND, MOVES[Factors], (rotated, after), text)


def _turned(g: Expr) -> Expr:
    return g if g.op.name == "eye" else turned(g)


def _factors(part: Factors, dx: Expr) -> list[Expr]:
    return [f for f in (part.left, dx, part.right) if f is not None]


def trace(*factors: Expr) -> Expr:
    """The trace of a product; the product itself where it is a number already."""
    matrices = [f for f in factors if f is not lift(1) and f.op.name != "eye"] or list(factors)
    whole = matrices[0] if len(matrices) == 1 else operation("mul")(*matrices)
    return operation("trace")(whole) if whole.shape else whole


def product(a: Expr, b: Expr) -> Expr:
    """⟨a, b⟩; a product for scalars, b alone beside 1, and its trace beside I."""
    if is_zero(a) or is_zero(b):
        return lift(0)
    if a.op.name == "eye":
        return operation("trace")(b)
    if not a.shape:
        return b if a is lift(1) else a if b is lift(1) else a * b
    return operation("inner")(a, b)


def lightly(e: Expr) -> Expr:
    """Without what a map leaves behind in being applied: factors 1, double transposes, a
    factor within a product of factors, a sum of A ∘ B that is ⟨A, B⟩."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e):
        args = tuple(done[arg] for arg in node.args)
        kept = node if args == node.args else node.op.rebuild(node, args)
        done[node] = LIGHT.get(kept.op.name, lambda same: same)(kept)
    return done[e]


def _light_product(e: Expr) -> Expr:
    factors = [f for f in e.args if f is not lift(1)]
    if len(factors) == len(e.args):
        return e
    return operation("mul")(*factors) if len(factors) > 1 else (factors or [lift(1)])[0]


def _light_hadamard(e: Expr) -> Expr:
    factors = [f for arg in e.args for f in (arg.args if arg.op.name == "hadamard" else (arg,))]
    return e if len(factors) == len(e.args) else e.op(*factors)


def _light_sum(e: Expr) -> Expr:
    (a,), (axis,) = e.args, e.data
    pair = a.op.name == "hadamard" and len(a.args) == 2 and axis is None
    return product(*a.args) if pair and a.shape else e


LIGHT = {
    "mul": _light_product,
    "hadamard": _light_hadamard,
    "sum": _light_sum,
    "transpose": lambda e: e.args[0].args[0] if e.args[0].op.name == "transpose" else e,
}
