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
FURTHER = 5
"Depths, from the pattern's own on, that are tried for a claim to be about anything."


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
        one = all(_from_neighbour(claim, family) for claim in found)
        known = "that of its neighbour" if one else "those that are known by then"
        text = (
            f"`{start.about}` is where it starts; each step gives the gradient of one member from"
            f" {known}, so that all of them are known, one after the other."
        )
        return Proof("The recursion", text, (start, *(c for c in found if c is not start)))
    return None


def _from_neighbour(claim: Claim, family: str) -> bool:
    """Whether the gradients of the family that it uses are those of one member."""
    found = {s.name for s in claim.rhs.free if s.op.name == "grad" and family_of(s.name) == family}
    return len(found) <= 1


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
            if not claim.letter and claim.least > pattern.least:
                text += f" There is such a member from {claim.first.base} = {claim.least} on."
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
    claim = replace(claim, least=_least(pattern, claim))
    found = list(_matching(pattern, family, index, claim))
    if depth > MOST or is_sum or not found:
        yield None
        return
    for match in found:
        if match is None:
            yield None
            return
        first, last, rule = match
        narrowed = _narrowed(claim, first, last)
        at = index if narrowed.letter or not claim.letter else index.at(claim.letter, first)
        name = member(family, at)
        here = next(s for s in narrowed.rhs.free if s.op.name == "grad" and s.name == name)
        rhs = rebuild(narrowed.rhs, {here: rule.at(at)})
        yield from spread(pattern, others, replace(narrowed, rhs=rhs), depth + 1)


def _least(pattern: Pattern, claim: Claim) -> int:
    """The depth from which a claim is about anything: its range is not empty."""
    least = max(pattern.least, claim.least)
    if not claim.letter:
        return least
    tried = range(least, least + FURTHER)
    return next((n for n in tried if surely(claim.first, claim.last, n)), least)


def _narrowed(claim: Claim, first: Index, last: Index) -> Claim:
    """A claim for part of its range; for a single index, without a letter."""
    if first != last or not claim.letter:
        return replace(claim, first=first, last=last)
    here = moved(claim.letter, first).expr
    lhs = here(claim.lhs)
    single = Claim(lhs.name, claim.rule, lhs, here(claim.rhs), claim.text, "", first, last)
    return replace(single, least=claim.least)


def _matching(
    pattern: Pattern, family: str, index: Index, claim: Claim
) -> Iterator[tuple[Index, Index, Rule] | None]:
    """The ranges of the claim's letter for which one rule gives the member at ``index``; None
    where a range is not known for every depth."""
    least = claim.least
    for rule in pattern.rules.get(family, []):
        if not claim.letter or index.base != claim.letter:
            if surely(rule.first, index, least) and surely(index, rule.last, least):
                yield claim.first, claim.last, rule
            continue
        low, high = rule.first - index.shift, rule.last - index.shift
        firsts = [a for a, b in ((low, claim.first), (claim.first, low)) if surely(b, a, least)]
        lasts = [a for a, b in ((high, claim.last), (claim.last, high)) if surely(a, b, least)]
        if not firsts or not lasts:
            yield None
        elif not surely(lasts[0] + 1, firsts[0], least):
            yield firsts[0], lasts[0], rule
