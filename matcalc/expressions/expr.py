"""Expressions: immutable, shared trees of operations with symbolic shapes.

An expression is an operation, its operands and, where the operation has
parameters (an axis, a name, a size), a tuple of them. Equal expressions are the
same object, so comparing is free and every pass can remember what it has seen.
Building one checks its shape and nothing else: no reordering, no rewriting.

A shape is ``()`` for a scalar or ``(rows, columns)``. A result of shape 1×1 *is*
a scalar: the two are identified here, once, for all of matcalc.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Set
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from matcalc.errors import InputError
from matcalc.expressions import work
from matcalc.expressions.dimension import ONE, Dimension

if TYPE_CHECKING:
    from matcalc.expressions.operation import Operation

Shape = tuple[Dimension, ...]
"Empty for a scalar, else two dimensions."
Number = int | Fraction
LONG, LONGEST = 64, 13_000
"Bits of a number: so many more of them are one more step of work; with more than LONGEST, some"
" 4,000 digits, it could not be written down."

WIDE, PLACES = 16, 16
"More operands than these are looked up by the symbols in them, where each has few."

_known: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


class Expr:
    """One node. Never call the class: build through the operation or an operator."""

    __slots__ = ("__weakref__", "_free", "_uses", "args", "data", "op", "pieces", "shape")

    _free: frozenset[Expr] | None
    _uses: dict[Expr, list[int]] | None
    op: Operation
    args: tuple[Expr, ...]
    data: tuple[Any, ...]
    shape: Shape
    pieces: int
    "How many operations and leaves the expression has when written out in full."

    @staticmethod
    def make(op: Operation, args: tuple[Expr, ...], data: tuple[Any, ...] = ()) -> Expr:
        key = (op.name, args, data)
        work.spend(1 + len(args))
        found = _known.get(key)
        if found is not None:
            return found
        self = object.__new__(Expr)
        self.op, self.args, self.data = op, args, data
        self._free = self._uses = None
        self.shape = as_shape(op.shape(args, data))
        self.pieces = 1 + sum(arg.pieces for arg in args)
        _known[key] = self
        return self

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: object) -> Expr:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.op.name, self.args, self.data)

    # -- what it is ---------------------------------------------------------

    @property
    def is_scalar(self) -> bool:
        return self.shape == ()

    @property
    def name(self) -> str:
        """The name of a symbol, gradient, change or dimension leaf."""
        return str(self.data[0])

    @property
    def free(self) -> frozenset[Expr]:
        """The symbols (variables, nodes, gradients, changes) that occur in it."""
        if self._free is None:
            for node in postorder(self):
                if node._free is None:
                    if node.op.is_symbol:
                        node._free = frozenset([node])
                    elif len(node.args) == 1:
                        node._free = node.args[0]._free
                    else:
                        node._free = frozenset().union(*(arg.free for arg in node.args))
        assert self._free is not None
        return self._free

    def depends(self, symbols: Set[Expr]) -> list[int]:
        """Which operands depend on one of the symbols."""
        args = self.args
        if len(args) > WIDE and len(symbols) == 1 and self._uses is None:
            self._uses = _where(args)
        if self._uses and len(symbols) == 1:
            (symbol,) = symbols
            return self._uses.get(symbol, [])
        work.spend(len(args))
        return [i for i, arg in enumerate(args) if not symbols.isdisjoint(arg.free)]

    def __repr__(self) -> str:
        inner = ", ".join([*map(repr, self.args), *map(str, self.data)])
        return f"{self.op.name}({inner})" if inner else self.op.name

    # -- operators, so that a rule reads like its formula --------------------

    def __add__(self, other: Expr | Number) -> Expr:
        return operation("add")(self, lift(other))

    def __radd__(self, other: Number) -> Expr:
        return operation("add")(lift(other), self)

    def __sub__(self, other: Expr | Number) -> Expr:
        return operation("add")(self, -lift(other))

    def __rsub__(self, other: Number) -> Expr:
        return operation("add")(lift(other), -self)

    def __neg__(self) -> Expr:
        return operation("mul")(lift(-1), self)

    def __mul__(self, other: Expr | Number) -> Expr:
        return operation("mul")(self, lift(other))

    def __rmul__(self, other: Number) -> Expr:
        return operation("mul")(lift(other), self)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return operation("mul")(self, operation("power")(lift(other), lift(-1)))

    @property
    def T(self) -> Expr:  # noqa: N802, the name that everyone writes
        return operation("transpose")(self)


def _where(args: tuple[Expr, ...]) -> dict[Expr, list[int]]:
    """Where among the operands each symbol occurs; empty where there are too many places."""
    work.spend(len(args))
    found: dict[Expr, list[int]] = {}
    if sum(len(arg.free) for arg in args) <= PLACES * len(args):
        for i, arg in enumerate(args):
            for symbol in arg.free:
                found.setdefault(symbol, []).append(i)
    return found


def turned(e: Expr) -> Expr:
    """The transpose, without two of them in a row."""
    return e.args[0] if e.op.name == "transpose" else e.T


def lift(value: Expr | Number) -> Expr:
    """A number as an expression; an expression as itself."""
    if isinstance(value, Expr):
        return value
    return Expr.make(operation("number"), (), (bounded(Fraction(value)),))


def bounded(number: Fraction) -> Fraction:
    """The number itself; an InputError where its digits have grown beyond all use."""
    bits = number.numerator.bit_length() + number.denominator.bit_length()
    if bits > LONG:
        work.spend(bits // LONG)
    if bits > LONGEST:
        raise InputError(
            f"a number in the derivation has more than {LONGEST * 3 // 10} digits",
            mend="Give the numbers of the file fewer digits, or names as constants.",
        )
    return number


def operation(name: str) -> Operation:
    from matcalc.expressions.operation import NOTATION, REGISTRY

    return REGISTRY.get(name) or NOTATION[name]


def as_shape(shape: Shape) -> Shape:
    """The shape, with 1×1 counted as a scalar."""
    return () if shape and shape[0] == ONE and shape[1] == ONE else shape


def matrix_shape(e: Expr) -> tuple[Dimension, Dimension]:
    """The shape with two entries, 1×1 for a scalar."""
    return (e.shape[0], e.shape[1]) if e.shape else (ONE, ONE)


def is_vector(shape: Shape) -> bool:
    return bool(shape) and (shape[0] == ONE or shape[1] == ONE)


def write_shape(shape: Shape) -> str:
    """``N×D``, or ``scalar``."""
    if not shape:
        return "scalar"
    return "×".join(f"({d})" if " " in str(d) else str(d) for d in shape)


def postorder(root: Expr) -> Iterator[Expr]:
    """Every distinct sub-expression once, operands before operations; no recursion."""
    for node in walk(root):
        work.spend(1 + len(node.args))
        yield node


def walk(root: Expr, known: Container[Expr | None] = ()) -> Iterator[Expr]:
    """``postorder`` for numbers: not counted as symbolic work. What is in ``known`` is passed
    over with all that is only within it."""
    seen: set[Expr] = set()
    stack: list[Expr | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the operands of what is below it have been met
            ready = stack.pop()
            assert ready is not None
            yield ready
        elif node not in seen and node not in known:
            seen.add(node)
            if node.args:
                stack += (node, None)
                stack += node.args[::-1]
            else:
                yield node


def depending(root: Expr, symbols: Set[Expr]) -> Iterator[Expr]:
    """``postorder`` of the parts that depend on one of the symbols."""
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False)] if not symbols.isdisjoint(root.free) else []
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            work.spend(1)
            stack.append((node, True))
            stack.extend((node.args[i], False) for i in reversed(node.depends(symbols)))


def rebuild(root: Expr, change: dict[Expr, Expr]) -> Expr:
    """The expression with every key of ``change`` replaced by its value."""
    if not change:
        return root
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        if node in change:
            done[node] = change[node]
        elif all(done[arg] is arg for arg in node.args):
            done[node] = node
        else:
            done[node] = node.op.rebuild(node, tuple(done[arg] for arg in node.args))
    return done[root]


def _rebuild(name: str, args: tuple[Expr, ...], data: tuple[Any, ...]) -> Expr:
    return Expr.make(operation(name), args, data)
