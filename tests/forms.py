"""Right forms that have to pass the check, and wrong ones that must not, by the thousand.

    python -m tests.forms --right 20000 --wrong 20000

Networks are random, and so are the points: plain ones, and such as make a check hard: near
kinks, at tiny and at large scales, with nearly singular matrices, with dimensions of size
1. A form is made wrong as in ``tests.mutants``; it counts where its value differs from the
right one at another point than the check's.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from unittest import mock

import numpy as np

from matcalc.checking import check, run
from matcalc.checking.forms import claim
from matcalc.checking.report import TOLERANCE
from matcalc.checking.run import find_point
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.errors import MatcalcError
from matcalc.expressions.build import gradient
from matcalc.numeric import sampling
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from tests.mutants import CHANGES
from tests.random_networks import random_network

PLAIN = sampling.draw
EACH = 8
"Wrong forms of one kind that are made of one right form, at most."


def near_kinks(shape, rng, style):
    """A third of the entries as good as zero, where relu, abs and maximum have theirs."""
    value = PLAIN(shape, rng, style)
    return np.where(rng.random(shape) < 0.3, value * 1e-13, value)


def tiny(shape, rng, style):
    return PLAIN(shape, rng, style) * 1e-7


def large(shape, rng, style):
    return PLAIN(shape, rng, style) * (1 if style == "small" else 20)


def nearly_singular(shape, rng, style):
    value = PLAIN(shape, rng, style)
    if len(shape) == 2 and min(shape) > 1:
        value = np.outer(value[:, 0], value[0]) + 1e-4 * value
    return value


POINTS = {
    "plain": PLAIN,
    "near kinks": near_kinks,
    "tiny": tiny,
    "large": large,
    "nearly singular": nearly_singular,
    "size 1": PLAIN,
}


@contextmanager
def drawn(kind: str) -> Iterator[None]:
    with mock.patch.object(sampling, "draw", POINTS[kind]):
        yield


def network(kind: str, seed: int):
    """The random network of a seed; for "size 1" one of its dimensions is the number 1."""
    text = random_network(seed)
    if kind == "size 1":
        name = "abc"[seed % 3]
        text = re.sub(rf"\b{name}\b(?=[,\]])", "1", text).replace(f"{name}: ", f"{name}1: ")
    return loads(text)


def right_forms(count: int, start: int = 0) -> tuple[Counter, list[str]]:
    """How many claims passed at each kind of point, and what failed although it is right."""
    passed, failed = Counter(), []
    for seed in range(start, start + 10**6):
        if sum(passed.values()) - passed["refused"] >= count:
            break
        kind = list(POINTS)[seed % len(POINTS)]
        try:
            with drawn(kind):
                report = check(derive(network(kind, seed)), points=1, seed=seed)
        except MatcalcError:
            passed["refused"] += 1  # makes no sense at size 1, or there is no such point
            continue
        passed[kind] += sum(row.ok for row in report.rows)
        failed += [f"{kind}, seed {seed}: {row}" for row in report.failed]
    return passed, failed


def wrong_forms(count: int, start: int = 0) -> tuple[Counter, list[str]]:
    """How many wrong forms were caught at each kind of point, and which were not."""
    caught, missed = Counter(), []
    for seed in range(start, start + 10**6):
        if sum(caught.values()) >= count:
            break
        kind = list(POINTS)[seed % len(POINTS)]
        with drawn(kind), np.errstate(all="ignore"):
            try:
                found = list(_wrong(derive(network(kind, seed)), seed))
            except MatcalcError:
                continue
        caught[kind] += sum(ok for ok, _ in found)
        missed += [f"{kind}, seed {seed}: {name}" for ok, name in found if not ok]
    return caught, missed


def _wrong(d, seed: int) -> Iterator[tuple[bool, str]]:
    """For each wrong form of each partial, whether the check refuses it.

    The check is run once, with every wrong form as a claim beside the right ones.
    """
    elsewhere = _known(d, [seed, 1])
    mutants = {}
    for name, partial in d.partials.items():
        if name in d.network.outputs:
            continue
        right = evaluate(partial.form, *elsewhere)
        for change, make in CHANGES.items():
            for k, wrong in enumerate(islice(make(partial.form), EACH)):
                with suppress(MatcalcError, np.linalg.LinAlgError):
                    same = wrong.shape == partial.form.shape
                    if same and _differ(right, evaluate(wrong, *elsewhere)):
                        mutants[f"{name}, {change} {k}"] = (name, wrong)

    def claims(d, reference, known, most):
        yield from usual(d, reference, known, most)
        for label, (name, wrong) in mutants.items():
            expected = np.asarray(known[gradient(d.network.symbol(name))])
            if d.layout.transposes_gradient(d.network.declared_shape(name)):
                expected = expected.T
            yield claim("mutant", label, wrong, expected, reference.env, known, {}, most)

    usual = run.entry_by_entry
    if mutants:
        with mock.patch.object(run, "entry_by_entry", claims):
            report = check(d, seed=seed, jacobians=False, steps=False)
        for row in report.rows:
            if row.kind == "mutant":
                yield not row.ok, f"{row.name}: {mutants[row.name][1]!r}"[:300]


def _known(d, stream):
    reference = find_point(d.network, distinct_sizes(d.network), np.random.default_rng(stream))
    names = [n for n in d.gradients if n not in d.network.outputs]
    return {**reference.point, **reference.gradients(names)}, reference.env


def _differ(a, b) -> bool:
    """By more than any rounding, and by numbers: infinities decide nothing."""
    size = np.max(np.abs(a), initial=0.0)
    apart = np.max(np.abs(np.subtract(a, b)), initial=0.0)
    return bool(np.isfinite(apart) and apart > 100 * TOLERANCE * size and apart > 1e-6)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--right", type=int, default=20_000)
    parser.add_argument("--wrong", type=int, default=20_000)
    parser.add_argument("--start", type=int, default=0)
    asked = parser.parse_args()
    passed, failed = right_forms(asked.right, asked.start)
    print(f"right forms: {sum(passed.values())} passed, {len(failed)} false alarms", dict(passed))
    caught, missed = wrong_forms(asked.wrong, asked.start)
    print(f"wrong forms: {sum(caught.values())} caught, {len(missed)} missed", dict(caught))
    for line in failed + missed:
        print(" ", line)
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main())
