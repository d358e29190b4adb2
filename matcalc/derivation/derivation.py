"""What ``derive`` gives: every partial, Jacobian and step of a network, in one layout.

Everything is worked out once, lazily, in the shapes of the variables themselves; the
layout is applied last. Closed forms are substituted only when they are asked for: with
branches they can grow without bound, and past LIMIT pieces they are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matcalc.derivation.one_by_one import as_declared
from matcalc.derivation.results import Jacobian, Partial, Result
from matcalc.derivation.steps import steps_of
from matcalc.differentiate.backward import GradientEquation, gradients
from matcalc.differentiate.jacobian import condensed, local_jacobian
from matcalc.differentiate.naming import Names
from matcalc.errors import CannotDerive, InputError, ManyErrors, nearest
from matcalc.expressions.build import gradient, size_of
from matcalc.expressions.expr import Expr, postorder, rebuild, turned
from matcalc.layout.layout import Layout, as_layout
from matcalc.network.convention import convert
from matcalc.network.network import Convention, Kind, Network
from matcalc.reasoning.explicit import at_small_sizes
from matcalc.reasoning.step import Step
from matcalc.reasoning.styles import DEFAULT, as_style
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present

if TYPE_CHECKING:
    from matcalc.depth.pattern import Pattern
    from matcalc.derivation.hessian import Hessian
    from matcalc.derivation.prepared import JointProduct

LIMIT = 10_000
"The most pieces that a closed form may have: what the language reads back."
MANY = 40
"How many Jacobians are shown with more than their form: beyond, nobody reads them."
TOTAL = 100_000
"The most pieces of all closed forms together; a deep network has one as long as it is deep"
" for each of its nodes."


@dataclass(frozen=True, repr=False)
class Derivation:
    """All results for a network. ``wrt`` holds the names that were asked for."""

    network: Network
    layout: Layout
    wrt: tuple[str, ...]
    style: str = "differential"
    "The way of reasoning in which the steps argue (matcalc.reasoning.styles)."

    @cached_property
    def names(self) -> Names:
        return Names(self.network)

    @property
    def of(self) -> str:
        """What is differentiated: the loss, or L for a loss that is not given."""
        return self.network.loss or "L"

    @cached_property
    def gradients(self) -> dict[str, GradientEquation]:
        """In each variable's own shape, the last node first."""
        return gradients(self.network, self.wrt)

    @cached_property
    def partials(self) -> dict[str, Partial]:
        """Nodes from the last to the first, then the variables as declared."""
        nodes = [n for n in self.gradients if n in self.network.equation]
        variables = [v.name for v in self.network.variables if v.name in self.gradients]
        return {name: self._partial(name) for name in nodes + variables}

    def _partial(self, name: str) -> Partial:
        found = self.gradients[name]
        shape = self.network.declared_shape(name)
        form = as_declared(self.layout.gradient(found.expr, shape), shape)
        return Partial(self, self.of, name, self.layout.gradient_shape(shape), form, found)

    def __getitem__(self, name: str) -> Partial:
        if name not in self.partials:
            near = nearest(name, self.partials)
            raise KeyError(f"no partial by {name}" + (f"; did you mean {near}?" if near else ""))
        return self.partials[name]

    # -- closed forms ---------------------------------------------------------

    @cached_property
    def _closed(self) -> dict[str, Expr]:
        """Closed gradients in own shape, from the last node on; too long ones left out."""
        known: dict[Expr, Expr] = {}
        closed: dict[str, Expr] = {}
        room = TOTAL
        for name, found in self.gradients.items():
            symbol = gradient(self.network.symbol(name))
            if name in self.network.outputs:
                closed[name] = symbol
                continue
            upstream = [s for s in found.expr.free if s.op.name == "grad"]
            if any(s.name not in closed for s in upstream):
                continue
            form = rebuild(found.expr, {s: known[s] for s in upstream if s in known})
            room -= form.pieces
            if form.pieces > LIMIT or room < 0:
                continue
            closed[name] = known[symbol] = self.names.tidy(form)
        return closed

    def closed_form(self, name: str) -> Expr | None:
        """The closed gradient in own shape, or None where it is too long (LIMIT, TOTAL)."""
        return self._closed.get(name)

    def arranged_closed_form(self, name: str) -> Expr:
        form = self.closed_form(name)
        if form is None:
            raise CannotDerive(
                f"the closed form of the gradient by {name} has more than {LIMIT} pieces, or all"
                f" of them together more than {TOTAL}; the local step with grad(...) is what to use"
            )
        shape = self.network.declared_shape(name)
        return as_declared(self.layout.gradient(form, shape), shape)

    @cached_property
    def arguments(self) -> list[Expr]:
        """The variables, in declared order, then grad(output) for each output."""
        outputs = [gradient(self.network.symbol(name)) for name in self.network.outputs]
        return [v.symbol for v in self.network.variables] + outputs

    def in_variables(self, form: Expr) -> Expr:
        """A form with every node replaced by its definition, down to the variables."""
        definitions: dict[Expr, Expr] = {}
        for equation in self.network.equations:
            definitions[equation.symbol] = rebuild(equation.expr, definitions)
        return rebuild(form, definitions)

    # -- Jacobians ------------------------------------------------------------

    def jacobian(self, of: str, wrt: str) -> Jacobian:
        """The Jacobian of a node by one of its direct operands."""
        equation = self.network.equation.get(of)
        if equation is None:
            raise KeyError(f"{of} is not a node")
        operand = next((s for s in equation.expr.free if s.name == wrt), None)
        if operand is None:
            raise KeyError(
                f"{of} does not use {wrt}: its operands are "
                + ", ".join(sorted(s.name for s in equation.expr.free))
            )
        stacking = self.network.convention.stacking
        local = local_jacobian(equation, operand, stacking, self.names)
        of_shape, wrt_shape = equation.shape, self.network.declared_shape(wrt)
        layout = self.layout
        if not operand.shape or not of_shape:
            if not of_shape:
                form = layout.gradient(local.matrix, wrt_shape)
                shape = layout.gradient_shape(wrt_shape)
            else:
                form, shape = layout.jacobian_form(local.matrix), layout.jacobian_shape(of_shape)
            return Jacobian(self, of, wrt, shape, form, None, "")
        form = layout.jacobian_form(local.matrix)
        shape = layout.jacobian_shape((size_of(of_shape), size_of(wrt_shape)))
        short, reason = condensed(form, local.entrywise)
        return Jacobian(self, of, wrt, shape, form, short, reason)

    @cached_property
    def jacobians(self) -> tuple[Jacobian, ...]:
        """Of each node on the way by each direct operand that is not a constant."""
        constants = {v.name for v in self.network.variables if v.kind is Kind.CONSTANT}
        found = []
        for equation in self.network.equations:
            operands = {s.name for s in equation.expr.free} - constants
            order = [v.name for v in self.network.variables] + list(self.network.equation)
            found += [self.jacobian(equation.name, name) for name in order if name in operands]
        return tuple(found)

    @property
    def explained(self) -> tuple[Jacobian, ...]:
        """The Jacobians that are shown with their steps: the first MANY."""
        return self.jacobians[:MANY]

    def hessian(self, wrt: str, other: str | None = None) -> Hessian:
        """The second derivative by a variable, or the block of two (matcalc.derivation.hessian)."""
        from matcalc.derivation.hessian import hessian_of

        return hessian_of(self, wrt, other)

    def hessian_product(self, *names: str) -> JointProduct:
        """The Hessian by several variables together (all of ``wrt``, where none are named) as
        products with a direction of each (matcalc.derivation.prepared)."""
        from matcalc.derivation.prepared import joint_product

        return joint_product(self, names or None)

    @cached_property
    def pattern(self) -> Pattern:
        """The gradients for every depth, of a network with loops (matcalc.depth.pattern).

        Raises CannotDerive where the network has no loops, or no pattern.
        """
        from matcalc.depth.pattern import derive_pattern

        template = self.network.template
        if template is None:
            raise CannotDerive("the network has no loops: it has the one depth that it has")
        return derive_pattern(template, self.layout, template.families(self.wrt), self.style)

    # -- numbers ----------------------------------------------------------------

    def kernel(self, *, workspace: bool = False, target: str = "numpy") -> Callable[..., Any]:
        """A function of the arrays of the variables, in declared order or by name: the loss and
        a dictionary of its gradients by ``wrt``, each in the shape of its variable.

        With outputs instead of a loss, the upstream gradients ``grad_Y`` are arguments too, and
        the outputs come as a tuple. With ``workspace``, the results are arrays that the next
        call overwrites, and a call allocates none. ``target="numba"`` compiles it, and has a
        workspace always. Raises InputError where a node is asked for or numba is missing.
        """
        from matcalc.scheduling.functions import function_of

        return function_of(self.network, self.wrt, self.gradients, workspace, target)

    # -- steps and notation -----------------------------------------------------

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, claim by claim."""
        return steps_of(self)

    def shown(self, e: Expr) -> Expr:
        """The expression as it is typeset, where ∂L/∂Z stands for the gradient as the
        layout arranges it; in the language, grad(Z) always has the shape of Z."""
        turned = {
            g: g.op(data=(g.name, g.shape[::-1])).T
            for g in e.free
            if g.op.name == "grad" and self.layout.transposes_gradient(g.shape)
        }
        return present(simplify(rebuild(e, turned))) if turned else e

    def shown_claim(self, e: Expr) -> Expr:
        """A side of a step as it is typeset: like ``shown``, but with its factors as they
        stand. An entry of a gradient is the same number in every layout."""
        done: dict[Expr, Expr] = {}
        for node in postorder(e):
            args = tuple(done[arg] for arg in node.args)
            if node.op.name == "grad" and self.layout.transposes_gradient(node.shape):
                done[node] = node.op(data=(node.name, node.shape[::-1])).T
            elif node.op.name == "entry" and node.args[0].op.is_symbol:
                done[node] = node
            elif node.op.name == "transpose":
                done[node] = turned(args[0])
            else:
                done[node] = node if args == node.args else node.op.rebuild(node, args)
        return done[e]

    def latex(self, e: Expr) -> str:
        from matcalc.printing.latex import latex

        return latex(self.shown(e), self.network.convention, self.of)

    def latex_partial(self, partial: Result) -> str:
        from matcalc.printing.latex import name_latex

        return rf"\frac{{\partial {name_latex(partial.of)}}}{{\partial {name_latex(partial.wrt)}}}"

    def __repr__(self) -> str:
        return f"Derivation of {self.of} with respect to {', '.join(self.wrt)}"

    def _repr_latex_(self) -> str:
        rows = [rf"{self.latex_partial(p)} &= {p.latex()}" for p in self.partials.values()]
        return "$$\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}$$"

    def _repr_html_(self) -> str:
        from matcalc.printing.notebook import derivation_html

        return derivation_html(self)


def derive(
    network: Network,
    wrt: Iterable[str] | str | None = None,
    *,
    convention: Convention | str | None = None,
    layout: Layout | str | Mapping[str, str] | None = None,
    style: str = DEFAULT,
) -> Derivation:
    """Derive the gradients of a network.

    ``wrt`` names inputs, parameters or nodes (default: all inputs and parameters); in a network
    with loops W stands for W1, W2 and so on. The
    convention and layout are the network's own unless others are asked for. ``style`` is the
    way of reasoning: differential, chain, index, vec or explicit; for explicit, sizes that
    are too large to write out are replaced by small ones. Raises InputError for an unknown
    name, convention, layout or style.
    """
    way = as_style(style)
    if convention is not None:
        network = convert(network, Convention(convention))
    asked = (wrt,) if isinstance(wrt, str) else tuple(wrt or ())
    if network.template is not None:
        asked = network.template.members(asked)
    chosen = as_layout(network.layout if layout is None else layout)
    names = asked or tuple(v.name for v in network.differentiable)
    _check_all(network, names)
    if way.name == "explicit":
        network = at_small_sizes(network)
    network = replace(network, layout=chosen.spec)
    return Derivation(network, chosen, tuple(dict.fromkeys(names)), way.name)


def _check_all(network: Network, names: Iterable[str]) -> None:
    """Refuse all names at once that nothing is differentiated by."""
    errors = []
    for name in dict.fromkeys(names):
        try:
            _check_wanted(network, name)
        except InputError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)


def _check_wanted(network: Network, name: str) -> None:
    if name in network.equation and name != network.loss:
        return
    variable = network.variable.get(name)
    if variable is None:
        if name == network.loss:
            raise InputError(f"{name} is the loss itself", mend="Its own gradient is 1.")
        known = [*network.variable, *network.equation]
        near = nearest(name, known)
        raise InputError(
            f"the network has no {name or 'variable without a name'}",
            mend=f"Did you mean {near}?" if near else f"It has {', '.join(known)}.",
        )
    if variable.kind is Kind.CONSTANT:
        raise InputError(
            f"{name} is a constant and gets no gradient",
            mend="Declare it under inputs or parameters.",
        )
