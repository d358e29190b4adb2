"""The catalogue of rules: every operation with what its one rule says, worked out.

Everything comes from the registry and its examples, by the way that a user's network
takes; nothing is stated here that could disagree with what matcalc does. Only the
literature is a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from matcalc.declaration import loads
from matcalc.derivation.derivation import Derivation, derive
from matcalc.errors import InputError, nearest
from matcalc.expressions.expr import Expr
from matcalc.expressions.operation import LANGUAGE, REGISTRY
from matcalc.operations.examples import EXAMPLES, Shapes

SIGNS = {
    **dict.fromkeys(("+", "-"), "add"),
    **dict.fromkeys(("*", "@"), "mul"),
    **dict.fromkeys(("/", "**"), "power"),
    **dict.fromkeys((".T", "T"), "transpose"),
    **dict.fromkeys(("[]", "A[i, j]"), "block"),
    "divide": "hadamard",
}
"Other ways to ask for an operation."
COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook (2012)"
LITERATURE = dict.fromkeys(
    ("add", "trace", "mul", "hadamard", "kron", "inv", "det", "logdet", "transpose"), COOKBOOK
)
SIZES = "{m: 2, n: 3, p: 5, q: 7}"
RESULT = "Y"


@dataclass(frozen=True)
class Pullback:
    """What one operand of the example receives: ``gradient``, from grad(Y), and the
    Jacobian ∂v(Y)/∂v(operand) with v stacking rows and columns; where one of the two is a
    scalar (``plain``), the derivative in the other's shape."""

    operand: str
    gradient: Expr
    rows: Expr
    columns: Expr
    plain: bool


@dataclass(frozen=True)
class Entry:
    """One operation. Without an example (a constant, or what only results are written
    with) the rule is all there is: ``derivation`` is None and ``pullbacks`` are empty."""

    name: str
    definition: str
    rule: str
    source: str
    example: str = ""
    shapes: Shapes | None = None
    derivation: Derivation | None = None
    change: Expr | None = None
    "The right side of d(Y) = ..., for the example."
    pullbacks: tuple[Pullback, ...] = ()


def catalogue() -> Iterator[Entry]:
    """Every operation of the registry, in its order."""
    return map(entry, REGISTRY)


def find(name: str) -> Entry:
    """The entry of an operation, by its name or sign, or by a call of the language."""
    known = name if name in REGISTRY else LANGUAGE.get(name) or SIGNS.get(name)
    if known is None:
        names = {*REGISTRY, *LANGUAGE, *SIGNS}
        near = nearest(name, sorted(names))
        shown = name if len(name) <= 40 else name[:37] + "..."
        raise InputError(
            f"there is no rule for {shown}",
            mend=f"Did you mean {near}?" if near else "matcalc rules lists all of them.",
        )
    return entry(known)


@lru_cache(maxsize=256)
def entry(name: str) -> Entry:
    operation = REGISTRY[name]
    module = type(operation).__module__
    code = f"{module.replace('.', '/')}.py, {type(operation).__name__}"
    source = f"{LITERATURE[name]}; {code}" if name in LITERATURE else code
    if name not in EXAMPLES:
        return Entry(name, operation.summary, operation.source, source)
    example, shapes = EXAMPLES[name][0]
    rows, columns = (_derived(example, shapes, c) for c in ("row", "column"))
    pullbacks = tuple(
        Pullback(
            operand,
            rows.partials[operand].form,
            rows.jacobian(RESULT, operand).form,
            columns.jacobian(RESULT, operand).form,
            not (rows.network.equation[RESULT].shape and rows.network.symbol(operand).shape),
        )
        for operand in shapes
    )
    change = next(step.rhs for step in rows.steps if step.kind == "differential")
    return Entry(
        name,
        operation.summary,
        operation.source,
        source,
        example,
        shapes,
        rows,
        change,
        pullbacks,
    )


def _derived(example: str, shapes: Shapes, convention: str) -> Derivation:
    """The example as a network Y = ..., in mixed layout: gradients in their variables'
    shapes, Jacobians with a row for each entry of Y."""
    lines = [f"convention: {convention}", f"dims: {SIZES}", "inputs:"]
    lines += [f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items()]
    lines += ["functions: {f: abstract}", "network:", f"  {RESULT}: {example}"]
    lines += [f"outputs: [{RESULT}]", "layout: mixed"]
    return derive(loads("\n".join(lines)))
