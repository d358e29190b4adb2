"""One declared variable: its shape, and its assumptions, value and flip where given."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.declaration import assumptions
from matcalc.declaration.dimensions import DimensionReader, Sizes, given, size_of
from matcalc.declaration.limits import Limits
from matcalc.declaration.names import nearest_mend
from matcalc.declaration.numbers import read_float
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import clip
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.errors import InputError
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape, write_shape
from matcalc.network.network import Convention, Kind, Variable

KEYS = ("shape", "assume", "value", "flip")
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
        for key, _ in node.entries:
            if key.text not in KEYS:
                mend = nearest_mend(key.text, KEYS, "It may have:")
                key.refuse(f"a variable has no {clip(key.text)}", mend=mend)
        shape = node.get("shape")
        if shape is None:
            node.refuse(f"{name} has no shape", "Write shape: [m, n].")
            raise AssertionError
        declared = self.shape(shape)
        assume, value, flip = node.get("assume"), node.get("value"), node.get("flip")
        assumed = self.assume(assume, declared) if assume is not None else frozenset()
        array = self.value(name, value, declared) if value is not None else None
        broken = None if array is None else assumptions.violated(assumed, array)
        if broken and value is not None:
            raise InputError(
                f"the value of {name} is not {broken}",
                mend="Correct the value, or leave out the assumption.",
                place=value.place(),
            )
        return Variable(name, kind, declared, assumed, array, flip is None or self.flag(flip))

    # -- shape ----------------------------------------------------------------

    def shape(self, node: Node) -> Shape:
        if not isinstance(node, Sequence):
            raise InputError("a shape is a list", mend=SHAPE_MEND, place=node.place())
        sizes = [self.size(item) for item in node.items]
        if not sizes:
            return ()
        if len(sizes) == 1:
            row = self.convention is Convention.ROW
            return (ONE, sizes[0]) if row else (sizes[0], ONE)
        if len(sizes) > 2:
            node.refuse(f"a shape of {len(sizes)} sizes", SHAPE_MEND)
        return sizes[0], sizes[1]

    def size(self, node: Node) -> Dimension:
        if not isinstance(node, Scalar):
            raise InputError("a size is a name or an integer", mend=SHAPE_MEND, place=node.place())
        tree = parse(node, self.limits)
        dimension = DimensionReader(node, self.sizes).at_least(tree, 1, "A size is positive.")
        size = size_of(dimension, self.sizes)
        if size is not None and size > self.limits.size:
            node.refuse(
                f"{dimension} is {size}{given(dimension, self.sizes)}",
                mend=f"Sizes go up to {self.limits.size}.",
            )
        return dimension

    # -- assumptions ----------------------------------------------------------

    def assume(self, node: Node, shape: Shape) -> frozenset[str]:
        if isinstance(node, Mapping):
            node.refuse("assumptions are a name or a list of names", "Write assume: [symmetric].")
        items = [node] if isinstance(node, Scalar) else node.items
        names = set()
        for item in items:
            if not isinstance(item, Scalar) or item.text not in assumptions.ASSUMPTIONS:
                text = item.text if isinstance(item, Scalar) else "a collection"
                known = ", ".join(assumptions.ASSUMPTIONS)
                raise InputError(
                    f"there is no assumption {clip(text)}",
                    mend=nearest_mend(text, assumptions.ASSUMPTIONS, f"Known are {known}."),
                    place=item.place(),
                )
            try:
                assumptions.check_shape(item.text, shape)
            except InputError as error:
                raise error.at(item.place()) from None
            names.add(item.text)
        clash = assumptions.contradiction(names)
        if clash:
            raise InputError(
                f"nothing is both {clash[0]} and {clash[1]}",
                mend="Leave one of them out.",
                place=node.place(),
            )
        return assumptions.implied(names, self.convention)

    # -- value ----------------------------------------------------------------

    def value(self, name: str, node: Node, shape: Shape) -> float | np.ndarray:
        """The numbers as an array of the declared shape."""
        if isinstance(node, Mapping):
            node.refuse("a value is a number, or lists of numbers", "Write [[1, 2], [3, 4]].")
        array = np.array(self.numbers(node), dtype=np.float64)
        if not shape and array.size == 1:
            return float(array.reshape(())[()])
        rows, columns = (size_of(d, self.sizes) for d in shape or (ONE, ONE))
        if rows is None or columns is None:
            return array
        flat = array.ndim < 2 and 1 in (rows, columns) and array.size == rows * columns
        if flat or array.shape == (rows, columns):
            return array.reshape(rows, columns)
        have = "×".join(map(str, array.shape)) or "a number"
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
            return read_float(node.text)
        except ValueError as error:
            node.refuse(f"{clip(node.text) or 'nothing'}: {error}", mend="Write a decimal number.")

    def flag(self, node: Node) -> bool:
        text = node.text.lower() if isinstance(node, Scalar) else ""
        if text not in ("true", "false"):
            raise InputError("flip is true or false", mend="Write flip: false.", place=node.place())
        return text == "true"
