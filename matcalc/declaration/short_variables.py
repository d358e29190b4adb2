"""Variables declared in one word each: ``X:N,D``, ``s``, ``x:n``, ``A:n,n:symmetric``.

``split_variable`` takes a text apart without knowing what its names stand for, so that
the dimensions can be collected; ``read_variable`` then reads it as a file's variable is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from matcalc.declaration import assumptions
from matcalc.declaration.dimensions import DimensionReader, Sizes, size_of
from matcalc.declaration.limits import Limits
from matcalc.declaration.names import NAME, nearest_mend
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tree import Kind as NodeKind
from matcalc.declaration.tree import Node
from matcalc.errors import InputError, Place
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Shape
from matcalc.network.network import Convention, Kind, Variable

FILE = "<-v>"
MEND = "Write -v X:m,n for a matrix, -v x:n for a vector, -v s for a scalar."


@dataclass(frozen=True)
class Piece(Text):
    """A part of a text that points into the whole of it."""

    whole: Text = field(kw_only=True)
    start: int = field(kw_only=True)

    def place(self, start: int = 0, stop: int | None = None) -> Place:
        stop = len(self.text) if stop is None else stop
        return self.whole.place(self.start + start, self.start + stop)


@dataclass(frozen=True)
class ShortVariable:
    """The parts of ``name:sizes:assumptions``; sizes have been parsed, not looked up."""

    whole: Text
    name: str
    sizes: tuple[tuple[Piece, Node], ...]
    assumed: tuple[Piece, ...]

    @property
    def dims(self) -> Iterable[str]:
        """The names in the shape."""
        return [n.text for _, size in self.sizes for n in _leaves(size) if n.kind is NodeKind.NAME]

    @property
    def numbers(self) -> Iterable[int]:
        """The integers in the shape."""
        nodes = [n for _, size in self.sizes for n in _leaves(size)]
        return [int(n.value) for n in nodes if n.kind is NodeKind.NUMBER]

    def place(self, start: int, stop: int) -> Place:
        return self.whole.place(start, stop)


def split_variable(text: str, limits: Limits) -> ShortVariable:
    """The parts of one -v text, or an InputError that points into it."""
    whole = Text(text, FILE)
    head, *more = _split(whole, text, 0, ":")
    name = head.text.strip()
    if not NAME.fullmatch(name):
        whole.refuse(f"{clip(name) or 'an empty text'} is not a name", 0, len(head.text), MEND)
    if len(more) > 2:
        more[2].refuse("a third : in a variable", mend="Write -v A:n,n:symmetric,positive.")
    shape = [piece for piece in more[:1] if piece.text.strip()]
    sizes = [size for piece in shape for size in _split(whole, piece.text, piece.start, ",")]
    if len(sizes) > 2:
        sizes[2].refuse(f"a shape of {len(sizes)} sizes", mend=MEND)
    assumed = [piece for piece in more[1:2] if piece.text.strip()]
    names = [name for piece in assumed for name in _split(whole, piece.text, piece.start, ",")]
    return ShortVariable(
        whole, name, tuple((size, _size(size, limits)) for size in sizes), tuple(names)
    )


def _split(whole: Text, text: str, start: int, sign: str) -> list[Piece]:
    pieces = []
    for part in text.split(sign):
        pieces.append(Piece(part, whole.file, whole=whole, start=start))
        start += len(part) + 1
    return pieces


def _size(piece: Piece, limits: Limits) -> Node:
    if not piece.text.strip():
        piece.whole.refuse("a size is missing", piece.start, piece.start + 1, MEND)
    return parse(piece, limits)


def _leaves(root: Node) -> list[Node]:
    stack, found = [root], []
    while stack:
        node = stack.pop()
        stack.extend(reversed(node.parts))
        if not node.parts:
            found.append(node)
    return found


def read_variable(
    short: ShortVariable, kind: Kind, sizes: Sizes, convention: Convention, limits: Limits
) -> Variable:
    """The variable, its shape and assumptions checked as those of a file are."""
    shape = _shape(short, sizes, convention, limits)
    assumed: set[str] = set()
    for piece in short.assumed:
        assumed.add(_assumption(piece, shape))
    clash = assumptions.contradiction(assumed)
    if clash:
        raise InputError(
            f"nothing is both {clash[0]} and {clash[1]}",
            mend="Leave one of them out.",
            place=short.assumed[0].place(),
        )
    names = assumptions.implied(assumed, convention)
    impossible = assumptions.impossible(names, shape)
    if impossible:
        mend = "Leave one of them out."
        raise InputError(impossible, mend=mend, place=short.assumed[0].place())
    return Variable(short.name, kind, shape, names)


def _shape(short: ShortVariable, sizes: Sizes, convention: Convention, limits: Limits) -> Shape:
    read = []
    for piece, node in short.sizes:
        dimension = DimensionReader(piece, sizes).at_least(node, 1, "A size is positive.")
        size = size_of(dimension, sizes)
        if size is not None and size > limits.size:
            piece.refuse(f"{dimension} is {size}", mend=f"Sizes go up to {limits.size}.")
        read.append(dimension)
    if len(read) == 1:
        return (ONE, read[0]) if convention is Convention.ROW else (read[0], ONE)
    return tuple(read)


def _assumption(piece: Piece, shape: Shape) -> str:
    name = piece.text.strip()
    if name not in assumptions.ASSUMPTIONS:
        known = ", ".join(assumptions.ASSUMPTIONS)
        raise InputError(
            f"there is no assumption {clip(name) or 'without a name'}",
            mend=nearest_mend(name, assumptions.ASSUMPTIONS, f"Known are {known}."),
            place=piece.place(),
        )
    try:
        assumptions.check_shape(name, shape)
    except InputError as error:
        raise error.at(piece.place()) from None
    return name
