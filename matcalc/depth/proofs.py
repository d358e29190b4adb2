"""What follows from the rules: the recursion in one line, and the product over all steps.

The recursion is found by putting rules into one another until a gradient is given by that
of the same family one step further. The product is proved by induction: it holds at the
end, and the rule takes it one step back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from matcalc.depth.index import NOWHERE, Index, member, moved, split_member, surely
from matcalc.depth.pattern import Pattern, Rule
from matcalc.depth.template import Loop
from matcalc.differentiate.jacobian import local_jacobian
from matcalc.expressions.build import gradient, mul, symbol, zeros
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector, rebuild, turned
from matcalc.network.network import Equation
from matcalc.operations.notation import NOTATION
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_zero

MOST = 12
"Rules that are put into one another."
LONG = 60
"Pieces of a Jacobian beyond which a product of them says nothing."


@dataclass(frozen=True)
class Claim:
    """``lhs = rhs`` for every ``letter`` from ``first`` to ``last`` (or as it stands).

    Both sides are in the shapes of the variables, except where ``arranged``: then they
    stand as the layout has them already.
    """

    about: str
    rule: str
    lhs: Expr
    rhs: Expr
    text: str
    letter: str = ""
    first: Index = NOWHERE
    last: Index = NOWHERE
    arranged: bool = False
    least: int = 1
    "The depth from which it is meant."


@dataclass(frozen=True)
class Proof:
    """Some claims under a title."""

    title: str
    text: str
    claims: tuple[Claim, ...]


@lru_cache(maxsize=64)
def proofs(pattern: Pattern) -> tuple[Proof, ...]:
    """The recursion and the product of each loop, where there are such."""
    found: list[Proof] = []
    for item in pattern.template.items:
        if isinstance(item, Loop):
            found += filter(None, (recursion(pattern, item), product(pattern, item)))
    return tuple(found)


def claims(pattern: Pattern) -> Iterator[Claim]:
    for proof in proofs(pattern):
        yield from proof.claims


# -- the recursion --------------------------------------------------------------------


def recursion(pattern: Pattern, loop: Loop) -> Proof | None:
    """The first family of the loop whose gradient follows from its own, one step further."""
    for equation in loop.equations:
        family = _family(equation)
        found = _eliminated(pattern, loop, family)
        if found is None:
            continue
        start = next((c for c in found if not _uses(c.rhs, family)), None)
        step = next((c for c in found if c.letter and _uses(c.rhs, family)), None)
        if start is None or step is None or not _is_longer(pattern, family, step):
            continue
        text = (
            f"`{start.about}` is where it starts; each step gives the gradient of one member from"
            " that of its neighbour, so that all of them are known, one after the other."
        )
        return Proof("The recursion", text, (start, *(c for c in found if c is not start)))
    return None


def _is_longer(pattern: Pattern, family: str, step: Claim) -> bool:
    """Whether the recursion says more than the rules do."""
    return not any(
        rule.letter and _uses(rule.expr, family) for rule in pattern.rules.get(family, [])
    )


def _eliminated(pattern: Pattern, loop: Loop, family: str) -> list[Claim] | None:
    """The rules of a family with those of the other families of the loop put in."""
    others = {_family(e) for e in loop.equations} - {family}
    found: list[Claim] = []
    for rule in pattern.rules.get(family, []):
        if not pattern.is_node(rule):
            continue
        for claim in _spread(pattern, others, Claim(
            rule.symbol.name, "start", gradient(rule.symbol), rule.expr, "",
            rule.letter, rule.first, rule.last,
        )):  # fmt: skip
            if claim is None:
                return None
            rhs = pattern.d.names.tidy(claim.rhs)
            name = "step" if _uses(rhs, family) else "start"
            text = "The rules above, put into one another."
            found.append(Claim(claim.about, name, claim.lhs, rhs, text,
                               claim.letter, claim.first, claim.last))  # fmt: skip
    return found or None


def _spread(
    pattern: Pattern, others: set[str], claim: Claim, depth: int = 0
) -> Iterator[Claim | None]:
    """A claim with the gradients of other families replaced, split where they differ."""
    target = next((s for s in sorted(claim.rhs.free, key=lambda s: s.name)
                   if s.op.name == "grad" and _family_of(s) in others), None)  # fmt: skip
    if target is None:
        yield claim
        return
    if depth > MOST or any(node.op.name == "sum_range" for node in claim.rhs.args):
        yield None
        return
    family, index = split_member(target.name) or ("", NOWHERE)
    for first, last, rule in _matching(pattern, family, index, claim):
        one = first == last and claim.letter
        here = moved(claim.letter, first) if one else None
        lhs, rhs = (here.expr(e) if here else e for e in (claim.lhs, claim.rhs))
        at = index.at(claim.letter, first) if one else index
        name = gradient(symbol(member(family, at), target.shape))
        value = rule.at(at)
        name = next((s for s in rhs.free if s.op.name == "grad" and s.name == name.name), name)
        yield from _spread(
            pattern, others,
            Claim(lhs.name, claim.rule, lhs, rebuild(rhs, {name: value}), "",
                  "" if one else claim.letter, first, last),
            depth + 1,
        )  # fmt: skip


def _matching(
    pattern: Pattern, family: str, index: Index, claim: Claim
) -> Iterator[tuple[Index, Index, Rule]]:
    """The ranges of the claim's letter for which one rule gives the member at ``index``."""
    least = pattern.least
    for rule in pattern.rules.get(family, []):
        if not claim.letter or index.base != claim.letter:
            if surely(rule.first, index, least) and surely(index, rule.last, least):
                yield claim.first, claim.last, rule
            continue
        low, high = rule.first - index.shift, rule.last - index.shift
        first = low if surely(claim.first, low, least) else claim.first
        last = high if surely(high, claim.last, least) else claim.last
        if not surely(last + 1, first, least):
            yield first, last, rule


# -- the product ----------------------------------------------------------------------


def product(pattern: Pattern, loop: Loop) -> Proof | None:
    """∂L/∂x[k] as a product over the steps after k, where that is the only way to the loss."""
    if loop.down:
        return None
    for equation in reversed(loop.equations):
        family, index = split_member(equation.name) or ("", NOWHERE)
        before = symbol(member(family, index - 1), ())
        shape = equation.shape
        if index.shift or not is_vector(shape) or not _is_carried(loop, before.name):
            continue
        found = _product(pattern, loop, family)
        if found is not None:
            return found
    return None


def _is_carried(loop: Loop, before: str) -> bool:
    return any(s.name == before for e in loop.equations for s in e.expr.free)


def _product(pattern: Pattern, loop: Loop, family: str) -> Proof | None:
    letter = loop.variable
    here = Index(letter)
    through = _body(loop, member(family, here))
    start = symbol_in(through, member(family, here - 1))
    if start is None or not _only_way(pattern, loop, family):
        return None
    equation = Equation(member(family, here), through)
    stacking = pattern.template.convention.stacking
    jacobian = local_jacobian(equation, start, stacking, pattern.d.names)
    tidy = pattern.d.names.tidy  # twice: f'(z) may be a form in x only once z has its name
    form = pattern.layout.jacobian_form(tidy(jacobian.matrix))
    if form.pieces > LONG or not is_vector(start.shape):
        return None
    at_x = pattern.layout.gradient_shape(start.shape)
    columns = at_x[1] == ONE
    factor = turned(form) if columns == (pattern.layout.jacobian == "numerator") else form
    return _induction(pattern, loop, family, factor, columns)


def _induction(pattern: Pattern, loop: Loop, family: str, factor: Expr, columns: bool) -> Proof:
    letter, end = loop.variable, loop.last
    free = _free_letter(pattern)
    k = Index(free)

    def at(index: Index) -> Expr:
        """The gradient of one member as the layout arranges it."""
        own = next(e for e in loop.equations if _family(e) == family)
        g = gradient(moved(letter, index).expr(own.symbol))
        return turned(g) if pattern.layout.transposes_gradient(g.shape) else g

    def times(product: Expr, g: Expr) -> Expr:
        return mul(product, g) if columns else mul(g, product)

    def over(first: Index) -> Expr:
        """The product over the steps from ``first`` to the end."""
        sides = [moved(letter, at_).expr(factor).shape for at_ in (first, end)]
        rows, cols = (sides[0][0], sides[1][1]) if columns else (sides[1][0], sides[0][1])
        data = (letter, first, end, columns, (rows, cols))
        return NOTATION["product_range"](factor, data=data)

    def spelled(*indices: Index) -> Expr:
        parts = [moved(letter, i).expr(factor) for i in indices]
        return mul(*parts, at(end)) if columns else mul(at(end), *reversed(parts))

    def claim(index: Index, rule: str, rhs: Expr, text: str, least: int = 1) -> Claim:
        ends = (loop.first - 1, loop.last) if rule == "the pattern" else (loop.first, loop.last)
        whole = (free, *ends) if index.base == free else ("", NOWHERE, NOWHERE)
        return Claim(member(family, index), rule, at(index), rhs, text, *whole, True, least)

    def from_depth(index: Index) -> int | None:
        """The depth from which there is such a member."""
        found = (n for n in range(pattern.least, 6) if surely(loop.first - 1, index, n))
        return next(found, None)

    side = "left" if columns else "right"
    one = moved(letter, k).expr(factor)
    lines = (
        claim(
            end - 1,
            "one step back",
            spelled(end),
            f"The Jacobian of a step stands on the {side} of what arrives.",
            from_depth(end - 1) or 6,
        ),
        claim(
            end - 2,
            "two steps back",
            spelled(end - 1, end),
            f"The same once more, where there are two steps. What stands between {family} and the"
            " end grows by one factor a step.",
            from_depth(end - 2) or 6,
        ),
        claim(
            k,
            "the pattern",
            times(over(k + 1), at(end)),
            "To be proved: one factor for each step, in the order in which they are met.",
        ),
        claim(
            end,
            "base",
            times(over(end + 1), at(end)),
            f"For {free} = {end} there is no factor: both sides are the same.",
        ),
        claim(
            k - 1,
            "step",
            times(one, at(k)),
            f"One step back from {free}, whatever comes after it.",
        ),
        claim(
            k - 1,
            "hypothesis",
            times(one, times(over(k + 1), at(end))),
            f"What holds for {free}, put in its place.",
        ),
        claim(
            k - 1,
            "conclusion",
            times(over(k), at(end)),
            f"The factor of step {free} joins the product: the pattern holds for {free}-1 as well,"
            f" and so for all from {end} down to {loop.first - 1}.",
        ),
    )
    return Proof(
        "The product over all steps",
        f"`{family}` goes on through the next step alone, so what arrives at its end is"
        " multiplied by one Jacobian for each step.",
        lines,
    )


def _free_letter(pattern: Pattern) -> str:
    template = pattern.template
    taken = {d.letter for d in template.declared} | set(template.depths) | set(template.dims)
    taken |= {d.family for d in template.declared} | {_family(e) for _, e in template.equations()}
    taken |= {loop.variable for loop, _ in template.equations() if loop}
    return next(c for c in "kjilpqrsuvw" + "abcdefghmnot" if c not in taken)


def _body(loop: Loop, name: str) -> Expr:
    """A member of a step in terms of the step before and of what does not depend on it."""
    known: dict[Expr, Expr] = {}
    for equation in loop.equations:
        known[equation.symbol] = rebuild(equation.expr, known)
    return next(known[e.symbol] for e in loop.equations if e.name == name)


def symbol_in(e: Expr, name: str) -> Expr | None:
    return next((s for s in e.free if s.name == name), None)


def _only_way(pattern: Pattern, loop: Loop, family: str) -> bool:
    """Whether the gradient of each member but the last is linear in that of the next and
    has no other part."""
    others = {_family(e) for e in loop.equations} - {family}
    for rule in pattern.rules.get(family, []):
        if surely(loop.last, rule.first, pattern.least):
            continue
        for claim in _spread(pattern, others, Claim(
            rule.symbol.name, "", gradient(rule.symbol), rule.expr, "",
            rule.letter, rule.first, rule.last,
        )):  # fmt: skip
            if claim is None:
                return False
            index = (split_member(claim.lhs.name) or ("", NOWHERE))[1]
            grads = [s for s in claim.rhs.free if s.op.name == "grad"]
            if [s.name for s in grads] != [member(family, index + 1)]:
                return False
            nothing = rebuild(claim.rhs, {grads[0]: zeros(grads[0].shape)})
            if not is_zero(simplify(nothing)):
                return False
    return True


def _family(equation: Equation) -> str:
    return (split_member(equation.name) or (equation.name, NOWHERE))[0]


def _family_of(s: Expr) -> str:
    return (split_member(s.name) or (s.name, NOWHERE))[0]


def _uses(e: Expr, family: str) -> bool:
    return any(s.op.name == "grad" and _family_of(s) == family for s in e.free)
