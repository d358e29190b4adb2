"""A schedule as functions that numba compiles: loops, and BLAS for large products.

Each group of values is a function of arrays, and groups that differ in names alone share it,
so that a deep network compiles what one layer takes. Arrays are handed over by address, in
one array of integers: a call with many arguments would cost more than a small network.
"""

from __future__ import annotations

import re

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Shape
from matcalc.generation.scope import Scope
from matcalc.network.network import Network
from matcalc.scheduling.buffers import Plan, has_buffer
from matcalc.scheduling.numba_code import Names, StepWriter, formula
from matcalc.scheduling.numba_functions import IMPORT, PARTS, READ, functions_in
from matcalc.scheduling.numba_groups import COLUMNS, FULL, Group, base, groups_of, stages_of
from matcalc.scheduling.numpy_target import LASTING, NUMBER, expression
from matcalc.scheduling.schedule import ENTRY, Schedule
from matcalc.scheduling.values import VIEWS, Value


class NumbaTarget:
    """Writes the compiled functions, and the function that calls them."""

    imports = IMPORT

    def __init__(self, schedule: Schedule, plan: Plan, network: Network) -> None:
        self.schedule = schedule
        self.plan = plan
        self.network = network
        self.scope = Scope({}, schedule.sizes)
        self.steady = self._find_steady()
        self.groups = groups_of(plan.order, self.steady)
        self.forms: list[Shape] = []
        self.place: dict[Value, int] = {}
        self.rows: dict[Value, int] = {}
        self.handed: list[int | None] = []
        self._find_places()
        pairs = zip(self.schedule.roots, self.handed, strict=True)
        self.numbers = [value for value, place in pairs if place is None]
        self.names = Names(self.place, self.rows, self.steady, self.scope)
        self.steps: dict[str, str] = {}
        self.calls = self._calls()
        self.code = self._compute()

    # -- what the module is made of --------------------------------------------------------

    def helpers(self) -> list[str]:
        steps = [text.replace("_step(", f"{name}(", 1) for text, name in self.steps.items()]
        compiled = [*steps, "\n".join(self.code)]
        functions = functions_in("\n".join(compiled))
        return [PARTS, READ, *functions, *(f"{text}\n" for text in compiled), LASTING]

    def buffers(self) -> list[str]:
        """The statement that makes the array, and the parts of it that are results."""
        rows = [f"    {self.scope.shape(shape)}," for shape in self.forms]
        wanted = f"_wanted = {self._parts_handed()}"
        return ["_shapes = [", *rows, "]", wanted, "return _parts(dtype, _shapes, _wanted)"]

    def _parts_handed(self) -> list[int]:
        return [place for place in self.handed if place is not None]

    def lines(self) -> list[str]:
        """The constants, the results, and the function that is returned."""
        results = [f"_b{place}" for place in self._parts_handed()]
        lines = [f"{', '.join(['_whole', '_places', *results])} = _arrays"]
        for value, name in self.steady.items():
            text = self._expression(value)
            lines.append(f"{name} = np.array({text}, dtype)" if value.shape else f"{name} = {text}")
        lines += [
            f"_arrays_read, _renewed = _read({', '.join(['_whole', *self._arrays()])})",
            f"_numbers = [{', '.join(self._sizes())}]",
            "_addresses = [_array.ctypes.data for _array in _arrays_read[1:]]",
            "_at = np.array([*_numbers, *_addresses, *_places], np.int64)",
            "_zero = dtype.type(0) if dtype == np.float32 else 0.0",
            "_type = dtype.type",
        ]
        call = f"_number = _compute({', '.join(['_at', '_zero', *self._scalars()])})"
        renewed = ["for _own, _array in _renewed:", "    _own[:] = _array"]
        body = [f"    {line}" for line in [*renewed, call, *self._returned()]]
        # The addresses are good for as long as the arrays are there.
        return [*lines, "def _run():", *body, "_run.reads = _arrays_read", "return _run"]

    def _expression(self, value: Value) -> str:
        """A constant in Python, before anything is compiled."""
        args = [self.steady.get(arg) or str(arg.data[0]) for arg in value.args]
        return expression(value, args, self.scope)

    def _arguments(self) -> list[Value]:
        return [v for v in self.schedule.values if v.op == "argument"]

    def _arrays(self) -> list[str]:
        """Arrays that compiled code reads: arguments, and constants."""
        found = {v.data[0].removeprefix(ENTRY) for v in self._arguments() if self._is_array(v)}
        return [*sorted(found), *(name for v, name in self.steady.items() if v.shape)]

    def _is_array(self, argument: Value) -> bool:
        return bool(argument.shape) or argument.data[0].startswith(ENTRY)

    def _scalars(self) -> list[str]:
        found = {v.data[0] for v in self._arguments() if not self._is_array(v)}
        return [*sorted(found), *(name for v, name in self.steady.items() if not v.shape)]

    def _sizes(self) -> list[str]:
        words = set(re.findall(r"\w+", "\n".join(self.calls)))
        return [s for s in self.schedule.sizes.values() if s in words]

    def _returned(self) -> list[str]:
        texts = []
        for value, place in zip(self.schedule.roots, self.handed, strict=True):
            if place is not None:
                texts.append(f"_b{place}")
            else:
                which = f"[{self.numbers.index(value)}]" if len(self.numbers) > 1 else ""
                texts.append(f"_type(_number{which})")
        count = len(self.schedule.ends)
        ends = texts[0] if self.network.loss else f"({', '.join(texts[:count])},)"
        rows = [f'    "{n}": {t},' for n, t in zip(self.schedule.grads, texts[count:], strict=True)]
        return [f"return {ends}, {{", *rows, "}"]

    # -- storage -----------------------------------------------------------------------------

    def _find_places(self) -> None:
        """A place for each array that something outside of its loops reads."""
        group_of = {v: group for group in self.groups for v in group.values}
        needed = set(self.schedule.roots)
        for value in self.schedule.values:
            for arg in map(base, value.args):
                if value.op not in VIEWS and group_of.get(arg) is not group_of.get(value):
                    needed.add(arg)
        needed |= {base(value) for value in self.schedule.roots}
        for group in self.groups:
            stages = stages_of(group)
            for value in group.values:
                if not (has_buffer(value) or (value.op == "opaque" and value.shape)):
                    continue
                if value in needed or not group.domain or group.roles[value] == COLUMNS:
                    self.place[value] = self._room(value.shape)
                elif self._is_read_later(value, group, stages):
                    self.rows[value] = self._room((ONE, value.shape[1]))
        for value in self.schedule.roots:
            own = self.place.get(value)
            if value.shape and (own is None or own in self.handed):
                own = self._room(value.shape)
            self.handed.append(own)

    def _room(self, shape: Shape) -> int:
        self.forms.append(shape)
        return len(self.forms) - 1

    def _is_read_later(self, value: Value, group: Group, stages: dict[Value, int]) -> bool:
        """Whether a pass over a row reads what an earlier one has computed."""
        users = (v for v in group.values if value in map(base, v.args))
        return group.roles[value] == FULL and any(stages[v] > stages[value] for v in users)

    def _find_steady(self) -> dict[Value, str]:
        """What rests on sizes alone: worked out before, and handed over."""
        steady: set[Value] = set()
        names: dict[Value, str] = {}
        for value in self.schedule.values:
            if value.op == "argument" or not steady.issuperset(value.args):
                continue
            steady.add(value)
            if not value.is_constant or not NUMBER.fullmatch(value.data[0]):
                names[value] = f"_k{len(names)}"
        return names

    # -- the compiled functions ------------------------------------------------------------------

    def _calls(self) -> list[str]:
        """The body of ``_compute``: a call for each group, and operations on numbers."""
        lines = []
        for group in self.groups:
            value = group.values[0]
            if value.op in VIEWS:
                continue
            arrays = any(arg.shape for arg in value.args)
            if not value.shape and not arrays:
                args = [self.names.number(arg) for arg in value.args]
                lines.append(f"{self.names.number(value)} = {formula(value, args)}")
                continue
            lines += self._comment(group)
            lines.append(self._call(StepWriter(self.names, group)))
        for value, place in zip(self.schedule.roots, self.handed, strict=True):
            if place is not None and self.place.get(value) != place:
                lines.append(self._copy(value, place))
        return lines

    def _comment(self, group: Group) -> list[str]:
        found = [self.schedule.names[v] for v in group.values if v in self.schedule.names]
        return [f"# {', '.join(found)}"] if found else []

    def _call(self, writer: StepWriter) -> str:
        text = writer.text("_step")
        if text not in self.steps:
            name = f"_step{len(self.steps)}"
            self.steps[text] = name
        call = f"{self.steps[text]}({', '.join(writer.given)})"
        numbers = ", ".join(map(self.names.number, writer.numbers))
        return f"{numbers} = {call}" if numbers else call

    def _copy(self, value: Value, place: int) -> str:
        """A result that is another array: its entries in an array of its own."""
        copy = Value("copy", (value,), (), value.shape, value.kind)
        self.place[copy] = place
        group = Group(copy.shape)
        group.add(copy, FULL)
        return self._call(StepWriter(self.names, group))

    def _compute(self) -> list[str]:
        sizes, arrays = self._sizes(), self._arrays()
        words = set(re.findall(r"\w+", "\n".join(self.calls)))
        lines = [f"{name} = _at[{k}]" for k, name in enumerate(sizes)]
        places = [f"_b{k}" for k in range(len(self.forms))]
        for k, name in enumerate([*arrays, *places], len(sizes)):
            if name in words or f"{ENTRY}{name}" in words:
                lines.append(f"{name} = _pointer(_at[{k}], _zero)")
            if f"{ENTRY}{name}" in words:
                lines.append(f"{ENTRY}{name} = carray({name}, (1, 1))[0, 0]")
        numbers = [self.names.number(value) for value in self.numbers]
        lines += [*self.calls, f"return {', '.join(numbers) or '0.0'}"]
        head = [
            "@_compiled",
            f"def _compute({', '.join(['_at', '_zero', *self._scalars()])}):",
            '    """Everything: _at has the sizes, and the addresses of arrays."""',
        ]
        return [*head, *(f"    {line}" for line in lines)]
