"""Values: what a schedule computes, each once.

A value is a primitive operation on other values, with a symbolic shape. Equal ones are the
same object, so that what forward and backward have in common is computed once. Unlike an
expression, a value says how it is computed, with broadcasting left to NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Shape
from matcalc.generation.pieces import join

FLOAT, TRUTH = "float", "truth"

UNARY = frozenset(
    [
        *("negative", "absolute", "sign", "square", "sqrt", "exp", "expm1", "log", "log1p"),
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "isfinite"),
    ]
)
BINARY = frozenset(
    ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "logaddexp"]
)
COMPARISONS = frozenset(["greater", "greater_equal", "less", "less_equal"])
ENTRYWISE = UNARY | BINARY | COMPARISONS | {"where", "copy"}
POWERS_OF_TWO = {str(2**k): repr(0.5**k) for k in range(1, 17)}
VIEWS = frozenset({"transpose", "broadcast"})
SOURCES = frozenset({"argument", "constant"})


@dataclass(frozen=True, eq=False)
class Value:
    """``op`` on ``args``; ``data`` has a name, a text, an axis or a template.

    argument    data = (identifier,)
    constant    data = (text,): a Python number known before the first call
    opaque      data = (template, fresh): a NumPy expression with {0}, {1}, ... for the
                operands; fresh: its result is an array of its own, not a view
    total       the sum of all entries, a scalar; inner: of the entrywise product
    """

    op: str
    args: tuple[Value, ...]
    data: tuple
    shape: Shape
    kind: str = FLOAT

    @property
    def is_scalar(self) -> bool:
        return not self.shape

    @property
    def is_constant(self) -> bool:
        return self.op == "constant"

    @property
    def is_entrywise(self) -> bool:
        return self.op in ENTRYWISE and bool(self.shape)


class Graph:
    """Makes values, equal ones once."""

    def __init__(self) -> None:
        self.known: dict[tuple, Value] = {}

    def make(
        self,
        op: str,
        args: Sequence[Value] = (),
        data: tuple = (),
        shape: Shape = (),
        kind: str = FLOAT,
    ) -> Value:
        key = (op, tuple(map(id, args)), data, shape, kind)
        if key not in self.known:
            self.known[key] = Value(op, tuple(args), data, shape, kind)
        return self.known[key]

    def constant(self, text: str) -> Value:
        return self.make("constant", (), (text,))

    def entrywise(self, op: str, *args: Value) -> Value:
        """An entrywise operation; what is repeated by an operand of full shape is not."""
        shape: Shape = ()
        for arg in args:
            shape = join(shape, arg.shape)
        args = tuple(_unrepeated(args, k, shape) for k in range(len(args)))
        if op in ("multiply", "divide") and _is(args[1], "1") and args[0].kind == FLOAT:
            return args[0]
        if op == "multiply" and _is(args[0], "1") and args[1].kind == FLOAT:
            return args[1]
        if op == "greater" and _is(args[1], "0"):
            # relu(Z) is positive where Z is; so Z itself is not needed any more.
            args = (self._known_relu(args[0], args[1]), args[1])
        if op == "divide" and args[1].is_constant and args[1].data[0] in POWERS_OF_TWO:
            # Exactly the same, and quicker.
            op, args = "multiply", (args[0], self.constant(POWERS_OF_TWO[args[1].data[0]]))
        kind = TRUTH if op in COMPARISONS or op == "isfinite" else FLOAT
        return self.make(op, args, (), shape, kind)

    def _known_relu(self, a: Value, zero: Value) -> Value:
        key = ("maximum", (id(a), id(zero)), (), a.shape, FLOAT)
        return self.known.get(key, a)

    def transpose(self, a: Value) -> Value:
        if not a.shape:
            return a
        if a.op == "transpose":
            return a.args[0]
        return self.make("transpose", (a,), (), a.shape[::-1], a.kind)

    def matmul(self, a: Value, b: Value) -> Value:
        return self.make("matmul", (a, b), (), (a.shape[0], b.shape[1]))

    def reduce(self, op: str, a: Value, axis: int) -> Value:
        """Sums or maxima along an axis, which stays with length one."""
        shape = (ONE, a.shape[1]) if axis == 0 else (a.shape[0], ONE)
        if a.shape[axis] == ONE and a.kind == FLOAT:
            return a
        return self.make(op, (a,), (axis,), shape)

    def total(self, a: Value) -> Value:
        """The sum of all entries, as an inner product where it is one."""
        if a.op == "square":
            return self.make("inner", (a.args[0], a.args[0]))
        if a.op == "multiply" and all(arg.shape == a.shape and arg.kind == FLOAT for arg in a.args):
            return self.make("inner", a.args)
        return self.make("total", (a,))


def _is(value: Value, text: str) -> bool:
    return value.is_constant and value.data == (text,)


def _unrepeated(args: Sequence[Value], k: int, shape: Shape) -> Value:
    """The operand without a repetition that the other operands bring about anyway."""
    arg = args[k]
    if arg.op != "broadcast":
        return arg
    rest: Shape = arg.args[0].shape
    for i, other in enumerate(args):
        if i != k:
            rest = join(rest, other.shape)
    return arg.args[0] if rest == shape else arg


def ordered(roots: Iterable[Value]) -> list[Value]:
    """Every value below the roots once, operands first, root by root."""
    seen: set[Value] = set()
    found: list[Value] = []
    for root in roots:
        stack = [(root, False)]
        while stack:
            value, ready = stack.pop()
            if ready:
                found.append(value)
            elif value not in seen:
                seen.add(value)
                stack.append((value, True))
                stack.extend((arg, False) for arg in reversed(value.args))
    return found
