"""What names mean inside and outside of a loop: members of families, totals, steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcalc.declaration.dimensions import FamilySizes
from matcalc.declaration.equations import FileScope
from matcalc.declaration.expressions import Reader
from matcalc.declaration.families import Family
from matcalc.declaration.mistakes import Skipped
from matcalc.declaration.tree import Kind, Node
from matcalc.depth.index import Index, member
from matcalc.errors import InputError
from matcalc.expressions.build import dimension, symbol
from matcalc.expressions.expr import Expr


@dataclass(frozen=True)
class Header:
    """``for variable in first..last``, where first <= last; ``targets`` gives each family
    that the loop defines the shift of its index."""

    variable: str
    first: Index
    last: Index
    down: bool
    targets: dict[str, int]


@dataclass
class TemplateScope(FileScope):
    families: dict[str, Family] = field(default_factory=dict)
    depths: tuple[str, ...] = ()
    loop: Header | None = None
    body: dict[str, Expr] = field(default_factory=dict)
    "The members that the step defines, as far as they stand above."
    unread: set[str] = field(default_factory=set)
    "Members of this step with a mistake in them."
    promised: dict[str, Expr] = field(default_factory=dict)
    "By family, the member of the step before as it was taken to be."
    totals: dict[str, Expr] = field(default_factory=dict)

    def special(self, reader: Reader, node: Node) -> Expr | None:
        if node.kind is Kind.CALL and node.text == "sum" and len(node.parts) == 1:
            return self.total(reader, node)
        is_member = node.kind is Kind.INDEX and len(node.parts) == 2
        if not is_member or node.parts[0].kind is not Kind.NAME:
            return None
        family = self.families.get(node.parts[0].text)
        if node.parts[0].text in self.broken:
            raise Skipped
        if family is None:
            self.refuse_broken(node.parts[0].text)
            known = reader.sizes.sizes
            if isinstance(known, FamilySizes) and node.parts[0].text in known.families:
                return dimension(reader.sizes.member(node, known))
            return None
        steps = [*self.depths, *([self.loop.variable] if self.loop else [])]
        index = reader.sizes.index(node.parts[1], steps)
        return self.member(family, index)

    def refuse_broken(self, name: str) -> None:
        if name in self.broken or name in self.nodes:
            raise self.missing(name)

    def member(self, family: Family, index: Index) -> Expr:
        loop = self.loop
        if loop is None or index.base != loop.variable:
            is_own = loop is not None and family.name in loop.targets
            if is_own and not family.has(index, index):
                name = family.name
                raise InputError(
                    f"{name}[{index}] is not there before the loop that defines {name}",
                    mend="A step knows what is defined before the loop, and the step before.",
                )
            return family.symbol(index, index, index)
        if abs(index.shift) > 1:
            raise InputError(
                f"{family.name}[{index}] is {abs(index.shift)} steps away",
                mend="A step reaches one step at most: keep what goes further in a family of"
                " its own, as in u[n]: x[n-1].",
            )
        shift = loop.targets.get(family.name)
        if shift is None:
            first, last = loop.first + index.shift, loop.last + index.shift
            return family.symbol(index, first, last)
        return self.own(family, index, shift, loop)

    def own(self, family: Family, index: Index, shift: int, loop: Header) -> Expr:
        """A member of a family that this loop defines: of this step or of the one before."""
        name = member(family.name, index)
        if index.shift == shift:
            if name in self.unread:
                raise Skipped
            if name not in self.body:
                raise InputError(f"{name} is used before it is defined", mend="Move it up.")
            return self.body[name]
        back = 1 if loop.down else -1
        if index.shift != shift + back:
            raise InputError(
                f"{name} is not there yet: the loop goes {'down' if loop.down else 'up'}",
                mend=f"The step before is {family.name}[{Index(loop.variable, shift + back)}].",
            )
        seed = loop.last + shift + 1 if loop.down else loop.first + shift - 1
        found = family.before(seed, index)
        self.promised[family.name] = found
        return found

    def total(self, reader: Reader, node: Node) -> Expr | None:
        """sum(l[:]), the sum over all members of l."""
        inner = node.parts[0]
        if inner.kind is not Kind.INDEX or len(inner.parts) != 2 or node.keywords:
            return None
        base, part = inner.parts
        family = self.families.get(base.text) if base.kind is Kind.NAME else None
        if family is None or part.kind is not Kind.SLICE:
            return None
        if any(part.bounds):
            raise InputError("a sum over members is over all of them", mend="Write sum(l[:]).")
        if self.loop is not None and family.name in self.loop.targets:
            raise InputError(
                f"{family.name} is not complete inside of the loop that defines it",
                mend=f"Write sum({family.name}[:]) after the loop.",
            )
        self.totals[family.name] = found = symbol(f"sum({family.name}[:])", ())
        return found

    def missing(self, name: str) -> InputError:
        if isinstance(self.dims, FamilySizes) and name in self.dims.families:
            return InputError(
                f"{name} is a family of sizes and has an index", mend=f"Write {name}[n] or so."
            )
        if name in self.families:
            return InputError(f"{name} has an index", mend=f"Write {name}[n], {name}[N] or so.")
        return super().missing(name)
