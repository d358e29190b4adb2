"""Which array each value lives in.

Every array that a primitive operation fills has a buffer. A buffer is used again, for a
value of the same shape, once nothing needs what it held: neither the value nor a view of
it. An entrywise operation may write over an operand that it is the last to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matcalc.expressions.expr import Shape
from matcalc.scheduling.values import SOURCES, VIEWS, Value

Form = tuple[Shape, str]
"The shape and the kind of a buffer."


@dataclass
class Plan:
    """``order``: values to compute in each call; ``place``: the number of a value's buffer;
    ``forms``: what each buffer looks like; ``once``: values that are computed once, before
    the first call; ``handed``: the buffer of each result, None for a scalar."""

    order: list[Value] = field(default_factory=list)
    once: list[Value] = field(default_factory=list)
    place: dict[Value, int] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    handed: list[int | None] = field(default_factory=list)


def has_buffer(value: Value) -> bool:
    """Whether an operation fills an array that is there before."""
    return bool(value.shape) and value.op not in SOURCES | VIEWS | {"opaque"}


def planned(values: Sequence[Value], results: Iterable[Value]) -> Plan:
    """Buffers for values in their order; ``results`` are arrays that the caller receives."""
    plan = Plan()
    results = list(results)
    _divide(plan, values)
    roots = _roots(values)
    last: dict[Value, int] = {}
    for k, value in enumerate(plan.order):
        for arg in value.args:
            for root in roots[arg]:
                last[root] = k
    for root in {root for value in results for root in roots[value]}:
        last[root] = len(plan.order)
    free: dict[Form, list[int]] = {}
    for k, value in enumerate(plan.order):
        dying = [root for arg in value.args for root in roots[arg] if last[root] == k]
        dying = [root for root in dict.fromkeys(dying) if root in plan.place]
        if has_buffer(value):
            over = _written_over(value, dying, plan)
            if over is not None:
                dying.remove(over)
                plan.place[value] = plan.place[over]
            else:
                plan.place[value] = _buffer(plan, free, (value.shape, value.kind))
        for root in dying:
            free.setdefault((root.shape, root.kind), []).append(plan.place[root])
        if has_buffer(value) and value not in last:
            last[value] = k
    taken: set[int | None] = set()
    for value in results:
        own = plan.place.get(value)
        if value.shape and (own is None or own in taken):
            plan.forms.append((value.shape, value.kind))
            own = len(plan.forms) - 1
        plan.handed.append(own)
        taken.add(own)
    return plan


def _divide(plan: Plan, values: Sequence[Value]) -> None:
    """What rests on sizes alone, or is a view of what stays in its place, is made once."""
    fixed: set[Value] = set()
    constant: set[Value] = set()
    for value in values:
        if value.op == "argument":
            if value.shape:
                fixed.add(value)
        elif constant.issuperset(value.args):
            fixed.add(value)
            constant.add(value)
            if not value.is_constant:
                plan.once.append(value)
        elif value.op in VIEWS and (value.args[0] in fixed or has_buffer(value.args[0])):
            fixed.add(value)
            plan.once.append(value)
        else:
            plan.order.append(value)


def _roots(values: Sequence[Value]) -> dict[Value, frozenset[Value]]:
    """The values whose arrays a value is, or may be, a view of."""
    roots: dict[Value, frozenset[Value]] = {}
    for value in values:
        if has_buffer(value):
            roots[value] = frozenset([value])
        elif (value.op == "opaque" and value.data[1]) or not value.shape:
            roots[value] = frozenset()
        else:
            roots[value] = frozenset().union(*(roots[arg] for arg in value.args))
    return roots


def _written_over(value: Value, dying: Sequence[Value], plan: Plan) -> Value | None:
    """An operand whose buffer the result may take."""
    if not value.is_entrywise or value.op == "where":
        return None
    for arg in value.args:
        viewed = any(
            arg is not other and other.op in VIEWS and arg in _below(other) for other in value.args
        )
        if arg in dying and (arg.shape, arg.kind) == (value.shape, value.kind) and not viewed:
            return arg
    return None


def _below(view: Value) -> list[Value]:
    found = []
    while view.op in VIEWS:
        view = view.args[0]
        found.append(view)
    return found


def _buffer(plan: Plan, free: dict[Form, list[int]], form: Form) -> int:
    if free.get(form):
        return free[form].pop()
    plan.forms.append(form)
    return len(plan.forms) - 1
