"""Sizes: an integer, a dimension's name, or + - * of them, read as a Dimension."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from matcalc.declaration.mistakes import Skipped
from matcalc.declaration.names import nearest_mend
from matcalc.declaration.numbers import LITERAL
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tree import Kind, Node
from matcalc.depth.index import Index, as_index, member
from matcalc.errors import InputError
from matcalc.expressions.dimension import Dimension

Sizes = Mapping[str, int | None]
"The size of every dimension's name; None where it has none."

LARGEST_DEGREE, LARGEST_TERMS, LARGEST_COEFFICIENT = 64, 100, 10**18


class FamilySizes(dict[str, "int | None"]):
    """Sizes where some are families: m[n] is a size. ``steps`` are names that count steps:
    depths and the variables of loops, which are numbers and no sizes."""

    def __init__(
        self,
        sizes: Sizes,
        families: Iterable[str],
        steps: Iterable[str],
        broken: Collection[str] = (),
    ) -> None:
        super().__init__(sizes)
        self.broken = broken
        self.families, self.steps = tuple(families), tuple(steps)
        self.update({name: None for name in self.steps if name not in self})


class DimensionReader:
    """Reads nodes of one source text as dimensions."""

    def __init__(self, source: Text, sizes: Sizes) -> None:
        self.source = source
        self.sizes = sizes

    def read(self, node: Node) -> Dimension:
        if node.kind is Kind.NUMBER:
            return self.number(node)
        if node.kind is Kind.NAME:
            return self.name(node)
        if node.kind is Kind.INDEX and isinstance(self.sizes, FamilySizes):
            return self.member(node, self.sizes)
        if node.kind is Kind.MINUS:
            return Dimension.of(0) - self.read(node.parts[0])
        if node.kind in (Kind.SUM, Kind.PRODUCT) and "/" not in node.signs:
            return self.chain(node)
        self.refuse(node, "is not a size", "A size is an integer, a dimension, or + - * of them.")
        raise AssertionError

    def number(self, node: Node) -> Dimension:
        written = self.source.text[node.start : node.stop].strip("( )")
        as_real = LITERAL.fullmatch(written) and not written.replace("_", "").isdigit()
        if node.value.denominator != 1 or as_real:
            self.refuse(node, "is not an integer", "A size is an integer.")
        return bounded(Dimension.of(int(node.value)))

    def name(self, node: Node) -> Dimension:
        if node.text not in self.sizes:
            raise self.missing(node)
        if isinstance(self.sizes, FamilySizes) and node.text in self.sizes.steps:
            self.refuse(node, "counts steps and is not a size", "Use a name or m[n] of dims:.")
        return Dimension.of(node.text)

    def member(self, node: Node, sizes: FamilySizes) -> Dimension:
        """m[n-1] of a family of sizes."""
        base, *inside = node.parts
        if base.text in sizes.broken:
            raise Skipped
        if base.kind is not Kind.NAME or base.text not in sizes.families or len(inside) != 1:
            known = f"Families of sizes: {', '.join(sizes.families) or 'none'}."
            self.refuse(node, "is not a size", f"Declare it, as in dims: {{m: [2, 5, 4]}}. {known}")
        index = self.index(inside[0], sizes.steps)
        return Dimension.of(member(base.text, index))

    def index(self, node: Node, steps: Iterable[str]) -> Index:
        """The index between [ and ], in names that count steps."""
        counted = IndexReader(self.source, dict.fromkeys(steps))
        found = None if node.kind is Kind.SLICE else as_index(counted.read(node))
        if found is None:
            self.refuse(
                node, "is no index of a member", "An index is 0, n, n-1, n+1, N or the like."
            )
            raise AssertionError
        return found

    def missing(self, node: Node) -> InputError:
        return InputError(
            f"{clip(node.text)} is not a dimension",
            mend=nearest_mend(node.text, self.sizes, "Declare it under dims:."),
            place=self.source.place(node.start, node.stop),
        )

    def chain(self, node: Node) -> Dimension:
        result = self.read(node.parts[0])
        for sign, part in zip(node.signs[1:], node.parts[1:], strict=True):
            operand = self.read(part)
            if sign == "+":
                result = result + operand
            elif sign == "-":
                result = result - operand
            else:
                result = result * operand
            result = bounded(result)
        return result

    def at_least(self, node: Node, least: int, mend: str) -> Dimension:
        """The dimension, refused where it is known to be smaller than ``least``."""
        dimension = self.read(node)
        size = size_of(dimension, self.sizes)
        if size is not None and size < least:
            which = f"is {size}{given(dimension, self.sizes)}, which" if dimension.names else ""
            self.refuse(node, f"{which} is less than {least}".strip(), mend)
        return dimension

    def refuse(self, node: Node, what: str, mend: str) -> None:
        words = clip(self.source.text[node.start : node.stop])
        self.source.refuse(f"{words} {what}", node.start, node.stop, mend)


class IndexReader(DimensionReader):
    """Reads an index: its names count steps."""

    def missing(self, node: Node) -> InputError:
        known = ", ".join(self.sizes) or "none"
        return InputError(
            f"{clip(node.text)} counts no steps",
            mend=f"An index has the variable or the end of a loop, of which there are: {known}.",
            place=self.source.place(node.start, node.stop),
        )


def size_of(dimension: Dimension, sizes: Sizes) -> int | None:
    """The number, or None where a name in it has no size."""
    known = {name: sizes.get(name) for name in dimension.names}
    if any(size is None for size in known.values()):
        return None
    return dimension.size(known)  # type: ignore[arg-type]


def given(dimension: Dimension, sizes: Sizes) -> str:
    """`` with D = 3``: the sizes that a number came from."""
    names = sorted(dimension.names)
    return f" with {', '.join(f'{name} = {sizes[name]}' for name in names)}" if names else ""


def bounded(dimension: Dimension) -> Dimension:
    """The dimension, unless it grows without end, as that of repeated kron does."""
    for monomial, coefficient in dimension.terms:
        if len(monomial) > LARGEST_DEGREE or abs(coefficient) > LARGEST_COEFFICIENT:
            raise InputError("a size is too large to write down", mend="Use fewer products.")
    if len(dimension.terms) > LARGEST_TERMS:
        raise InputError("a size has too many terms to write down", mend="Use fewer sums.")
    return dimension
