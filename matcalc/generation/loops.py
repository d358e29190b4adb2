"""A template as the text of one NumPy module: loops, with lists of arrays in and out.

The module runs at any depth: it is the length of the lists. Every equation has its pair of
functions as in ``module``; backward goes through the same loops from the end and adds up
what arrives at each member, so that as many activations are kept as there are steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from matcalc.depth.contributions import family_of
from matcalc.depth.index import split_member
from matcalc.depth.template import Declared, Loop, Template, Total
from matcalc.errors import CannotDerive
from matcalc.generation.body import indented
from matcalc.generation.definitions import definitions
from matcalc.generation.functions import UserFunctions
from matcalc.generation.layers import Layer
from matcalc.generation.library import helpers_for, imports_for
from matcalc.generation.loop_check import check_lines
from matcalc.generation.loop_entrance import LoopEntrance
from matcalc.generation.loop_parts import Call, Parts, argument, argument_of
from matcalc.generation.loop_places import EACH, Places
from matcalc.generation.pairs import Pair, PairMaker
from matcalc.generation.scope import dimensions_in
from matcalc.generation.wording import docstring, listed
from matcalc.network.network import Kind
from matcalc.printing.language import write

CALLED = {"np", "math", "special", "forward", "backward", "loss_and_grads", "range", "len"}
"What functions call by names that an argument would hide."
LinesOf = Callable[[Call], Iterator[str]]


def codegen_loops(template: Template) -> str:
    """The source of a module with forward, backward and, where there is a loss,
    loss_and_grads and train_step.

    Raises CannotDerive for abstract functions, and for a size that no operand shows.
    """
    taken = {argument(d) for d in template.declared} & CALLED
    if taken:
        raise CannotDerive(
            f"code with loops has a name {min(taken)} of its own: give the variable another one"
        )
    return _LoopModule(template).text()


class _LoopModule:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.parts = Parts(template)
        self.local = self.parts.local
        self.entrance = LoopEntrance(template, self.local)
        identifiers = self.parts.identifiers
        identifiers.taken |= {f"grad_{n}" for n in self.local}
        self.places = Places(template, self.local)
        self.functions = UserFunctions(identifiers)
        dims = {n for c in self.parts.calls for n in _sizes_in(c)} | set(template.depths)
        dims |= {c.loop.variable for c in self.parts.calls if c.loop}
        maker = PairMaker(
            {d: self.local.get(d, d) for d in sorted(dims)},
            template.dims,
            self.functions,
            identifiers,
            template.convention,
        )
        self.pairs = maker.pairs(c.layer for c in self.parts.calls)

    def text(self) -> str:
        pairs = list({id(p): p for p in self.pairs.values()}.values())
        parts = [pair.source for pair in pairs] + [self._forward(), self._backward()]
        if self.template.loss:
            parts += [self._loss_and_grads(), self._train_step()]
        parts = [*definitions(self.functions), *filter(None, parts)]
        check = "\n".join(check_lines(self.template, self.entrance)) + "\n"
        used = helpers_for([*parts, check])
        numeric = [source for source in used if not source.startswith("def _")]
        plumbing = [source for source in used if source.startswith("def _")]
        head = "\n".join(
            [
                *docstring(self._words(), 0),
                "",
                imports_for([*used, *parts, check]),
                self.entrance.shapes(),
            ]
        )
        return "\n\n".join([head, *numeric, *parts, *plumbing, check])

    def _words(self) -> str:
        t = self.template
        ends = listed([t.loss] if t.loss else t.outputs)
        lines = [f"{t.name or 'A network of any depth'}: {ends}, and the gradients of it.", ""]
        for item in t.items:
            inner = item.equations if isinstance(item, Loop) else (item,)
            lines += [f"    {item.words}:"] if isinstance(item, Loop) else []
            space = " " * (8 if isinstance(item, Loop) else 4)
            lines += [f"{space}{e.name} = {write(e.expr, t.convention)}" for e in inner]
        depths = listed(list(t.depths))
        lines += ["", f"{depths} may be any number of steps: it is how many arrays the lists hold."]
        lines.append("Run as a program, this file checks its gradients. Written by matcalc.")
        return "\n".join(lines)

    # -- forward ------------------------------------------------------------------

    def _forward(self) -> str:
        t = self.template
        lines = self.entrance.lines(self._sizes_needed())
        calls = self.parts.calls
        targets = {split_member(c.equation.name) for c in calls}
        starts: dict[str, list[str]] = {f[0]: [] for f in targets if f}
        for d in t.declared:
            found = split_member(d.variable.name)
            if found and not d.letter:
                own = self.local[argument(d)]
                starts.setdefault(found[0], []).append(f"{found[1]}: {own}")
        lines += [f"{self.local[f]} = {{{', '.join(seeds)}}}" for f, seeds in starts.items()]
        lines += self._grouped(self._forward_call)
        names = [self.places.access(n) for n in ([t.loss] if t.loss else t.outputs)]
        if t.outputs:
            shapes = ", ".join(f"np.shape({n})" for n in names)
            lines.append(f'cache["shapes"] = [{shapes}]')
        result = f"dtype.type({names[0]})" if t.loss else f"({', '.join(names)},)"
        lines.append(f"return {result}, cache")
        ends = listed([t.loss] if t.loss else t.outputs)
        words = f"{ends}, and what backward needs.\n\n{self.entrance.words()}"
        head = indented([f"def forward({self.entrance.signature}):"], 0)
        return "\n".join([*head, *docstring(words), *nested(lines), ""])

    def _grouped(self, lines_of: LinesOf, backwards: bool = False) -> list[str]:
        """The lines of all calls, those of a loop under its head."""
        lines: list[str] = []
        items = list(self.template.items)
        for item in reversed(items) if backwards else items:
            equations = item.equations if isinstance(item, Loop) else (item,)
            calls = [c for c in self.parts.calls if c.equation in equations]
            inner = [x for c in (calls[::-1] if backwards else calls) for x in lines_of(c)]
            if isinstance(item, Loop) and inner:
                lines += [self.places.head(item, backwards), *(f"    {line}" for line in inner)]
            else:
                lines += inner
        return lines

    def _forward_call(self, call: Call) -> Iterator[str]:
        pair, layer = self.pairs[call.layer.equation.name], call.layer
        for of in layer.operands:
            total = self.template.total.get(call.symbols[of].name)
            if total is not None and total.of.shape and of in layer.active:
                family = family_of(total.of.name)
                shapes = f"{{k: np.shape(a) for k, a in {self.local[family]}.items()}}"
                yield f'cache["shapes of {family}"] = {shapes}'
        arguments = [self.places.access(call.symbols[s].name) for s in layer.operands]
        arguments += [self._handed(call, pair, d) for d in pair.sizes]
        arguments += ["dtype"] if pair.typed else []
        target = self.places.access(call.equation.name)
        if layer.active:
            target += f", cache[{self.places.key(call.equation.name)}]"
        yield f"{target} = {pair.forward}({', '.join(arguments)})"

    def _handed(self, call: Call, pair: Pair, d: str) -> str:
        """A size that the layer's function is given: a number of steps, or a plain size."""
        if call.layer is not pair.layers[0]:
            first, own = (list(_sizes_in_layer(x)) for x in (pair.layers[0], call.layer))
            d = dict(zip(first, own, strict=False)).get(d, d)
        if d in self.template.depths or (call.loop and d == call.loop.variable):
            return self.local[d]
        if d in self.entrance.shown:
            return self.local[d]
        raise CannotDerive(
            f"the size {d} of {call.equation.name} cannot be read off an array in the loop;"
            " give --unroll for the network at the file's depth"
        )

    def _sizes_needed(self) -> list[str]:
        found = []
        for call in self.parts.calls:
            pair = self.pairs[call.layer.equation.name]
            found += [self._handed(call, pair, d) for d in pair.sizes]
        plain = {self.local[n]: n for n in self.entrance.shown}
        return [plain[text] for text in dict.fromkeys(found) if text in plain]

    # -- backward ---------------------------------------------------------------------

    def _backward(self) -> str:
        t = self.template
        ends = [t.loss] if t.loss else list(t.outputs)
        arguments = [self._upstream(name) for name in ends]
        lines = ['dtype, _given = cache["float type"], cache["given"]']
        lines += [f'{self.local[n]} = cache["{n}"]' for n in t.depths]
        lines.append("_grad = {}")
        for k, (name, own) in enumerate(zip(ends, arguments, strict=True)):
            shape = "()" if t.loss else f'cache["shapes"][{k}]'
            lines.append(
                f'_grad[{self.places.key(name)}] = _upstream("{own}", {own}, {shape}, dtype)'
            )
        lines += self._grouped(self._backward_call, backwards=True)
        rows = [
            f'    "{argument(d)}": {self._gradient(d)},'
            for d in t.declared
            if d.variable.kind is not Kind.CONSTANT
        ]
        lines += ["return {", *rows, "}"]
        default = "=1.0" if t.loss else ""
        words = "The gradients by name, in the shapes of the variables, lists for lists."
        head = f"def backward(cache, {', '.join(f'{a}{default}' for a in arguments)}):"
        return "\n".join([*indented([head], 0), *docstring(words), *nested(lines), ""])

    def _upstream(self, name: str) -> str:
        found = split_member(name)
        return f"grad_{argument_of(*found) if found else name}"

    def _backward_call(self, call: Call) -> Iterator[str]:
        if not call.layer.active:
            return
        pair, key = self.pairs[call.layer.equation.name], self.places.key(call.equation.name)
        own = self.places.target(call.equation.symbol)
        value = f"{pair.backward}(_grad.pop({own}), cache[{key}])"
        symbols = [call.symbols[s] for s in call.layer.active]
        yield f"if {own} in _grad:"
        if not any(s.name in self.template.total for s in symbols):
            targets = ", ".join(self.places.target(s) for s in symbols)
            yield f"    _add(_grad, {value}, {targets})"
            return
        yield f"    _parts = {value}"
        for k, s in enumerate(symbols):
            part = "_parts" if len(symbols) == 1 else f"_parts[{k}]"
            total = self.template.total.get(s.name)
            if total is None:
                yield f"    _add(_grad, {part}, {self.places.target(s)})"
            else:
                yield from self._to_members(total, part)

    def _to_members(self, total: Total, part: str) -> Iterator[str]:
        """Each member gets what arrives at the sum over all of them."""
        family = family_of(total.of.name)
        if total.of.shape:
            part = f'np.full(cache["shapes of {family}"][{EACH}], {part}, dtype)'
        yield f"    for {EACH} in {self.places.span(total.first, total.last)}:"
        yield f'        _add(_grad, {part}, ("{family}", {EACH}))'

    def _gradient(self, d: Declared) -> str:
        name = argument(d)
        if not d.letter:
            return (
                f'_found(_grad, {self.places.target(d.variable.symbol)}, _given["{name}"], dtype)'
            )
        first = self.places.index(d.first)
        return f'_found_list(_grad, "{d.family}", {first}, _given["{name}"], dtype)'

    # -- the rest -----------------------------------------------------------------------

    def _loss_and_grads(self) -> str:
        names = ", ".join(self.entrance.names)
        lines = [f"value, cache = forward({names})", "return value, backward(cache)"]
        head = f"def loss_and_grads({self.entrance.signature}):"
        words = f"{self.template.loss}, and its gradients by name."
        return "\n".join([*indented([head], 0), *docstring(words), *nested(lines), ""])

    def _train_step(self) -> str:
        """Gradient descent for every parameter, lists for lists."""
        parameters = [d for d in self.template.declared if d.variable.kind is Kind.PARAMETER]
        if not parameters or "learning_rate" in self.entrance.names:
            return ""
        rows = []
        for d in parameters:
            name = argument(d)
            new = f'{name} - learning_rate * _gradients["{name}"]'
            if d.letter:
                new = f'[w - learning_rate * g for w, g in zip({name}, _gradients["{name}"])]'
            rows.append(f'    "{name}": {new},')
        lines = [
            f"_value, _gradients = loss_and_grads({', '.join(self.entrance.names)})",
            "return _value, {",
            *rows,
            "}",
        ]
        words = (
            f"{self.template.loss}, and the parameters after one step of gradient descent, by"
            f" name.\n\nEach parameter w becomes w - learning_rate * d{self.template.loss}/dw."
        )
        head = f"def train_step({self.entrance.signature}, learning_rate=0.1):"
        return "\n".join([*indented([head], 0), *docstring(words), *nested(lines), ""])


def nested(lines: list[str]) -> list[str]:
    """Lines of a function's body, those of its loops further in, the long ones broken."""
    found = []
    for line in lines:
        text = line.lstrip()
        found += indented([text], 4 + len(line) - len(text))
    return found


def _sizes_in_layer(layer: Layer) -> dict[str, None]:
    sizes = [d for s in layer.operands for size in s.shape for d in sorted(size.names)]
    return dict.fromkeys(sizes)


def _sizes_in(call: Call) -> set[str]:
    found = dimensions_in(call.layer.equation.expr)
    return found | {n for s in call.layer.operands for d in s.shape for n in d.names}
