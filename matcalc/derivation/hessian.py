"""Second derivatives of a network's loss: the Hessian, its blocks, and its product.

The block of w and u is ∂v(grad(w))/∂v(u), (size of w)×(size of u), in numerator and mixed
layout, and its transpose in denominator layout; v() is the convention's. The Hessian by one
variable is symmetric, so that all layouts agree on it. The product is d(grad(w)) when u
moves along d(u), in the shape of w in every layout, like grad(w) itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matcalc.derivation.derivation import LIMIT, Derivation
from matcalc.derivation.results import product_text
from matcalc.derivation.structured import dense_kernel, reason, structured_kernel
from matcalc.differentiate.hessian import GradientChange, gradient_change
from matcalc.differentiate.structure import Structure, expanded, matrix_of, structure_of
from matcalc.errors import CannotDerive, nearest
from matcalc.expressions.build import size_of, symbol
from matcalc.expressions.expr import Expr, Shape, rebuild
from matcalc.linear_maps.local import map_of
from matcalc.linear_maps.maps import LinearMap
from matcalc.network.network import Kind
from matcalc.printing.language import write

if TYPE_CHECKING:
    from matcalc.derivation.prepared import Factory

FEW = 2
"Terms up to which a Hessian is shown as a sum, such as diag(p) - p*p.T."


@dataclass(frozen=True)
class Hessian:
    """∂²(of)/∂(wrt)∂(other), arranged in the derivation's layout.

    ``change`` has the product as named equations, as long as the network. ``form`` and
    ``product`` substitute them; both raise CannotDerive past LIMIT pieces, while the
    kernels work for any network.
    """

    derivation: Derivation
    of: str
    wrt: str
    other: str
    shape: Shape
    change: GradientChange

    @cached_property
    def _closed(self) -> Expr | None:
        return self.change.closed(self.derivation.names, LIMIT)

    @property
    def has_form(self) -> bool:
        """Whether the closed forms stay within LIMIT pieces."""
        return self._closed is not None

    @property
    def product(self) -> Expr:
        """The Hessian-vector product, d(grad(wrt)), in variables, nodes and d(other)."""
        if self._closed is None:
            raise CannotDerive(
                f"the second derivative by {self.wrt} and {self.other} has more than {LIMIT}"
                " pieces when written out; its kernels and named equations are what to use"
            )
        return self._closed

    @cached_property
    def linear_map(self) -> LinearMap:
        """d(other) ↦ d(grad(wrt))."""
        return map_of(self.product, self.change.direction)

    @cached_property
    def form(self) -> Expr:
        """The Hessian as a matrix; a number where both variables are scalars."""
        d, arranged = self.derivation, self.linear_map
        if not self.symmetric and d.layout.jacobian != "numerator":
            arranged = arranged.adjoint()
        stacking = d.network.convention.stacking
        chains = expanded(arranged)
        matrix = d.names.tidy(matrix_of(chains, stacking))
        if len(chains) <= FEW:
            return matrix
        return min(matrix, d.names.tidy(arranged.matrix(stacking)), key=lambda e: e.pieces)

    @property
    def expr(self) -> Any:
        """The form as a SymPy expression."""
        from matcalc.sympy_bridge import to_sympy

        return to_sympy(self.form, self.derivation.network)

    @cached_property
    def size_texts(self) -> tuple[str, ...]:
        """The shape in words of the network: "D*H" and "D*H"; empty for a number."""
        network = self.derivation.network
        sizes = [product_text(network.declared_shape(n)) for n in (self.wrt, self.other)]
        return self.derivation.layout.ordered(*sizes) if self.shape else ()

    # -- symmetry and structure ---------------------------------------------------

    @property
    def symmetric(self) -> bool:
        return self.wrt == self.other

    @property
    def symmetry(self) -> str:
        """In words: that it equals its transpose, or whose transpose it is."""
        if not self.symmetric:
            return (
                f"The order of the two derivatives does not matter: this block is the transpose"
                f" of the one by `{self.other}` and `{self.wrt}`."
            )
        if not self.shape:
            return "Both derivatives are by one number."
        return (
            "The order of the two derivatives does not matter, so the Hessian equals its"
            " transpose, and all layouts agree on it."
        )

    @cached_property
    def zeros(self) -> Structure:
        """Where zeros are, and what repeats, as read off the map."""
        if not self.has_form:
            return Structure("dense")
        found = structure_of(self.linear_map)
        return found if self.symmetric or found.kind == "zero" else Structure("dense")

    @property
    def structure(self) -> str:
        """ "zero", "diagonal", "block-diagonal" or "dense"."""
        return self.zeros.kind

    @property
    def structure_reason(self) -> str:
        """The structure in words, and what ``kernel(structured=True)`` returns."""
        return reason(self)

    # -- text ----------------------------------------------------------------------

    def __str__(self) -> str:
        return write(self.form, self.derivation.network.convention)

    def latex(self) -> str:
        return self.derivation.latex(self.form)

    def latex_name(self) -> str:
        from matcalc.printing.latex import name_latex

        of, wrt, other = map(name_latex, (self.of, self.wrt, self.other))
        below = rf"\partial {wrt}^2" if self.symmetric else rf"\partial {wrt}\,\partial {other}"
        return rf"\frac{{\partial^2 {of}}}{{{below}}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex_name()} = {self.latex()}$"

    # -- numbers --------------------------------------------------------------------

    def kernel(self, *, structured: bool = False) -> Callable[..., Any]:
        """A function of the arrays of the variables, in declared order or by name.

        It returns the dense Hessian, arranged as ``form``. With ``structured``, it returns
        the part that is not zero by structure: for a diagonal Hessian the diagonal, as one
        axis in the order of v(); for equal blocks the one block; for different blocks all
        of them, along a first axis; for a dense one the whole.
        """
        return structured_kernel(self) if structured else dense_kernel(self)

    @cached_property
    def moving_kernel(self) -> Callable[..., Any]:
        """The value of ``other`` as a function of the variables."""
        from matcalc.generation.kernels import kernel

        d = self.derivation
        return kernel(d.in_variables(self.change.other), d.arguments, d.network.dims)

    @property
    def direction_name(self) -> str:
        """By which name the product's kernel takes the direction: V, where that is free."""
        taken = {a.name for a in self.derivation.arguments}
        return next(n for n in ("V", *(f"V{k}" for k in range(len(taken) + 1))) if n not in taken)

    @cached_property
    def product_in_variables(self) -> Expr:
        """The product without nodes, the direction a symbol by ``direction_name``; shared
        parts are shared, and no closed form is needed."""
        direction = symbol(self.direction_name, self.change.direction.shape)
        whole = self.derivation.in_variables(self.change.substituted())
        return rebuild(whole, {self.change.direction: direction})

    @cached_property
    def product_kernel(self) -> Callable[..., Any]:
        """A function of the variables and a direction V in the shape of ``other``: the
        change of the gradient, in the shape of ``wrt``. No Hessian is formed."""
        from matcalc.generation.kernels import kernel

        direction = symbol(self.direction_name, self.change.direction.shape)
        arguments = [*self.derivation.arguments, direction]
        return kernel(self.product_in_variables, arguments, self.derivation.network.dims)

    def at(self, *values: Any, **named: Any) -> Callable[..., Any]:
        """The Hessian at a point, given like the arguments of ``kernel``: a function of a
        direction, in the shape of ``other``, that gives the change of the gradient.

        What rests on the point alone is computed once, so for many directions at one point
        this is quicker than ``product_kernel``. The point's arrays must not change meanwhile.
        Raises TypeError where an array is missing; the function raises ValueError for a
        direction of another shape.
        """
        prepared = self._prepared.at(values, named)
        return lambda direction: prepared(direction)[self.wrt]

    @cached_property
    def _prepared(self) -> Factory:
        from matcalc.derivation.prepared import Factory

        return Factory(self.derivation, self.change.equations, [self.wrt], [self.other])


def hessian_of(d: Derivation, wrt: str, other: str | None = None) -> Hessian:
    """The Hessian by one variable, or the block of two; KeyError where there is none.

    Second derivatives are by inputs and parameters. By a node there is the one with itself,
    with everything before the node held fixed.
    """
    other = wrt if other is None else other
    for name in (wrt, other):
        _check(d, name)
    if wrt != other and (wrt in d.network.equation or other in d.network.equation):
        node = wrt if wrt in d.network.equation else other
        raise KeyError(f"{node} is a node: its Hessian is by {node} alone, with no block beside")
    change = gradient_change(d.network, d.names, wrt, other, d.gradients)
    shapes = d.network.symbol(wrt).shape, d.network.symbol(other).shape
    shape = tuple(size_of(s) for s in shapes) if any(shapes) else ()
    return Hessian(d, d.of, wrt, other, d.layout.jacobian_shape(shape), change)


def hessians(d: Derivation) -> tuple[Hessian, ...]:
    """By every variable that was asked for, then the blocks of each two of them, once: a
    block in the other order is the transpose."""
    names = [n for n in d.partials if n in d.wrt]
    order = [v.name for v in d.network.variables if v.name in names]
    order += [n for n in names if n not in order]
    own = [hessian_of(d, name) for name in order]
    variables = [n for n in order if n in d.network.variable]
    pairs = [(a, b) for k, a in enumerate(variables) for b in variables[k + 1 :]]
    return (*own, *(hessian_of(d, a, b) for a, b in pairs))


def _check(d: Derivation, name: str) -> None:
    if name in d.gradients:
        return
    variable = d.network.variable.get(name)
    if variable is not None and variable.kind is Kind.CONSTANT:
        raise KeyError(f"{name} is a constant and gets no derivative")
    near = nearest(name, d.gradients)
    raise KeyError(f"no second derivative by {name}" + (f"; did you mean {near}?" if near else ""))
