"""The members of a family in ranges that receive the same contributions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from matcalc.depth.contributions import Source
from matcalc.depth.index import NOWHERE, Index, member, moved, split_member, surely
from matcalc.depth.template import Template
from matcalc.errors import CannotDerive
from matcalc.expressions.build import symbol
from matcalc.expressions.expr import Expr


@dataclass(frozen=True)
class Piece:
    """Members that receive the same contributions; one member where it has no letter."""

    symbol: Expr
    letter: str
    first: Index
    last: Index
    sources: tuple[Source, ...]

    @property
    def index(self) -> Index | None:
        if self.letter:
            return Index(self.letter)
        found = split_member(self.symbol.name)
        return found[1] if found else None


def pieces_of(template: Template, family: str, found: list[Source], least: int) -> Iterator[Piece]:
    """The pieces of a family, the last members first; a plain name is one piece."""
    domain = list(_domain(template, family))
    if not domain:
        target = _plain(template, family)
        yield Piece(target, "", NOWHERE, NOWHERE, tuple(found))
        return
    cuts = {a for a, _, _, _ in domain} | {b + 1 for _, b, _, _ in domain}
    for s in found:
        assert s.first is not None and s.last is not None
        cuts |= {s.first, s.last + 1}
    for end in filter(None, (template.loss, *template.outputs)):
        own = split_member(end)
        if own is not None and own[0] == family:
            cuts |= {own[1], own[1] + 1}
    ordered = _sorted(family, cuts, least)
    for start, stop in reversed(list(pairwise(ordered))):
        last = stop - 1
        home = next(
            (h for h in domain if surely(h[0], start, least) and surely(last, h[1], least)), None
        )
        if home is None:
            continue
        here = tuple(
            s
            for s in found
            if s.first and s.last and surely(s.first, start, least) and surely(last, s.last, least)
        )
        _, _, letter, of = home
        one = start == last
        at = moved(letter, start).expr(of) if one and letter else of
        yield Piece(at, "" if one else letter, start, last, here)


def _sorted(family: str, cuts: set[Index], least: int) -> list[Index]:
    ordered: list[Index] = []
    for cut in cuts:
        k = 0
        while k < len(ordered) and surely(ordered[k], cut, least):
            k += 1
        if not all(surely(cut, other, least) for other in ordered[k:]):
            other = next(o for o in ordered[k:] if not surely(cut, o, least))
            raise CannotDerive(
                f"whether {member(family, cut)} comes before {member(family, other)} depends on"
                " the depth"
            )
        ordered.insert(k, cut)
    return ordered


Home = tuple[Index, Index, str, Expr]


def _domain(template: Template, family: str) -> Iterator[Home]:
    """The members of a family by where they come from: (first, last, letter, symbol)."""
    for d in template.declared:
        found = split_member(d.variable.name)
        if found and found[0] == family:
            first, last = (d.first, d.last) if d.letter else (found[1], found[1])
            yield first, last, d.letter, d.variable.symbol
    for loop, equation in template.equations():
        found = split_member(equation.name)
        if not found or found[0] != family:
            continue
        if loop is None:
            yield found[1], found[1], "", equation.symbol
            continue
        shift = found[1].shift
        renaming = moved(loop.variable, Index(loop.variable, -shift))
        yield loop.first + shift, loop.last + shift, loop.variable, renaming.expr(equation.symbol)


def _plain(template: Template, name: str) -> Expr:
    for d in template.declared:
        if d.variable.name == name:
            return d.variable.symbol
    return next((e.symbol for _, e in template.equations() if e.name == name), symbol(name, ()))
