"""Reverse accumulation over the equations of a network.

Walks the equations from the last to the first. What arrives at a variable or node from
its several uses is added up (accumulate); the sum is then known by its name, grad(Z), to
everything before it, so that each result is one local step and the whole grows linearly
with the depth. Gradients here have the shape of what they belong to: layouts come later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matcalc.differentiate.naming import Names
from matcalc.expressions.build import add, gradient, lift, zeros
from matcalc.expressions.expr import Expr, postorder
from matcalc.linear_maps.local import local_map
from matcalc.network.network import Equation, Network
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_zero


@dataclass(frozen=True)
class Contribution:
    """What one use of a symbol, in the equation ``via``, adds to its gradient.

    ``raw`` is the adjoint as it is read off the rule, ``expr`` the same simplified.
    """

    via: str
    raw: Expr
    expr: Expr


@dataclass(frozen=True)
class GradientEquation:
    """grad(name) = expr, the sum of its contributions."""

    name: str
    expr: Expr
    contributions: tuple[Contribution, ...]


def gradients(
    network: Network, wanted: Iterable[str], names: Names | None = None
) -> dict[str, GradientEquation]:
    """The gradient of each wanted name and of every node on the way, last node first.

    Outputs have the symbol grad(Y) for a gradient. A name that the loss does not
    depend on gets zero.
    """
    wanted = list(wanted)
    needed = _on_the_way(network, set(wanted))
    names = names or Names(network)
    arriving: dict[str, list[Contribution]] = {}
    found: dict[str, GradientEquation] = {}
    for equation in reversed(network.equations):
        upstream = _upstream(network, equation, arriving, found, names)
        if upstream is None:
            continue
        active = [s for s in equation.expr.free if s.name in needed]
        for symbol, raw in pullback(equation.expr, upstream, active).items():
            contribution = Contribution(equation.name, raw, names.tidy(raw))
            if not is_zero(contribution.expr):
                arriving.setdefault(symbol.name, []).append(contribution)
    for name in wanted:
        if name not in found and name not in network.ends:
            found[name] = _accumulate(network.symbol(name), arriving.get(name, []), names)
    return found


def _upstream(
    network: Network,
    equation: Equation,
    arriving: dict[str, list[Contribution]],
    found: dict[str, GradientEquation],
    names: Names,
) -> Expr | None:
    """The gradient that arrives at a node, by name; None where none arrives."""
    name = equation.name
    if name == network.loss:
        return lift(1)
    if name in network.outputs:
        found[name] = GradientEquation(name, gradient(equation.symbol), ())
        return gradient(equation.symbol)
    if name not in arriving:
        return None
    found[name] = _accumulate(equation.symbol, arriving[name], names)
    return gradient(equation.symbol)


def _accumulate(symbol: Expr, contributions: list[Contribution], names: Names) -> GradientEquation:
    # Uses were met from the last equation to the first; readers expect the other order.
    parts = tuple(reversed(contributions))
    total = add(*(c.expr for c in parts)) if parts else zeros(symbol.shape)
    return GradientEquation(symbol.name, names.tidy(total), parts)


def _on_the_way(network: Network, wanted: set[str]) -> set[str]:
    """The wanted names, and the nodes that depend on one of them."""
    needed = set(wanted)
    for equation in network.equations:
        if any(s.name in needed for s in equation.expr.free):
            needed.add(equation.name)
    return needed


def pullback(root: Expr, upstream: Expr, wanted: Iterable[Expr]) -> dict[Expr, Expr]:
    """The gradient at each wanted symbol of an expression whose own gradient is given.

    Unsimplified at the symbols; simplified where several uses inside the expression meet.
    """
    targets = set(wanted)
    arriving: dict[Expr, list[Expr]] = {root: [upstream]}
    found: dict[Expr, Expr] = {}
    for node in reversed(list(postorder(root))):
        terms = arriving.pop(node, None)
        if terms is None:
            continue
        total = terms[0] if len(terms) == 1 else add(*terms)
        if node in targets:
            found[node] = total
            continue
        if not node.args:
            continue
        here = simplify(total)
        if is_zero(here):
            continue
        for i, arg in enumerate(node.args):
            if not targets.isdisjoint(arg.free):
                arriving.setdefault(arg, []).append(local_map(node, i).adjoint().apply(here))
    return found
