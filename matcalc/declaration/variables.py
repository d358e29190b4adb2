"""One declared variable: its shape, and its assumptions, value and flip where given."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import numpy as np

from matcalc.declaration import assumptions
from matcalc.declaration.dimensions import DimensionReader, Sizes, given, size_of
from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import Enough, Mistakes, Skipped
from matcalc.declaration.names import named, nearest_mend
from matcalc.declaration.numbers import read_float
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import clip
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.errors import InputError, nearest
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape, write_shape
from matcalc.network.network import Convention, Kind, Variable

KEYS = ("shape", "assume", "value", "flip")
TWO_SIZES = re.compile(r"\s*\w+(\s+\w+)+\s*")
SHAPE_MEND = "Write [m, n] for a matrix, [n] for a vector, [] for a scalar."


class VariableReader:
    def __init__(self, sizes: Sizes, convention: Convention, limits: Limits) -> None:
        self.sizes = sizes
        self.convention = convention
        self.limits = limits

    def read(self, name: str, kind: Kind, node: Node) -> Variable:
        """The variable that ``name: node`` declares."""
        if not isinstance(node, Mapping):
            return Variable(name, kind, self.shape(node))
        mistakes = Mistakes(self.limits.mistakes)
        found = None
        with suppress(Enough):
            found = self.parts(name, kind, node, mistakes)
        mistakes.raise_any()
        if found is None:
            raise Skipped
        return found

    def parts(self, name: str, kind: Kind, node: Mapping, mistakes: Mistakes) -> Variable | None:
        """The variable of a mapping; None where something in it is wrong."""
        given = self.entries(name, node, mistakes)
        shape, assumed, array, flip = None, frozenset[str](), None, True
        with mistakes.collecting():
            shape = self.shape(given["shape"]) if "shape" in given else None
        if "flip" in given:
            with mistakes.collecting():
                flip = self.flag(given["flip"])
        if "assume" in given:
            with mistakes.collecting():
                assumed = self.assume(given["assume"], shape)
        if "value" in given:
            with mistakes.collecting():
                array = self.value(name, given["value"], shape)
        if mistakes.errors or shape is None or node.repeated:
            return None
        broken = None if array is None else assumptions.violated(assumed, array)
        if broken:
            raise InputError(
                f"the value of {name} is not {broken}",
                mend="Correct the value, or leave out the assumption.",
                place=given["value"].place(),
            )
        impossible = assumptions.impossible(assumed, shape)
        if impossible:
            mend = "Leave one of them out."
            raise InputError(impossible, mend=mend, place=given["assume"].place())
        return Variable(name, kind, shape, assumed, array, flip)

    def entries(self, name: str, node: Mapping, mistakes: Mistakes) -> dict[str, Node]:
        """What a mapping gives by key; a key that is almost right is still read."""
        given = {key.text: value for key, value in node.entries if key.text in KEYS}
        for key, value in node.entries:
            if key.text not in KEYS:
                mend = nearest_mend(key.text, KEYS, "")
                message = f"a variable has no {named(key.text)}"
                mistakes.add(InputError(message, mend=mend, place=key.place()))
                given.setdefault(nearest(key.text, KEYS) or "", value)
        if "shape" not in given and "shape" not in node.repeated:
            mend = "Write shape: [m, n]."
            mistakes.add(InputError(f"{name} has no shape", mend=mend, place=node.place()))
        return given

    # -- shape ----------------------------------------------------------------

    def shape(self, node: Node) -> Shape:
        if not isinstance(node, Sequence):
            raise InputError("a shape is a list", mend=SHAPE_MEND, place=node.place())
        mistakes = Mistakes(len(node.items) + 1)
        sizes = []
        for item in node.items:
            with mistakes.collecting():
                sizes.append(self.size(item))
        mistakes.raise_any()
        if not sizes:
            return ()
        if len(sizes) == 1:
            row = self.convention is Convention.ROW
            return (ONE, sizes[0]) if row else (sizes[0], ONE)
        if len(sizes) > 2:
            node.refuse(f"a shape of {len(sizes)} sizes", SHAPE_MEND)
        return sizes[0], sizes[1]

    def size(self, node: Node) -> Dimension:
        if not isinstance(node, Scalar) or node.is_empty or not node.text.strip():
            raise InputError("a size is a name or an integer", mend=SHAPE_MEND, place=node.place())
        try:
            tree = parse(node, self.limits)
        except InputError as error:
            if TWO_SIZES.fullmatch(node.text):
                error.mend = "Write a comma between two sizes."
            raise
        dimension = DimensionReader(node, self.sizes).at_least(tree, 1, "A size is positive.")
        size = size_of(dimension, self.sizes)
        if size is not None and size > self.limits.size:
            node.refuse(
                f"{dimension} is {size}{given(dimension, self.sizes)}",
                mend=f"Sizes go up to {self.limits.size}.",
            )
        return dimension

    # -- assumptions ----------------------------------------------------------

    def assume(self, node: Node, shape: Shape | None) -> frozenset[str]:
        """The assumptions; held against the shape where that is known."""
        if isinstance(node, Mapping):
            node.refuse("assumptions are a name or a list of names", "Write assume: [symmetric].")
        items = [node] if isinstance(node, Scalar) else node.items
        names = set()
        mistakes = Mistakes(self.limits.mistakes)
        for item in items:
            with mistakes.collecting():
                names.add(self.assumption(item, shape))
        mistakes.raise_any()
        clash = assumptions.contradiction(names)
        if clash:
            raise InputError(
                f"nothing is both {clash[0]} and {clash[1]}",
                mend="Leave one of them out.",
                place=node.place(),
            )
        return assumptions.implied(names, self.convention)

    def assumption(self, item: Node, shape: Shape | None) -> str:
        if not isinstance(item, Scalar):
            mend = "Write assume: [symmetric, positive]."
            raise InputError("an assumption is a name", mend=mend, place=item.place())
        name = item.text.strip()
        if name not in assumptions.ASSUMPTIONS:
            several = set(re.split(r"[\s,;+&]+", name)) <= set(assumptions.ASSUMPTIONS)
            mend = nearest_mend(name, assumptions.ASSUMPTIONS, "")
            item.refuse(
                f"there is no assumption {named(name)}",
                mend="Write a list: [symmetric, positive]." if several else mend,
            )
        if shape is not None:
            try:
                assumptions.check_shape(name, shape)
            except InputError as error:
                raise error.at(item.place()) from None
        return name

    # -- value ----------------------------------------------------------------

    def value(self, name: str, node: Node, shape: Shape | None) -> float | np.ndarray:
        """The numbers as an array of the declared shape."""
        if isinstance(node, Mapping):
            node.refuse("a value is a number, or lists of numbers", "Write [[1, 2], [3, 4]].")
        array = np.array(self.numbers(node), dtype=np.float64)
        if shape is None:
            return array
        if not shape and array.size == 1:
            return float(array.reshape(())[()])
        rows, columns = (size_of(d, self.sizes) for d in shape or (ONE, ONE))
        if rows is None or columns is None:
            return array
        flat = array.ndim < 2 and 1 in (rows, columns) and array.size == rows * columns
        if flat or array.shape == (rows, columns):
            return array.reshape(rows, columns)
        have = "×".join(map(str, array.shape)) or "a number"
        if array.ndim == 1:
            have = f"a list of {array.size}"
        want = f"{rows}×{columns}" if shape else "a number"
        symbols = f" ({write_shape(shape)})" if any(d.names for d in shape) else ""
        raise InputError(
            f"the value of {name} is {have}, its shape is {want}{symbols}",
            mend="Give as many numbers as the shape has at the sizes in dims:.",
            place=node.place(),
        )

    def numbers(self, node: Scalar | Sequence) -> Any:
        """Nested lists of floats, at most two deep and with equal rows."""
        if isinstance(node, Scalar):
            return self.entry(node)
        if not any(isinstance(item, Sequence) for item in node.items):
            return [self.entry(item) for item in node.items]
        rows = []
        for item in node.items:
            if not isinstance(item, Sequence):
                raise InputError(
                    "a number beside a list of numbers",
                    mend="Give every row its own [ ].",
                    place=item.place(),
                )
            rows.append([self.entry(entry) for entry in item.items])
            if len(rows[-1]) != len(rows[0]):
                item.refuse(
                    f"a row of {len(rows[-1])} numbers under one of {len(rows[0])}",
                    "All rows have the same length.",
                )
        return rows

    def entry(self, node: Node) -> float:
        if not isinstance(node, Scalar):
            raise InputError(
                "a list where a number belongs",
                mend="Lists nest twice at most.",
                place=node.place(),
            )
        try:
            return read_float(node.text, self.limits.digits)
        except ValueError as error:
            node.refuse(f"{clip(node.text) or 'nothing'}: {error}", mend="Write a decimal number.")

    def flag(self, node: Node) -> bool:
        text = node.text.strip().lower() if isinstance(node, Scalar) else ""
        if text not in ("true", "false"):
            raise InputError("flip is true or false", mend="Write flip: false.", place=node.place())
        return text == "true"
