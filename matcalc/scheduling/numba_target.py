"""A schedule as one function that numba compiles: loops, and BLAS for large products.

Entrywise operations that follow each other share a loop, and what only they need is never
stored. Everything else has its place in one array, so that a call hands over little.
"""

from __future__ import annotations

from matcalc.expressions.expr import Shape
from matcalc.generation.scope import Scope
from matcalc.network.network import Network
from matcalc.scheduling.buffers import Plan, has_buffer
from matcalc.scheduling.numba_code import LoopWriter, groups_of
from matcalc.scheduling.numpy_target import LASTING, NUMBER, expression
from matcalc.scheduling.schedule import ENTRY, Schedule
from matcalc.scheduling.values import VIEWS, Value

IMPORT = """\
try:
    from numba import njit
except ImportError:
    raise ImportError("this module needs numba and SciPy: pip install numba scipy") from None
"""
PRODUCT = '''\
@njit(error_model="numpy")
def _product(a, b, out):
    """a times b, into out: by loops where it is small."""
    m, k = a.shape
    n = b.shape[1]
    if m * k * n > 8192:
        np.dot(a, b, out)
        return
    for i in range(m):
        for j in range(n):
            out[i, j] = 0
        for p in range(k):
            for j in range(n):
                out[i, j] += a[i, p] * b[p, j]
'''


PARTS = '''\
def _parts(dtype, shapes, wanted):
    """One array with room for these shapes, each from a new cache line on; then the parts
    of it that are wanted."""
    starts = [0]
    for m, n in shapes:
        starts.append(starts[-1] + (m * n + 7) // 8 * 8)
    whole = np.empty(starts[-1], dtype)
    parts = [whole[start:][: m * n].reshape(m, n) for start, (m, n) in zip(starts, shapes)]
    return [whole, *(parts[k] for k in wanted)]
'''


class NumbaTarget:
    """Writes ``_compute``, which is compiled, and the function that calls it."""

    imports = IMPORT

    def __init__(self, schedule: Schedule, plan: Plan, network: Network) -> None:
        self.schedule = schedule
        self.plan = plan
        self.network = network
        self.scope = Scope({}, schedule.sizes)
        self.groups = groups_of(plan.order)
        self.forms: list[Shape] = []
        self.place: dict[Value, int] = {}
        self.handed: list[int | None] = []
        self._find_places()
        self.steady = self._find_steady()
        pairs = zip(self.schedule.roots, self.handed, strict=True)
        self.numbers = [value for value, place in pairs if place is None]
        self.code = self._compute()

    # -- what the module is made of --------------------------------------------------------

    def helpers(self) -> list[str]:
        return [PARTS, PRODUCT, "\n".join(self.code) + "\n", LASTING]

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
        lines = [f"{', '.join(['_arrays', *results])} = _arrays"] if results else []
        lines = lines or ["(_arrays,) = _arrays"]
        lines += [f"{name} = {self._expression(value)}" for value, name in self.steady.items()]
        call = f"_number = _compute({', '.join(self._arguments())})"
        body = [f"    {line}" for line in [call, *self._returned()]]
        return [*lines, "def _run():", *body, "return _run"]

    def _expression(self, value: Value) -> str:
        """A constant in Python, before anything is compiled."""
        args = [self.steady.get(arg) or str(arg.data[0]) for arg in value.args]
        return expression(value, args, self.scope)

    def _arguments(self) -> list[str]:
        used = {v.data[0] for v in self.schedule.values if v.op == "argument"}
        arrays = sorted(name.removeprefix(ENTRY) for name in used)
        return [*arrays, *self.steady.values(), "_arrays", *self._used_sizes()]

    def _used_sizes(self) -> list[str]:
        words = set(_words(" ".join(map(self._count, self.forms))))
        return [s for s in self.schedule.sizes.values() if s in words]

    def _returned(self) -> list[str]:
        texts = []
        for value, place in zip(self.schedule.roots, self.handed, strict=True):
            if place is not None:
                texts.append(f"_b{place}")
            else:
                which = f"[{self.numbers.index(value)}]" if len(self.numbers) > 1 else ""
                texts.append(f"dtype.type(_number{which})")
        count = len(self.schedule.ends)
        ends = texts[0] if self.network.loss else f"({', '.join(texts[:count])},)"
        rows = [f'    "{n}": {t},' for n, t in zip(self.schedule.grads, texts[count:], strict=True)]
        return [f"return {ends}, {{", *rows, "}"]

    # -- storage -----------------------------------------------------------------------------

    def _find_places(self) -> None:
        """A place for each array that something outside of its loop reads."""
        group_of = {v: k for k, group in enumerate(self.groups) for v in group}
        needed = set(self.schedule.roots)
        for value in self.schedule.values:
            for arg in value.args:
                if value.op in VIEWS or group_of.get(arg) != group_of.get(value):
                    needed.add(arg)
        for value in self.plan.order:
            array = has_buffer(value) or (value.op == "opaque" and value.shape)
            if array and (not value.is_entrywise or value in needed):
                self.place[value] = len(self.forms)
                self.forms.append(value.shape)
        for value in self.schedule.roots:
            own = self.place.get(value)
            if value.shape and (own is None or own in self.handed):
                self.forms.append(value.shape)
                own = len(self.forms) - 1
            self.handed.append(own)

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

    def _count(self, shape: Shape) -> str:
        """How much room an array takes: its entries, rounded up to whole cache lines."""
        return f"({self._entries(shape)} + 7) // 8 * 8"

    def _entries(self, shape: Shape) -> str:
        return " * ".join(
            f"({t})" if " " in t else t for t in (self.scope.size(d).text for d in shape)
        )

    # -- the compiled function ------------------------------------------------------------------

    def _compute(self) -> list[str]:
        writer = LoopWriter(self.place, self.steady, self.scope)
        lines = self._offsets()
        used = {v.data[0] for v in self.schedule.values if v.op == "argument"}
        lines += [
            f"{name} = {name.removeprefix(ENTRY)}[0, 0]"
            for name in sorted(used)
            if name.startswith(ENTRY)
        ]
        for group in self.groups:
            group = [value for value in group if value not in self.steady]
            lines += writer.lines(group)
        for value, place in zip(self.schedule.roots, self.handed, strict=True):
            if place is not None and self.place.get(value) != place:
                lines += writer.copied(value, place)
        numbers = [writer.scalar(value) for value in self.numbers]
        lines.append(f"return {', '.join(numbers) or '0.0'}")
        head = ['@njit(error_model="numpy")', f"def _compute({', '.join(self._arguments())}):"]
        words = '    """Everything, in loops; arrays are parts of the one that is handed over."""'
        return [*head, words, *(f"    {line}" for line in lines)]

    def _offsets(self) -> list[str]:
        lines = ["_at = 0"]
        for k, shape in enumerate(self.forms):
            part = f"_arrays[_at : _at + {self._entries(shape)}]"
            lines.append(f"_b{k} = {part}.reshape({self.scope.shape(shape)})")
            lines.append(f"_at += {self._count(shape)}")
        return lines


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
