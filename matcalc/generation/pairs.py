"""The functions for layers, as people write them: affine_forward(X, W, b) gives a value
and a cache, affine_backward(dout, cache) the gradients of its operands.

Equations that come to the same code up to names share one pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from matcalc.expressions.expr import Expr
from matcalc.generation.body import broken, indented, names_in, size_lines
from matcalc.generation.functions import UserFunctions
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.kinds import kind_of
from matcalc.generation.layers import Layer
from matcalc.generation.numpy_code import NumpyWriter
from matcalc.generation.program import Program
from matcalc.generation.scope import Scope
from matcalc.generation.wording import (
    docstring,
    formula,
    listed,
    shape_text,
    shapes_listed,
)
from matcalc.network.network import Convention

Names = Mapping[Expr, str]


@dataclass(frozen=True)
class Bodies:
    """The code of a pair under some choice of names.

    ``sizes`` are dimensions that the operands do not show, ``typed`` whether the floating
    type is not to be seen on them: both are handed over by the caller.
    """

    forward: tuple[str, ...]
    backward: tuple[str, ...]
    sizes: tuple[str, ...]
    typed: bool


@dataclass
class Pair:
    """Two functions, and the layers that call them."""

    base: str
    layers: list[Layer]
    source: str = ""
    sizes: tuple[str, ...] = ()
    typed: bool = False

    @property
    def forward(self) -> str:
        return f"{self.base}_forward"

    @property
    def backward(self) -> str:
        return f"{self.base}_backward"


class PairMaker:
    """Writes pairs for the layers of one network.

    ``dims`` gives each dimension its identifier, ``numbers`` its size where it is known.
    """

    def __init__(
        self,
        dims: Mapping[str, str],
        numbers: Mapping[str, int],
        functions: UserFunctions,
        identifiers: Identifiers,
        convention: Convention,
    ) -> None:
        self.dims = dims
        self.numbers = numbers
        self.functions = functions
        self.identifiers = identifiers
        self.convention = convention

    def pairs(self, layers: Iterable[Layer]) -> dict[str, Pair]:
        """The pair of each equation, by its name; equal code is shared."""
        groups: dict[object, list[Layer]] = {}
        for layer in layers:
            groups.setdefault(self._key(layer), []).append(layer)
        # The plain name goes to the code that most layers share.
        ordered = sorted(groups.values(), key=len, reverse=True)
        made = [Pair(self._base(group[0]), group) for group in ordered]
        for pair in made:
            self._write(pair)
        return {layer.equation.name: pair for pair in made for layer in pair.layers}

    def _key(self, layer: Layer) -> object:
        """The code under names that say nothing."""
        names = {s: f"a{k}" for k, s in enumerate(layer.operands)}
        names[layer.value] = "out"
        order = [d for s in layer.operands for size in s.shape for d in sorted(size.names)]
        sizes = {d: f"s{k}" for k, d in enumerate(dict.fromkeys([*order, *sorted(self.dims)]))}
        code = self._bodies(layer, names, sizes, Identifiers())
        place = {s: k for k, s in enumerate(layer.operands)}
        return code.forward, code.backward, code.typed, tuple(place[s] for s in layer.active)

    def _base(self, layer: Layer) -> str:
        """A name of which both functions are free."""
        kind, own = kind_of(layer.equation), layer.equation.name
        for base in chain([kind, f"{kind}_{own}"], (f"{kind}_{own}_{k}" for k in count(2))):
            wanted = [f"{base}_forward", f"{base}_backward"]
            if all(self.identifiers.is_free(name) for name in wanted):
                for name in wanted:
                    self.identifiers.fresh(name)
                return base
        raise AssertionError

    def _bodies(
        self, layer: Layer, names: Names, sizes: Mapping[str, str], local: Identifiers
    ) -> Bodies:
        every = {**names, layer.dout: "dout"}
        every |= {t: local.fresh(noun) for t, noun in layer.nouns.items()}
        forward = self._lines(layer.forward, every, sizes, layer.operands)
        forward[-1:] = [f"{every[layer.value]} = {forward[-1]}"]
        read = {s for part in layer.backward.results for s in part.free}
        read |= {s for _, part in layer.backward.assignments for s in part.free}
        models = [s for s in (*layer.operands, layer.value) if s in read]
        rest = [s for s in (*layer.operands, layer.value) if s not in read]
        backward = self._lines(layer.backward, every, sizes, [layer.dout, *models, *rest])
        return self._assembled(layer, every, sizes, forward, backward, local)

    def _lines(
        self, program: Program, names: Names, sizes: Mapping[str, str], models: Sequence[Expr]
    ) -> list[str]:
        """Assignments, then the texts of the results."""
        writer = NumpyWriter(Scope(names, sizes, models, self.numbers), self.functions)
        lines = [f"{names[t]} = {writer.text(value)}" for t, value in program.assignments]
        return lines + [writer.text(result, owned=True) for result in program.results]

    def _assembled(
        self,
        layer: Layer,
        names: Names,
        sizes: Mapping[str, str],
        forward: list[str],
        backward: list[str],
        local: Identifiers,
    ) -> Bodies:
        """Both bodies: sizes first, what backward reads in the cache, the results last."""
        value = names[layer.value]
        identifiers = {identifier: d for d, identifier in sizes.items()}
        used = names_in(backward)
        kept = [*layer.operands, layer.value, *(t for t, _ in layer.forward.assignments)]
        cached = [s for s in kept if names[s] in used]
        shown = [(names[s], s.shape) for s in (layer.dout, *cached)]
        needed = [identifiers[n] for n in sorted(used & set(identifiers))]
        size_head, handed = size_lines(needed, shown, sizes)
        cache = [names[s] for s in cached] + [sizes[d] for d in handed]
        cache += ["dtype"] if "dtype" in used else []
        head = [f"{', '.join(cache)} = cache"] if cache else []
        tail = self._returned(layer, names, backward, local)
        here = names_in(forward)
        needed = [identifiers[n] for n in sorted(here & set(identifiers))] + handed
        shown = [(names[s], s.shape) for s in layer.operands]
        first, missing = size_lines(needed, shown, sizes)
        if not layer.active:
            last = [*forward[:-1], f"return {forward[-1].partition(' = ')[2]}"]
        else:
            packed = f"({', '.join(cache)})" if len(cache) > 1 else cache[0] if cache else "None"
            last = [*forward, f"return {value}, {packed}"]
        return Bodies(
            (*first, *last),
            (*head, *size_head, *tail) if layer.active else (),
            tuple(missing),
            "dtype" in here | set(cache),
        )

    def _returned(
        self, layer: Layer, names: Names, backward: list[str], local: Identifiers
    ) -> list[str]:
        """The gradients by name, where there are several."""
        split = len(layer.backward.assignments)
        if len(layer.active) == 1:
            return [*backward[:split], f"return {backward[-1]}"]
        grads = [local.fresh(f"grad_{names[s]}") for s in layer.active]
        lines = [f"{g} = {text}" for g, text in zip(grads, backward[split:], strict=True)]
        return [*backward[:split], *lines, f"return {', '.join(grads)}"]

    def _write(self, pair: Pair) -> None:
        """The source of both functions, with names that suit all its layers."""
        layer = pair.layers[0]
        local = Identifiers(self.functions.names.values())
        dims = {d for s in layer.operands for size in s.shape for d in size.names}
        sizes = {d: local.fresh(d) for d in sorted({*dims, *self.dims})}
        wishes = [s.name for s in (*layer.operands, layer.value)]
        if len(pair.layers) > 1:
            wishes = roles(wishes)
        symbols = (*layer.operands, layer.value)
        names = {s: local.fresh(wish) for s, wish in zip(symbols, wishes, strict=True)}
        bodies = self._bodies(layer, names, sizes, local)
        pair.sizes, pair.typed = bodies.sizes, bodies.typed
        arguments = [names[s] for s in layer.operands] + [sizes[d] for d in bodies.sizes]
        arguments += ["dtype"] if bodies.typed else []
        lines = broken(f"def {pair.forward}({', '.join(arguments)}):")
        lines += self._forward_words(pair, names) + indented(bodies.forward)
        if layer.active:
            lines += ["", "", f"def {pair.backward}(dout, cache):"]
            lines += self._backward_words(layer, names) + indented(bodies.backward)
        pair.source = "\n".join(lines) + "\n"

    def _forward_words(self, pair: Pair, names: Names) -> list[str]:
        layer = pair.layers[0]
        equation = layer.equation
        title = formula(equation, names, self.convention)
        given, value = (shapes_listed(s, names) for s in (layer.operands, [layer.value]))
        verb = "gives" if len(layer.operands) == 1 else "give"
        shapes = f"{given} {verb} {value}" if given else value
        if len(pair.layers) > 1:
            used = listed([member.equation.name for member in pair.layers[:20]])
            shapes = f"For {used}. In {equation.name}, {shapes}"
        return docstring(f"{title}\n\n{shapes}.")

    def _backward_words(self, layer: Layer, names: Names) -> list[str]:
        grads = "gradients" if len(layer.active) > 1 else "gradient"
        text = (
            f"The {grads} of {shapes_listed(layer.active, names)},"
            f" from dout {shape_text(layer.value.shape)}, that of {names[layer.value]}."
        )
        return docstring(text)


def roles(names: Sequence[str]) -> list[str]:
    """W1 as W, where no two names become the same."""
    short = [re.sub(r"_?[0-9]+$", "", name) for name in names]
    return [s if short.count(s) == 1 else name for s, name in zip(short, names, strict=True)]
