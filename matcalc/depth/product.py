"""The gradient at any step as a product over the steps after it, proved by induction: it
holds at the end, and the rule takes it one step back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from matcalc.depth.claims import Claim, Proof
from matcalc.depth.contributions import family_of
from matcalc.depth.index import NOWHERE, Index, member, moved, split_member, surely
from matcalc.depth.pattern import Pattern
from matcalc.depth.recursion import claim_of, eliminated, spread
from matcalc.depth.template import Loop
from matcalc.differentiate.jacobian import local_jacobian
from matcalc.expressions.build import gradient, mul, zeros
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector, rebuild, turned
from matcalc.network.network import Equation
from matcalc.operations.notation import NOTATION
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_zero

LONG = 60
"Pieces of a factor beyond which a product of them says nothing."


def product(pattern: Pattern, loop: Loop) -> Proof | None:
    """∂L/∂x[k] as a product over the steps after k, where that is the only way to the loss."""
    if loop.down:
        return None
    for equation in reversed(loop.equations):
        family, index = split_member(equation.name) or ("", NOWHERE)
        before = member(family, index - 1)
        if index.shift or not _is_carried(loop, before) or not _only_way(pattern, loop, family):
            continue
        of_vectors = is_vector(equation.shape)
        found = _jacobian(pattern, loop, family) if of_vectors else _side(pattern, loop, family)
        if found is not None and found[0].pieces <= LONG:
            return Induction(pattern, loop, family, *found).proof()
    return None


def _is_carried(loop: Loop, before: str) -> bool:
    return any(s.name == before for e in loop.equations for s in e.expr.free)


Factor = tuple[Expr, bool]
"What a step multiplies by, and whether it stands on the left of what arrives."


def _jacobian(pattern: Pattern, loop: Loop, family: str) -> Factor | None:
    """The Jacobian of a step, of vectors, as the layout arranges it."""
    here = Index(loop.variable)
    through = _body(loop, member(family, here))
    start = symbol_in(through, member(family, here - 1))
    if start is None or not is_vector(start.shape):
        return None
    others = {family_of(e.name) for e in loop.equations} - {family}
    if any(family_of(s.name) in others for s in through.free):
        return None  # another state is a second way from one step to the next
    equation = Equation(member(family, here), through)
    stacking = pattern.template.convention.stacking
    jacobian = local_jacobian(equation, start, stacking, pattern.d.names)
    tidy = pattern.d.names.tidy  # twice: f'(z) may be a form in x only once z has its name
    form = pattern.layout.jacobian_form(tidy(jacobian.matrix))
    columns = pattern.layout.gradient_shape(start.shape)[1] == ONE
    return (turned(form) if columns == (pattern.layout.jacobian == "numerator") else form), columns


def _side(pattern: Pattern, loop: Loop, family: str) -> Factor | None:
    """The factor beside the gradient of the next step, where matrices have one on one side."""
    for claim in eliminated(pattern, loop, family) or ():
        found = [s for s in claim.rhs.free if s.op.name == "grad"]
        if not claim.letter or len(found) != 1:
            continue
        arriving = found[0]
        if pattern.layout.transposes_gradient(arriving.shape):
            arriving = turned(arriving)
        e = pattern.layout.gradient(claim.rhs, claim.rhs.shape)
        ends = [e.args[0] is arriving, e.args[-1] is arriving] if e.op.name == "mul" else []
        if not any(ends):
            return None
        factor = mul(*(e.args[1:] if ends[0] else e.args[:-1]))
        if not factor.shape or any(s.op.name == "grad" for s in factor.free):
            return None
        back = moved(claim.letter, Index(loop.variable, -1))
        return back.expr(factor), ends[1]
    return None


@dataclass(frozen=True)
class Induction:
    """The product of a family's ``factor`` over the steps of a loop, and its proof.

    ``columns``: factors stand on the left of what arrives, the first step's leftmost.
    """

    pattern: Pattern
    loop: Loop
    family: str
    factor: Expr
    columns: bool

    @cached_property
    def free(self) -> str:
        """The letter of the step that the proof goes back from."""
        return _free_letter(self.pattern)

    def proof(self) -> Proof:
        return Proof(
            "The product over all steps",
            f"`{self.family}` goes on through the next step alone, so what arrives at its end is"
            " multiplied by one factor for each step.",
            (*self.examples(), *self.claims()),
        )

    def examples(self) -> Iterator[Claim]:
        """One step and two steps back, where there are so many."""
        end, side = self.loop.last, "left" if self.columns else "right"
        texts = (
            ("one step back", f"The factor of a step stands on the {side} of what arrives."),
            (
                "two steps back",
                "The same once more, where there are two steps. What stands between"
                f" {self.family} and the end grows by one factor a step.",
            ),
        )
        for back, (rule, text) in enumerate(texts, 1):
            steps = [end - k for k in reversed(range(back))]
            least = self.from_depth(end - back)
            if least is not None:
                yield self.claim(end - back, rule, self.spelled(steps), text, least)

    def claims(self) -> Iterator[Claim]:
        """The pattern, its base, its step, and what follows."""
        k, end, free = Index(self.free), self.loop.last, self.free
        one, arriving = self.factor_at(k), self.at(self.loop.last)
        yield self.claim(
            k,
            "the pattern",
            self.times(self.over(k + 1), arriving),
            "To be proved: one factor for each step, in the order in which they are met.",
        )
        yield self.claim(
            end,
            "base",
            self.times(self.over(end + 1), arriving),
            f"For {free} = {end} there is no factor: both sides are the same.",
        )
        text = f"One step back from {free}, whatever comes after it."
        yield self.claim(k - 1, "step", self.times(one, self.at(k)), text)
        yield self.claim(
            k - 1,
            "hypothesis",
            self.times(one, self.times(self.over(k + 1), arriving)),
            f"What holds for {free}, put in its place.",
        )
        yield self.claim(
            k - 1,
            "conclusion",
            self.times(self.over(k), arriving),
            f"The factor of step {free} joins the product: the pattern holds for {free}-1 as well,"
            f" and so for all from {end} down to {self.loop.first - 1}.",
        )

    # -- expressions ------------------------------------------------------------

    def claim(self, index: Index, rule: str, rhs: Expr, text: str, least: int = 1) -> Claim:
        first, last = self.loop.first, self.loop.last
        ends = (first - 1, last) if rule == "the pattern" else (first, last)
        whole = (self.free, *ends) if index.base == self.free else ("", NOWHERE, NOWHERE)
        name = member(self.family, index)
        return Claim(name, rule, self.at(index), rhs, text, *whole, True, least)

    def at(self, index: Index) -> Expr:
        """The gradient of one member as the layout arranges it."""
        own = next(e for e in self.loop.equations if family_of(e.name) == self.family)
        g = gradient(moved(self.loop.variable, index).expr(own.symbol))
        return turned(g) if self.pattern.layout.transposes_gradient(g.shape) else g

    def factor_at(self, index: Index) -> Expr:
        return moved(self.loop.variable, index).expr(self.factor)

    def times(self, product: Expr, g: Expr) -> Expr:
        return mul(product, g) if self.columns else mul(g, product)

    def over(self, first: Index) -> Expr:
        """The product over the steps from ``first`` to the end."""
        end = self.loop.last
        one, other = (self.factor_at(index).shape for index in (first, end))
        shape = (one[0], other[1]) if self.columns else (other[0], one[1])
        data = (self.loop.variable, first, end, self.columns, shape)
        return NOTATION["product_range"](self.factor, data=data)

    def spelled(self, steps: list[Index]) -> Expr:
        """The factors of some last steps, one by one."""
        parts, arriving = [self.factor_at(index) for index in steps], self.at(self.loop.last)
        return mul(*parts, arriving) if self.columns else mul(arriving, *reversed(parts))

    def from_depth(self, index: Index) -> int | None:
        """The depth from which there is such a member."""
        tried = range(self.pattern.least, self.pattern.least + 5)
        return next((n for n in tried if surely(self.loop.first - 1, index, n)), None)


def _free_letter(pattern: Pattern) -> str:
    template = pattern.template
    taken = {d.letter for d in template.declared} | set(template.depths) | set(template.dims)
    taken |= {d.family for d in template.declared} | {
        family_of(e.name) for _, e in template.equations()
    }
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
    others = {family_of(e.name) for e in loop.equations} - {family}
    for rule in pattern.rules.get(family, []):
        if surely(loop.last, rule.first, pattern.least):
            continue
        for claim in spread(pattern, others, claim_of(rule)):
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
