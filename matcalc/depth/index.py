"""Indices of members: ``n``, ``n-1``, ``N``, ``0``, and what follows for names and expressions.

A member of a family is a symbol by the name ``x[n-1]``, a size of a family of sizes a
dimension by the name ``m[n-1]``. Everything that knows of steps is here: putting an index
in the place of a loop's variable, and numbers in the place of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from matcalc.errors import InputError
from matcalc.expressions.build import add, dimension, eye, mul, zeros
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, postorder
from matcalc.operations.notation import Index as OpenIndex

MEMBER = re.compile(r"([A-Za-z]\w*)\[([A-Za-z]\w*)?([+-]?\d+)?\]", re.ASCII)


@dataclass(frozen=True)
class Index:
    """``base + shift``; a plain number has no base."""

    base: str
    shift: int = 0

    def __str__(self) -> str:
        if not self.base:
            return str(self.shift)
        return self.base + (f"{self.shift:+d}" if self.shift else "")

    def __add__(self, steps: int) -> Index:
        return Index(self.base, self.shift + steps)

    def __sub__(self, steps: int) -> Index:
        return self + -steps

    def at(self, variable: str, index: Index) -> Index:
        """This index with another one in the place of a variable."""
        return index + self.shift if self.base == variable else self

    def number(self, values: Mapping[str, int]) -> int:
        return self.shift + (values[self.base] if self.base else 0)

    @cached_property
    def dimension(self) -> Dimension:
        return Dimension.of(self.base) + self.shift if self.base else Dimension.of(self.shift)


NOWHERE = Index("")
"In the place of a range, where there is none."


def surely(a: Index, b: Index, least: int = 1) -> bool:
    """Whether a <= b at every depth from ``least`` on."""
    if a.base == b.base:
        return a.shift <= b.shift
    return not a.base and a.shift <= b.shift + least


def merged(spans: Iterable[tuple[Index, Index]]) -> list[tuple[Index, Index]]:
    """Ranges of indices, those that follow on one another as one."""
    left = list(spans)
    done: list[tuple[Index, Index]] = []
    while left:
        first, last = left.pop()
        for other in left:
            if other[0] == last + 1 or other[1] + 1 == first:
                left.remove(other)
                left.append((first, other[1]) if other[0] == last + 1 else (other[0], last))
                break
        else:
            done.append((first, last))
    return done


def as_index(d: Dimension) -> Index | None:
    """A dimension as an index: a number, or a name plus a number."""
    base, shift = "", 0
    for monomial, coefficient in d.terms:
        if not monomial:
            shift = coefficient
        elif base or coefficient != 1 or len(monomial) > 1:
            return None
        else:
            base = monomial[0]
    return Index(base, shift)


def split_member(name: str) -> tuple[str, Index] | None:
    """The family and the index of a member's name; None for any other name."""
    match = MEMBER.fullmatch(name)
    if match is None or not (match[2] or match[3]):
        return None
    return match[1], Index(match[2] or "", int(match[3] or 0))


def member(family: str, index: Index) -> str:
    return f"{family}[{index}]"


def unrolled_name(family: str, k: int) -> str:
    """The name of a member in an unrolled network: W1, and W1_2 where a digit is there."""
    if k < 0:
        raise InputError(f"{family}[{k}] is not there", mend="Indices are counted from 0.")
    return f"{family}_{k}" if family[-1].isdigit() else f"{family}{k}"


@dataclass(frozen=True)
class Renaming:
    """What names and sizes become, throughout an expression."""

    name: Callable[[str], str]
    size: Callable[[Dimension], Dimension]
    symbols: Mapping[str, Expr] = field(default_factory=dict)
    "What goes by one of the new names is this symbol, with its own assumptions."

    def expr(self, root: Expr) -> Expr:
        done: dict[Expr, Expr] = {}
        for node in postorder(root):
            done[node] = self.node(node, tuple(done[arg] for arg in node.args))
        return done[root]

    def node(self, node: Expr, args: tuple[Expr, ...]) -> Expr:
        """One node with its operands renamed already."""
        if node.op.name == "dim":
            return dimension(self.size(node.data[0]))
        data = tuple(map(self.datum, node.data))
        if node.op.is_symbol:  # its name may be made of others: "z[n] by x[n-1]"
            name = MEMBER.sub(lambda match: self.name(match[0]), node.data[0])
            data = (name, *data[1:])
            if node.op.name == "symbol" and name in self.symbols:
                return self.symbols[name]
        return node if data == node.data and args == node.args else Expr.make(node.op, args, data)

    def datum(self, value: Any) -> Any:
        if isinstance(value, Dimension):
            return self.size(value)
        if isinstance(value, tuple):
            return tuple(map(self.datum, value))
        if isinstance(value, Expr):
            return self.expr(value)
        if isinstance(value, OpenIndex):
            return replace(value, size=self.size(value.size))
        return value


def _sized(d: Dimension, rename: Callable[[str], Dimension]) -> Dimension:
    """A polynomial with every name in it replaced."""
    total = Dimension.of(0)
    for monomial, coefficient in d.terms:
        term = Dimension.of(coefficient)
        for name in monomial:
            term = term * rename(name)
        total = total + term
    return total


def moved(variable: str, index: Index) -> Renaming:
    """An index in the place of a loop's variable: x[n-1] becomes x[n] for n+1."""

    def name(text: str) -> str:
        found = split_member(text)
        return text if found is None else member(found[0], found[1].at(variable, index))

    def size(d: Dimension) -> Dimension:
        return (
            _sized(d, lambda n: index.dimension if n == variable else Dimension.of(name(n)))
            if d.names
            else d
        )

    return Renaming(name, size)


def numbered(values: Mapping[str, int], symbols: Mapping[str, Expr] | None = None) -> Renaming:
    """Numbers in the place of all variables and depths: the names of an unrolled network, some
    of which stand for given ``symbols``."""

    def name(text: str) -> str:
        found = split_member(text)
        return text if found is None else unrolled_name(found[0], found[1].number(values))

    def size(d: Dimension) -> Dimension:
        return _sized(d, lambda n: Dimension.of(values.get(n, name(n)))) if d.names else d

    return Renaming(name, size, symbols or {})


def written_out(e: Expr, values: Mapping[str, int], symbols: Mapping[str, Expr]) -> Expr:
    """An expression of an unrolled network, which has some names for given ``symbols``: every Σ
    and ∏ over steps written out."""
    if e.op.name in ("sum_range", "product_range"):
        variable, first, last, *more = e.data
        steps = range(first.number(values), last.number(values) + 1)
        terms = [written_out(e.args[0], {**values, variable: k}, symbols) for k in steps]
        shape = tuple(map(numbered(values).size, e.shape))
        if e.op.name == "sum_range":
            return add(*terms) if terms else zeros(shape)
        return mul(*(terms if more[0] else terms[::-1])) if terms else eye(shape[0])
    here = numbered(values, symbols)
    if not any(node.op.name in ("sum_range", "product_range") for node in postorder(e)):
        return here.expr(e)
    return here.node(e, tuple(written_out(arg, values, symbols) for arg in e.args))
