"""One equation of a network as a pair of programs: forward, and backward from ``dout``.

The forward program keeps what the backward program reads: operands, the value itself,
and inner values that both rest on. The pair knows no names yet; see ``pairs``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcalc.differentiate.backward import GradientEquation, gradients
from matcalc.expressions.build import gradient, mul, symbol
from matcalc.expressions.expr import Expr, postorder, rebuild
from matcalc.generation.program import Program, Temporaries, forms_of, is_matrix, is_work, plan
from matcalc.generation.sound import sound, sound_network
from matcalc.network.network import Equation, Network
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present


@dataclass(frozen=True)
class Layer:
    """``operands`` are the arguments of forward; ``active`` those that get a gradient."""

    equation: Equation
    operands: tuple[Expr, ...]
    dout: Expr
    forward: Program
    backward: Program
    active: tuple[Expr, ...]
    nouns: Mapping[Expr, str]
    "What intermediate values are named after."

    @property
    def value(self) -> Expr:
        return self.equation.symbol


def layers_of(
    network: Network, found: Mapping[str, GradientEquation] | None = None
) -> tuple[dict[str, Layer], Mapping[str, GradientEquation]]:
    """The layer of every equation that the ends rest on, and the gradients themselves.

    ``found`` are the gradients that are wanted, where they are known already; by default
    they are derived for all inputs and parameters.
    """
    wanted = [v.name for v in network.differentiable if found is None or v.name in found]
    if (computed := sound_network(network)) is not network:
        network, found = computed, None
    if found is None:
        found = gradients(network, wanted)
    arriving: dict[str, list[tuple[Expr, Expr]]] = {}
    for name, gradient_equation in found.items():
        for part in gradient_equation.contributions:
            arriving.setdefault(part.via, []).append((network.symbol(name), part.expr))
    order = {e.name: k for k, e in enumerate(network.equations)}
    layers: dict[str, Layer] = {}
    needed = set(network.ends)
    for equation in reversed(network.equations):
        if equation.name in needed:
            layer = _layer(network, equation, arriving.get(equation.name, []), order)
            layers[equation.name] = layer
            needed |= {s.name for s in layer.operands}
    return {e.name: layers[e.name] for e in network.equations if e.name in layers}, found


def _layer(
    network: Network,
    equation: Equation,
    arriving: Sequence[tuple[Expr, Expr]],
    order: Mapping[str, int],
) -> Layer:
    dout = symbol("dout ", equation.shape)
    operands = [node for node in postorder(equation.expr) if node.op.is_symbol]
    place = {s: k for k, s in enumerate(operands)}
    arriving = sorted(arriving, key=lambda pair: place[pair[0]])
    parts = [_from_dout(network, equation, expr, dout) for _, expr in arriving]
    parts = [_only_known(network, equation, part, dout, order) for part in parts]
    inner = Temporaries("inner ")
    parts, wanted = _with_inner_values(equation.expr, parts, inner)
    defined = {equation.symbol: equation.expr, **{inner(node): node for node in wanted}}
    parts = [sound(part, defined) for part in parts]
    known = {*operands, equation.symbol, dout, *inner.nouns}
    extra = sorted({s for part in parts for s in part.free} - known, key=lambda s: s.name)
    forward = plan([equation.expr], wanted, inner)
    later = Temporaries("later ")
    backward = plan(parts, (), later)
    nouns = {**inner.nouns, **later.nouns}
    named = [t for t, _ in (*forward.assignments, *backward.assignments)]
    active = tuple(s for s, _ in arriving)
    kept = {t: nouns[t] for t in named}
    return Layer(equation, (*operands, *extra), dout, forward, backward, active, kept)


def _from_dout(network: Network, equation: Equation, expr: Expr, dout: Expr) -> Expr:
    """A contribution in terms of dout. The loss counts as 1 in it, and is scaled here."""
    if equation.name == network.loss:
        return present(simplify(mul(dout, expr)))
    return rebuild(expr, {gradient(equation.symbol): dout})


def _only_known(
    network: Network, equation: Equation, part: Expr, dout: Expr, order: Mapping[str, int]
) -> Expr:
    """Nodes further down are not there yet when this one is computed: written out."""
    own = order[equation.name]
    while True:
        later = {s: network.equation[s.name].expr for s in part.free if order.get(s.name, -1) > own}
        if not later:
            return part
        part = rebuild(part, later)


def _with_inner_values(
    root: Expr, parts: Sequence[Expr], inner: Temporaries
) -> tuple[list[Expr], list[Expr]]:
    """The contributions with what the forward pass computes anyway taken from there."""
    if not parts:
        return [], []
    below = set().union(*(set(postorder(part)) for part in parts))
    wanted: dict[Expr, Expr] = {}
    originals: dict[Expr, Expr] = {}
    for node in postorder(root):
        if node is root or not is_work(node):
            continue
        for form in forms_of(node):
            if form in below and is_work(form) and form not in wanted:
                wanted[form] = inner(node)
                originals[inner(node)] = node
        for form in forms_of(node.T) if is_matrix(node) else ():
            if form in below and is_work(form) and form not in wanted:
                wanted[form] = inner(node).T
                originals[inner(node)] = node
    named = [present(simplify(rebuild(part, wanted))) if wanted else part for part in parts]
    used = {s for part in named for s in part.free}
    return named, [node for temporary, node in originals.items() if temporary in used]
