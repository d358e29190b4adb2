"""Wrong rules: an operation whose derivative is wrong in one place.

Only one that changes a value counts as made (2 A + 0 left out of a sum changes nothing):
the value is compared with that of the right rule, on random numbers, apart from the engine.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from matcalc.checking import check
from matcalc.checking.run import find_point, sizes_for
from matcalc.derivation import derive
from matcalc.errors import MatcalcError
from matcalc.expressions.expr import Expr, postorder
from matcalc.expressions.operation import REGISTRY
from matcalc.linear_maps import local
from matcalc.numeric.evaluate import evaluate
from matcalc.simplify.parts import is_zero
from tests.changes import CHANGES, EXAMPLE, choose, example_network, fitting, forgotten


def wrongs(change: str, body: Expr, dx: Expr) -> Iterator[Expr]:
    """The line of a rule made wrong; one that says 0, by the change of the operand itself."""
    if is_zero(body) and dx.shape == body.shape:
        return iter([dx] if change == "1 for 0" else [])
    return CHANGES[change](body)


def mutated_rule(name: str, change: str, which: int):
    """A context in which the operation's derivative is wrong in the which-th way."""
    op = REGISTRY[name]

    @contextmanager
    def context():
        right = type(op).differential
        right_map = type(op).linear_map

        def differential(self, e, i, dx):
            known = right_map(self, e, i)
            body = right(self, e, i, dx) if known is None else known.apply(dx)
            if self.name != name:
                return body
            return choose(wrongs(change, body, dx), which, body)

        def linear_map(self, e, i):
            if self.name != name:
                return right_map(self, e, i)
            operand = e.args[i]
            dx = local.symbol(local.HOLE, operand.shape)
            body = differential(self, e, i, dx)
            original = right_map(self, e, i)
            same = right(self, e, i, dx) if original is None else original.apply(dx)
            if body is same:
                return original
            # Read off the wrong line with the right rules: a rule stands in its own line.
            type(op).linear_map, type(op).differential = right_map, right
            try:
                local.local_map.cache_clear()
                return local.map_of(body, dx)
            finally:
                local.local_map.cache_clear()
                type(op).linear_map, type(op).differential = linear_map, differential

        with forgotten():
            type(op).differential, type(op).linear_map = differential, linear_map
            try:
                yield
            finally:
                type(op).differential, type(op).linear_map = right, right_map

    return context()


def rule_changes_value(network, name, change, which) -> bool:
    """Whether the wrong rule gives another value, evaluated apart from the engine."""
    op = REGISTRY[name]
    rng = np.random.default_rng(3)
    with np.errstate(all="ignore"):
        reference = find_point(network, sizes_for(network, 3), rng)
        for equation in network.equations:
            for e in postorder(equation.expr):
                if e.op is not op:
                    continue
                for i, arg in enumerate(e.args):
                    if not arg.free:
                        continue
                    dx = local.symbol(local.HOLE, arg.shape)
                    known = op.linear_map(e, i)
                    with fitting():
                        body = op.differential(e, i, dx) if known is None else known.apply(dx)
                        wrong = choose(wrongs(change, body, dx), which, body)
                        size = tuple(d.size(reference.env.sizes) for d in arg.shape)
                        point = reference.point | {dx: rng.normal(size=size) if size else 0.7}
                        a = evaluate(body, point, reference.env)
                        b = evaluate(wrong, point, reference.env)
                        if np.shape(a) == np.shape(b) and not np.allclose(a, b, 1e-7, 1e-12):
                            return True
    return False


def judged(asked: list) -> list[tuple[str, str, int, bool]]:
    """Wrong rules of the k-th example: the operation, the change, its place, and whether the
    check catches it; ``asked`` has k, and how many places there are at most."""
    k, places = asked
    name, expression, shapes = EXAMPLE[k]
    found = []
    for change in CHANGES:
        for which in range(places):
            network = example_network(expression, shapes)
            if rule_changes_value(network, name, change, which):
                with mutated_rule(name, change, which):
                    found.append((name, change, which, is_caught(network)))
    return found


def is_caught(network) -> bool:
    """Whether the check, or the engine itself, refuses what is derived."""
    try:
        return not check(derive(network), seed=5).ok
    except (MatcalcError, RuntimeError, ZeroDivisionError):
        return True
