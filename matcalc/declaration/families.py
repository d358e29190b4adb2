"""What is known of families while a file with loops is read: which members there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from matcalc.depth.index import Index, member, merged, moved, split_member, surely
from matcalc.errors import InputError
from matcalc.expressions.build import symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, Shape, write_shape
from matcalc.network.network import Variable

Range = tuple[Index, Index]


@dataclass(frozen=True)
class Span:
    """Members from ``first`` to ``last``; ``shape`` is in ``letter``, or of a single one. What
    is assumed of a single one is known once it is unrolled: others go by the same symbol."""

    first: Index
    last: Index
    shape: Shape
    letter: str = ""

    def shape_at(self, index: Index) -> Shape:
        if not self.letter:
            return self.shape
        return tuple(map(moved(self.letter, index).size, self.shape))


@dataclass
class Family:
    """``every`` is the variable that declares a member for each index that is used."""

    name: str
    line: int
    every: Variable | None = None
    letter: str = ""
    spans: list[Span] = field(default_factory=list)
    uses: list[Range] = field(default_factory=list)

    @property
    def ranges(self) -> list[Range]:
        return merged((s.first, s.last) for s in self.spans)

    @property
    def words(self) -> str:
        """Which members there are, as ``x[0..N]``."""
        texts = [f"{a}..{b}" if a != b else f"{a}" for a, b in self.ranges]
        return ", ".join(f"{self.name}[{text}]" for text in texts) or "none"

    def has(self, first: Index, last: Index) -> bool:
        return any(surely(a, first) and surely(last, b) for a, b in self.ranges)

    def define(self, span: Span) -> None:
        """Take in new members; refuses where they may be there already."""
        for other in self.spans:
            apart = surely(span.last + 1, other.first) or surely(other.last + 1, span.first)
            if not apart:
                raise InputError(
                    f"{self.name} is defined twice: {self.words} is there already",
                    mend="Give the members another index, or the family another name.",
                )
        self.spans.append(span)

    def symbol(self, index: Index, first: Index, last: Index) -> Expr:
        """The member at ``index``, which runs from ``first`` to ``last``."""
        if self.every is not None:
            self.uses.append((first, last))
            shape = tuple(map(moved(self.letter, index).size, self.every.shape))
            return symbol(member(self.name, index), shape, self.every.assume)
        if not self.has(first, last):
            there = f"there is {self.words}" if self.spans else "nothing is defined yet"
            one = first == last
            which = f"{first}" if one else f"{first}..{last}"
            raise InputError(
                f"{self.name}[{which}] is used, and {there}",
                mend="Change the index or the range of the loop, or declare what is missing.",
            )
        span = self._best(index, first, last)
        return symbol(member(self.name, index), span.shape_at(index))

    def _best(self, index: Index, first: Index, last: Index) -> Span:
        """The span that says the shape; all that the range may touch have to agree."""
        touched = [
            s for s in self.spans if not surely(last + 1, s.first) and not surely(s.last + 1, first)
        ]
        best = max(touched, key=lambda s: bool(s.letter))
        for other in touched:
            at = other.first
            if not other.letter and best.shape_at(at) != other.shape:
                here, there = (write_shape(x) for x in (other.shape, best.shape_at(at)))
                raise InputError(
                    f"{self.name}[{at}] is {here} and not {there}, as the others are",
                    mend="All members of a family have the same shape but for their indices.",
                )
        return best

    def before(self, seed: Index, index: Index) -> Expr:
        """The member of the step before, while the loop that defines it is being read:
        like the one that the first step starts from."""
        if not self.has(seed, seed):
            raise InputError(
                f"{self.name}[{seed}] is missing, where the first step starts from",
                mend=f"Declare it, as in inputs: {{{self.name}[{seed}]: [m, 1]}}.",
            )
        span = next(s for s in self.spans if surely(s.first, seed) and surely(seed, s.last))
        shape = span.shape_at(seed)
        return symbol(member(self.name, index), tuple(_general(d, seed, index) for d in shape))

    def range(self) -> Range | None:
        """First and last member: of a declared family, what is used. None where they are
        not known to follow on one another."""
        ranges = _hull(self.uses) if self.every is not None else self.ranges
        return ranges[0] if len(ranges) == 1 else None


def _general(d: Dimension, seed: Index, index: Index) -> Dimension:
    """A size of the first member as that of any: m[0] becomes m[n-1]."""
    total = Dimension.of(0)
    for monomial, coefficient in d.terms:
        term = Dimension.of(coefficient)
        for name in monomial:
            found = split_member(name)
            fits = found is not None and found[1] == seed
            term = term * Dimension.of(member(found[0], index) if found and fits else name)
        total = total + term
    return total


def _hull(uses: list[Range]) -> list[Range]:
    """One range around all, where the order of their ends is known."""
    ends = list(_unique(uses))
    firsts = [a for a, _ in ends if all(surely(a, other) for other, _ in ends)]
    lasts = [b for _, b in ends if all(surely(other, b) for _, other in ends)]
    return [(firsts[0], lasts[0])] if firsts and lasts else ends


def _unique(uses: list[Range]) -> Iterator[Range]:
    yield from dict.fromkeys(uses)
