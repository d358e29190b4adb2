"""Numerator, denominator and mixed layout, and mappings in between.

Gradients come in the shape of their variable, Jacobians as ∂v(Y)/∂v(X) (one row for
each entry of Y). A layout keeps or transposes them; it knows no operation.

    derivative            denominator        numerator          mixed
    scalar by vector      shape              transposed         shape
    scalar by matrix      shape              transposed         shape
    array by scalar       transposed         shape              shape
    array by array        transposed         as it is           as it is
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matcalc.errors import InputError, nearest
from matcalc.expressions.expr import Expr, Shape, is_vector
from matcalc.network.network import Convention
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present


@dataclass(frozen=True)
class Layout:
    """``vector_gradient`` and ``matrix_gradient`` are "shape" or "transpose",
    ``jacobian`` is "numerator" or "denominator"."""

    vector_gradient: str = "shape"
    matrix_gradient: str = "shape"
    jacobian: str = "denominator"

    @property
    def name(self) -> str:
        return next((name for name, layout in LAYOUTS.items() if layout == self), "custom")

    @property
    def spec(self) -> str | dict[str, str]:
        """What a file would say: a name, or the mapping."""
        if self.name != "custom":
            return self.name
        return {
            "vector_gradient": self.vector_gradient,
            "matrix_gradient": self.matrix_gradient,
            "jacobian": self.jacobian,
        }

    def transposes_gradient(self, shape: Shape) -> bool:
        """Whether the gradient by a variable of this shape is written transposed."""
        if not shape:
            return False
        kind = self.vector_gradient if is_vector(shape) else self.matrix_gradient
        return kind == "transpose"

    def gradient(self, e: Expr, shape: Shape) -> Expr:
        """A gradient, in its variable's shape, arranged."""
        return transposed(e) if self.transposes_gradient(shape) else e

    def gradient_shape(self, shape: Shape) -> Shape:
        return shape[::-1] if self.transposes_gradient(shape) else shape

    def jacobian_form(self, e: Expr) -> Expr:
        """∂v(Y)/∂v(X), or the derivative of an array by a scalar, arranged."""
        return e if self.jacobian == "numerator" else transposed(e)

    def ordered(self, of: str, wrt: str) -> tuple[str, str]:
        """The sizes of result and operand as rows and columns of a Jacobian."""
        return (of, wrt) if self.jacobian == "numerator" else (wrt, of)

    def jacobian_shape(self, shape: Shape) -> Shape:
        return shape if self.jacobian == "numerator" else shape[::-1]


LAYOUTS = {
    "denominator": Layout(),
    "numerator": Layout("transpose", "transpose", "numerator"),
    "mixed": Layout("shape", "shape", "numerator"),
}


@dataclass(frozen=True)
class Preset:
    """The convention and layout of one set of course notes."""

    convention: Convention
    layout: Layout
    notes: str


PRESETS = {
    "mit-6390": Preset(Convention.COLUMN, LAYOUTS["denominator"], "Z = Wᵀ A + W0"),
    "cmu-11785": Preset(Convention.ROW, LAYOUTS["mixed"], "Z = A Wᵀ + b"),
    "handwritten": Preset(Convention.COLUMN, LAYOUTS["denominator"], "z = W x + b"),
    "gatech-4644": Preset(Convention.COLUMN, Layout("transpose", "shape", "numerator"), "h = W h"),
    "tum-i2dl": Preset(Convention.ROW, LAYOUTS["mixed"], "Y = X W + 1 b"),
}

CHOICES = {
    "vector_gradient": ("shape", "transpose"),
    "matrix_gradient": ("shape", "transpose"),
    "jacobian": ("numerator", "denominator"),
}


def as_layout(spec: Layout | str | Mapping[str, Any]) -> Layout:
    """A layout from its name or mapping; the keys that a mapping lacks are denominator's."""
    if isinstance(spec, Layout):
        return spec
    if isinstance(spec, str):
        return _named(spec, LAYOUTS, "layout")
    for key, value in spec.items():
        if key not in CHOICES:
            raise InputError(f"layout has no key {key}", mend=f"Its keys are {', '.join(CHOICES)}.")
        if value not in CHOICES[key]:
            raise InputError(
                f"layout: {key} is {value}", mend=f"Write {' or '.join(CHOICES[key])}."
            )
    return Layout(**spec)


def as_preset(name: str) -> Preset:
    return _named(name, PRESETS, "preset")


def _named(name: str, table: dict[str, Any], kind: str) -> Any:
    if name in table:
        return table[name]
    near = nearest(name, table)
    raise InputError(
        f"there is no {kind} {name or 'without a name'}",
        mend=f"Did you mean {near}?" if near else f"Choose from {', '.join(table)}.",
    )


def transposed(e: Expr) -> Expr:
    """The transpose, taken into the expression where that makes it no longer."""
    inside = present(simplify(e.T))
    return inside if inside.pieces <= e.pieces + 1 or e.op.name == "transpose" else e.T


def sizes(shape: Shape) -> list[str]:
    """A shape as JSON has it."""
    return [str(d) for d in shape]
