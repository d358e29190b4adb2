"""The recursion of a loop: rules put into one another until a gradient is given by that of
the same family one step further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matcalc.depth.claims import Claim, Proof, uses_gradient
from matcalc.depth.contributions import family_of
from matcalc.depth.index import NOWHERE, Index, member, moved, split_member, surely
from matcalc.depth.pattern import Pattern, Rule
from matcalc.depth.template import Loop
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import postorder, rebuild

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
    """The rules of a family with those of the other families of the loop put in; None where
    they cannot be put in for every depth."""
    others = {family_of(e.name) for e in loop.equations} - {family}
    found: list[Claim] = []
    for rule in pattern.rules.get(family, []):
        if not pattern.is_node(rule):
            continue
        for claim in spread(pattern, others, claim_of(rule)):
            if claim is None:
                return None
            rhs = pattern.d.names.tidy(claim.rhs)
            name = "step" if uses_gradient(rhs, family) else "start"
            text = "The rules above, put into one another."
            found.append(replace(claim, rhs=rhs, rule=name, text=text))
    return found or None


def claim_of(rule: Rule) -> Claim:
    """A rule as a claim."""
    lhs = gradient(rule.symbol)
    return Claim(rule.symbol.name, "", lhs, rule.expr, "", rule.letter, rule.first, rule.last)


def spread(
    pattern: Pattern, others: set[str], claim: Claim, depth: int = 0
) -> Iterator[Claim | None]:
    """A claim with the gradients of other families replaced, split where they differ."""
    grads = sorted((s for s in claim.rhs.free if s.op.name == "grad"), key=lambda s: s.name)
    target = next((s for s in grads if family_of(s.name) in others), None)
    if target is None:
        yield claim
        return
    is_sum = any(node.op.name == "sum_range" for node in postorder(claim.rhs))
    family, index = split_member(target.name) or ("", NOWHERE)
    found = list(_matching(pattern, family, index, claim))
    if depth > MOST or is_sum or not found:
        yield None
        return
    for first, last, rule in found:
        narrowed = _narrowed(claim, first, last)
        at = index if narrowed.letter or not claim.letter else index.at(claim.letter, first)
        name = member(family, at)
        here = next(s for s in narrowed.rhs.free if s.op.name == "grad" and s.name == name)
        rhs = rebuild(narrowed.rhs, {here: rule.at(at)})
        yield from spread(pattern, others, replace(narrowed, rhs=rhs), depth + 1)


def _narrowed(claim: Claim, first: Index, last: Index) -> Claim:
    """A claim for part of its range; for a single index, without a letter."""
    if first != last or not claim.letter:
        return replace(claim, first=first, last=last)
    here = moved(claim.letter, first).expr
    lhs = here(claim.lhs)
    return Claim(lhs.name, claim.rule, lhs, here(claim.rhs), claim.text, "", first, last)


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
