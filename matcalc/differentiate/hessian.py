"""Second derivatives: the gradient's equations differentiated once more.

When a variable u moves along d(u), so does every node, and with the nodes every gradient.
Each equation of the network and of its gradients is pushed forward by itself and the result
named, d(Z) and d(grad(Z)). So the Hessian-vector product, d(u) ↦ d(grad(w)), is as long as
the network and forms no Hessian; its matrix under v() is the Hessian.

Where u is assumed to be symmetric, stochastic, ..., the gradients are derived again without
the assumption: a form that holds at such u alone says nothing about moving away from it.
When the result is simplified, the assumption counts again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matcalc.differentiate.backward import GradientEquation, gradients
from matcalc.differentiate.naming import Names
from matcalc.expressions.build import change, gradient, zeros
from matcalc.expressions.expr import Expr, operation, rebuild
from matcalc.linear_maps.local import pushforward
from matcalc.network.network import Equation, Network
from matcalc.simplify.parts import is_zero

OPEN = frozenset({"positive"})
"Assumptions that a small change in any direction leaves true."


@dataclass(frozen=True)
class GradientChange:
    """The change of grad(wrt) when ``other`` moves along ``direction``, as named equations.

    ``equations`` has (symbol, right side) in an order in which each uses only those before
    it, variables, nodes and the direction: d(Z) for the nodes that move, then grad(Z) and
    d(grad(Z)) from the loss backwards. The last is d(grad(wrt)). ``gradients`` has the
    gradient equations that were differentiated, in terms of ``free``: ``other`` with
    nothing assumed about it.
    """

    wrt: Expr
    other: Expr
    free: Expr
    equations: tuple[tuple[Expr, Expr], ...]
    gradients: Mapping[str, GradientEquation]

    @property
    def direction(self) -> Expr:
        return change(self.other)

    def substituted(self) -> Expr:
        """d(grad(wrt)) in terms of variables, nodes and the direction, unsimplified.

        Shared parts stay shared: built and evaluated in time linear in the network, however
        many pieces it would have when written out.
        """
        known: dict[Expr, Expr] = {}
        for symbol, expr in self.equations:
            known[symbol] = rebuild(expr, known)
        return known[change_of_gradient(self.wrt)]

    def closed(self, names: Names, limit: int) -> Expr | None:
        """The same simplified, or None where it has more than ``limit`` pieces."""
        known: dict[Expr, Expr] = {}
        for symbol, expr in self.equations:
            form = rebuild(expr, known)
            if form.pieces > limit:
                return None
            known[symbol] = names.tidy(form)
        return known[change_of_gradient(self.wrt)]


def change_of_gradient(of: Expr) -> Expr:
    """The symbol d(grad(Z))."""
    return operation("d")(data=(f"grad({of.name})", of.shape))


def gradient_change(
    network: Network,
    names: Names,
    wrt: str,
    other: str,
    known: Mapping[str, GradientEquation],
) -> GradientChange:
    """How grad(wrt) changes when ``other`` moves.

    ``known`` are the network's own gradient equations, at least for ``wrt``; ``wrt`` and
    ``other`` are two variables, or one node (then nothing before the node moves).
    """
    free, found, equations = _changes(network, names, [wrt], [other], known)
    target = change_of_gradient(network.symbol(wrt))
    needed = _needed(equations, [target])
    return GradientChange(
        network.symbol(wrt), network.symbol(other), free.symbol(other), needed, found
    )


def joint_changes(
    network: Network, names: Names, variables: Sequence[str], known: Mapping[str, GradientEquation]
) -> tuple[tuple[Expr, Expr], ...]:
    """Equations of d(grad(w)) for every variable w when all of them move together, each u along
    d(u), in an order like that of ``GradientChange.equations``."""
    _, _, equations = _changes(network, names, variables, variables, known)
    return _needed(equations, [change_of_gradient(network.symbol(name)) for name in variables])


def _changes(
    network: Network,
    names: Names,
    wrt: Sequence[str],
    others: Sequence[str],
    known: Mapping[str, GradientEquation],
) -> tuple[Network, Mapping[str, GradientEquation], list[tuple[Expr, Expr]]]:
    """The network with nothing assumed about ``others``, its gradient equations, and all
    equations of the changes."""
    free = network
    for name in others:
        free = without_assumptions(free, name)
    symbols = [network.symbol(name) for name in others]
    back = {free.symbol(name): symbol for name, symbol in zip(others, symbols, strict=True)}
    nodes = [name for name in others if name in network.equation]
    found = known
    if nodes or free is not network:
        found = gradients(free, list(wrt), Names(free, nodes))
    moving = {symbol: change(back[symbol]) for symbol in back}
    equations = _forward_changes(free, others, names, moving, back)
    for name, grad in found.items():
        if name in network.outputs:
            continue
        node = network.symbol(name)
        moved = names.tidy(rebuild(pushforward(grad.expr, moving), back))
        equations.append((gradient(node), names.tidy(rebuild(grad.expr, back))))
        equations.append((change_of_gradient(node), moved))
        if not is_zero(moved):
            moving[gradient(node)] = change_of_gradient(node)
    defined = {left for left, _ in equations}
    for name in wrt:
        target = change_of_gradient(network.symbol(name))
        if target not in defined:
            # An output's own gradient is given from outside: it does not change.
            equations.append((target, zeros(target.shape)))
    return free, found, equations


def without_assumptions(network: Network, name: str) -> Network:
    """The network with nothing assumed about a variable that may not be moved away from."""
    variable = network.variable.get(name)
    if variable is None or variable.assume <= OPEN:
        return network
    free = replace(variable, assume=variable.assume & OPEN)
    swap = {variable.symbol: free.symbol}
    return replace(
        network,
        variables=tuple(free if v is variable else v for v in network.variables),
        equations=tuple(Equation(e.name, rebuild(e.expr, swap), e.text) for e in network.equations),
    )


def _forward_changes(
    network: Network,
    starts: Sequence[str],
    names: Names,
    moving: dict[Expr, Expr],
    back: dict[Expr, Expr],
) -> list[tuple[Expr, Expr]]:
    """d(Z) for every node that depends on what moves; adds them to ``moving``."""
    equations = []
    for equation in network.equations:
        if equation.name in starts or moving.keys().isdisjoint(equation.expr.free):
            continue
        moved = names.tidy(rebuild(pushforward(equation.expr, moving), back))
        if not is_zero(moved):
            moving[equation.symbol] = change(equation.symbol)
            equations.append((change(equation.symbol), moved))
    return equations


def _needed(
    equations: Sequence[tuple[Expr, Expr]], targets: Sequence[Expr]
) -> tuple[tuple[Expr, Expr], ...]:
    """The equations that the targets rest on; a single target is the last of them."""
    wanted, kept = set(targets), []
    for symbol, expr in reversed(equations):
        if symbol in wanted:
            wanted |= expr.free
            kept.append((symbol, expr))
    return tuple(reversed(kept))
