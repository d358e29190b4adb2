"""Wrong rules and wrong rewrites, made one at a time; the check has to catch every one.

A mutant changes what one rule or rewrite answers: the sign flipped, a transpose dropped,
twice as much, operands swapped, a term left out. It is put in the rule's place in the
running program, an example of the operation is derived with it, and ``check`` judges. Only
a mutant that changes a value counts as made (2 A + 0 left out of a sum changes nothing):
the value is compared with that of the right answer, on random numbers, wherever the rule
answers.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import numpy as np

from matcalc.checking import check
from matcalc.checking.run import find_point, sizes_for
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.errors import MatcalcError
from matcalc.expressions import work
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr, postorder, rebuild
from matcalc.expressions.operation import REGISTRY
from matcalc.linear_maps import local
from matcalc.numeric.evaluate import evaluate
from matcalc.operations.examples import EXAMPLES
from matcalc.simplify import REWRITES, engine
from tests.random_networks import random_network

WORK = 300_000
"Rewrites that are wrong may never end: they are stopped, as a hostile file is."

Change = Callable[[Expr], Iterator[Expr]]


def flipped(e: Expr) -> Iterator[Expr]:
    yield -e


def doubled(e: Expr) -> Iterator[Expr]:
    yield 2 * e


def untransposed(e: Expr) -> Iterator[Expr]:
    """A transpose somewhere left away, where the shapes still fit."""
    if e.shape and e.shape[0] == e.shape[1]:
        yield e.T
    for node in postorder(e):
        if node.op.name == "transpose" and node.shape == node.args[0].shape:
            yield rebuild(e, {node: node.args[0]})


def swapped(e: Expr) -> Iterator[Expr]:
    """Two operands of an operation, changed for each other where the shapes still fit."""
    for node in postorder(e):
        if node.op.commutative or len(node.args) < 2 or node.op.name in ("add", "hadamard"):
            continue
        for k in range(len(node.args) - 1):
            args = list(node.args)
            args[k], args[k + 1] = args[k + 1], args[k]
            with fitting():
                other = node.op.rebuild(node, tuple(args))
                if other is not node and other.shape == node.shape:
                    yield rebuild(e, {node: other})


def shortened(e: Expr) -> Iterator[Expr]:
    """A term left out of a sum, or a factor out of an entrywise product."""
    for node in postorder(e):
        if node.op.name in ("add", "hadamard") and len(node.args) > 1:
            for k in range(len(node.args)):
                args = node.args[:k] + node.args[k + 1 :]
                rest = args[0] if len(args) == 1 else node.op.rebuild(node, args)
                if rest.shape == node.shape:
                    with fitting():
                        yield rebuild(e, {node: rest})


@contextmanager
def fitting():
    """Shapes that do not fit make no mutant."""
    with suppress(MatcalcError):
        yield


CHANGES: dict[str, Change] = {
    "sign flipped": flipped,
    "factor 2": doubled,
    "transpose dropped": untransposed,
    "operands swapped": swapped,
    "term left out": shortened,
}


@dataclass
class Count:
    made: int = 0
    caught: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, name: str, caught: bool) -> None:
        self.made += 1
        self.caught += caught
        if not caught:
            self.missed.append(name)


@contextmanager
def forgotten():
    """Whatever was worked out before is forgotten, and so is what follows."""

    def forget():
        local.local_map.cache_clear()
        engine._simplified.clear()

    forget()
    try:
        yield
    finally:
        forget()


def is_caught(network) -> bool:
    """Whether the check, or the engine itself, refuses what is derived."""
    try:
        return not check(derive(network), points=2, seed=5).ok
    except (MatcalcError, RuntimeError, ZeroDivisionError):
        return True


def example_network(expression, shapes, convention="row"):
    lines = [f"convention: {convention}", "dims: {m: 2, n: 3, p: 5, q: 7}", "inputs:"]
    lines += [f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items()]
    lines += ["functions: {f: abstract}", "network:", f"  Y: {expression}", "outputs: [Y]"]
    return loads("\n".join(lines))


def rules() -> Iterator[tuple[str, str, dict]]:
    """Every operation that has a derivative, with an example."""
    for name, examples in EXAMPLES.items():
        for expression, shapes in examples:
            yield name, expression, shapes


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
            return choose(CHANGES[change](body), which, body)

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


def choose(candidates: Iterator[Expr], which: int, otherwise: Expr) -> Expr:
    """The which-th candidate; the right one where there are not so many."""
    for k, candidate in enumerate(candidates):
        if k == which:
            return candidate
    return otherwise


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
                        wrong = choose(CHANGES[change](body), which, body)
                        size = tuple(d.size(reference.env.sizes) for d in arg.shape)
                        point = reference.point | {dx: rng.normal(size=size) if size else 0.7}
                        a = evaluate(body, point, reference.env)
                        b = evaluate(wrong, point, reference.env)
                        if np.shape(a) == np.shape(b) and not np.allclose(a, b, 1e-7, 1e-12):
                            return True
    return False


def mutate_rules(each: int = 3, only: set[str] | None = None) -> Count:
    """Wrong rules; ``each`` is how many places one kind of change is made at, at most; for 1,
    one example of each operation is enough."""
    count = Count()
    seen: set[str] = set()
    for name, expression, shapes in rules():
        if (only and name not in only) or (each == 1 and name in seen):
            continue
        seen.add(name)
        for change in CHANGES:
            for which in range(each):
                network = example_network(expression, shapes)
                if not rule_changes_value(network, name, change, which):
                    continue
                with mutated_rule(name, change, which):
                    caught = is_caught(network)
                count.add(f"{name} in {expression}: {change}, {which}", caught)
    return count


def wrongly(entry, change: str, which: int):
    """The rewrite with another answer wherever it has one."""

    def apply(e: Expr) -> Expr | None:
        answer = entry.apply(e)
        if answer is None or answer is e:
            return answer
        with fitting():
            wrong = choose(CHANGES[change](answer), which, answer)
            if wrong is not e and wrong.shape == answer.shape:
                return wrong
        return answer

    return replace(entry, apply=apply)


def rewrites_in(network) -> set[tuple[str, str]]:
    """The rewrites that fire when the network is derived."""
    fired: set[tuple[str, str]] = set()
    original = {name: list(entries) for name, entries in REWRITES.items()}

    def noting(entry):
        def apply(e):
            answer = entry.apply(e)
            if answer is not None and answer is not e:
                fired.add((entry.name, entry.operation))
            return answer

        return replace(entry, apply=apply)

    with forgotten():
        for name, entries in original.items():
            REWRITES[name] = [noting(entry) for entry in entries]
        try:
            d = derive(network)
            _ = d.partials, d.jacobians, d.steps, d._closed
        finally:
            REWRITES.update(original)
    return fired


def with_rewrite(network, right, key: tuple[str, str], change: str, which: int) -> bool | None:
    """Whether the check catches the wrong rewrite; None where no result changes its value.

    ``right`` are the results without it.
    """
    entries = REWRITES[key[1]]
    at = next(k for k, entry in enumerate(entries) if entry.name == key[0])
    entry = entries[at]
    with forgotten():
        entries[at] = wrongly(entry, change, which)
        work.allow(WORK)
        try:
            d = derive(network)
            changed = differ(network, right, results(d))
            return not check(d, points=2, seed=5).ok if changed else None
        except (MatcalcError, RuntimeError, ZeroDivisionError):
            return True  # it ends with a message: nothing wrong is printed
        finally:
            entries[at] = entry
            work.allow(work.UNBOUNDED)


def results(d) -> list[Expr]:
    """Every form of a derivation that is printed."""
    forms = [p.form for p in d.partials.values()]
    forms += [p.closed for p in d.partials.values() if d.closed_form(p.wrt) is not None]
    forms += [j.form for j in d.jacobians]
    for step in d.steps:
        forms += [step.rhs, *(side for s in step.substeps for side in (s.lhs, s.rhs))]
    return forms


def differ(network, right: list[Expr], wrong: list[Expr]) -> bool:
    """Whether one of the forms has another value, at a point that the check does not use."""
    if len(right) != len(wrong):
        return True
    rng = np.random.default_rng(11)
    with np.errstate(all="ignore"):
        reference = find_point(network, sizes_for(network, 5), rng)
        directions = {
            v.name: rng.normal(size=np.shape(reference.point[v.symbol]))
            for v in network.differentiable
        }
        known = {**reference.point, **reference.changes(directions)}
        names = [n for n in derive(network).gradients if n not in network.outputs]
        known |= reference.gradients(names)
        known |= {gradient(network.symbol(n)): g for n, g in reference.upstream.items()}
        for one, other in zip(right, wrong, strict=True):
            if one is other:
                continue
            a, b = (evaluate(e, known, reference.env) for e in (one, other))
            if np.shape(a) != np.shape(b) or not np.allclose(a, b, 1e-6, 1e-9):
                return True
    return False


def networks() -> Iterator:
    for _, expression, shapes in rules():
        yield example_network(expression, shapes)
    for seed in range(2000):
        yield loads(random_network(seed))


def mutate_rewrites(per_rewrite: int = 2, most: int = 10**9, start: int = 0) -> Count:
    """Wrong rewrites, each in so many networks in which it fires."""
    count, done = Count(), dict[tuple[str, str, str], int]()
    wanted = {(entry.name, entry.operation) for entries in REWRITES.values() for entry in entries}
    for k, network in enumerate(networks()):
        if k < start or count.made >= most:
            continue
        keys = sorted(rewrites_in(network))
        with forgotten():
            right = results(derive(network))
        for key in keys:
            for change in CHANGES:
                if done.get((*key, change), 0) >= per_rewrite or count.made >= most:
                    continue
                caught = with_rewrite(network, right, key, change, 0)
                if caught is not None:
                    done[*key, change] = done.get((*key, change), 0) + 1
                    count.add(f"{key}: {change} in network {k}", caught)
        if all(done.get((*key, "sign flipped"), 0) >= per_rewrite for key in wanted):
            break
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=3, help="places of each kind of change")
    parser.add_argument("--rewrites", type=int, default=2, help="networks for each rewrite")
    parser.add_argument("--most", type=int, default=10**9)
    asked = parser.parse_args()
    ok = True
    for name, count in (
        ("rules", mutate_rules(asked.rules)),
        ("rewrites", mutate_rewrites(asked.rewrites, asked.most)),
    ):
        print(f"{name}: {count.caught} of {count.made} mutants caught")
        for missed in count.missed:
            print(f"  missed: {missed}")
        ok &= not count.missed
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
