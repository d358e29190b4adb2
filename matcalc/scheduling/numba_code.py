"""A group of values as a compiled function of arrays.

The function's names are its own, numbered in the order of their first use: groups that
differ in the names of their arrays and sizes alone have the same text, and are compiled once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matcalc.errors import CannotDerive
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape
from matcalc.generation.scope import Scope
from matcalc.scheduling.numba_functions import OURS
from matcalc.scheduling.numba_groups import (
    COLUMN,
    COLUMNS,
    EACH,
    FULL,
    ROWS,
    TOTAL,
    Group,
    stages_of,
)
from matcalc.scheduling.numpy_target import INFIX, closed
from matcalc.scheduling.schedule import ENTRY
from matcalc.scheduling.values import VIEWS, Value

COMPILED = {"np.linalg.inv", "np.linalg.solve", "np.linalg.det", "np.linalg.slogdet"}
"Functions of whole arrays that numba has."


class Names:
    """What the whole calls its arrays; a number is an array of one entry.

    ``place``: the number of a stored value's array; ``rows``: of the row that holds a value
    from one pass to the next; ``steady``: constants.
    """

    def __init__(
        self,
        place: Mapping[Value, int],
        rows: Mapping[Value, int],
        steady: Mapping[Value, str],
        scope: Scope,
    ) -> None:
        self.place = place
        self.rows = rows
        self.steady = steady
        self.scope = scope

    def array(self, value: Value) -> str:
        if value in self.steady:
            return f"_at_{self.steady[value]}"
        if value.op == "argument":
            return f"_at_{value.data[0].removeprefix(ENTRY)}"
        return f"_b[{self.place[value]}]"

    def row(self, value: Value) -> str:
        return f"_b[{self.rows[value]}]"


class StepWriter:
    """Writes one function; ``given`` are then the arrays and sizes that it is handed."""

    def __init__(self, names: Names, group: Group) -> None:
        self.names = names
        self.group = group
        self.given: dict[str, str] = {}
        self.forms: dict[str, tuple[str, str]] = {}
        self.stage = stages_of(group)
        self.now = 0
        self.local: dict[Value, str] = {}
        self.held: dict[str, str] = {}
        self.body = self._loops() if group.domain else self._alone(group.values[0])

    def text(self, name: str) -> str:
        """The source of the function by this name."""
        arrays = [f"{a} = _array({a}, {m}, {n}, _zero)" for a, (m, n) in self.forms.items()]
        head = f"def {name}(_zero, {', '.join(self.given.values())}):"
        return "\n".join(["@_compiled", head, *(f"    {line}" for line in [*arrays, *self.body])])

    # -- operands -----------------------------------------------------------------------

    def _own(self, text: str, letter: str) -> str:
        if text not in self.given:
            count = sum(name.startswith(f"_{letter}") for name in self.given.values())
            self.given[text] = f"_{letter}{count}"
        return self.given[text]

    def _size(self, d: Dimension) -> str:
        return "1" if d == ONE else self._own(self.names.scope.size(d).text, "n")

    def _stored(self, text: str, shape: Shape) -> str:
        """An array of the whole, by its name in this function."""
        name = self._own(text, "a")
        if name not in self.forms:
            m, n = map(self._size, shape)
            self.forms[name] = (m, n)
        return name

    def _number(self, value: Value) -> str:
        if value.is_constant and value not in self.names.steady:
            return str(value.data[0])
        return f"{self._stored(self.names.array(value), (ONE, ONE))}[0, 0]"

    def _array(self, value: Value) -> str:
        """An operand as a whole, views as views."""
        if value.op == "transpose" and value not in self.names.steady:
            return f"{self._array(value.args[0])}.T"
        if value.op == "broadcast" and value not in self.names.steady:
            m, n = map(self._size, value.shape)
            return f"np.broadcast_to({self._array(value.args[0])}, ({m}, {n}))"
        return self._stored(self.names.array(value), value.shape)

    def _entry(self, value: Value, i: str = "_i", j: str = "_j") -> str:
        """The entry of an operand in the loops over i and j."""
        if value.is_constant and value not in self.names.steady:
            return str(value.data[0])
        if value.op in VIEWS and value not in self.names.steady:
            turned = value.op == "transpose"
            return self._entry(value.args[0], *((j, i) if turned else (i, j)))
        if value in self.local:
            role, before = self.group.roles[value], self.stage[value] < self.now
            if role in (COLUMN, ROWS) or not before:
                return self.local[value]
            if value in self.names.rows:
                return f"{self._stored(self.names.row(value), (ONE, value.shape[1]))}[0, {j}]"
        shape = value.shape or (ONE, ONE)
        i, j = ("0" if d == ONE else k for d, k in zip(shape, (i, j), strict=True))
        text = f"{self._stored(self.names.array(value), shape)}[{i}, {j}]"
        if "_j" in text or self.group.domain[1:] == (ONE,):
            return text
        return self.held.setdefault(text, f"_h{len(self.held)}")

    def _out(self, value: Value) -> str:
        """Where the entry of a result is put."""
        shape = value.shape or (ONE, ONE)
        i, j = ("0" if d == ONE else k for d, k in zip(shape, ("_i", "_j"), strict=True))
        return f"{self._stored(self.names.array(value), shape)}[{i}, {j}]"

    # -- loops -----------------------------------------------------------------------------

    def _loops(self) -> list[str]:
        m, n = self.group.domain
        before: list[str] = []
        after: list[str] = []
        for value in self.group.values:
            role = self.group.roles[value]
            self.local[value] = f"_v{len(self.local)}"
            if role == TOTAL:
                before.append(f"{self.local[value]} = 0.0")
                after.append(f"{self._out(value)} = {self.local[value]}")
            elif role == COLUMNS:
                start = "0.0" if value.op == "sum" else "-np.inf"
                before += self._over("_j", n, [f"{self._out(value)} = {start}"])
        row: list[str] = []
        for now in range(max(self.stage.values()) + 1):
            self.now = now
            row += self._pass(n)
        held = [f"{name} = {text}" for text, name in self.held.items()]
        return [*before, *self._over("_i", m, [*held, *row]), *after]

    def _over(self, index: str, d: Dimension, body: Sequence[str]) -> list[str]:
        if d == ONE or not body:
            return list(body)
        return [f"for {index} in range({self._size(d)}):", *(f"    {line}" for line in body)]

    def _pass(self, n: Dimension) -> list[str]:
        first: list[str] = []
        body: list[str] = []
        last: list[str] = []
        for value in self.group.values:
            if self.stage[value] != self.now:
                continue
            role, name = self.group.roles[value], self.local[value]
            if role in (FULL, COLUMN):
                lines = body if role == FULL else first
                lines.append(f"{name} = {formula(value, list(map(self._entry, value.args)))}")
                if value in self.names.place:
                    lines.append(f"{self._out(value)} = {name}")
                if value in self.names.rows:
                    row = self._stored(self.names.row(value), (ONE, n))
                    lines.append(f"{row}[0, _j] = {name}")
                continue
            start, step, end = self._reduced(value, role, name)
            first += start
            body += step
            last += end
        return [*first, *self._over("_j", n, body), *last]

    def _reduced(
        self, value: Value, role: str, name: str
    ) -> tuple[list[str], list[str], list[str]]:
        """What comes before the pass, in it, and after it."""
        entries = [closed(self._entry(arg)) for arg in value.args]
        if role == COLUMNS:
            out = self._out(value)
            if value.op == "max":
                return [], [f"{out} = np.maximum({out}, {entries[0]})"], []
            return [], [f"{out} += {entries[0]}"], []
        if role == TOTAL:
            part = f"{name}_row"
            step = f"{part} = _plus({part}, {' * '.join(entries)})"
            return [f"{part} = 0.0"], [step], [f"{name} += {part}"]
        end = [f"{self._out(value)} = {name}"] if value in self.names.place else []
        if value.op == "sum":
            return [f"{name} = 0.0"], [f"{name} = _plus({name}, {entries[0]})"], end
        step = f"{name}_rank = max({name}_rank, _rank({entries[0]}))"
        return [f"{name}_rank = _LEAST"], [step], [f"{name} = _ranked({name}_rank)", *end]

    # -- what is not a loop ----------------------------------------------------------------------

    def _alone(self, value: Value) -> list[str]:
        if value.op == "matmul":
            a, b = map(self._array, value.args)
            return [f"_product({a}, {b}, {self._array(value)})"]
        if value.op == "fill":
            return [f"{self._array(value)}[0, 0] = {self._number(value.args[0])}"]
        args = [self._array(a) if a.shape else self._number(a) for a in value.args]
        if value.shape:
            return [f"{self._array(value)}[:, :] = {called(value, args)}"]
        return [f"{self._out(value)} = {formula(value, args)}"]


def formula(value: Value, args: list[str]) -> str:
    """An operation on single entries."""
    if value.op in INFIX:
        return INFIX[value.op].format(*map(closed, args))
    if value.op == "where":
        return f"{closed(args[1])} if {args[0]} else {closed(args[2])}"
    if value.op == "copy":
        return f"{closed(args[0])} * 1.0"
    if value.op == "opaque":
        return called(value, args)
    return f"{OURS.get(value.op, f'np.{value.op}')}({', '.join(args)})"


def called(value: Value, args: list[str]) -> str:
    """A call that is not taken apart."""
    template = value.data[0]
    if template in EACH:
        return EACH[template].format(*args)
    functions = set(re.findall(r"([A-Za-z_][\w.]*)\(", template))
    if not functions or not functions <= COMPILED:
        what = ", ".join(sorted(functions - COMPILED)) or template
        raise CannotDerive(
            f"the target numba has no {what}; a workspace without it (--workspace) does"
        )
    return str(template.format(*args))
