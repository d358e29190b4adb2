"""Schedules made cheaper by identities.

    A B / c               = (A / c) B            for a number c, where A is smaller than A B
    diag(1/s) E B         = diag(1/s) (E B)      a softmax is divided by its sums behind products
    rowsum((A Bᵀ) ∘ P)    = rowsum(A ∘ (P B))    where P B is computed anyway

So attention never divides the matrix of its weights. A division is put off only where the
numbers stay in range: E = exp(X - max X) is at most 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Shape
from matcalc.scheduling.values import Graph, Value, ordered

UNKNOWN_SIZE = 50
Known = dict[Value, Value]


def improved(graph: Graph, roots: Sequence[Value], numbers: Mapping[str, int]) -> Known:
    """What each value below the roots has become; ``numbers``: about how large sizes are."""
    result = {value: value for value in ordered(roots)}
    for step in (_sums_of_products, _put_off_divisions, _numbers_inside):
        rewriter = _Rewriter(graph, [result[root] for root in roots], numbers)
        changed = step(rewriter)
        result = {value: changed[now] for value, now in result.items() if now in changed}
    return result


class _Rewriter:
    def __init__(self, graph: Graph, roots: Sequence[Value], numbers: Mapping[str, int]) -> None:
        self.graph = graph
        self.roots = set(roots)
        self.values = ordered(roots)
        self.numbers = numbers
        self.users: dict[Value, list[Value]] = {value: [] for value in self.values}
        for value in self.values:
            for arg in value.args:
                self.users[arg].append(value)

    def rebuilt(self, value: Value, done: Known) -> Value:
        """The value with what its operands have become."""
        args = [done[arg] for arg in value.args]
        if all(a is b for a, b in zip(args, value.args, strict=True)):
            return value
        return self.graph.make(value.op, args, value.data, value.shape, value.kind)

    def entries(self, shape: Shape) -> int:
        count = 1
        for d in shape:
            count *= max(d.size({n: self.numbers.get(n, UNKNOWN_SIZE) for n in d.names}), 1)
        return count


# -- sums over rows of a product -----------------------------------------------------


def _sums_of_products(r: _Rewriter) -> Known:
    done: Known = {}
    present = set(r.values)
    for value in r.values:
        done[value] = r.rebuilt(value, done)
        if value.op == "sum" and value.args[0].op == "multiply":
            shorter = _shorter_sum(r, value, present)
            if shorter is not None:
                done[value] = shorter
    return done


def _shorter_sum(r: _Rewriter, value: Value, present: set[Value]) -> Value | None:
    (axis,), product = value.data, value.args[0]
    for a, p in (product.args, product.args[::-1]):
        if a.op != "matmul" or not a.shape == p.shape == product.shape:
            continue
        left, right = a.args
        if axis == 1:
            key, other = (p, r.graph.transpose(right)), left
        else:
            key, other = (r.graph.transpose(left), p), right
        known = r.graph.known.get(("matmul", tuple(map(id, key)), (), other.shape, "float"))
        if known in present and r.entries(other.shape) < r.entries(a.shape):
            return r.graph.reduce("sum", r.graph.entrywise("multiply", other, known), axis)
    return None


# -- divisions put off ------------------------------------------------------------------


def _put_off_divisions(r: _Rewriter) -> Known:
    """``bare`` holds the values without their division, by the sums that it is by."""
    owner: dict[Value, tuple[Value, int]] = {}
    for value in r.values:
        axis = _softmax_axis(value)
        if axis is None:
            continue
        reached: set[Value] = set()
        if _can_wait(r, value, axis, reached) and reached.isdisjoint(owner):
            owner |= dict.fromkeys(reached, (value.args[1], axis))
    done: Known = {}
    bare: Known = {}
    for value in r.values:
        if value in owner:
            bare[value] = _without_division(r, value, bare, done)
            done[value] = value
        elif any(arg in owner for arg in value.args):
            done[value] = _divided_later(r, value, owner, bare, done)
        else:
            done[value] = r.rebuilt(value, done)
    return done


def _softmax_axis(value: Value) -> int | None:
    """The axis of exp(X - max X) over its sums."""
    if value.op != "divide" or value.args[0].op != "exp" or value.args[1].op != "sum":
        return None
    e, sums = value.args
    inside = e.args[0]
    if sums.args[0] is not e or inside.op != "subtract" or inside.args[1].op != "max":
        return None
    (axis,) = sums.data
    return axis if ONE not in e.shape else None


def _can_wait(r: _Rewriter, value: Value, axis: int, reached: set[Value]) -> bool:
    """Whether every use is cheaper, or as cheap, with the division put off."""
    if value in r.roots or value in reached:
        return False
    reached.add(value)
    return all(_use_can_wait(r, user, value, axis, reached) for user in r.users[value])


def _use_can_wait(r: _Rewriter, user: Value, value: Value, axis: int, reached: set[Value]) -> bool:
    if user.op == "transpose" and user not in r.roots:
        reached.add(user)
        return all(_takes(r, product, user, axis) for product in r.users[user])
    if user.op == "multiply" and user.shape == value.shape and user.args[0] is not user.args[1]:
        return _can_wait(r, user, axis, reached)
    return (user.op == "sum" and user.data == (axis,)) or _takes(r, user, value, axis)


def _takes(r: _Rewriter, user: Value, value: Value, axis: int) -> bool:
    """Whether a product with few columns (rows) is what the value is used in."""
    side = 1 - axis
    if user.op != "matmul" or user.args[side] is not value or user.args[1 - side] is value:
        return False
    return r.entries(user.args[1 - side].shape) < r.entries(value.shape)


def _without_division(r: _Rewriter, value: Value, bare: Known, done: Known) -> Value:
    if value.op == "divide":
        return done[value.args[0]]
    if value.op == "transpose":
        return r.graph.transpose(bare[value.args[0]])
    return r.graph.entrywise("multiply", *(bare.get(a) or done[a] for a in value.args))


def _divided_later(
    r: _Rewriter, value: Value, owner: dict[Value, tuple[Value, int]], bare: Known, done: Known
) -> Value:
    held = next(arg for arg in value.args if arg in owner)
    sums, axis = owner[held]
    sums = done[sums]
    if value.op == "sum":
        return r.graph.entrywise("divide", r.graph.reduce("sum", bare[held], axis), sums)
    side = 1 - axis
    other = done[value.args[1 - side]]
    if held.op == "transpose":
        other = r.graph.entrywise("divide", other, sums)
    pair = (bare[held], other) if side == 0 else (other, bare[held])
    product = r.graph.matmul(*pair)
    return product if held.op == "transpose" else r.graph.entrywise("divide", product, sums)


# -- numbers inside products ----------------------------------------------------------------


def _numbers_inside(r: _Rewriter) -> Known:
    done: Known = {}
    for value in r.values:
        done[value] = r.rebuilt(value, done)
        if value.op not in ("multiply", "divide"):
            continue
        a, c = value.args
        if value.op == "multiply" and a.is_constant:
            a, c = c, a
        if c.is_constant and a.op == "matmul" and len(r.users[a]) == 1 and a not in r.roots:
            left, right = (done[arg] for arg in a.args)
            sizes = r.entries(left.shape), r.entries(right.shape)
            if min(sizes) < r.entries(a.shape):
                if sizes[0] <= sizes[1]:
                    left = r.graph.entrywise(value.op, left, c)
                else:
                    right = r.graph.entrywise(value.op, right, c)
                done[value] = r.graph.matmul(left, right)
    return done
