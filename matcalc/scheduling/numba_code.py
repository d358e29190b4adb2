"""The lines of a compiled function: one loop for entrywise operations that belong together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matcalc.errors import CannotDerive
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.generation.scope import Scope
from matcalc.scheduling.numpy_target import INFIX, closed
from matcalc.scheduling.values import VIEWS, Value

EACH = {"erf({0})": "math.erf({})", "lgamma({0})": "math.lgamma({})"}
"Functions that the compiled code calls for each entry."
COMPILED = {"np.linalg.inv", "np.linalg.solve", "np.linalg.det", "np.linalg.slogdet"}
"Functions of whole arrays that numba has."


def groups_of(order: Sequence[Value]) -> list[list[Value]]:
    """Values in order; entrywise ones of one shape that one loop can compute are together."""
    groups: list[list[Value]] = []
    for value in order:
        last = groups[-1] if groups else []
        if last and _joins(value, last):
            last.append(value)
        else:
            groups.append([value])
    return groups


def _joins(value: Value, group: Sequence[Value]) -> bool:
    if not (value.is_entrywise and group[0].is_entrywise and value.shape == group[0].shape):
        return False
    return not any(_base(arg) in group for arg in value.args if arg.op in VIEWS)


def _base(view: Value) -> Value:
    while view.op in VIEWS:
        view = view.args[0]
    return view


class LoopWriter:
    """``place``: the number of a stored value's array; ``steady``: names of constants."""

    def __init__(
        self, place: Mapping[Value, int], steady: Mapping[Value, str], scope: Scope
    ) -> None:
        self.place = place
        self.steady = steady
        self.scope = scope
        self.names: dict[Value, str] = {}
        self.local: set[Value] = set()

    # -- operands -----------------------------------------------------------------------

    def scalar(self, value: Value) -> str:
        if value in self.steady:
            return self.steady[value]
        if value.op in ("argument", "constant"):
            return str(value.data[0])
        return self.names.setdefault(value, f"_t{len(self.names)}")

    def array(self, value: Value) -> str:
        if value in self.steady:
            return self.steady[value]
        if value.op == "transpose":
            return f"{self.array(value.args[0])}.T"
        if value.op == "broadcast":
            m, n = (self.scope.size(d).text for d in value.shape)
            return f"np.broadcast_to({self.array(value.args[0])}, ({m}, {n}))"
        return str(value.data[0]) if value.op == "argument" else f"_b{self.place[value]}"

    def entry(self, value: Value, i: str, j: str) -> str:
        """The entry of an operand in a loop over i and j."""
        if value in self.local or not value.shape:
            return self.scalar(value)
        if value.op == "transpose" and value not in self.steady:
            return self.entry(value.args[0], j, i)
        if value.op == "broadcast" and value not in self.steady:
            return self.entry(value.args[0], i, j)
        i, j = ("0" if d == ONE else k for d, k in zip(value.shape, (i, j), strict=True))
        return f"{self.array(value)}[{i}, {j}]"

    # -- statements ------------------------------------------------------------------------

    def lines(self, group: Sequence[Value]) -> list[str]:
        if not group:
            return []
        value = group[0]
        if value.is_entrywise:
            return self._loop(group)
        if value.op == "matmul":
            a, b = map(self.array, value.args)
            return [f"_product({a}, {b}, {self.array(value)})"]
        if value.op in ("sum", "max"):
            return self._lines_reduced(value)
        if value.op in ("total", "inner"):
            return self._total(value)
        if value.op == "fill":
            return [f"{self.array(value)}[0, 0] = {self.scalar(value.args[0])}"]
        if value.op in VIEWS:
            return []
        if value.op == "opaque":
            return self._whole(value)
        return [
            f"{self.scalar(value)} = {self._formula(value, list(map(self.scalar, value.args)))}"
        ]

    def _loop(self, group: Sequence[Value]) -> list[str]:
        body = []
        for value in group:
            args = [self.entry(arg, "_i", "_j") for arg in value.args]
            self.local.add(value)
            body.append(f"{self.scalar(value)} = {self._formula(value, args)}")
            if value in self.place:
                body.append(f"{self._stored(value)} = {self.scalar(value)}")
        self.local.clear()
        return self._over(group[0].shape, body)

    def _stored(self, value: Value) -> str:
        i, j = ("0" if d == ONE else k for d, k in zip(value.shape, ("_i", "_j"), strict=True))
        return f"{self.array(value)}[{i}, {j}]"

    def _over(self, shape: Sequence[Dimension], body: Sequence[str]) -> list[str]:
        """A loop over the entries of a shape."""
        lines, margin = [], ""
        for d, k in zip(shape, ("_i", "_j"), strict=True):
            if d != ONE:
                lines.append(f"{margin}for {k} in range({self.scope.size(d).text}):")
                margin += "    "
        return [*lines, *(margin + line for line in body)]

    def _formula(self, value: Value, args: list[str]) -> str:
        if value.op in INFIX:
            return INFIX[value.op].format(*map(closed, args))
        if value.op == "where":
            return f"{closed(args[1])} if {args[0]} else {closed(args[2])}"
        if value.op == "copy":
            return f"{closed(args[0])} * 1.0"
        if value.op == "opaque":
            return self._called(value, args)
        return f"np.{value.op}({', '.join(args)})"

    def _lines_reduced(self, value: Value) -> list[str]:
        (axis,), (a,) = value.data, value.args
        out, entry = self._stored(value), self.entry(a, "_i", "_j")
        start, step = "0.0", f"{out} += {entry}"
        if value.op == "max":
            start = self.entry(a, *(("0", "_j") if axis == 0 else ("_i", "0")))
            step = f"{out} = np.maximum({out}, {entry})"
        first = self._over(value.shape, [f"{out} = {start}"])
        return [*first, *self._over(a.shape, [step])]

    def _total(self, value: Value) -> list[str]:
        name = self.scalar(value)
        entries = [closed(self.entry(arg, "_i", "_j")) for arg in value.args]
        loop = self._over(value.args[0].shape, [f"{name} += {' * '.join(entries)}"])
        return [f"{name} = 0.0", *loop]

    def copied(self, value: Value, place: int) -> list[str]:
        """A result that is another array: its entries in an array of its own."""
        i, j = ("0" if d == ONE else k for d, k in zip(value.shape, ("_i", "_j"), strict=True))
        return self._over(value.shape, [f"_b{place}[{i}, {j}] = {self.entry(value, '_i', '_j')}"])

    # -- calls that are not taken apart --------------------------------------------------------

    def _called(self, value: Value, args: list[str]) -> str:
        template = value.data[0]
        if template in EACH:
            return EACH[template].format(*args)
        called = set(re.findall(r"([A-Za-z_][\w.]*)\(", template))
        if not called or not called <= COMPILED:
            what = ", ".join(sorted(called - COMPILED)) or template
            raise CannotDerive(
                f"the target numba has no {what}; a workspace without it (--workspace) does"
            )
        return str(template.format(*args))

    def _whole(self, value: Value) -> list[str]:
        if not value.shape:
            args = [self.array(a) if a.shape else self.scalar(a) for a in value.args]
            return [f"{self.scalar(value)} = {self._called(value, args)}"]
        if value.data[0] in EACH:
            args = [self.entry(value.args[0], "_i", "_j")]
            return self._over(value.shape, [f"{self._stored(value)} = {self._called(value, args)}"])
        args = [self.array(a) if a.shape else self.scalar(a) for a in value.args]
        return [f"{self.array(value)}[:, :] = {self._called(value, args)}"]
