"""A network as a network file: everything written out, to be read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from matcalc.depth.template import Loop, Template
from matcalc.expressions.expr import Shape
from matcalc.network.network import Convention, Equation, Kind, Network, Variable
from matcalc.operations.entrywise import Function
from matcalc.printing.language import LanguagePrinter

SECTIONS = {Kind.INPUT: "inputs", Kind.PARAMETER: "parameters", Kind.CONSTANT: "constants"}
PLAIN = re.compile(r"[A-Za-z0-9(.][^:#'\"\n]*", re.ASCII)


def network_yaml(network: Network) -> str:
    """The network, unrolled where it has loops, as the text of a file."""
    e = _Expressions(network.convention)
    lines = [*_head(network.name, network.convention, network.layout)]
    lines += _section("dims", ((n, str(s)) for n, s in network.dims.items()))
    lines += _variables((v.name, v) for v in network.variables)
    lines += _functions(network.functions, e)
    lines += ["network:", *(f"  {e.line(q)}" for q in network.equations)]
    return "\n".join([*lines, *_ends(network.loss, network.outputs)]) + "\n"


def template_yaml(template: Template) -> str:
    """The network with its loops as the text of a file."""
    e = _Expressions(template.convention)
    lines = [*_head(template.name, template.convention, template.layout)]
    dims = {**template.depths, **template.dims}
    dims |= {n: f"[{', '.join(map(str, sizes))}]" for n, sizes in template.sizes.items()}  # type: ignore[misc]
    lines += _section("dims", ((n, str(s)) for n, s in dims.items()))
    lines += _variables((d.variable.name, d.variable) for d in template.declared)
    lines += [*_functions(template.functions, e), "network:"]
    for item in template.items:
        if isinstance(item, Loop):
            lines += [f"  {item.words}:", *(f"    {e.line(q)}" for q in item.equations)]
        else:
            lines.append(f"  {e.line(item)}")
    return "\n".join([*lines, *_ends(template.loss, template.outputs)]) + "\n"


class _Expressions:
    def __init__(self, convention: Convention) -> None:
        self.text = LanguagePrinter(convention).text

    def line(self, equation: Equation) -> str:
        return f"{equation.name}: {quoted(equation.text or self.text(equation.expr))}"


def _head(name: str, convention: Convention, layout: Any) -> Iterator[str]:
    if name:
        yield f"name: {quoted(name)}"
    yield f"convention: {convention.value}"
    if isinstance(layout, str):
        yield f"layout: {layout}"
    else:
        yield f"layout: {{{', '.join(f'{k}: {v}' for k, v in layout.items())}}}"


def _section(name: str, entries: Iterable[tuple[str, str]]) -> list[str]:
    rows = [f"  {key}: {text}" for key, text in entries]
    return [f"{name}:", *rows] if rows else []


def _variables(variables: Iterable[tuple[str, Variable]]) -> list[str]:
    found = list(variables)
    lines: list[str] = []
    for kind, section in SECTIONS.items():
        lines += _section(section, ((n, _variable(v)) for n, v in found if v.kind is kind))
    return lines


def _variable(v: Variable) -> str:
    parts = [f"shape: {_shape(v.shape)}"]
    if v.assume:
        parts.append(f"assume: [{', '.join(sorted(v.assume))}]")
    if v.value is not None:
        parts.append(f"value: {_numbers(v.value)}")
    if not v.flip:
        parts.append("flip: false")
    return _shape(v.shape) if len(parts) == 1 else f"{{{', '.join(parts)}}}"


def _shape(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _numbers(value: Any) -> str:
    if np.ndim(value):
        return f"[{', '.join(map(_numbers, value))}]"
    return repr(float(value))


def _functions(functions: Iterable[Function], e: _Expressions) -> list[str]:
    texts = ((f.name, "abstract" if f.body is None else quoted(e.text(f.body))) for f in functions)
    return _section("functions", texts)


def _ends(loss: str | None, outputs: tuple[str, ...]) -> list[str]:
    return [f"loss: {loss}"] if loss else [f"outputs: [{', '.join(outputs)}]"]


def quoted(text: str) -> str:
    """The text as YAML reads it back, in quotes where that is needed."""
    return (
        text
        if PLAIN.fullmatch(text) and text == text.strip()
        else f"'{text.replace(chr(39), chr(39) * 2)}'"
    )
