"""The last part of a module with loops: values to try, and the check of its gradients."""

from __future__ import annotations

from matcalc.depth.index import Index
from matcalc.depth.template import Declared, Template
from matcalc.expressions.expr import postorder
from matcalc.generation.body import indented
from matcalc.generation.check_section import ORDER
from matcalc.generation.loop_entrance import LoopEntrance
from matcalc.generation.loop_parts import argument
from matcalc.generation.scope import Scope
from matcalc.network.network import Convention, Kind

HELD_BACK = "nothing is compared, since stop_gradient holds back a part of the gradients"
MAIN = ["", "", 'if __name__ == "__main__":']


def check_lines(template: Template, entrance: LoopEntrance) -> list[str]:
    """Functions that draw values at the file's depth and run the module, and the call that
    compares; for a module with outputs nothing, as it has no loss. Where stop_gradient makes
    differences of the loss other ones, a word on it."""
    if not template.loss:
        return []
    pieces = (piece for _, e in template.equations() for piece in postorder(e.expr))
    if any(piece.op.name == "stop_gradient" for piece in pieces):
        return [*MAIN, f'    print("{HELD_BACK}")']
    names = [argument(d) for d in template.declared]
    extra = "".join(f", {template.depths[n]}" for n in entrance.extra)
    lists = [argument(d) for d in template.declared if d.letter]
    loss = [
        "def _loss(values):",
        f"    return forward(*_regrouped(values, {names}, {lists}){extra})[0]",
    ]
    gradients = [
        "def _gradients(values):",
        f"    _, cache = forward(*_regrouped(values, {names}, {lists}){extra})",
        f"    return _spread(backward(cache), {_starts(template)})",
    ]
    main = [*MAIN, "    raise SystemExit(_check_gradients(_draw, _loss, _gradients))"]
    return [*_draw(template), "", "", *loss, "", "", *gradients, *main]


def _starts(template: Template) -> str:
    """The first index of every list, at the file's depth."""
    rows = [
        f'"{argument(d)}": {d.first.number(template.depths)}'
        for d in template.declared
        if d.letter and d.variable.kind is not Kind.CONSTANT
    ]
    return "{" + ", ".join(rows) + "}"


def _draw(template: Template) -> list[str]:
    body = [f"{n} = {size}" for n, size in template.depths.items()]
    body += [f"{n} = {size}" for n, size in template.dims.items() if n in _used(template)]
    body += [f"{n} = {list(sizes)}" for n, sizes in template.sizes.items()]
    rows = []
    for d in template.declared:
        text = _value(d, template.convention)
        if d.letter:
            span = f"range({_code(d.first)}, {_code(d.last + 1)})"
            name = f'f"{argument(d)}[{{{d.letter}}}]"'
            rows += ["**{", f"    {name}: {text}", f"    for {d.letter} in {span}", "},"]
        else:
            rows.append(f'"{argument(d)}": {text},')
    head = ["def _draw(rng, attempt):", '    """Values at the depth and the sizes of the file."""']
    body = [*indented(body), "    return {", *(f"        {row}" for row in rows), "    }"]
    return [*head, *body]


def _code(index: Index) -> str:
    return str(index).replace("+", " + ").replace("-", " - ")


def _used(template: Template) -> set[str]:
    return {n for d in template.declared for s in d.variable.shape for n in s.names}


def _value(d: Declared, convention: Convention) -> str:
    names = {n: n for s in d.variable.shape for n in s.names}
    shape = Scope({}, names).shape(d.variable.shape)
    text = f"_sample(rng, {shape}, attempt)"
    for assumption in ORDER.split():
        if assumption in d.variable.assume:
            rows = "_rows" if convention is Convention.ROW else "_columns"
            text = f"_{assumption}{rows if assumption == 'one_hot' else ''}({text})"
    return text
