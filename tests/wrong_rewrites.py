"""Wrong rewrites: one whose answer is wrong wherever it has one.

Only one with which a printed form of some network has another value counts as made.
"""

from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np

from matcalc.checking import check
from matcalc.checking.run import find_point, sizes_for
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.errors import MatcalcError
from matcalc.expressions import work
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr
from matcalc.numeric.evaluate import evaluate
from matcalc.simplify import REWRITES
from tests.changes import CHANGES, EXAMPLE, choose, example_text, fitting, forgotten, transposed
from tests.random_networks import random_network
from tests.seldom import CONTEXT, SELDOM

WORK = 10**9
TIMES = 20
"Rewrites that are wrong may never end: they are stopped at so many times the work of the"
" right ones, as a hostile file is."
RANDOM = 300
"Random networks in which a rewrite may fire."
TRIED = 12
"Networks in which one wrong rewrite is tried, at most, until some form has another value."

Key = tuple[str, str]
"A rewrite: its name, and the operation that it belongs to."


def every_rewrite() -> list[Key]:
    """Every rewrite that there is."""
    return sorted({(e.name, e.operation) for entries in REWRITES.values() for e in entries})


@cache
def texts() -> list[str]:
    """Networks in which rewrites may fire: an example of each operation, of its operands'
    transposes, what chance seldom makes, and random ones."""
    head = CONTEXT[: CONTEXT.index("network:")]
    both = [f"Y: {e}" for e in SELDOM] + [f"Y: inner({e}, {e})" for e in SELDOM]
    found = [example_text(expression, shapes) for _, expression, shapes in EXAMPLE]
    found += [example_text(*transposed(expression, shapes)) for _, expression, shapes in EXAMPLE]
    found += [f"{head}functions: {{f: abstract}}\nnetwork:\n  {y}\noutputs: [Y]" for y in both]
    return found + [random_network(seed) for seed in range(RANDOM)]


def network(k: int):
    return loads(texts()[k])


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


def possible(k: int) -> list[tuple[str, str, str]]:
    """The rewrites that fire when the k-th network is derived, with each change that makes
    one of their answers another one."""
    found: set[tuple[str, str, str]] = set()
    original = {name: list(entries) for name, entries in REWRITES.items()}

    def noting(entry):
        def apply(e):
            answer = entry.apply(e)
            if answer is not None and answer is not e:
                for change in CHANGES:
                    with fitting():
                        wrong = choose(CHANGES[change](answer), 0, answer)
                        if wrong is not answer and wrong is not e and wrong.shape == answer.shape:
                            found.add((entry.name, entry.operation, change))
            return answer

        return replace(entry, apply=apply)

    with forgotten():
        for name, entries in original.items():
            REWRITES[name] = [noting(entry) for entry in entries]
        try:
            d = derive(network(k))
            _ = d.partials, d.jacobians, d.steps, d._closed
        except MatcalcError:
            return []  # it has nothing to be derived by
        finally:
            REWRITES.update(original)
    return sorted(found)


@contextmanager
def mutated_rewrite(key: Key, change: str):
    """Within, the rewrite answers wrongly; a wrong one that never ends is stopped."""
    entries = REWRITES[key[1]]
    at = next(k for k, entry in enumerate(entries) if entry.name == key[0])
    entry = entries[at]
    with forgotten():
        entries[at] = wrongly(entry, change, 0)
        try:
            yield
        finally:
            entries[at] = entry


def is_caught(k: int, key: Key, change: str) -> bool | None:
    """Whether the check catches the wrong rewrite in the k-th network; None where no result
    has another value."""
    net = network(k)
    with forgotten():
        work.allow(WORK)
        right = results(derive(net))
        usual = work.used()
    with mutated_rewrite(key, change):
        work.allow(TIMES * usual)
        try:
            d = derive(net)
            changed = differ(net, right, results(d))
            return not check(d, seed=5).ok if changed else None
        except (MatcalcError, RuntimeError, ZeroDivisionError):
            return True  # it ends with a message: nothing wrong is printed
        finally:
            work.allow(work.UNBOUNDED)


def judged(asked: list) -> list[tuple[str, bool]]:
    """A wrong rewrite in so many networks; ``asked`` has the rewrite, the change, how many
    networks, and those in which it is possible."""
    name, operation, change, most, possible = asked
    found: list[tuple[str, bool]] = []
    for k in possible[:TRIED]:
        if len(found) >= most:
            break
        caught = is_caught(k, (name, operation), change)
        if caught is not None:
            found.append((f"{name} ({operation}): {change}, in network {k}", caught))
    return found


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
