"""The recursion of a loop: rules put into one another until a gradient is given by that of
the same family one step further."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.depth.claims import Claim, Proof, uses_gradient
from matcalc.depth.contributions import family_of
from matcalc.depth.index import NOWHERE, Index, member, moved, split_member, surely
from matcalc.depth.pattern import Pattern, Rule
from matcalc.depth.template import Loop
from matcalc.expressions.build import gradient, symbol
from matcalc.expressions.expr import rebuild

MOST = 12
"Rules that are put into one another."


def recursion(pattern: Pattern, loop: Loop) -> Proof | None:
    """The first family of the loop whose gradient follows from its own, one step further."""
    for equation in loop.equations:
        family = family_of(equation.name)
        found = eliminated(pattern, loop, family)
        if found is None:
            continue
        start = next((c for c in found if not uses_gradient(c.rhs, family)), None)
        step = next((c for c in found if c.letter and uses_gradient(c.rhs, family)), None)
        if start is None or step is None or not _is_longer(pattern, family, step):
            continue
        text = (
            f"`{start.about}` is where it starts; each step gives the gradient of one member from"
            " that of its neighbour, so that all of them are known, one after the other."
        )
        return Proof("The recursion", text, (start, *(c for c in found if c is not start)))
    return None


def _is_longer(pattern: Pattern, family: str, step: Claim) -> bool:
    """Whether the recursion says more than the rule that it came from."""
    return not any(rule.expr is step.rhs for rule in pattern.rules.get(family, []))


def eliminated(pattern: Pattern, loop: Loop, family: str) -> list[Claim] | None:
    """The rules of a family with those of the other families of the loop put in."""
    others = {family_of(e.name) for e in loop.equations} - {family}
    found: list[Claim] = []
    for rule in pattern.rules.get(family, []):
        if not pattern.is_node(rule):
            continue
        for claim in spread(pattern, others, Claim(
            rule.symbol.name, "start", gradient(rule.symbol), rule.expr, "",
            rule.letter, rule.first, rule.last,
        )):  # fmt: skip
            if claim is None:
                return None
            rhs = pattern.d.names.tidy(claim.rhs)
            name = "step" if uses_gradient(rhs, family) else "start"
            text = "The rules above, put into one another."
            found.append(Claim(claim.about, name, claim.lhs, rhs, text,
                               claim.letter, claim.first, claim.last))  # fmt: skip
    return found or None


def spread(
    pattern: Pattern, others: set[str], claim: Claim, depth: int = 0
) -> Iterator[Claim | None]:
    """A claim with the gradients of other families replaced, split where they differ."""
    target = next((s for s in sorted(claim.rhs.free, key=lambda s: s.name)
                   if s.op.name == "grad" and family_of(s.name) in others), None)  # fmt: skip
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
        yield from spread(
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
