"""A network: variables, and named equations in the author's order.

What a file, a Python caller or a change of convention produces, and what everything
after it reads. Building one checks that names are known before they are used; shapes
were checked when the expressions were built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from matcalc.errors import InputError
from matcalc.expressions.build import symbol
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape
from matcalc.linear_maps.maps import Stacking
from matcalc.operations.entrywise import Function


class Convention(Enum):
    """How samples lie: as rows (Z = X W + b) or as columns (Z = W X + b)."""

    ROW = "row"
    COLUMN = "column"

    @property
    def stacking(self) -> Stacking:
        """How v() turns a matrix into a vector."""
        return Stacking.ROWS if self is Convention.ROW else Stacking.COLUMNS

    @property
    def axis(self) -> int:
        """The axis along which one sample's entries lie: softmax's default."""
        return 1 if self is Convention.ROW else 0

    @property
    def other(self) -> Convention:
        return Convention.COLUMN if self is Convention.ROW else Convention.ROW


class Kind(Enum):
    INPUT = "input"
    PARAMETER = "parameter"
    CONSTANT = "constant"


@dataclass(frozen=True)
class Variable:
    """``shape`` is as declared: (), or two dimensions, where 1×1 stays 1×1."""

    name: str
    kind: Kind
    shape: Shape
    assume: frozenset[str] = frozenset()
    value: Any = None
    "A float or a NumPy array of the declared shape, or None: to be sampled."
    flip: bool = True

    @cached_property
    def symbol(self) -> Expr:
        return symbol(self.name, self.shape, self.assume)


@dataclass(frozen=True)
class Equation:
    """``name = expr``, broadcasting written out; ``text`` is what the author typed."""

    name: str
    expr: Expr
    text: str = ""

    @property
    def shape(self) -> Shape:
        return self.expr.shape

    @cached_property
    def symbol(self) -> Expr:
        return symbol(self.name, self.shape)


@dataclass(frozen=True)
class Network:
    """Immutable. ``loss`` is a node's name, or None where there are ``outputs``."""

    variables: tuple[Variable, ...]
    equations: tuple[Equation, ...]
    loss: str | None = None
    outputs: tuple[str, ...] = ()
    dims: Mapping[str, int] = field(default_factory=dict)
    convention: Convention = Convention.ROW
    layout: Any = "denominator"
    "The layout that the author asked for: a name or a mapping (see matcalc.layout)."
    name: str = ""
    functions: tuple[Function, ...] = ()
    template: Any = None
    "What the network was unrolled from (matcalc.depth.template), where it was."

    def __post_init__(self) -> None:
        known = {v.name for v in self.variables}
        for equation in self.equations:
            for used in equation.expr.free:
                if used.name not in known:
                    raise InputError(f"{equation.name} uses {used.name} before it is defined")
            if equation.name in known:
                raise InputError(f"{equation.name} is defined twice")
            known.add(equation.name)

    @cached_property
    def variable(self) -> dict[str, Variable]:
        return {v.name: v for v in self.variables}

    @cached_property
    def equation(self) -> dict[str, Equation]:
        return {e.name: e for e in self.equations}

    def symbol(self, name: str) -> Expr:
        """The symbol of a variable or node."""
        found = self.variable.get(name) or self.equation.get(name)
        if found is None:
            raise KeyError(name)
        return found.symbol

    def declared_shape(self, name: str) -> Shape:
        """The shape of a variable as declared, or of a node."""
        if name in self.variable:
            return self.variable[name].shape
        return self.equation[name].shape

    @property
    def ends(self) -> tuple[str, ...]:
        """The loss, or the outputs: where the way back starts."""
        return (self.loss,) if self.loss else self.outputs

    @property
    def differentiable(self) -> tuple[Variable, ...]:
        """The variables that get a gradient: inputs and parameters."""
        return tuple(v for v in self.variables if v.kind is not Kind.CONSTANT)

    def matrix_declared(self, name: str) -> bool:
        """Whether a variable was declared 1×1 rather than as a scalar."""
        return self.declared_shape(name) == (ONE, ONE)
