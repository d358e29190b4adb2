"""A network as the text of one NumPy module, as a person would write it by hand."""

from __future__ import annotations

from matcalc.expressions.dimension import ONE
from matcalc.generation.body import indented
from matcalc.generation.check_section import check_section
from matcalc.generation.definitions import definitions
from matcalc.generation.entrance import Entrance, declared, dimensions_of
from matcalc.generation.functions import UserFunctions
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.layers import Layer, layers_of
from matcalc.generation.library import QUIET, helpers_for, imports_for
from matcalc.generation.pairs import PairMaker
from matcalc.generation.training import train_step
from matcalc.generation.wording import docstring, listed, shortened
from matcalc.network.network import Equation, Network, Variable
from matcalc.printing.language import write


def codegen(network: Network) -> str:
    """The source of a module with forward, backward and (where there is a loss)
    loss_and_grads and train_step. It needs NumPy alone, and checks its gradients when it is run.

    Raises CannotDerive for abstract functions, which have no formula to compute.
    """
    return _Module(network).text()


class _Module:
    def __init__(self, network: Network) -> None:
        self.network = network
        every = [*network.variable, *network.equation, *dimensions_of(network)]
        identifiers = Identifiers()
        self.local = {name: identifiers.fresh(name) for name in every}
        identifiers.taken |= {*every, *(f"grad_{name}" for name in every)}
        self.functions = UserFunctions(identifiers)
        self.entrance = Entrance(network, self.local)
        self.layers, self.gradients = layers_of(network)
        maker = PairMaker(
            self.entrance.sizes, network.dims, self.functions, identifiers, network.convention
        )
        self.pairs = maker.pairs(self.layers.values())
        self.identifiers = identifiers

    def text(self) -> str:
        network = self.network
        pairs = list({id(p): p for p in self.pairs.values()}.values())
        parts = [pair.source for pair in pairs]
        parts += [self._forward(), self._backward()]
        if network.loss:
            parts.append(self._loss_and_grads())
        parts += filter(None, [train_step(network, self.entrance)])
        parts = [*definitions(self.functions), *parts]
        check = "\n".join(check_section(self.network, self.entrance)) + "\n"
        used = helpers_for([*parts, check])
        numeric = [source for source in used if not source.startswith("def _")]
        plumbing = [source for source in used if source.startswith("def _")]
        tables = [t for t in (self.entrance.shapes(), self.entrance.values()) if t]
        imports = imports_for([*used, *parts, check])
        head = "\n".join([*docstring(self._words(), 0), "", imports, *tables])
        return "\n\n".join([head, *numeric, *parts, *plumbing, check])

    # -- words -----------------------------------------------------------------

    def _words(self) -> str:
        """What the module computes, in the author's text, and its gradients."""
        network = self.network
        title = network.name or "A network"
        ends = listed(network.ends)
        equations = [f"    {e.name} = {self._typed(e)}" for e in network.equations]
        grads = [
            f"    grad({name}) = {shortened(write(g.expr, network.convention))}"
            for name, g in self.gradients.items()
            if name not in network.outputs
        ]
        what = "the gradient of it" if len(network.ends) == 1 else "the gradients of them"
        found = f", and {what}" if grads else ""
        lines = [f"{title}: {ends}{found}.", "", *equations, ""]
        given = "" if network.loss else f", with grad of {ends} handed over"
        if grads:
            lines += [f"Backwards, in the shape of each variable{given}:", "", *grads, ""]
        assumed = [declared(v) for v in network.variables if v.assume]
        if assumed:
            lines += [f"The gradients rest on what is assumed: {'; '.join(assumed)}.", ""]
        lines.append("Run as a program, this file checks its gradients. Written by matcalc.")
        return "\n".join(lines)

    def _typed(self, e: Equation) -> str:
        return shortened(e.text or write(e.expr, self.network.convention))

    # -- forward ---------------------------------------------------------------

    def _forward(self) -> str:
        network, calls = self.network, []
        for name, layer in self.layers.items():
            calls.append(self._forward_call(name, layer))
            if name in network.outputs:
                shape = f"{self.local[name]}.shape" if layer.value.shape else "()"
                calls.append(f'cache["shape of {name}"] = {shape}')
        needed = {d for name in self.layers for d in self.pairs[name].sizes}
        lines = self.entrance.lines(needed)
        lines.append('cache = {"float type": dtype}')
        lines += [f'cache["{v.name}"] = {self.local[v.name]}' for v in self._left_out() if v.shape]
        lines += [*calls, f"return {self._returned()}, cache"]
        title = f"{listed(network.ends)}, and what backward needs.\n\n"
        words = title + f"{'; '.join(map(declared, network.variables))}."
        signature = f"def forward({self.entrance.signature()}):"
        head = [QUIET, *indented([signature], 0)]
        return "\n".join([*head, *docstring(words), *indented(lines), ""])

    def _forward_call(self, name: str, layer: Layer) -> str:
        pair = self.pairs[name]
        arguments = [self.local[s.name] for s in layer.operands]
        arguments += [self.local[d] for d in self._handed(layer)]
        arguments += ["dtype"] if pair.typed else []
        target = f'{self.local[name]}, cache["{name}"]' if layer.active else self.local[name]
        return f"{target} = {pair.forward}({', '.join(arguments)})"

    def _handed(self, layer: Layer) -> tuple[str, ...]:
        """The dimensions that this layer's function is given, in its own names."""
        pair = self.pairs[layer.equation.name]
        first, turn = _dimension_order(pair.layers[0]), _dimension_order(layer)
        renamed = dict(zip(first, turn, strict=False))
        return tuple(renamed.get(d, d) for d in pair.sizes)

    def _returned(self) -> str:
        """Scalars in the arrays' type: NumPy 1 makes float64 of a float32 scalar."""
        network = self.network
        ends = [
            self.local[n] if self.layers[n].value.shape else f"dtype.type({self.local[n]})"
            for n in network.ends
        ]
        return ends[0] if network.loss else f"({', '.join(ends)}{',' if len(ends) == 1 else ''})"

    def _left_out(self) -> list[Variable]:
        """Variables that the ends do not depend on: their gradient is zero."""
        found = self.gradients
        return [
            v
            for v in self.network.differentiable
            if v.name not in found or not found[v.name].contributions
        ]

    # -- backward --------------------------------------------------------------

    def _backward(self) -> str:
        network = self.network
        own = Identifiers(self.identifiers.taken - {f"grad_{n}" for n in self.local})
        arrived = {name: f"grad_{name}" for name in network.ends}
        own.taken |= set(arrived.values())
        lines = ['dtype = cache["float type"]']
        for name, upstream in arrived.items():
            shape = "()" if name == network.loss else f'cache["shape of {name}"]'
            lines.append(f'{upstream} = _upstream("{upstream}", {upstream}, {shape}, dtype)')
        for name in reversed(self.layers):
            if self.layers[name].active and name in arrived:
                lines += self._backward_call(name, arrived, own)
        rows = [f'    "{v.name}": {self._gradient(v, arrived)},' for v in network.differentiable]
        lines += ["return {", *rows, "}"] if rows else ["return {}"]
        default = "=1.0" if network.loss else ""
        arguments = ", ".join(f"grad_{name}{default}" for name in network.ends)
        words = f"The gradients by name, each in the shape of its variable.\n\n{self._seeds()}"
        head = [QUIET, *indented([f"def backward(cache, {arguments}):"], 0)]
        return "\n".join([*head, *docstring(words), *indented(lines), ""])

    def _seeds(self) -> str:
        network = self.network
        if network.loss:
            return f"All are multiplied by grad_{network.loss}, the gradient of what follows."
        return f"{listed([f'grad_{n}' for n in network.outputs])}: the upstream gradients."

    def _backward_call(self, name: str, arrived: dict[str, str], own: Identifiers) -> list[str]:
        targets, more = [], []
        for s in self.layers[name].active:
            if s.name not in arrived:
                arrived[s.name] = own.fresh(f"grad_{s.name}")
                targets.append(arrived[s.name])
                continue
            total, part = arrived[s.name], own.fresh(f"grad_{s.name}_from_{name}")
            targets.append(part)
            more.append(f"{total} = {total} + {part}  # {s.name} is used in {name} too")
        call = f'{self.pairs[name].backward}({arrived[name]}, cache["{name}"])'
        return [f"{', '.join(targets)} = {call}", *more]

    def _gradient(self, v: Variable, arrived: dict[str, str]) -> str:
        """The gradient in the declared shape, in the arrays' type."""
        found = arrived.get(v.name, "0")
        if not v.shape:
            return f"dtype.type({found})"
        if v.shape == (ONE, ONE):
            return f"np.full((1, 1), {found}, dtype)"
        return found if v.name in arrived else f'np.zeros_like(cache["{v.name}"])'

    def _loss_and_grads(self) -> str:
        network = self.network
        loss = self.local[str(network.loss)]
        signature = f"def loss_and_grads({self.entrance.signature()}):"
        words = f"{network.loss}, and its gradients by name."
        # An argument of that name hides the function.
        first, second = (
            f"_{name}" if name in network.variable else name for name in ("forward", "backward")
        )
        aliases = [f"{n} = {n[1:]}" for n in (first, second) if n.startswith("_")]
        lines = [
            f"{loss}, cache = {first}({', '.join(self.entrance.names)})",
            f"return {loss}, {second}(cache)",
        ]
        head = [*aliases, "", ""] if aliases else []
        return "\n".join(
            [*head, *indented([signature], 0), *docstring(words), *indented(lines), ""]
        )


def _dimension_order(layer: Layer) -> list[str]:
    order = [d for s in layer.operands for size in s.shape for d in sorted(size.names)]
    return list(dict.fromkeys(order))
