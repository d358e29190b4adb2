"""A network's schedule: every value of forward and backward, each computed once.

The forms are those of the readable module, layer by layer; what forward has computed is
there for backward, and what layers have in common is shared between them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcalc.differentiate.backward import GradientEquation, gradients
from matcalc.expressions.build import symbol
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, rebuild
from matcalc.generation.definitions import definitions
from matcalc.generation.functions import UserFunctions
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.layers import Layer, layers_of
from matcalc.generation.library import function_source
from matcalc.generation.numpy_code import NumpyWriter
from matcalc.generation.program import Program
from matcalc.generation.scope import Scope
from matcalc.network.network import Network, Variable
from matcalc.scheduling.lowering import Lowering
from matcalc.scheduling.rewrites import improved
from matcalc.scheduling.values import Graph, Value, ordered

ENTRY = "_entry_of_"
"Before the name of an array that was declared 1×1: the number in it."


@dataclass(frozen=True)
class Schedule:
    """``ends``: the loss or the outputs; ``grads``: by variable, in the declared shape;
    ``values``: everything to compute, in order; ``names``: what the author calls a value."""

    ends: dict[str, Value]
    grads: dict[str, Value]
    values: list[Value]
    names: dict[Value, str]
    functions: UserFunctions
    sizes: dict[str, str]

    @property
    def roots(self) -> list[Value]:
        return [*self.ends.values(), *self.grads.values()]


def schedule(
    network: Network,
    wrt: Sequence[str],
    local: Mapping[str, str],
    sizes: Mapping[str, str],
    identifiers: Identifiers,
    found: Mapping[str, GradientEquation] | None = None,
) -> Schedule:
    """The schedule for the ends and the gradients by ``wrt``, which ``found`` may have.

    ``local`` gives variables and the outputs' upstream gradients (as grad_A) their
    identifiers, ``sizes`` dimensions theirs.
    """
    if found is None:
        found = gradients(network, wrt)
    return Scheduler(network, local, sizes, identifiers).schedule(wrt, found)


class Scheduler:
    """Values of a network's expressions, in one graph."""

    def __init__(
        self,
        network: Network,
        local: Mapping[str, str],
        sizes: Mapping[str, str],
        identifiers: Identifiers,
    ) -> None:
        self.network = network
        self.local = local
        self.sizes = sizes
        self.functions = UserFunctions(identifiers)
        self.graph = Graph()
        dimensions = {identifier: Dimension.of(d) for d, identifier in sizes.items()}
        self.lowering = Lowering(self.graph, dimensions, self._definition)
        self.trees: dict[str, ast.FunctionDef | None] = {}
        self.values: dict[Expr, Value] = {}
        self.gradients: dict[str, Value] = {}
        self.texts: dict[Expr, str] = {}

    def schedule(self, wrt: Sequence[str], found: Mapping[str, GradientEquation]) -> Schedule:
        network = self.network
        for v in network.variables:
            # The number in an array declared 1×1 is read in every call, under this name.
            mark = ENTRY if v.shape == (ONE, ONE) else ""
            self.values[v.symbol] = self.argument(mark + self.local[v.name], v.symbol)
        layers, _ = layers_of(network, found)
        inner: dict[str, dict[Expr, Value]] = {}
        for name, layer in layers.items():
            inner[name] = {s: self.values[s] for s in layer.operands}
            (self.values[layer.value],) = self.run(layer.forward, inner[name])
            inner[name][layer.value] = self.values[layer.value]
        for name in network.ends:
            self.gradients[name] = self._seed(name)
        for name in reversed(layers):
            if layers[name].active and name in self.gradients:
                self._backward(layers[name], inner[name])
        ends = {name: self.values[network.symbol(name)] for name in network.ends}
        grads = {name: self._gradient(network.variable[name]) for name in wrt}
        names = {value: s.name for s, value in self.values.items()}
        names |= {value: f"grad_{name}" for name, value in self.gradients.items()}
        turn = {name: k for k, name in enumerate(self.gradients)}
        kept = improved(self.graph, [*ends.values(), *grads.values()], network.dims)
        sequence = sorted(grads, key=lambda name: turn.get(name, 0))
        last = [kept[grads[name]] for name in sequence]
        return Schedule(
            {name: kept[value] for name, value in ends.items()},
            {name: kept[value] for name, value in grads.items()},
            ordered([*(kept[value] for value in ends.values()), *last]),
            {kept[value]: name for value, name in names.items() if value in kept},
            self.functions,
            dict(self.sizes),
        )

    def argument(self, identifier: str, of: Expr) -> Value:
        return self.graph.make("argument", (), (identifier,), of.shape)

    def _seed(self, name: str) -> Value:
        if name == self.network.loss:
            return self.graph.constant("1")
        return self.argument(self.local[f"grad_{name}"], self.network.symbol(name))

    def _backward(self, layer: Layer, known: dict[Expr, Value]) -> None:
        known[layer.dout] = self.gradients[layer.equation.name]
        parts = self.run(layer.backward, known)
        for operand, part in zip(layer.active, parts, strict=True):
            before = self.gradients.get(operand.name)
            total = part if before is None else self.graph.entrywise("add", before, part)
            self.gradients[operand.name] = total

    def run(self, program: Program, known: dict[Expr, Value]) -> list[Value]:
        """The results of a program; its assignments become known."""
        for target, expr in program.assignments:
            known[target] = self._value(expr, known)
        return [self._value(expr, known) for expr in program.results]

    def _value(self, expr: Expr, known: Mapping[Expr, Value]) -> Value:
        symbols = sorted(expr.free, key=lambda s: s.name)
        anonymous = rebuild(expr, {s: symbol(f"_{k}", s.shape) for k, s in enumerate(symbols)})
        text = self._text(anonymous)
        env = {f"_{k}": known[s] for k, s in enumerate(symbols)}
        return self.lowering.value(text, env, expr.shape)

    def _text(self, anonymous: Expr) -> str:
        """The code of an expression; layers that differ in names alone share it."""
        if anonymous not in self.texts:
            names = {s: s.name for s in anonymous.free}
            scope = Scope(names, self.sizes, (), self.network.dims)
            self.texts[anonymous] = NumpyWriter(scope, self.functions).text(anonymous)
        return self.texts[anonymous]

    def _gradient(self, v: Variable) -> Value:
        found = self.gradients.get(v.name)
        if found is None:
            found = self.lowering.value("0", {}, ())
            if v.symbol.shape:
                zeros = f"np.zeros({Scope({}, self.sizes).shape(v.shape)}, dtype=dtype)"
                found = self.lowering.value(zeros, {}, v.symbol.shape)
        if v.shape == (ONE, ONE):
            return self.graph.make("fill", (found,), (), (ONE, ONE))
        return found

    def _definition(self, name: str) -> ast.FunctionDef | None:
        """A helper, or a user's function, as a syntax tree."""
        if name not in self.trees:
            source = function_source(name)
            if name in self.functions.names.values():
                place = list(self.functions.names.values()).index(name)
                source = definitions(self.functions)[place]
            tree = ast.parse(source).body[0] if source else None
            self.trees[name] = tree if isinstance(tree, ast.FunctionDef) else None
        return self.trees[name]
