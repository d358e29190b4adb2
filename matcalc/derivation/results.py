"""One result of a derivation: a partial, or the local Jacobian of an equation.

Both are a form, arranged in the derivation's layout, with its shape; they show themselves
in the language, in LaTeX, as SymPy and as mathematics in a notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matcalc.derivation.free_entries import FreeEntries, free_entries
from matcalc.differentiate.backward import GradientEquation
from matcalc.expressions.build import gradient, size_of
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape, rebuild
from matcalc.printing.language import write

if TYPE_CHECKING:
    from matcalc.derivation.derivation import Derivation
    from matcalc.reasoning.step import Step


@dataclass(frozen=True, repr=False)
class Result:
    """∂(of)/∂(wrt) = form, of the layout's ``shape``."""

    derivation: Derivation
    of: str
    wrt: str
    shape: Shape
    form: Expr

    @property
    def expr(self) -> Any:
        """The form as a SymPy expression."""
        return self._sympy(self.form)

    def _sympy(self, form: Expr) -> Any:
        from matcalc.sympy_bridge import to_sympy

        return to_sympy(form, self.derivation.network)

    def __str__(self) -> str:
        return write(self.form, self.derivation.network.convention)

    def __repr__(self) -> str:
        return f"∂{self.of}/∂{self.wrt} = {self}"

    def latex(self) -> str:
        """The form in LaTeX, without dollar signs."""
        return self.derivation.latex(self.form)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.derivation.latex_partial(self)} = {self.latex()}$"

    def _repr_html_(self) -> str:
        from matcalc.printing.notebook import result_html

        return result_html(self)


@dataclass(frozen=True, repr=False)
class Partial(Result):
    """The derivative of the loss by a variable or node.

    ``form`` is the local step, in terms of variables, nodes and grad(node).
    ``equation`` has the gradient in the variable's own shape, with what each use
    contributes.
    """

    equation: GradientEquation

    @cached_property
    def closed(self) -> Expr:
        """The form without grad(...), as matcalc's own expression."""
        return self.derivation.arranged_closed_form(self.wrt)

    @property
    def closed_form(self) -> Any:
        """The closed form as a SymPy expression."""
        return self._sympy(self.closed)

    @cached_property
    def free_entries(self) -> FreeEntries | None:
        """The gradient by the free entries alone, for a variable with such a structure."""
        found = free_entries(self.derivation.network.symbol(self.wrt))
        if found is None:
            return None
        own = gradient(self.derivation.network.symbol(self.wrt))
        form = self.derivation.names.tidy(rebuild(found.form, {own: self.equation.expr}))
        return replace(found, form=form)

    @cached_property
    def kernel(self) -> Callable[..., Any]:
        """The closed form as a function of NumPy arrays, by variable and node name."""
        from matcalc.generation.kernels import kernel

        d = self.derivation
        return kernel(d.in_variables(self.closed), d.arguments, d.network.dims)


@dataclass(frozen=True, repr=False)
class Jacobian(Result):
    """The derivative of one equation by one operand.

    ``form`` is the full matrix, ``short`` the condensed form (or None) and ``reason``
    why nothing is lost by it.
    """

    short: Expr | None
    reason: str

    @property
    def condensed(self) -> Any:
        """The condensed form as a SymPy expression, or None."""
        return None if self.short is None else self._sympy(self.short)

    @cached_property
    def size_texts(self) -> tuple[str, ...]:
        """The shape in words of the network: (D*H)×(N*H) as "D*H" and "N*H"."""
        network = self.derivation.network
        of, wrt = network.equation[self.of].shape, network.declared_shape(self.wrt)
        if not of or not network.symbol(self.wrt).shape:
            return tuple(map(str, self.shape))
        return self.derivation.layout.ordered(product_text(of), product_text(wrt))

    @cached_property
    def map(self) -> Expr | None:
        """The change of the node with the operand alone moving; None where one is a number."""
        from matcalc.reasoning.tensors import linear_map

        return linear_map(self)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What there is to say about it beside its form, claim by claim."""
        from matcalc.reasoning.tensors import steps

        return steps(self)

    def tensor(self, sizes: Mapping[str, int] | None = None) -> Any:
        """∂Y[i, j]/∂X[k, l] at concrete sizes (the network's own where none are given): a
        NumPy array of texts in the language, of Y's shape followed by X's."""
        from matcalc.derivation.tensor import tensor

        return tensor(self, sizes)


def product_text(shape: Shape) -> str:
    """How many entries a shape has, its factors in the order of the shape: N*H."""
    factors = [f"({d})" if " " in str(d) else str(d) for d in shape if d != ONE]
    return "*".join(factors) if len(factors) > 1 else str(size_of(shape))
