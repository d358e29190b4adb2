"""The equations of a template as layers under plain names, and names for everything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from matcalc.depth.contributions import depending, differentiable, family_of, reaching
from matcalc.depth.index import Index, Renaming, split_member
from matcalc.depth.template import Declared, Loop, Template
from matcalc.expressions.build import symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, rebuild
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.layers import Layer, layers_of
from matcalc.network.network import Equation, Kind, Network, Variable


@dataclass(frozen=True)
class Call:
    """One equation: its layer, and what the operands of the layer are in the template."""

    loop: Loop | None
    equation: Equation
    layer: Layer
    symbols: dict[Expr, Expr]
    "Each operand of the layer, with its symbol in the template."


class Parts:
    """``calls`` are in the order of the template; equations that the ends do not rest on are
    left out."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.identifiers = Identifiers()
        names = [*template.depths, *template.dims, *template.sizes]
        names += [argument(d) for d in template.declared]
        names += [family_of(e.name) for _, e in template.equations()]
        names += [loop.variable for loop, _ in template.equations() if loop]
        self.local = {n: self.identifiers.fresh(n) for n in dict.fromkeys(names)}
        for d in template.declared:
            self.local.setdefault(d.family, self.identifiers.fresh(d.family))

    @cached_property
    def calls(self) -> list[Call]:
        needed = reaching(self.template)
        active = depending(self.template, differentiable(self.template))
        taken: set[str] = set()
        found = []
        for loop, equation in self.template.equations():
            if family_of(equation.name) in needed:
                found.append(self._call(loop, equation, active, taken))
        return found

    def _call(
        self, loop: Loop | None, equation: Equation, active: set[str], taken: set[str]
    ) -> Call:
        """A network of this one equation, whose operands are variables by plain names."""
        plain = Plain(loop.variable if loop else "", equation.name)
        name = plain.fresh(family_of(equation.name), taken)
        plain.names[equation.name] = name
        taken.add(name)
        free = sorted(equation.expr.free, key=lambda s: s.name)
        plainly = {s: _scalar(plain.expr(s)) for s in free}  # 1×1 is taken apart on entry
        symbols = {own: s for s, own in plainly.items()}
        own = rebuild(plain.expr(equation.expr), {plain.expr(s): plainly[s] for s in free})
        variables = [
            Variable(
                s.name,
                Kind.INPUT if self._families(of) & active else Kind.CONSTANT,
                s.shape,
                s.data[2],
            )
            for s, of in symbols.items()
        ]
        is_loss = equation.name == self.template.loss
        network = Network(
            tuple(variables),
            (Equation(name, own),),
            name if is_loss else None,
            () if is_loss else (name,),
            {},
            self.template.convention,
            functions=self.template.functions,
        )
        layers, _ = layers_of(network)
        return Call(loop, equation, layers[name], symbols)

    def _families(self, s: Expr) -> set[str]:
        total = self.template.total.get(s.name)
        return {family_of(total.of.name if total else s.name)}


def _scalar(s: Expr) -> Expr:
    """A symbol whose declared shape is its shape: a scalar, where that is 1×1."""
    return symbol(s.name, s.shape, s.data[2])


class Plain:
    """Names without indices, for one equation: x[n] is x, x[n-1] is x_before. Of the family
    that the equation defines, these are steps from there: x[n] is x_before for x[n+1]."""

    def __init__(self, variable: str, target: str) -> None:
        self.variable = variable
        self.target = split_member(target)
        self.names: dict[str, str] = {}
        self.renaming = Renaming(self.name, self.size)

    def expr(self, e: Expr) -> Expr:
        return self.renaming.expr(e)

    def fresh(self, wish: str, taken: set[str]) -> str:
        name, turn = wish, 1
        while name in taken or name in self.names.values():
            turn += 1
            name = f"{wish}_{turn}"
        return name

    def name(self, text: str) -> str:
        if text not in self.names:
            found = split_member(text)
            wish = re.sub(r"\W", "", text.replace("sum(", "sum_")) if found is None else ""
            if found is not None:
                wish = f"{found[0]}{self.ending(*found)}"
            self.names[text] = self.fresh(wish, set())
        return self.names[text]

    def ending(self, family: str, index: Index) -> str:
        if index.base == self.variable and self.variable:
            own = self.target[1].shift if self.target and self.target[0] == family else 0
            return {0: "", -1: "_before", 1: "_after"}[index.shift - own]
        return "_" + str(index).replace("-", "_less_").replace("+", "_more_")

    def size(self, d: Dimension) -> Dimension:
        total = Dimension.of(0)
        for monomial, coefficient in d.terms:
            term = Dimension.of(coefficient)
            for name in monomial:
                term = term * Dimension.of(self.name(name) if split_member(name) else name)
            total = total + term
        return total


def argument(d: Declared) -> str:
    """What a variable is called among the arguments: x0 for x[0], W for all W[n]."""
    found = split_member(d.variable.name)
    return d.family if d.letter or found is None else argument_of(*found)


def argument_of(family: str, index: Index) -> str:
    base = f"_{index}" if index.base else str(index)
    return re.sub(r"\W", "_", f"{family}{base}")
