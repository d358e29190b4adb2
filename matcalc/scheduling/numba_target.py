"""A schedule as functions that numba compiles: loops, and BLAS for large products.

Each group of values is a function of arrays, and groups that differ in names alone share it,
and the order of the steps is data: a network of any depth compiles what its kinds of layers
take. Arrays are handed over by address, in one array of integers: a call with many arguments
would cost more than a small network.
"""

from __future__ import annotations

from textwrap import wrap

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Shape
from matcalc.generation.body import WIDTH, indented
from matcalc.generation.scope import Scope
from matcalc.network.network import Network
from matcalc.scheduling.buffers import Plan, has_buffer
from matcalc.scheduling.numba_code import Names, StepWriter
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
        self.names = Names(self.place, self.rows, self.steady, self.scope)
        self.steps: dict[str, int] = {}
        self.arity: list[int] = []
        self.program = self._program()

    # -- what the module is made of --------------------------------------------------------

    def helpers(self) -> list[str]:
        steps = [text.replace("_step(", f"_step{k}(", 1) for text, k in self.steps.items()]
        compiled = [*steps, "\n".join(self._compute())]
        functions = functions_in("\n".join(compiled))
        return [PARTS, READ, *functions, *(f"{text}\n" for text in compiled), LASTING]

    def buffers(self) -> list[str]:
        """The statement that makes the array, and the parts of it that are results."""
        rows = [f"    {self.scope.shape(shape)}," for shape in self.forms]
        wanted = [f"({p}, {self.scope.shape(self.forms[p])[1:]}" for p in self._results()]
        wanted = [f"    {each}," for each in wanted]
        lines = ["_shapes = [", *rows, "]", "_wanted = [", *wanted, "]"]
        return [*lines, "return _parts(dtype, _shapes, _wanted)"]

    def lines(self) -> list[str]:
        """The constants, the program, and the function that is returned."""
        results = [f"_b{place}" for place in self._results()]
        lines = [f"{', '.join(['_whole', '_b', *results])} = _arrays"]
        for value, name in self.steady.items():
            args = [self.steady.get(arg) or str(arg.data[0]) for arg in value.args]
            lines.append(f"{name} = {expression(value, args, self.scope)}")
        read = [*self._arguments(), *self.steady.values()]
        places = ", ".join([*(f"_at_{name}" for name in read), "_read_from", "_renewed"])
        lines += [
            f"{places} = _read({', '.join(['dtype', *read])})",
            "_program = [",
            *(f"    {line}" for line in self.program),
            "]",
            "_steps = np.array(_program, np.int64)",
            "_zero = dtype.type(0) if dtype == np.float32 else 0.0",
            "_type = dtype.type",
        ]
        renewed = ["for _own, _array in _renewed:", "    _own[...] = _array"]
        body = [f"    {line}" for line in [*renewed, "_compute(_steps, _zero)", *self._returned()]]
        # The addresses are good for as long as the arrays are there.
        return [*lines, "def _run():", *body, "_run.kept = _whole, _read_from", "return _run"]

    def _arguments(self) -> list[str]:
        """Arrays and numbers that are read."""
        values = self.schedule.values
        return sorted({v.data[0].removeprefix(ENTRY) for v in values if v.op == "argument"})

    def _results(self) -> list[int]:
        """The places of results, and of numbers that are."""
        places = {p for p in self.handed if p is not None}
        return sorted(places | {self.place[v] for v in self.schedule.roots if v in self.place})

    def _returned(self) -> list[str]:
        texts = []
        for value, place in zip(self.schedule.roots, self.handed, strict=True):
            if place is not None:
                texts.append(f"_b{place}")
            elif value in self.place:
                texts.append(f"_b{self.place[value]}[0, 0]")
            else:
                text = self.steady.get(value) or str(value.data[0])
                name = text.removeprefix(ENTRY)
                texts.append(f"_type({name if name == text else f'{name}[0, 0]'})")
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
                if not value.shape:
                    self.place[value] = self._room((ONE, ONE))
                elif not (has_buffer(value) or value.op == "opaque"):
                    continue
                elif value in needed or not group.domain or group.roles[value] == COLUMNS:
                    self.place[value] = self._room(value.shape)
                elif self._is_read_later(value, group, stages):
                    self.rows[value] = self._room((ONE, value.shape[1]))
        for value in self.schedule.roots:
            own = self.place.get(value) if value.shape else None
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

    def _program(self) -> list[str]:
        """A line for each step: the number of its function, and what it is handed."""
        lines = []
        for group in self.groups:
            if group.values[0].op in VIEWS:
                continue
            found = [self.schedule.names[v] for v in group.values if v in self.schedule.names]
            lines += [f"# {', '.join(found)}"] if found else []
            lines += self._step(group)
        for value, place in zip(self.schedule.roots, self.handed, strict=True):
            if place is not None and self.place.get(value) != place:
                lines += self._copy(value, place)
        return lines

    def _step(self, group: Group) -> list[str]:
        writer = StepWriter(self.names, group)
        text = writer.text("_step")
        if text not in self.steps:
            self.steps[text] = len(self.steps)
            self.arity.append(len(writer.given))
        return wrap(f"{', '.join([str(self.steps[text]), *writer.given])},", WIDTH - 8)

    def _copy(self, value: Value, place: int) -> list[str]:
        """A result that is another array: its entries in an array of its own."""
        copy = Value("copy", (value,), (), value.shape, value.kind)
        self.place[copy] = place
        group = Group(copy.shape)
        group.add(copy, FULL)
        return self._step(group)

    def _compute(self) -> list[str]:
        lines = []
        for k, count in enumerate(self.arity):
            handed = "".join(f", _steps[_k + {j}]" for j in range(1, count + 1))
            lines += [
                f"        {'if' if k == 0 else 'elif'} _steps[_k] == {k}:",
                *indented([f"_step{k}(_zero{handed})"], 12),
                f"            _k += {count + 1}",
            ]
        return [
            "@_compiled",
            "def _compute(_steps, _zero):",
            '    """Everything: each step has its number, and then what it is handed."""',
            "    _k = 0",
            "    while _k < _steps.size:",
            *(lines or ["        _k += 1"]),
        ]
