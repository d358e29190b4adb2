"""A template as the text of one NumPy module: loops, with lists of arrays in and out.

The module runs at any depth: it is the length of the lists. Every equation has its pair of
functions as in ``module``; backward goes through the same loops from the end and adds up
what arrives at each member, so that as many activations are kept as there are steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.depth.index import Index, split_member
from matcalc.depth.template import Declared, Loop, Template
from matcalc.errors import CannotDerive
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, write_shape
from matcalc.generation.body import indented
from matcalc.generation.definitions import definitions
from matcalc.generation.functions import UserFunctions
from matcalc.generation.library import helpers_for, imports_for
from matcalc.generation.loop_check import check_lines
from matcalc.generation.loop_entrance import LoopEntrance
from matcalc.generation.loop_parts import Call, Parts, argument
from matcalc.generation.pairs import Pair, PairMaker
from matcalc.generation.wording import docstring, listed
from matcalc.network.network import Kind
from matcalc.printing.language import write


def codegen_loops(template: Template) -> str:
    """The source of a module with forward, backward and, where there is a loss,
    loss_and_grads and train_step.

    Raises CannotDerive for abstract functions, and for a size that no operand shows.
    """
    return _LoopModule(template).text()


class _LoopModule:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.parts = Parts(template)
        self.local = self.parts.local
        self.entrance = LoopEntrance(template, self.local)
        identifiers = self.parts.identifiers
        identifiers.taken |= {"given", "grad", "values"} | {f"grad_{n}" for n in self.local}
        self.functions = UserFunctions(identifiers)
        dims = {n for c in self.parts.calls for n in _sizes_in(c)} | set(template.depths)
        dims |= {c.loop.variable for c in self.parts.calls if c.loop}
        maker = PairMaker(
            {d: self.local.get(d, d) for d in sorted(dims)}, template.dims, self.functions,
            identifiers, template.convention,
        )  # fmt: skip
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
        lines += self._grouped(lambda call: [self._forward_call(call)])
        names = [self.access(n) for n in ([t.loss] if t.loss else t.outputs)]
        if t.outputs:
            shapes = ", ".join(f"np.shape({n})" for n in names)
            lines.append(f'cache["shapes"] = [{shapes}]')
        result = f"dtype.type({names[0]})" if t.loss else f"({', '.join(names)},)"
        lines.append(f"return {result}, cache")
        ends = listed([t.loss] if t.loss else t.outputs)
        words = f"{ends}, and what backward needs.\n\n{self.entrance.words()}"
        head = indented([f"def forward({self.entrance.signature}):"], 0)
        return "\n".join([*head, *docstring(words), *nested(lines), ""])

    def _grouped(self, lines_of, backwards: bool = False) -> list[str]:  # type: ignore[no-untyped-def]
        """The lines of all calls, those of a loop under its head."""
        lines: list[str] = []
        items = list(self.template.items)
        for item in reversed(items) if backwards else items:
            equations = item.equations if isinstance(item, Loop) else (item,)
            calls = [c for c in self.parts.calls if c.equation in equations]
            inner = [x for c in (calls[::-1] if backwards else calls) for x in lines_of(c)]
            if isinstance(item, Loop) and inner:
                lines += [self._head(item, backwards), *(f"    {line}" for line in inner)]
            else:
                lines += inner
        return lines

    def _head(self, loop: Loop, backwards: bool) -> str:
        first, last = (self.index(i) for i in (loop.first, loop.last + 1))
        span = f"range({first}, {last})"
        if loop.down != backwards:
            span = f"reversed({span})"
        return f"for {self.local[loop.variable]} in {span}:"

    def _forward_call(self, call: Call) -> str:
        pair, layer = self.pairs[call.layer.equation.name], call.layer
        arguments = [self.access(call.symbols[s].name) for s in layer.operands]
        arguments += [self._handed(call, pair, d) for d in pair.sizes]
        arguments += ["dtype"] if pair.typed else []
        target = self.access(call.equation.name)
        if layer.active:
            target += f", cache[{self.place(call.equation.name)}]"
        return f"{target} = {pair.forward}({', '.join(arguments)})"

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

    # -- places ---------------------------------------------------------------------

    def index(self, index: Index) -> str:
        base = self.local.get(index.base, index.base)
        if not base:
            return str(index.shift)
        sign = "+" if index.shift > 0 else "-"
        return f"{base} {sign} {abs(index.shift)}" if index.shift else base

    def access(self, name: str) -> str:
        """A member, a plain name or a sum over members, as code."""
        total = self.template.total.get(name)
        if total is not None:
            family = (split_member(total.of.name) or ("",))[0]
            span = f"range({self.index(total.first)}, {self.index(total.last + 1)})"
            value = f"{self.local[family]}[k]"
            return f"sum({f'np.sum({value})' if total.of.shape else value} for k in {span})"
        found = split_member(name)
        if found is None:
            return self.local[name]
        return f"{self.local[found[0]]}[{self.index(found[1])}]"

    def place(self, name: str) -> str:
        """Where its gradient and its cache are kept."""
        found = split_member(name)
        return f'"{name}"' if found is None else f'"{found[0]}", {self.index(found[1])}'

    # -- backward ---------------------------------------------------------------------

    def _backward(self) -> str:
        t = self.template
        ends = [t.loss] if t.loss else list(t.outputs)
        arguments = [self._upstream(name) for name in ends]
        lines = ['dtype, given = cache["float type"], cache["given"]']
        lines += [f'{self.local[n]} = cache["{n}"]' for n in t.depths]
        lines.append("grad = {}")
        for k, (name, own) in enumerate(zip(ends, arguments, strict=True)):
            shape = "()" if t.loss else f'cache["shapes"][{k}]'
            lines.append(f'grad[{self.place(name)}] = _upstream("{own}", {own}, {shape}, dtype)')
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
        if found is None:
            return f"grad_{name}"
        return "grad_" + argument(Declared(_named(name)))

    def _backward_call(self, call: Call) -> Iterator[str]:
        if not call.layer.active:
            return
        pair, own = self.pairs[call.layer.equation.name], self.place(call.equation.name)
        yield f"if ({own}) in grad:" if "," in own else f"if {own} in grad:"
        arrived = f"grad.pop(({own}))" if "," in own else f"grad.pop({own})"
        value = f"{pair.backward}({arrived}, cache[{own}])"
        symbols = [call.symbols[s] for s in call.layer.active]
        if not any(s.name in self.template.total for s in symbols):
            yield f"    _add(grad, {value}, {', '.join(self._target(s) for s in symbols)})"
            return
        yield f"    parts = {value}"
        for k, s in enumerate(symbols):
            part = "parts" if len(symbols) == 1 else f"parts[{k}]"
            total = self.template.total.get(s.name)
            if total is None:
                yield f"    _add(grad, {part}, {self._target(s)})"
                continue
            family = (split_member(total.of.name) or ("",))[0]
            if total.of.shape:
                raise CannotDerive(
                    f"sum({family}[:]) of {write_shape(total.of.shape)} in a loop of code;"
                    f" write a scalar for each step, as in s[n]: sum({family}[n])"
                )
            yield f"    for k in range({self.index(total.first)}, {self.index(total.last + 1)}):"
            yield f'        _add(grad, {part}, ("{family}", k))'

    def _target(self, s: Expr) -> str:
        place = self.place(s.name)
        return f"({place})" if "," in place else place

    def _gradient(self, d: Declared) -> str:
        name = argument(d)
        if not d.letter:
            return f'_found(grad, {self._target(d.variable.symbol)}, given["{name}"], dtype)'
        first = self.index(d.first)
        return f'_found_list(grad, "{d.family}", {first}, given["{name}"], dtype)'

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
            new = f'{name} - learning_rate * gradients["{name}"]'
            if d.letter:
                new = f'[w - learning_rate * g for w, g in zip({name}, gradients["{name}"])]'
            rows.append(f'    "{name}": {new},')
        lines = [
            f"value, gradients = loss_and_grads({', '.join(self.entrance.names)})",
            "return value, {", *rows, "}",
        ]  # fmt: skip
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


def _sizes_in_layer(layer) -> dict[str, None]:  # type: ignore[no-untyped-def]
    sizes = [d for s in layer.operands for size in s.shape for d in sorted(size.names)]
    return dict.fromkeys(sizes)


def _sizes_in(call: Call) -> set[str]:
    from matcalc.generation.scope import dimensions_in

    found = dimensions_in(call.layer.equation.expr)
    return found | {n for s in call.layer.operands for d in s.shape for n in d.names}


def _named(name: str):  # type: ignore[no-untyped-def]
    from matcalc.network.network import Variable

    return Variable(name, Kind.INPUT, (ONE, ONE))
