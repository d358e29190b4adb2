"""The words of a derivation: the rule's name, and why a form is what it is.

Reasons follow from the linear map of a step, so that one sentence serves every
operation that moves a factor, sums over a batch or scales entry by entry.
"""

from __future__ import annotations

from functools import lru_cache

from matcalc.differentiate.backward import GradientEquation
from matcalc.differentiate.naming import Names
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, rebuild
from matcalc.linear_maps.composition import Chain, Sum
from matcalc.linear_maps.local import map_of
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
from matcalc.linear_maps.placement import Block, Pad, Vectorization
from matcalc.network.network import Equation
from matcalc.operations.entrywise import Entrywise as EntrywiseFunction
from matcalc.simplify import simplify

RULES = {
    "add": "sum rule",
    "mul": "product rule",
    "hadamard": "entrywise product rule",
    "transpose": "transpose",
    "power": "power rule",
    "matpow": "power rule for matrices",
    "function": "entrywise chain rule",
    "broadcast": "broadcast",
    "inv": "differential of the inverse",
    "det": "Jacobi's formula",
    "logdet": "differential of log |det|",
    "sse": "sum of squares",
    "mse": "mean of squares",
    "cross_entropy": "cross-entropy",
    "softmax_cross_entropy": "softmax with cross-entropy",
    "binary_cross_entropy": "binary cross-entropy",
    "symbol": "renaming",
}


@lru_cache(maxsize=4096)
def rule_name(e: Expr) -> str:
    """What a textbook calls the rule of an expression's outermost operation."""
    if e.op.name == "mul":
        varying = [factor for factor in e.args if factor.free]
        if len(varying) == 1:  # c·A: what A's own rule is, if it has one
            return rule_name(varying[0]) if varying[0].args else "constant factor rule"
    if e.op.name in RULES:
        inner = {rule_name(arg) for arg in e.args if arg.args} if e.op.name == "add" else set()
        if "product rule" in inner:
            return "sum and product rule"
        if any("chain rule" in rule for rule in inner):
            return "sum and chain rule"
        return RULES[e.op.name]
    if isinstance(e.op, EntrywiseFunction):
        return f"entrywise chain rule ({e.op.name})"
    return e.op.name.replace("_", " ")


def differential_reason(e: Expr) -> str:
    """The textbook lines that a differential rests on."""
    lines = [e.op.source]
    if e.op.name == "add":
        products = (arg for arg in e.args if arg.op.name in ("mul", "hadamard"))
        lines += [arg.op.source for arg in products if arg.args[0].op.name != "ones"]
    return "; ".join(f"`{line}`" if "=" in line else line for line in dict.fromkeys(lines) if line)


def pullback_reason(equation: Equation, symbol: Expr) -> str:
    """Why the gradient at ``symbol`` looks as it does, seen from one equation."""
    if equation.expr.op.name in ("softmax", "log_softmax", "layernorm"):
        return (
            "Every entry of a sample's result depends on every entry of the sample: the Jacobian"
            " is full."
        )
    total = map_of(equation.expr, symbol)
    if not total.source and not total.target and isinstance(total, Scaling | Entrywise | Chain):
        return "All of these are numbers: the local derivative multiplies what arrives."
    parts = total.parts if isinstance(total, Chain) else (total,)
    if any(isinstance(part, Sum) for part in parts):
        # What surrounds a sum may belong to it (the scale of a normalisation): no word on it.
        parts = tuple(part for part in parts if not isinstance(part, Entrywise))
    return " ".join(dict.fromkeys(filter(None, (part_reason(part, symbol) for part in parts))))


def part_reason(part: LinearMap, x: Expr) -> str:
    """Why one link of a map leaves behind what it does, when ``x`` is what moves."""
    if isinstance(part, Factors):
        return _repeated(part, x) or _factors(part)
    return SENTENCES.get(type(part), "")


def _repeated(part: Factors, x: Expr) -> str:
    """The sentence for a row or column that is added to a whole batch, or nothing."""
    for k, side in enumerate((part.left, part.right)):
        if side is None or side.op.name != "ones" or ONE not in side.shape or not x.shape:
            continue
        if part.target and part.target != x.shape:
            size, along = part.target[k], ("row", "column")[k]
            return (
                f"`{x.name}` is repeated in every one of the `{size}` {along}s, so every"
                f" {along} contributes: the gradient is the sum over the {along}s,"
                " a product with a vector of ones."
            )
    return ""


def _factors(part: Factors) -> str:
    if part.left is not None and part.right is not None:
        return (
            "`⟨G, A dX B⟩ = ⟨Aᵀ G Bᵀ, dX⟩`: each factor moves across, transposed, and stays"
            " on its side."
        )
    if part.left is not None:
        return (
            f"`⟨G, A dX⟩ = ⟨Aᵀ G, dX⟩`: the factor on the left{_named(part.left)} moves across,"
            " transposed, and stays on the left."
        )
    return (
        f"`⟨G, dX B⟩ = ⟨G Bᵀ, dX⟩`: the factor on the right{_named(part.right)} moves across,"
        " transposed, and stays on the right."
    )


def _named(factor: Expr | None) -> str:
    """The factor's name, where it has one."""
    core = factor.args[0] if factor is not None and factor.op.name == "transpose" else factor
    if core is None or not core.op.is_symbol:
        return ""
    return f", `{core.name}{'ᵀ' if core is not factor else ''}`,"


SENTENCES: dict[type, str] = {
    Entrywise: (
        "Each entry depends on the same entry alone, so the Jacobian is diagonal, and `∘`"
        " with its diagonal does what the matrix would do."
    ),
    Transposition: "`⟨G, dXᵀ⟩ = ⟨Gᵀ, dX⟩`: the transpose moves across.",
    Inner: "What stands beside `dX` in `dL = ⟨C, dX⟩` is the gradient: it is `C`.",
    Multiple: "A scalar that multiplies a matrix collects the inner product of the two.",
    Scaling: "A scalar factor stays in front.",
    Identity: "The change passes on unchanged: a sum hands its gradient to every term.",
    Spread: "What is repeated collects the sum over its copies.",
    Collapse: "Every entry enters the sum once, so each receives the same gradient.",
    Sum: "The operand acts in several ways; what they contribute adds up.",
    Zero: "No gradient passes.",
    Pad: "It is one block of the result, so its gradient is that block of what arrives.",
    Block: "Only this block is used: what arrives is put in its place, with zeros around it.",
    Vectorization: "The entries are only moved, and those of the gradient move back.",
    Diag: "Only the diagonal of what arrives has an entry of the operand behind it.",
    Diagonal: "Only the diagonal is used, so what arrives is put there, with zeros beside it.",
}


def assumption_reason(found: GradientEquation, names: Names) -> str:
    """A sentence on the assumptions that made the form shorter, and on nodes that are
    symmetric as they are computed; or nothing."""
    symmetric = {(name, "symmetric") for c in found.contributions for name in names.used(c.raw)}
    used = sorted(_assumptions_used(found) | symmetric)
    return "".join(
        f" Used: `{name}` is {kind.replace('_', ' ')}{MEANING.get(kind, '')}."
        for name, kind in used
    )


MEANING = {
    "row_stochastic": ", its rows sum to 1",
    "column_stochastic": ", its columns sum to 1",
    "symmetric": ", it equals its transpose",
    "orthogonal": ", its transpose is its inverse",
}


def _assumptions_used(found: GradientEquation) -> set[tuple[str, str]]:
    """(symbol, assumption) where the result would be another without the assumption."""
    used: set[tuple[str, str]] = set()
    for c in found.contributions:
        for symbol in c.raw.free:
            if symbol.op.name == "symbol":
                used |= {(symbol.name, a) for a in symbol.data[2] if _matters(a, symbol, c.raw)}
    return used


def _matters(assumption: str, symbol: Expr, e: Expr) -> bool:
    """Whether the expression becomes another one when the symbol lacks the assumption."""
    name, shape, assumed = symbol.data
    without = {symbol: symbol.op(data=(name, shape, assumed - {assumption}))}
    return rebuild(simplify(e), without) is not simplify(rebuild(e, without))
