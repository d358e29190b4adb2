"""A network of any depth: declared families, equations, and loops of equations.

Expressions are those of an ordinary network whose symbols are members: ``x[n-1]`` of shape
m[n-1]×1. Unrolling puts numbers in the place of every index and gives a Network, which is
what all other parts of matcalc work on and what every symbolic result is held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from matcalc.depth.index import NOWHERE, Index, numbered, split_member, unrolled_name, written_out
from matcalc.errors import InputError
from matcalc.expressions.build import add, symbol, total
from matcalc.expressions.expr import Expr, postorder, rebuild
from matcalc.network.convention import SWAPPED, flip_variable, transpose_all
from matcalc.network.network import Convention, Equation, Network, Variable
from matcalc.operations.entrywise import Function


@dataclass(frozen=True)
class Declared:
    """A variable; with a ``letter``, one for each index from ``first`` to ``last``."""

    variable: Variable
    letter: str = ""
    first: Index = NOWHERE
    last: Index = NOWHERE

    @property
    def family(self) -> str:
        found = split_member(self.variable.name)
        return found[0] if found else self.variable.name


@dataclass(frozen=True)
class Loop:
    """Equations for every step from ``first`` to ``last``; ``down`` from last to first."""

    variable: str
    first: Index
    last: Index
    equations: tuple[Equation, ...]
    down: bool = False

    def steps(self, depths: Mapping[str, int]) -> list[int]:
        found = range(self.first.number(depths), self.last.number(depths) + 1)
        return list(reversed(found)) if self.down else list(found)

    @property
    def words(self) -> str:
        ends = (self.last, self.first) if self.down else (self.first, self.last)
        return f"for {self.variable} in {ends[0]}..{ends[1]}"


@dataclass(frozen=True)
class Total:
    """``sum(l[:])``: the sum of all entries of all members of a family."""

    name: str
    of: Expr
    letter: str
    first: Index
    last: Index


Item = Equation | Loop


@dataclass(frozen=True)
class Template:
    """``depths`` gives each depth its number in the file, ``sizes`` each family of sizes its
    sizes from index 0 on. ``loss`` and ``outputs`` are names as in the items."""

    declared: tuple[Declared, ...]
    items: tuple[Item, ...]
    totals: tuple[Total, ...]
    depths: Mapping[str, int]
    dims: Mapping[str, int]
    sizes: Mapping[str, tuple[int, ...]]
    loss: str | None = None
    outputs: tuple[str, ...] = ()
    convention: Convention = Convention.ROW
    layout: Any = "denominator"
    name: str = ""
    functions: tuple[Function, ...] = field(default=())

    def equations(self) -> Iterator[tuple[Loop | None, Equation]]:
        """Every equation in order, with the loop that it stands in."""
        for item in self.items:
            if isinstance(item, Loop):
                yield from ((item, equation) for equation in item.equations)
            else:
                yield None, item

    @cached_property
    def total(self) -> dict[str, Total]:
        return {t.name: t for t in self.totals}

    def families(self, names: Iterable[str]) -> frozenset[str]:
        """The families and plain names that names stand for: W, W[n] or W2 of an unrolled
        network stand for W."""
        own = {d.family for d in self.declared}
        own |= {(split_member(e.name) or (e.name,))[0] for _, e in self.equations()}
        unrolled = self._homes()
        found = set()
        for name in names:
            split = split_member(name.replace(" ", ""))
            home = split[0] if split else unrolled.get(name, name)
            if home not in own:
                raise InputError(
                    f"the network has no {name}", mend=f"It has {', '.join(sorted(own))}."
                )
            found.add(home)
        return frozenset(found)

    def members(self, names: Iterable[str]) -> tuple[str, ...]:
        """The unrolled network's names for families and names."""
        homes = self._homes()
        found: list[str] = []
        for name in names:
            split = split_member(name.replace(" ", ""))
            of = split[0] if split else name
            found += [own for own, home in homes.items() if home == of] or [name]
        return tuple(dict.fromkeys(found))

    def _homes(self) -> dict[str, str]:
        """The family of each name of the unrolled network."""
        return {
            numbered(here).name(name): (split_member(name) or (name,))[0]
            for name, here in self._named(self.depths)
        }

    def _named(self, values: Mapping[str, int]) -> Iterator[tuple[str, dict[str, int]]]:
        for d in self.declared:
            steps = [{**values}]
            if d.letter:
                span = range(d.first.number(values), d.last.number(values) + 1)
                steps = [{**values, d.letter: k} for k in span]
            yield from ((d.variable.name, step) for step in steps)
        for equation, here in self._steps(values):
            yield equation.name, here

    # -- unrolling --------------------------------------------------------------

    def unrolled(self, depths: Mapping[str, int] | None = None) -> Network:
        """The network at the file's depths, or at others. Sizes that the file does not give
        are taken from those that it does, in turn."""
        values = {**self.depths, **(depths or {})}
        given = self.sizes if depths is None else None
        variables = [v for d in self.declared for v in self._variables(d, values)]
        equations = [
            Equation(numbered(here).name(equation.name), self.concrete(equation.expr, here))
            for equation, here in self._steps(values)
        ]
        ends = numbered(values).name
        return Network(
            tuple(variables),
            tuple(equations),
            ends(self.loss) if self.loss else None,
            tuple(map(ends, self.outputs)),
            self._dims(variables, equations, given),
            self.convention,
            self.layout,
            self.name,
            self.functions,
            template=self,
        )

    def _variables(self, d: Declared, values: Mapping[str, int]) -> Iterator[Variable]:
        steps: Iterable[dict[str, int]] = [{}]
        if d.letter:
            first, last = d.first.number(values), d.last.number(values)
            steps = [{d.letter: k} for k in range(first, last + 1)]
        for step in steps:
            renaming = numbered({**values, **step})
            v = d.variable
            shape = tuple(map(renaming.size, v.shape))
            yield replace(v, name=renaming.name(v.name), shape=shape)

    def _steps(self, values: Mapping[str, int]) -> Iterator[tuple[Equation, dict[str, int]]]:
        for item in self.items:
            if isinstance(item, Equation):
                yield item, dict(values)
                continue
            for k in item.steps(values):
                yield from ((equation, {**values, item.variable: k}) for equation in item.equations)

    def concrete(self, e: Expr, values: Mapping[str, int]) -> Expr:
        """An expression with numbers for indices. A total's name is no member's, so that it
        is still there to be replaced afterwards."""
        totals = {
            s: self.spread(self.total[s.name], values) for s in e.free if s.name in self.total
        }
        return rebuild(written_out(e, values, self._alone(values)), totals)

    def _alone(self, values: Mapping[str, int]) -> dict[str, Expr]:
        """The members that are declared one by one, by their names in the unrolled network:
        x[n-1] of a loop has neither the assumptions of x[0] nor its 1×1."""
        here = numbered(values)
        alone = (
            (here.name(d.variable.name), d.variable)
            for d in self.declared
            if not d.letter and split_member(d.variable.name)
        )
        return {name: symbol(name, tuple(map(here.size, v.shape)), v.assume) for name, v in alone}

    def spread(self, found: Total, values: Mapping[str, int]) -> Expr:
        """The sum over members as a sum of the members' own sums."""
        steps = range(found.first.number(values), found.last.number(values) + 1)
        parts = [self.concrete(found.of, {**values, found.letter: k}) for k in steps]
        return add(*(total(part) if part.shape else part for part in parts))

    def _dims(
        self,
        variables: Iterable[Variable],
        equations: Iterable[Equation],
        given: Mapping[str, tuple[int, ...]] | None,
    ) -> dict[str, int]:
        """The size of every dimension of an unrolled network, in the file's order."""
        used = {n for v in variables for d in v.shape for n in d.names}
        sized = (node for e in equations for node in postorder(e.expr)) if self.sizes else ()
        for node in sized:
            used |= {n for d in node.shape for n in d.names}
            used |= set(node.data[0].names) if node.op.name == "dim" else set()
        found = dict(self.dims)
        for family, sizes in self.sizes.items():
            stem = unrolled_name(family, 0)[:-1]
            indices = (n.removeprefix(stem) for n in used if n.startswith(stem))
            for k in sorted(int(text) for text in indices if text.isdecimal()):
                if given is not None and k >= len(sizes):
                    raise InputError(
                        f"{family}[{k}] is needed, and {family} has {len(sizes)} sizes,"
                        f" {family}[0] to {family}[{len(sizes) - 1}]",
                        mend="Give more sizes, or a smaller depth.",
                    )
                found[unrolled_name(family, k)] = sizes[k % len(sizes)]
        return found

    # -- convention ---------------------------------------------------------------

    def convert(self, convention: Convention) -> Template:
        """The template in another convention: every symbol transposed."""
        if convention is self.convention:
            return self
        declared = tuple(replace(d, variable=flip_variable(d.variable)) for d in self.declared)
        fixed = {d.family for d in self.declared if not d.variable.flip}

        def turn(e: Expr) -> Expr:
            return transpose_all(e, {s: _turned(s, fixed) for s in e.free})

        def converted(equation: Equation) -> Equation:
            return Equation(equation.name, turn(equation.expr))

        items = tuple(
            replace(item, equations=tuple(map(converted, item.equations)))
            if isinstance(item, Loop)
            else converted(item)
            for item in self.items
        )
        totals = tuple(replace(t, of=turn(t.of)) for t in self.totals)
        return replace(self, declared=declared, items=items, totals=totals, convention=convention)


def _turned(s: Expr, fixed: set[str]) -> Expr:
    name, shape, assume = s.data
    found = split_member(name)
    if (found[0] if found else name) in fixed:
        return s.T
    return symbol(name, shape[::-1], frozenset(SWAPPED.get(a, a) for a in assume))
