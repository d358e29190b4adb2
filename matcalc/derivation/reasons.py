"""The words of a derivation: the rule's name, and why a form is what it is.

Reasons follow from the linear map of a step, so that one sentence serves every
operation that moves a factor, sums over a batch or scales entry by entry.
"""

from __future__ import annotations

from matcalc.differentiate.backward import GradientEquation
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, postorder
from matcalc.linear_maps.local import map_of
from matcalc.linear_maps.maps import (
    Chain,
    Collapse,
    Entrywise,
    Factors,
    Identity,
    Inner,
    LinearMap,
    Multiple,
    Scaling,
    Spread,
    Sum,
    Transposition,
    Zero,
)
from matcalc.network.network import Equation
from matcalc.operations.entrywise import Entrywise as EntrywiseFunction

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


def rule_name(e: Expr) -> str:
    """What a textbook calls the rule of an expression's outermost operation."""
    if e.op.name in RULES:
        if e.op.name == "add" and any(a.op.name == "mul" for a in e.args):
            return "sum and product rule"
        return RULES[e.op.name]
    if isinstance(e.op, EntrywiseFunction):
        return f"entrywise chain rule ({e.op.name})"
    return e.op.name.replace("_", " ")


def differential_reason(e: Expr) -> str:
    """The textbook lines that a differential rests on."""
    lines = [e.op.source]
    if e.op.name == "add":
        lines += [arg.op.source for arg in e.args if arg.op.name == "mul"]
    return "; ".join(dict.fromkeys(line for line in lines if line))


def pullback_reason(equation: Equation, symbol: Expr) -> str:
    """Why the gradient at ``symbol`` looks as it does, seen from one equation."""
    total = map_of(equation.expr, symbol)
    parts = total.parts if isinstance(total, Chain) else (total,)
    sentences = [sentence for part in parts if (sentence := _sentence(part, symbol))]
    return " ".join(dict.fromkeys(sentences)) or "The change passes on as it is."


def _sentence(part: LinearMap, x: Expr) -> str:
    kind = type(part)
    if kind in SENTENCES:
        return SENTENCES[kind]
    if isinstance(part, Factors):
        return _factors(part, x)
    return ""


def _factors(part: Factors, x: Expr) -> str:
    for side in (part.left, part.right):
        if side is not None and side.op.name == "ones" and ONE in side.shape:
            rows = side is part.left
            if part.target and x.shape and part.target != x.shape:
                size = part.target[0 if rows else 1]
                along = "row" if rows else "column"
                return (
                    f"{x.name} is added to every one of the {size} {along}s, so every {along}"
                    f" contributes: the gradient is the sum over the {size} {along}s,"
                    " written as a product with a vector of ones."
                )
    if part.left is not None and part.right is not None:
        return "⟨G, A dX B⟩ = ⟨Aᵀ G Bᵀ, dX⟩: each factor moves across, transposed, on its side."
    if part.left is not None:
        return "⟨G, A dX⟩ = ⟨Aᵀ G, dX⟩: the left factor moves across, transposed, on the left."
    return "⟨G, dX B⟩ = ⟨G Bᵀ, dX⟩: the right factor moves across, transposed, on the right."


SENTENCES: dict[type, str] = {
    Entrywise: (
        "Each entry depends on the same entry alone, so the Jacobian is diagonal, and ⊙"
        " with its diagonal does what the matrix would do."
    ),
    Transposition: "⟨G, dXᵀ⟩ = ⟨Gᵀ, dX⟩: the transpose moves across.",
    Inner: "dL = ⟨C, dX⟩ names the gradient: it is C.",
    Multiple: "A scalar that multiplies a matrix collects the inner product of the two.",
    Scaling: "A scalar factor stays.",
    Identity: "The change passes on unchanged: a sum hands its gradient to every term.",
    Spread: "What is repeated collects the sum over its copies.",
    Collapse: "Every entry enters the sum once, so each receives the same gradient.",
    Sum: "The operand acts in several ways; what they contribute adds up.",
    Zero: "No gradient passes.",
}


def assumption_reason(found: GradientEquation) -> str:
    """A sentence on the assumptions that made the form shorter, or nothing."""
    used = sorted(_assumptions_lost(found))
    return "".join(
        f" Used: {name} is {kind.replace('_', ' ')}{MEANING.get(kind, '')}." for name, kind in used
    )


MEANING = {
    "row_stochastic": ", its rows sum to 1",
    "column_stochastic": ", its columns sum to 1",
    "symmetric": ", it equals its transpose",
    "orthogonal": ", its transpose is its inverse",
}


def _assumptions_lost(found: GradientEquation) -> set[tuple[str, str]]:
    """(symbol, assumption) of symbols whose sum or transpose is gone from the result."""
    lost: set[tuple[str, str]] = set()
    for c in found.contributions:
        before = set(postorder(c.raw))
        after = set(postorder(c.expr))
        for node in before - after:
            if node.op.name in ("sum", "transpose", "inv") and node.args[0].op.name == "symbol":
                symbol = node.args[0]
                kinds = KINDS[node.op.name]
                lost |= {(symbol.name, a) for a in symbol.data[2] if a in kinds}
    return lost


KINDS = {
    "sum": {"row_stochastic", "column_stochastic"},
    "transpose": {"symmetric", "antisymmetric"},
    "inv": {"orthogonal"},
}
