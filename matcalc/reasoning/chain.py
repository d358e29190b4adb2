"""A product of Jacobians in the order that the layout gives it, each with its shape; then
the Jacobian by its form, and what is simpler than a matrix in its place: ⊙ for a diagonal
one, a factor on its side for one of Kronecker form.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.derivation.chain_rule import chain_rule
from matcalc.derivation.reasons import differential_reason
from matcalc.derivation.results import Jacobian
from matcalc.expressions.build import gradient, mul
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector, operation, turned
from matcalc.network.network import Convention
from matcalc.operations.notation import jacobian as jacobian_symbol
from matcalc.reasoning import differential
from matcalc.reasoning.step import CannotArgue, Step, Use
from matcalc.simplify import simplify

KIND = "chain style"
LONG = 60
"Pieces of a Jacobian beyond which it is better read as a map."
DEPTH = 12
"The most Jacobians in a product through several nodes."


def steps(use: Use) -> tuple[Step, ...]:
    found = use.d.jacobian(use.equation.name, use.symbol.name)
    if found.form.pieces > LONG:
        raise CannotArgue("The Jacobian written out is longer than the map that it stands for.")
    if use.is_loss or not use.equation.shape:
        return tuple(_of_a_number(use, found))
    if not use.symbol.shape:
        return tuple(_by_a_number(use, found))
    return tuple(_steps(use, found))


def _steps(use: Use, found: Jacobian) -> Iterator[Step]:
    symbol = _symbol(use.equation.symbol, use.symbol, found)
    link = Link(use)
    named, spelled = link.product(symbol), link.product(found.form)
    yield use.step(
        KIND, "chain rule", (link.arranged(use.target_in_language), spelled), _order(use, link),
        shown=(link.arranged(use.target), named), shapes=True,
    )  # fmt: skip
    yield _local(use, found, symbol)
    yield use.step(
        KIND, "substitute", (link.arranged(use.target_in_language), spelled),
        "The Jacobian in its place.",
        shown=(link.arranged(use.target), spelled), shapes=True,
    )  # fmt: skip
    result = link.arranged(use.result)
    if result.op.name == "transpose" and is_vector(use.result.shape):
        result = simplify(result)  # a row made of rows
    if result is not spelled:
        rule, why = _shorter(use, found)
        yield use.step(KIND, rule, (spelled, result), why, shapes=bool(use.result.shape))


class Link:
    """How gradients and a Jacobian stand beside each other under the layout.

    Vectors stand as the layout arranges their gradients; a matrix is stacked first, as a
    column beside a denominator Jacobian and as a row beside a numerator one.
    """

    def __init__(self, use: Use) -> None:
        self.use, self.layout = use, use.d.layout
        self.stacking = use.d.network.convention.stacking
        z, x = use.equation.symbol, use.symbol
        self.vectors = is_vector(z.shape) and is_vector(x.shape)
        self.numerator = self.layout.jacobian == "numerator"
        if self.vectors:
            at_z, at_x = self.layout.gradient_shape(z.shape), self.layout.gradient_shape(x.shape)
            self.columns = at_z[1] == ONE
            self.vectors = self.columns == (at_x[1] == ONE)
        if not self.vectors:
            self.columns = not self.numerator

    def arranged(self, e: Expr) -> Expr:
        """A gradient as it stands in the product."""
        if self.vectors:
            return turned(e) if self.layout.transposes_gradient(e.shape) else e
        stacked = self.stacking.vec(e)
        return stacked if self.columns else turned(stacked)

    def product(self, j: Expr) -> Expr:
        """∂L/∂X by the chain rule, from a Jacobian."""
        g = self.arranged(self.use.upstream)
        fitting = turned(j) if self.vectors and self.columns == self.numerator else j
        return mul(fitting, g) if self.columns else mul(g, fitting)


def _symbol(z: Expr, x: Expr, found: Jacobian) -> Expr:
    return jacobian_symbol(z, x, found.shape)


def _order(use: Use, link: Link) -> str:
    if link.vectors:
        sentence = chain_rule(use.d.layout, use.d.of, use.equation.symbol, use.symbol)
        reason = sentence.rpartition(": ")[2]
        return reason[:1].upper() + reason[1:]
    by = "row by row" if use.d.network.convention.value == "row" else "column by column"
    stands = (
        "the Jacobian stands on the left of the stacked gradient"
        if link.columns
        else "the Jacobian stands on the right of the stacked gradient, a row"
    )
    layout = "denominator" if link.columns else "numerator"
    return f"Matrices are stacked {by}; in {layout} layout {stands}, and the sizes fit."


def _local(use: Use, found: Jacobian, symbol: Expr) -> Step:
    return use.step(
        KIND, "local Jacobian", (found.form, found.form), _why_local(use, found),
        shown=(symbol, found.form),
    )  # fmt: skip


def _why_local(use: Use, found: Jacobian) -> str:
    """What the change of Z says about its Jacobian."""
    line = differential_reason(use.equation.expr)
    start = f"From {line}" if "`" in line else f"With `{use.symbol.name}` alone moving"
    name = found.form.op.name
    if name == "kron":
        identity = "`vec(A B C) = (Cᵀ ⊗ A) vec(B)`"
        if use.d.network.convention is Convention.ROW:
            identity = "`rvec(A B C) = (A ⊗ Cᵀ) rvec(B)`, where `rvec` stacks rows"
        return f"{start}, and {identity}."
    if name == "diag":
        return f"{start}: an entry depends on the same entry alone, and all others are 0."
    if name == "eye":
        return f"{start}: the change passes on unchanged."
    if not use.equation.shape or not use.symbol.shape:
        return f"{start}."
    entry = "(i, j)"
    slope = f"entry {entry} is how entry `i` of `{use.equation.name}` changes with entry `j` of"
    if use.d.layout.jacobian == "denominator":
        slope = f"entry {entry} is how entry `j` of `{use.equation.name}` changes with entry `i` of"
    return f"{start}; {slope} `{use.symbol.name}`."


def _shorter(use: Use, found: Jacobian) -> tuple[str, str]:
    if found.form.op.name == "diag" or (found.short is not None and found.form.op.name != "kron"):
        return "diagonal Jacobian", (
            "A diagonal matrix times a vector scales each entry by its own factor, which is what"
            " `⊙` does; the matrix is never built."
        )
    if found.form.op.name == "kron":
        return "Kronecker factor dropped", (
            f"{found.reason} So the product can be taken with the matrices themselves."
        )
    if found.form.op.name == "eye":
        return "identity", "The Jacobian is the identity: the gradient passes on unchanged."
    return "the product, simplified", "The same, with the factors multiplied out."


def _of_a_number(use: Use, found: Jacobian) -> Iterator[Step]:
    """Z is a number: its Jacobian is a gradient, which what arrives scales."""
    shape = use.d.network.declared_shape(use.symbol.name)
    transposed = use.d.layout.transposes_gradient(shape)
    symbol = _symbol(use.equation.symbol, use.symbol, found)

    def arranged(e: Expr) -> Expr:
        return turned(e) if transposed and e.shape else e

    if use.is_loss:  # where the chain begins: the local gradient itself is to be found
        yield from differential.steps(use)
    yield _local(use, found, symbol)
    if use.is_loss:
        return
    scaled = mul(use.upstream, found.form)
    yield use.step(
        KIND, "chain rule", (arranged(use.target_in_language), scaled),
        _scaled(use), shown=(arranged(use.target), mul(use.upstream, symbol)),
        shapes=bool(use.symbol.shape),
    )  # fmt: skip
    result = arranged(use.result)
    if result is not scaled:
        yield use.step(KIND, "substitute", (scaled, result), "The gradient in its place.")


def _scaled(use: Use) -> str:
    if not use.symbol.shape:
        return (
            f"The upstream gradient, which arrives at `{use.equation.name}`, times the local one."
        )
    return f"`{use.equation.name}` is a number: what arrives at it scales its gradient."


def _by_a_number(use: Use, found: Jacobian) -> Iterator[Step]:
    """X is a number: every entry of Z moves with it, and their contributions add up."""
    numerator = use.d.layout.jacobian == "numerator"
    symbol = _symbol(use.equation.symbol, use.symbol, found)

    def total(j: Expr) -> Expr:
        return operation("inner")(use.upstream, j if numerator else turned(j))

    yield use.step(
        KIND, "chain rule", (use.target_in_language, total(found.form)),
        f"`{use.symbol.name}` is a number that every entry of `{use.equation.name}` may depend"
        " on: each entry's share is added up.",
        shown=(use.target, total(symbol)),
    )  # fmt: skip
    yield _local(use, found, symbol)
    if use.result is not total(found.form):
        yield use.step(
            KIND, "substitute", (total(found.form), use.result), "The derivative in its place."
        )


def unrolled(uses: list[Use]) -> tuple[Step, ...]:
    """∂L/∂x as one product of Jacobians, along the only way from x to the loss.

    ``uses`` are the uses along the way, that of x first. Empty where there are fewer than
    two Jacobians to multiply or where a matrix would have to be stacked.
    """
    links = [Link(use) for use in uses if not use.is_loss and use.equation.shape]
    if not 2 <= len(links) <= DEPTH or not all(link.vectors for link in links):
        return ()
    if len({link.columns for link in links}) > 1 or not all(use.alone for use in uses):
        return ()
    found = [use.d.jacobian(use.equation.name, use.symbol.name) for use in uses[: len(links)]]
    symbols = [
        _symbol(link.use.equation.symbol, link.use.symbol, j)
        for link, j in zip(links, found, strict=True)
    ]
    first, last = links[0], links[-1]
    end = last.arranged(gradient(last.use.equation.symbol))
    target = first.arranged(gradient(first.use.symbol))

    def along(factors: list[Expr]) -> Expr:
        fitting = [
            turned(j) if link.columns == link.numerator else j
            for link, j in zip(links, factors, strict=True)
        ]
        return mul(*fitting, end) if first.columns else mul(end, *reversed(fitting))

    forms = along([j.form for j in found])
    way = " → ".join([*(link.use.symbol.name for link in links), last.use.equation.name])
    yield_one = first.use.step(
        KIND, "chain rule through the network", (target, forms),
        f"All the way back: `{way}`, one Jacobian for each step.",
        shown=(target, along(symbols)), shapes=True,
    )  # fmt: skip
    pattern = first.use.step(
        KIND, "the pattern", (target, forms), "Each Jacobian in its place.", shapes=True
    )
    return yield_one, pattern
