"""Which values one compiled function computes: passes over the rows of one shape.

A group has a domain, the shape that its loops run over. Row by row it computes entrywise
values, sums and maxima of the row, and what follows from those, while the row is in the
cache. What is known only after the last row (sums of columns, of everything) ends there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Shape
from matcalc.scheduling.values import VIEWS, Value

FULL, COLUMN, ROWS, COLUMNS, TOTAL = "full", "column", "rows", "columns", "total"
"""How a group computes a value: an entry in each place of the domain; an entry for each row;
a reduction of each row; of each column; of everything."""
LATE = {COLUMNS, TOTAL}
EACH = {f"{name}({{0}})": f"math.{name}({{}})" for name in ("erf", "erfc", "lgamma")}
"Functions that are called for each entry."
MOST = 24
"So many values are in one group at most: more are not quicker, and take long to compile."


@dataclass
class Group:
    """``roles``: how each value is computed; empty domain: one value, by itself."""

    domain: Shape
    values: list[Value] = field(default_factory=list)
    roles: dict[Value, str] = field(default_factory=dict)

    def add(self, value: Value, role: str) -> None:
        self.values.append(value)
        self.roles[value] = role


def is_each(value: Value) -> bool:
    """Whether a value is computed entry by entry from operands of fitting shape."""
    if value.is_entrywise:
        return True
    called = value.op == "opaque" and bool(value.shape) and value.data[0] in EACH
    return called and value.args[0].shape == value.shape


def base(value: Value) -> Value:
    """The value that a view is of."""
    while value.op in VIEWS:
        value = value.args[0]
    return value


def groups_of(order: Sequence[Value], left_out: Collection[Value]) -> list[Group]:
    """Values in groups, each after what it needs."""
    grouping = _Grouping()
    for value in order:
        if value not in left_out:
            grouping.take(value)
    for value in order:
        if value in grouping.waiting:
            grouping.place(value)
    return grouping.groups


class _Grouping:
    """Entrywise values wait until they are needed, and are computed where that is. Anything
    joins the latest group that can compute it: a sum over the batch is taken where its terms
    are made. What waits is of one domain with all that it waits for."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.number: dict[Value, int] = {}
        self.waiting: dict[Value, int] = {}

    def take(self, value: Value) -> None:
        domain = _domain(value)
        for arg in value.args:
            within = base(arg)
            if within in self.waiting and (within.shape != domain or _is_turned(arg)):
                self.place(within)
        if is_each(value) and len(self._together(value)) < MOST // 2:
            self.waiting[value] = len(self.waiting) + len(self.number)
        else:
            self.place(value)

    def place(self, value: Value) -> None:
        """Give the value, and all that waits for it, a group."""
        together = self._together(value)
        needed = [base(arg) for v in together for arg in v.args]
        first = max((self.number.get(v, 0) for v in needed), default=0)
        for k in range(len(self.groups) - 1, first - 1, -1):
            if _fits(together, self.groups[k]):
                break
        else:
            k = len(self.groups)
            self.groups.append(Group(_domain(value)))
        for v in together:
            self.groups[k].add(v, _role(v, self.groups[k].domain))
            self.number[v] = k
            self.waiting.pop(v, None)

    def _together(self, value: Value) -> list[Value]:
        """The value after those which it needs and which wait."""
        found, stack = {value}, [value]
        while stack:
            args = {base(arg) for arg in stack.pop().args if base(arg) in self.waiting}
            stack += args - found
            found |= args
        before = sorted(found - {value}, key=lambda v: self.waiting[v])
        return [*before, value]


def _fits(values: Sequence[Value], group: Group) -> bool:
    """Whether a group can compute these values as well."""
    room = len(group.values) + len(values) <= MOST
    return room and all(_role(v, group.domain) and _is_ready(v, group) for v in values)


def _domain(value: Value) -> Shape:
    if is_each(value):
        return value.shape
    return value.args[0].shape if value.op in ("sum", "max", "total", "inner") else ()


def _role(value: Value, domain: Shape) -> str:
    if not domain:
        return ""
    if is_each(value):
        if value.shape == domain:
            return FULL
        return COLUMN if value.shape == (domain[0], ONE) and ONE not in domain else ""
    if _domain(value) != domain:
        return ""
    if value.op in ("total", "inner"):
        return TOTAL
    return ROWS if value.data == (1,) else COLUMNS


def _is_ready(value: Value, group: Group) -> bool:
    """Whether what the value needs of the group is there in the same row."""
    for arg in value.args:
        within = base(arg)
        if within in group.roles:
            turned = arg is not within and _is_turned(arg)
            if turned or group.roles[within] in LATE:
                return False
    return True


def _is_turned(view: Value) -> bool:
    while view.op in VIEWS:
        if view.op == "transpose":
            return True
        view = view.args[0]
    return False


def stages_of(group: Group) -> dict[Value, int]:
    """The pass over a row in which each value of a group is computed. What a row's sum is
    needed for is computed in a later pass; an entry for each row, before the pass."""
    stage: dict[Value, int] = {}
    for value in group.values:
        found = 0
        for arg in map(base, value.args):
            if arg in stage:
                found = max(found, stage[arg] + (group.roles[arg] == ROWS))
        stage[value] = found
    return stage
