"""What an operation is, and the one registry of them.

An operation states its shape, its derivative and its value, each once:

- ``linear_map(e, i)`` where it is linear in operand i: the map itself;
- ``differential(e, i, dx)`` where it is not: the textbook's line, an expression
  that is linear in ``dx``, the change of operand i;
- ``evaluate(values, e, env)``: its value on NumPy arrays (also complex ones);
- ``flip(e, args)``: the operation whose value is the transpose when every operand
  has been transposed, which is how a network changes its convention.

Everything else (pullback, Jacobian, Kronecker form, layouts) follows from these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matcalc.errors import CannotDerive, ShapeError
from matcalc.expressions.expr import Expr, Shape, lift, write_shape

if TYPE_CHECKING:
    from matcalc.expressions.dimension import Dimension
    from matcalc.linear_maps.maps import LinearMap

Operands = tuple[Expr, ...]
Data = tuple[Any, ...]
Values = Sequence[Any]

REGISTRY: dict[str, Operation] = {}
LANGUAGE: dict[str, str] = {}
"Names that a network file may call, with the operation each stands for."
NOTATION: dict[str, Operation] = {}
"What written steps are shown with beside it: entries, δ, Σ, ∂Z/∂X. Not in the language."


class Environment:
    """What an evaluation needs beside operand values: sizes, and entrywise functions."""

    def __init__(self, sizes: Mapping[str, int], functions: Mapping[str, Any] | None = None):
        self.sizes = sizes
        self.functions = functions or {}

    def size(self, dimension: Dimension) -> int:
        return dimension.size(self.sizes)


class Operation:
    """Base of all operations; a subclass overrides what it needs."""

    name: str
    summary: str = ""
    "The definition in one line, in the language."
    source: str = ""
    "Where the formula of the derivative can be looked up."
    is_symbol = False
    commutative = False

    def __call__(self, *args: Expr | int, data: tuple[Any, ...] = ()) -> Expr:
        return Expr.make(self, tuple(lift(arg) for arg in args), data)

    def rebuild(self, e: Expr, args: Operands) -> Expr:
        """``e`` with other operands."""
        return Expr.make(self, args, e.data)

    def shape(self, args: Operands, data: Data) -> Shape:
        raise NotImplementedError

    def linear_map(self, e: Expr, i: int) -> LinearMap | None:
        return None

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        raise CannotDerive(f"there is no derivative rule for {self.name} in operand {i + 1}")

    def moved(self, e: Expr, changes: Mapping[Expr, Expr]) -> Expr | None:
        """The change of ``e`` when its operands change (those in ``changes``), where that reads
        better than a sum over the operands; None elsewhere."""
        return None

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        raise NotImplementedError

    def flip(self, e: Expr, args: Operands) -> Expr:
        return self.rebuild(e, args)

    def __repr__(self) -> str:
        return self.name


def register(operation: Operation, *, call: str | None = "") -> Operation:
    """Enter an operation; ``call`` is its name in the language (None: not callable)."""
    if operation.name in REGISTRY:
        raise ValueError(f"{operation.name} is registered twice")
    REGISTRY[operation.name] = operation
    if call is not None:
        LANGUAGE[call or operation.name] = operation.name
    return operation


def need_matrix_sizes_equal(name: str, a: Expr, b: Expr) -> Shape:
    """The common shape of two operands, or an error with both shapes and a mend."""
    if a.shape == b.shape:
        return a.shape
    mend = ""
    if a.shape and b.shape and a.shape == (b.shape[1], b.shape[0]):
        mend = "The transpose of one of them would fit: write .T"
    raise ShapeError(
        f"{name}: shapes {write_shape(a.shape)} and {write_shape(b.shape)} differ", mend=mend
    )


def need_square(name: str, a: Expr) -> Shape:
    """The shape of a square operand (a scalar is 1×1)."""
    if a.shape and a.shape[0] != a.shape[1]:
        raise ShapeError(
            f"{name} needs a square matrix, not {write_shape(a.shape)}",
            mend="A.T*A and A*A.T are square.",
        )
    return a.shape
