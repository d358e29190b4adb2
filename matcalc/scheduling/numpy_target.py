"""A schedule as the body of a Python function that calls NumPy with arrays made before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcalc.generation.scope import Scope
from matcalc.network.network import Network
from matcalc.scheduling.buffers import Plan, has_buffer
from matcalc.scheduling.schedule import ENTRY, Schedule
from matcalc.scheduling.values import TRUTH, Value

INFIX = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "{} ** {}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "matmul": "{} @ {}",
}

NUMBER = re.compile(r"\(?-?[0-9.]+(e[+-]?[0-9]+)?\)?|np\.(pi|inf|nan)")
PRODUCT = '''\
def _product(a, b):
    """The function that multiplies a by b into an array: two ways, by size."""
    if a.size + b.size < 20_000:
        return a.dot
    return partial(np.matmul, a)
'''
SUMS = '''\
def _sums(a, axis):
    """The function that puts the sums along an axis into an array: two ways, by size."""
    if a.size < 100_000 and axis == 0:
        return partial(np.ones((1, len(a)), a.dtype).dot, a)
    if a.size < 100_000:
        return partial(a.dot, np.ones((a.shape[1], 1), a.dtype))
    return lambda out: np.add.reduce(a, axis, None, out, True)
'''
LASTING = '''\
def _lasting(given, taken):
    """The arguments by which the next call knows that nothing has to be prepared: arrays
    that are used as they are, and numbers. For any other, an object that is none of them."""
    plain = (float, int, np.floating, np.integer)
    kept = []
    for a, b in zip(given, taken):
        if isinstance(a, np.ndarray):
            lasts = a.ndim > 0 and (b.base is a or (b.base is not None and b.base is a.base))
        else:
            lasts = isinstance(a, plain)
        kept.append(a if lasts else object())
    return kept
'''


class NumpyTarget:
    """Names values, and writes a line for each that is computed in a call."""

    imports = ""

    def __init__(self, schedule: Schedule, plan: Plan, network: Network) -> None:
        self.schedule = schedule
        self.plan = plan
        self.network = network
        self.scope = Scope({}, schedule.sizes)
        self.fixed = {*plan.once, *plan.place}
        self.texts: dict[Value, str] = {}
        self.numbers: dict[Value, str] = {}
        self.ready: list[str] = []
        self.calls: list[str] = []
        self.ufuncs: set[str] = set()
        self._written: list[str] | None = None

    def buffers(self) -> list[str]:
        """The statement that makes the arrays."""
        rows = [
            f"    np.empty({self.scope.shape(shape)}, {'bool' if kind == TRUTH else 'dtype'}),"
            for shape, kind in self.plan.forms
        ]
        return ["return [", *rows, "]"]

    def lines(self) -> list[str]:
        """What is made once, and ``run``, which is returned."""
        if self._written is None:
            self._written = self._write()
        return self._written

    def helpers(self) -> list[str]:
        text = "\n".join(self.lines())
        found = [s for name, s in (("_product(", PRODUCT), ("_sums(", SUMS)) if name in text]
        return [*found, LASTING]

    def _write(self) -> list[str]:
        names = [f"_b{k}" for k in range(len(self.plan.forms))]
        if names:
            self.ready.append(f"{', '.join(names)}{',' if len(names) == 1 else ''} = _arrays")
        for value in self.plan.once:
            self.ready.append(f"{self._name(value)} = {self._expression(value)}")
        for value in self.plan.order:
            self._comment(value)
            self._call(value)
        results = self._results()
        body = [f"    {line}" for line in [*self._entries(), *self.calls, *results]]
        aliases = [
            f"_{name} = np.{name.replace('_reduce', '.reduce')}" for name in sorted(self.ufuncs)
        ]
        return [*aliases, *self.ready, "def _run():", *body, "return _run"]

    def _entries(self) -> list[str]:
        """The numbers in arrays that were declared 1×1; they may change between calls."""
        used = {value.data[0] for value in self.schedule.values if value.op == "argument"}
        return [
            f"{name} = {name.removeprefix(ENTRY)}[0, 0]"
            for name in sorted(used)
            if name.startswith(ENTRY)
        ]

    def _comment(self, value: Value) -> None:
        name = self.schedule.names.get(value)
        if name is not None:
            self.calls.append(f"# {name}")

    # -- names ---------------------------------------------------------------------------

    def _name(self, value: Value) -> str:
        if value not in self.texts:
            place = self.plan.place.get(value)
            self.texts[value] = f"_v{len(self.texts)}" if place is None else f"_b{place}"
        return self.texts[value]

    def _operand(self, value: Value) -> str:
        text = str(value.data[0]) if value.data else ""
        if value.op == "argument" or (value.is_constant and NUMBER.fullmatch(text)):
            return text
        if value.is_constant and value not in self.texts:
            self.ready.append(f"{self._name(value)} = {text}")
        return self._name(value)

    def _array(self, value: Value) -> str:
        """An operand beside arrays: a number is made into an array once, not in every call."""
        if not value.is_constant:
            return self._operand(value)
        if value not in self.numbers:
            self.numbers[value] = f"_n{len(self.numbers)}"
            self.ready.append(f"{self.numbers[value]} = np.array({value.data[0]}, dtype)")
        return self.numbers[value]

    def _ufunc(self, name: str) -> str:
        self.ufuncs.add(name)
        return f"_{name}"

    # -- lines -----------------------------------------------------------------------------

    def _expression(self, value: Value) -> str:
        """The value as an expression of NumPy, with an array of its own."""
        if value.op == "inner":
            return f"{self._ufunc('vdot')}({', '.join(map(self._operand, value.args))})"
        return expression(value, [self._operand(arg) for arg in value.args], self.scope)

    def _call(self, value: Value) -> None:
        if not has_buffer(value):
            self.calls.append(f"{self._name(value)} = {self._expression(value)}")
            return
        out, args = self._name(value), [self._array(arg) for arg in value.args]
        if value.op == "matmul":
            self._product(value, out, args)
        elif value.op == "sum":
            self._sum(value, out, args[0])
        elif value.op == "max":
            call = self._ufunc("maximum_reduce")
            self.calls.append(f"{call}({args[0]}, {value.data[0]}, None, {out}, True)")
        elif value.op == "fill":
            self.calls.append(f"{out}.fill({self._operand(value.args[0])})")
        elif value.op == "copy":
            self.calls.append(f"{self._ufunc('copyto')}({out}, {args[0]})")
        elif value.op == "where":
            copy = self._ufunc("copyto")
            self.calls.append(f"{copy}({out}, {args[2]})")
            self.calls.append(f"{copy}({out}, {args[1]}, where={args[0]})")
        else:
            # NumPy warns of an array in the third place for these two.
            out = f"out={out}" if value.op in ("maximum", "minimum") else out
            self.calls.append(f"{self._ufunc(value.op)}({', '.join([*args, out])})")

    def _is_fixed(self, value: Value) -> bool:
        """Whether the value's array is the same in every call."""
        return value.op == "argument" or value in self.fixed

    def _product(self, value: Value, out: str, args: list[str]) -> None:
        if all(map(self._is_fixed, value.args)):
            call = f"_p{len(self.ready)}"
            self.ready.append(f"{call} = _product({args[0]}, {args[1]})")
            self.calls.append(f"{call}({args[1]}, {out})")
        else:
            self.calls.append(f"{self._ufunc('matmul')}({args[0]}, {args[1]}, {out})")

    def _sum(self, value: Value, out: str, a: str) -> None:
        (axis,) = value.data
        if self._is_fixed(value.args[0]):
            call = f"_s{len(self.ready)}"
            self.ready.append(f"{call} = _sums({a}, {axis})")
            self.calls.append(f"{call}({out})")
        else:
            self.calls.append(f"{self._ufunc('add_reduce')}({a}, {axis}, None, {out}, True)")

    # -- results ------------------------------------------------------------------------------

    def _results(self) -> list[str]:
        lines, texts = [], []
        for value, place in zip(self.schedule.roots, self.plan.handed, strict=True):
            if place is None:
                texts.append(f"dtype.type({self._operand(value)})")
                continue
            if self.plan.place.get(value) != place:
                lines.append(f"{self._ufunc('copyto')}(_b{place}, {self._operand(value)})")
            texts.append(f"_b{place}")
        count = len(self.schedule.ends)
        ends = texts[0] if self.network.loss else f"({', '.join(texts[:count])},)"
        rows = [f'    "{n}": {t},' for n, t in zip(self.schedule.grads, texts[count:], strict=True)]
        return [*lines, f"return {ends}, {{", *rows, "}"]


def expression(value: Value, args: Sequence[str], scope: Scope) -> str:
    """A value as an expression of NumPy with these operands."""
    if value.op in ("opaque", "constant"):
        return str(value.data[0].format(*args) if value.op == "opaque" else value.data[0])
    if value.op in INFIX:
        return INFIX[value.op].format(*map(closed, args))
    if value.op == "negative":
        return f"-{closed(args[0])}"
    if value.op == "transpose":
        return f"{args[0]}.T"
    if value.op == "inner":
        return f"np.vdot({', '.join(args)})"
    if value.op == "total":
        return f"np.sum({args[0]})"
    if value.op == "broadcast":
        return f"np.broadcast_to({args[0]}, {scope.shape(value.shape)})"
    if value.op in ("sum", "max"):
        return f"np.{value.op}({args[0]}, axis={value.data[0]}, keepdims=True)"
    if value.op == "copy":
        return f"{args[0]}.astype(dtype)"
    if value.op == "fill":
        return f"np.full((1, 1), {args[0]}, dtype)"
    return f"np.{value.op}({', '.join(args)})"


def closed(text: str) -> str:
    """An operand of an infix operator."""
    return text if re.fullmatch(r"\w+", text) else f"({text})"
