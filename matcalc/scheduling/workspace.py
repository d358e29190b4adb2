"""A network as a module with a Workspace: a class that keeps its arrays between calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec

from matcalc.differentiate.backward import GradientEquation
from matcalc.errors import InputError
from matcalc.expressions.expr import Shape
from matcalc.generation.body import indented
from matcalc.generation.check_section import compared, draw_section, held_back, main_lines
from matcalc.generation.definitions import definitions
from matcalc.generation.entrance import Entrance, declared, dimensions_of
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.library import helpers_for, imports_for
from matcalc.generation.scope import Scope
from matcalc.generation.wording import docstring, listed, shortened
from matcalc.network.network import Network
from matcalc.printing.language import write
from matcalc.scheduling.buffers import planned
from matcalc.scheduling.numba_target import NumbaTarget
from matcalc.scheduling.numpy_target import NumpyTarget
from matcalc.scheduling.schedule import schedule


def workspace_module(
    network: Network,
    wrt: Sequence[str] | None = None,
    *,
    target: str = "numpy",
    found: Mapping[str, GradientEquation] | None = None,
) -> str:
    """The source of a module with a class Workspace.

    ``loss_and_grads`` of a Workspace gives what the function of that name in the readable
    module gives (``outputs_and_grads`` where there is no loss), for the variables ``wrt``
    (default: all inputs and parameters), in arrays that the next call overwrites. ``found``
    are their gradients, where they are known already. Raises
    CannotDerive for abstract functions and for what the target cannot do, InputError for an
    unknown target.
    """
    if target == "numba" and find_spec("numba") is None:
        raise InputError(
            "the target numba needs numba and SciPy",
            mend="Install them: pip install 'matcalc-engine[fast]'.",
        )
    if target not in TARGETS:
        raise InputError(f"there is no target {target}", mend=f"Choose {' or '.join(TARGETS)}.")
    names = [v.name for v in network.differentiable] if wrt is None else list(wrt)
    return _Module(network, names, target, found).text()


TARGETS: dict[str, type[NumpyTarget] | type[NumbaTarget]] = {
    "numpy": NumpyTarget,
    "numba": NumbaTarget,
}


class _Module:
    def __init__(
        self,
        network: Network,
        wrt: Sequence[str],
        target: str,
        found: Mapping[str, GradientEquation] | None,
    ) -> None:
        self.network = network
        self.wrt = wrt
        every = [*network.variable, *network.equation, *dimensions_of(network)]
        seeds = [f"grad_{name}" for name in network.outputs]
        identifiers = Identifiers(("Workspace", "partial", "njit"))
        self.local = {name: identifiers.fresh(name) for name in [*every, *seeds]}
        self.entrance = Entrance(network, self.local)
        sizes = self.entrance.sizes
        self.schedule = schedule(network, wrt, self.local, sizes, identifiers, found)
        self.plan = planned(self.schedule.values, self.schedule.roots)
        self.target = TARGETS[target](self.schedule, self.plan, network)
        self.seeds = seeds

    def text(self) -> str:
        body = self.target.lines()
        functions = self._functions("\n".join(body))
        texts = [value.data[0] for value in self.schedule.values if value.op == "opaque"]
        calls = [text.format(*["x"] * text.count("{")) for text in dict.fromkeys(texts)]
        calls += [v.data[0] for v in self.schedule.values if v.is_constant and "(" in v.data[0]]
        arrays = [self._workspace(), self._buffers(), self._prepared(body)]
        check = "\n".join(self._check()) + "\n"
        used = helpers_for([*functions, *calls, arrays[0], check])
        parts = [*functions, *arrays, *self.target.helpers()]
        numeric = [source for source in used if not source.startswith("def _")]
        plumbing = [source for source in used if source.startswith("def _")]
        tables = [t for t in (self.entrance.shapes(), self.entrance.values()) if t]
        imports = imports_for([*used, *functions])
        if "math." in "\n".join([*body, *self.target.helpers()]) and "math" not in imports:
            imports = f"import math\n\n{imports}"
        if any("partial(" in part for part in parts):
            imports = f"from functools import partial\n\n{imports}"
        imports = "\n".join(filter(None, [imports, self.target.imports]))
        head = "\n".join([*docstring(self._words(), 0), "", imports, *tables])
        return "\n\n".join([head, *numeric, *parts, *plumbing, check])

    def _functions(self, body: str) -> list[str]:
        """The user's functions that are still called: those that were not opened up."""
        sources = definitions(self.schedule.functions)
        names = {s.partition("(")[0].removeprefix("def "): s for s in sources}
        called = set(re.findall(r"\w+", body)) & set(names)
        while (
            more := set(re.findall(r"\w+", " ".join(names[n] for n in called)))
            & set(names) - called
        ):
            called |= more
        return [source for name, source in names.items() if name in called]

    # -- words -----------------------------------------------------------------------

    def _words(self) -> str:
        network = self.network
        title = network.name or "A network"
        equations = [
            f"    {e.name} = {shortened(e.text or write(e.expr, network.convention))}"
            for e in network.equations
        ]
        what = "the gradient" if len(self.wrt) == 1 else "the gradients"
        found = f", and {what} by {listed(list(self.wrt))}" if self.wrt else ""
        lines = [
            f"{title}: {listed(network.ends)}{found}.",
            "",
            *equations,
            "",
            "A Workspace keeps its arrays from call to call. The results are some of them: the"
            " next call overwrites what this one returned, so copy what is to stay.",
            "",
        ]
        assumed = [declared(v) for v in network.variables if v.assume]
        if assumed:
            lines += [f"The gradients rest on what is assumed: {'; '.join(assumed)}.", ""]
        lines.append("Run as a program, this file checks its gradients. Written by matcalc.")
        return "\n".join(lines)

    # -- the class ---------------------------------------------------------------------

    @property
    def method(self) -> str:
        return "loss_and_grads" if self.network.loss else "outputs_and_grads"

    def _workspace(self) -> str:
        names = [*self.entrance.names, *self.seeds]
        comma = ", " if names else ""
        signature = self.entrance.signature()
        if self.seeds:
            signature = ", ".join(filter(None, [signature, *(f"{s}=None" for s in self.seeds)]))
        unchanged = " and ".join(f"{n} is _known[{k}]" for k, n in enumerate(names)) or "True"
        ends = listed(self.network.ends)
        words = (
            f"{ends}, and the gradients by name.\n\n"
            "Arrays of the same sizes and type as before find their place prepared. The same"
            " arrays again, with other numbers in them, are the quickest."
        )
        lines = [
            "class Workspace:",
            *docstring(f"Computes {ends} and the gradients in arrays that it keeps."),
            "",
            "    def __init__(_self):",
            "        _self._known = None",
            "        _self._sizes = None",
            "        _self.run = None",
            "",
            *indented([f"def {self.method}(_self{comma}{signature}):"]),
            *docstring(words, 8),
            *indented(["_known = _self._known", f"if _known is None or not ({unchanged}):"], 8),
            *indented([f"_self._prepare({', '.join(names)})"], 12),
            "        return _self.run()",
            "",
            *indented([f"def _prepare(_self{comma}{', '.join(names)}):"]),
            *docstring("Check the arrays, and make what their sizes need.", 8),
            *indented(self._preparing(names), 8),
        ]
        return "\n".join([*lines, ""])

    def _preparing(self, names: list[str]) -> list[str]:
        sizes = list(self.entrance.sizes.values())
        given = f"({', '.join(names)}{',' if len(names) == 1 else ''})"
        lines = [f"_given = {given}", *self.entrance.lines(self.needed_sizes, entries=False)]
        scope = Scope({}, self.entrance.sizes)
        for name in self.network.outputs:
            shape = self.network.equation[name].shape
            text = scope.shape(shape) if shape else "()"
            seed = self.local[f"grad_{name}"]
            lines.append(f'{seed} = _upstream("grad_{name}", grad_{name}, {text}, dtype)')
        handed = self._handed()
        used = [s for s in sizes if s in self._size_names]
        key = ", ".join(["dtype", *used])
        key_text = f"({key})" if used else f"({key},)"
        lines += [
            f"if _self._sizes != {key_text}:",
            f"    _self._arrays = _buffers({key})",
            f"    _self._sizes = {key_text}",
            f"_self.run = _prepared({', '.join(['_self._arrays', key, *handed])})",
        ]
        taken = ", ".join(handed)
        lines.append(f"_self._known = _lasting(_given, ({taken}{',' if len(handed) == 1 else ''}))")
        return lines

    @property
    def needed_sizes(self) -> list[str]:
        return [d for d in self.entrance.sizes if self.entrance.sizes[d] in self._size_names]

    @cached_property
    def _size_names(self) -> set[str]:
        """Identifiers of the sizes that arrays, numbers and upstream gradients rest on."""
        shapes = [self.network.equation[name].shape for name in self.network.outputs]
        texts = [shape_text(shape, self.entrance) for shape in shapes]
        texts += [*self.target.buffers(), *self.target.lines()]
        return set(re.findall(r"\w+", " ".join(texts))) & set(self.entrance.sizes.values())

    def _handed(self) -> list[str]:
        local = [self.local[v.name] for v in self.network.variables]
        return [*local, *(self.local[s] for s in self.seeds)]

    # -- arrays ------------------------------------------------------------------------------

    def _buffers(self) -> str:
        used = [s for s in self.entrance.sizes.values() if s in self._size_names]
        lines = [f"def _buffers({', '.join(['dtype', *used])}):"]
        lines += docstring("The arrays that results and intermediate values are put into.")
        return "\n".join([*lines, *indented(self.target.buffers()), ""])

    def _prepared(self, body: list[str]) -> str:
        used = [s for s in self.entrance.sizes.values() if s in self._size_names]
        arguments = ["_arrays", "dtype", *used, *self._handed()]
        lines = indented([f"def _prepared({', '.join(arguments)}):"], 0)
        lines += docstring("The function that computes everything for these arrays.")
        return "\n".join([*lines, *indented(body), ""])

    # -- the check -----------------------------------------------------------------------------

    def _check(self) -> list[str]:
        network = self.network
        upstream = "".join(f', values["grad {name}"]' for name in network.outputs)
        call = f"Workspace().{self.method}(*(values[name] for name in _SHAPES){upstream})"
        loss = [f"return {call}[0]"]
        if not network.loss:
            weights = ", ".join(f'values["grad {name}"]' for name in network.outputs)
            comma = "," if len(network.outputs) == 1 else ""
            loss = [
                f"outputs = {call}[0]",
                f"weights = ({weights}{comma})",
                "return sum(np.sum(output * weight) for output, weight in zip(outputs, weights))",
            ]
        held = [name for name in held_back(network) if name in self.wrt]
        return [
            *draw_section(network, self.entrance),
            "",
            "",
            "def _loss(values):",
            *indented(loss),
            "",
            "",
            "def _gradients(values):",
            *indented(compared(f"{call}[1]", held)),
            *main_lines(held),
        ]


def shape_text(shape: Shape, entrance: Entrance) -> str:
    return Scope({}, entrance.sizes).shape(shape)
