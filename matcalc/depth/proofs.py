"""What follows from the rules of a pattern: recursions, and products over all steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from matcalc.depth.claims import Claim, Proof
from matcalc.depth.pattern import Pattern
from matcalc.depth.product import product
from matcalc.depth.recursion import recursion
from matcalc.depth.template import Loop


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
