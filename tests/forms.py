"""Right forms that have to pass the check, and wrong ones that must not, by the thousand.

    python -m tests.forms --right 20000 --wrong 20000

Networks are random, and so are the points: plain ones, and such as make a check hard: near
kinks, at tiny and at large scales, with nearly singular matrices, with dimensions of size
1. A form is made wrong as in ``tests.changes``; it counts where its value differs from the
right one at another point than the check's.
"""

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from unittest import mock

import numpy as np

from matcalc.checking import both_sides, check, run
from matcalc.checking.quantities import Quantities
from matcalc.checking.report import TOLERANCE
from matcalc.checking.run import find_point
from matcalc.checking.sides import TRIES
from matcalc.checking.values import Values
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.derivation.results import Jacobian, Partial
from matcalc.errors import MatcalcError
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.numeric import sampling
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from tests.changes import CHANGES
from tests.chunks import Progress, each
from tests.random_networks import random_network

PLAIN = sampling.draw
EACH = 8
"Wrong forms of one kind that are made of one right form, at most."
FORMS = ("partial", "closed form", "Jacobian", "free entries")
"The claims that are about a form."

FEW = 2
"The same for closed forms and Jacobians, which have more places to be wrong at."

Claimed = Partial | Jacobian
Mutants = dict[str, tuple[Claimed, Expr]]


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


@dataclass
class Outcome:
    """How many forms of each kind of point went as they should, and those that did not."""

    forms: Counter = field(default_factory=Counter)
    claims: int = 0
    "Of every kind, those about steps too."
    refused: int = 0
    "Networks that make no sense at size 1, or have no such point."
    failed: list[str] = field(default_factory=list)


def right_forms(count: int, start: int = 0, *, jobs: int = 1, kept: str | None = None) -> Outcome:
    """Partials, closed forms and Jacobians that the check has to let pass, and all claims that
    stand beside them."""
    found, note = Outcome(), Progress("right forms")
    for seed, (forms, claims, failed) in each(right_of, seeds(start), jobs=jobs, kept=kept):
        found.forms[kind_of(seed)] += forms
        found.claims += claims
        found.refused += not claims
        found.failed += failed
        note(f"{found.forms.total()} of {count}, {len(found.failed)} false alarms")
        if found.forms.total() >= count:
            break
    return found


def wrong_forms(count: int, start: int = 0, *, jobs: int = 1, kept: str | None = None) -> Outcome:
    """Wrong forms that the check has to refuse."""
    found, note = Outcome(), Progress("wrong forms")
    for seed, (caught, missed) in each(wrong_of, seeds(start), jobs=jobs, kept=kept):
        found.forms[kind_of(seed)] += caught
        found.claims += caught + len(missed)
        found.failed += missed
        note(f"{found.forms.total()} of {count}, {len(found.failed)} missed")
        if found.forms.total() >= count:
            break
    return found


def seeds(start: int) -> Iterator[int]:
    return iter(range(start, start + 10**6))


def kind_of(seed: int) -> str:
    return list(POINTS)[seed % len(POINTS)]


def right_of(seed: int) -> tuple[int, int, list[str]]:
    """Of the network of a seed: the forms and the claims that pass, and what fails."""
    kind = kind_of(seed)
    try:
        with drawn(kind):
            report = check(derive(network(kind, seed)), points=1, seed=seed)
    except MatcalcError:
        return 0, 0, []
    passed = [row for row in report.rows if row.ok]
    failed = [f"{kind}, seed {seed}: {row}" for row in report.failed]
    return sum(row.kind in FORMS for row in passed), len(passed), failed


def wrong_of(seed: int) -> tuple[int, list[str]]:
    """Of the network of a seed: the wrong forms that are caught, and those that are not."""
    kind = kind_of(seed)
    with drawn(kind), np.errstate(all="ignore"):
        try:
            d = derive(network(kind, seed))
            mutants = wrong_ones(d, seed)
            refused = refused_of(d, mutants, seed)
        except MatcalcError:
            return 0, []
    missed = [
        f"{kind}, seed {seed}: {label}: {wrong!r}"[:300]
        for label, (_, wrong) in mutants.items()
        if label not in refused
    ]
    return len(refused), missed


def wrong_ones(d, seed: int) -> Mutants:
    """Wrong forms of each partial, closed form and Jacobian, by a label, with what each is a
    wrong form of."""
    elsewhere = _known(d, [seed, 1])
    found: Mutants = {}
    for name, claimed, form, most in claims_of(d):
        right = evaluate(form, *elsewhere)
        for change, make in CHANGES.items():
            for k, wrong in enumerate(islice(make(form), most)):
                with suppress(MatcalcError, np.linalg.LinAlgError):
                    same = wrong.shape == form.shape
                    if same and _differ(right, evaluate(wrong, *elsewhere)):
                        found[f"{name}, {change} {k}"] = (claimed, wrong)
    return found


def claims_of(d) -> Iterator[tuple[str, Claimed, Expr, int]]:
    """A name, what is claimed, the form, and how many wrong ones of a kind are made of it."""
    for name, partial in d.partials.items():
        if name not in d.network.outputs:
            yield name, partial, partial.form, EACH
            if d.closed_form(name) is not None and partial.closed is not partial.form:
                yield f"{name}, closed", partial, partial.closed, FEW
    for jacobian in d.jacobians:
        yield f"{jacobian.of} by {jacobian.wrt}", jacobian, jacobian.form, FEW


def refused_of(d, mutants: Mutants, seed: int) -> set[str]:
    """The labels of the wrong forms that the check refuses.

    The check is run with every wrong form as a claim beside the right ones. The worst of its
    points counts, so what is refused at the first needs no other; the rest is held against
    all of them.
    """
    refused: set[str] = set()
    for points, tries in ((1, 0), (3, TRIES)):
        rest = {label: wrong for label, wrong in mutants.items() if label not in refused}
        if not rest:
            break
        with (
            mock.patch.object(run, "entry_by_entry", beside(rest)),
            mock.patch.object(both_sides, "TRIES", tries),
        ):
            report = check(d, points=points, seed=seed, jacobians=False, steps=False)
        refused |= {row.name for row in report.failed if row.kind == "mutant"}
    return refused


def beside(mutants: Mutants):
    """The check's claims about partials, and a claim for every wrong form."""
    usual = run.entry_by_entry

    def claims(d, reference, known, room):
        yield from usual(d, reference, known, room)
        values = Values(known, reference.env, room)
        right: dict[int, np.ndarray] = {}
        for label, (claimed, wrong) in mutants.items():
            if id(claimed) not in right:
                right[id(claimed)] = expected(d, claimed, reference, known)
            yield values.form("mutant", label, wrong, right[id(claimed)])

    return claims


def expected(d, claimed: Claimed, reference, known):
    """What a partial or a Jacobian should be, by the complex step."""
    if isinstance(claimed, Partial):
        found = np.asarray(known[gradient(d.network.symbol(claimed.wrt))])
        shape = d.network.declared_shape(claimed.wrt)
        return found.T if d.layout.transposes_gradient(shape) else found
    equation, operand = d.network.equation[claimed.of], d.network.symbol(claimed.wrt)
    order = "C" if d.network.convention is Convention.ROW else "F"
    moved = reference.jacobian(equation.expr, operand, order)
    return Quantities(d, reference, known).arranged(equation.symbol, operand, moved)


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
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    right = right_forms(asked.right, asked.start, jobs=asked.jobs)
    print(f"right forms: {right.forms.total()} passed, {len(right.failed)} false alarms")
    wrong = wrong_forms(asked.wrong, asked.start, jobs=asked.jobs)
    print(f"wrong forms: {wrong.forms.total()} caught, {len(wrong.failed)} missed")
    for line in right.failed + wrong.failed:
        print(" ", line)
    return 1 if right.failed or wrong.failed else 0


if __name__ == "__main__":
    sys.exit(main())
