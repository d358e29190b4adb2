"""The table of named slips: what people get wrong, each as a change to the way back.

A slip looks at one edge of the tape, or at one name or equation, and yields the forms
that stand there after it. Applied to the right derivation it gives mutants; an answer
that equals a mutant on numbers has made this slip. Slips of writing (a transpose, the
order, ⊙ or a product) are edits of what was written, in ``edits``, and here too, for
answers that come without a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from matcalc.errors import CannotDerive, ShapeError
from matcalc.expressions.expr import Expr
from matcalc.grading.forms import FORMS
from matcalc.grading.tape import Change, Edge, Tape
from matcalc.grading.words import WORDS
from matcalc.network.network import Equation
from matcalc.printing.language import write

NEAREST = 24
"Equations on the way to an answer in which slips are looked for, the nearest first."
EVERYWHERE = {"activation-missing", "activation-at-output", "activation-at-input",
              "function-for-derivative", "transpose-missing", "softmax-diagonal"}  # fmt: skip
"Slips that one tends to make at every use."


@dataclass(frozen=True, eq=False)
class Mutant:
    """One slip at one place. ``at`` is the equation, or the name, where it was made; ``piece``
    is what it was made on, in the language; ``other`` is the name of a gradient whose whole
    value stands in place of the answer's."""

    slip: str
    change: Change
    at: str
    piece: str = ""
    other: str = ""
    uses: int = 1

    @property
    def title(self) -> str:
        return WORDS[self.slip].title


def mutants(tape: Tape, target: str) -> Iterator[Mutant]:
    """Every slip of the table, at every place on the way to the gradient by ``target``."""
    found: dict[str, list[Mutant]] = {}
    path = tape.path(target)[:NEAREST]
    for equation in path:
        for mutant in _in_equation(tape, equation, target):
            found.setdefault(mutant.slip, []).append(mutant)
    for source in (_branches, _upstream, _another):
        for mutant in source(tape, path, target):
            found.setdefault(mutant.slip, []).append(mutant)
    for slip in WORDS:
        yield from found.get(slip, ())
        yield from _everywhere(slip, found.get(slip, []))


def _in_equation(tape: Tape, equation: Equation, target: str) -> Iterator[Mutant]:
    for edge in tape.edges_to(equation, target):
        for slip, changed in FORMS.items():
            seen: set[Expr] = {edge.form}
            for form, piece in _forms(changed, tape, edge):
                if form not in seen:
                    seen.add(form)
                    yield Mutant(slip, Change({edge: form}), equation.name, piece)


def _forms(changed: Callable, tape: Tape, edge: Edge) -> list[tuple[Expr, str]]:
    """What a slip makes of an edge; nothing where it does not apply."""
    found = []
    try:
        for form, piece in changed(tape, edge):
            found.append((form, piece))
    except (ShapeError, CannotDerive):
        return found
    return found


def _branches(tape: Tape, path: Sequence[Equation], target: str) -> Iterator[Mutant]:
    """A use left out, or with the wrong sign, of whatever is used more than once."""
    arriving: dict[tuple[str, Expr], list[Edge]] = {}
    for equation in path:
        for edge in tape.edges_to(equation, target):
            operand = edge.operand
            owner = "" if operand.op.is_symbol else equation.name
            arriving.setdefault((owner, operand), []).append(edge)
    for (_, operand), edges in arriving.items():
        if len(edges) < 2:
            continue
        groups = [[edge] for edge in edges]
        for name in dict.fromkeys(edge.equation for edge in edges):
            together = [edge for edge in edges if edge.equation == name]
            if 1 < len(together) < len(edges):
                groups.append(together)
        if len(edges) > 2:
            groups += [[e for e in edges if e is not kept] for kept in edges]
        piece = write(operand, tape.network.convention)
        for group in groups:
            left_out = Change(dict.fromkeys(group))
            yield Mutant("branch-forgotten", left_out, group[0].equation, piece)
            if len(group) == 1:
                turned = Change({group[0]: -group[0].form})
                yield Mutant("branch-sign", turned, group[0].equation, piece)


def _upstream(tape: Tape, path: Sequence[Equation], target: str) -> Iterator[Mutant]:
    """The gradient of another node of the same shape, where this equation's own arrives."""
    for equation in path:
        if equation.name == tape.network.loss:
            continue
        for name in alike(tape, equation.name):
            yield Mutant("upstream-wrong", Change({}, {equation.name: name}), equation.name, name)


def _another(tape: Tape, path: Sequence[Equation], target: str) -> Iterator[Mutant]:
    for name in alike(tape, target):
        yield Mutant("gradient-of-another", Change(), target, name, other=name)


def alike(tape: Tape, name: str) -> list[str]:
    """Names of the same shape that have a gradient too; the nearest in the file first."""
    network = tape.network
    order = [v.name for v in network.differentiable] + list(network.equation)
    shape = network.symbol(name).shape
    same = [n for n in order if n not in (name, network.loss) and network.symbol(n).shape == shape]
    here = order.index(name) if name in order else 0
    return sorted(same, key=lambda n: abs(order.index(n) - here))[:12]


def _everywhere(slip: str, found: list[Mutant]) -> Iterator[Mutant]:
    """The same slip at all of its places at once."""
    if slip not in EVERYWHERE:
        return
    first: dict[Edge, Mutant] = {}
    for mutant in found:
        for edge in mutant.change.edges:
            first.setdefault(edge, mutant)
    if len(first) < 2:
        return
    change = Change()
    for mutant in first.values():
        change = change.also(mutant.change)
    places = list(first.values())
    yield replace(places[0], change=change, uses=len(places))
