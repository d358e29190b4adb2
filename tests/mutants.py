"""Wrong rules and wrong rewrites, made one at a time; the check has to catch every one.

A mutant changes what one rule or rewrite answers: the sign flipped, a transpose dropped,
twice as much, operands swapped, a term left out. It is put in the rule's place in the
running program, an example of the operation is derived with it, and ``check`` judges. Only
a mutant that changes a value counts as made.

    python -m tests.mutants --jobs 2
"""

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tests import wrong_rewrites, wrong_rules
from tests.changes import CHANGES, EXAMPLE
from tests.chunks import Progress, each

Mutant = tuple[str, str, str, str | int]
"""``("rule", operation, change, place)`` or ``("rewrite", operation, change, name)``."""


@dataclass
class Count:
    made: int = 0
    caught: int = 0
    missed: list[str] = field(default_factory=list)
    mutants: list[Mutant] = field(default_factory=list)
    "Each once, in however many networks it was tried."
    idle: list[str] = field(default_factory=list)
    "Rules or rewrites in which no mutant could be made."

    def add(self, name: str, caught: bool, mutant: Mutant) -> None:
        self.made += 1
        self.caught += caught
        if not caught:
            self.missed.append(name)
        if mutant not in self.mutants:
            self.mutants.append(mutant)


def in_place(mutant: Mutant) -> AbstractContextManager:
    """A context in which the program has the mutant."""
    kind, operation, change, which = mutant
    if kind == "rule":
        return wrong_rules.mutated_rule(operation, change, which)
    return wrong_rewrites.mutated_rewrite((which, operation), change)


def mutate_rules(
    places: int = 3, only: Iterable[str] = (), *, jobs: int = 1, kept: str | None = None
) -> Count:
    """Wrong rules; ``places`` is how many places one kind of change is made at, at most; for
    1, one example of each operation is enough."""
    count, seen, keys, note = Count(), set(), [], Progress("wrong rules")
    for k, (name, *_) in enumerate(EXAMPLE):
        if (not only or name in only) and (places > 1 or name not in seen):
            seen.add(name)
            keys.append([k, places])
    for n, ((k, _), found) in enumerate(each(wrong_rules.judged, keys, jobs=jobs, kept=kept)):
        for name, change, which, caught in found:
            label = f"{name} in {EXAMPLE[k][1]}: {change}, {which}"
            count.add(label, caught, ("rule", name, change, which))
        note(f"{n + 1} of {len(keys)} examples, {count.made} made, {len(count.missed)} missed")
    met = {name for _, name, *_ in count.mutants}
    count.idle = sorted({EXAMPLE[k][0] for k, _ in keys} - met)
    return count


def mutate_rewrites(
    networks: int = 2, only: Iterable[str] = (), *, jobs: int = 1, kept: str | None = None
) -> Count:
    """Wrong rewrites, each in so many networks in which it changes a value; ``only`` has the
    names of the rewrites that are wanted."""
    count, note = Count(), Progress("wrong rewrites")
    fires: dict[tuple[str, str, str], list[int]] = {}
    every = range(len(wrong_rewrites.texts()) // (4 if only else 1))
    for k, found in each(wrong_rewrites.possible, every, jobs=jobs, kept=kept and f"{kept}-fire"):
        for key in map(tuple, found):
            fires.setdefault(key, []).append(k)
        note(f"{k + 1} of {len(every)} networks looked at")
    keys = [
        [name, operation, change, networks, fires[name, operation, change][: wrong_rewrites.TRIED]]
        for name, operation in wrong_rewrites.every_rewrite()
        for change in CHANGES
        if (name, operation, change) in fires and (not only or name in only)
    ]
    for n, (key, found) in enumerate(each(wrong_rewrites.judged, keys, jobs=jobs, kept=kept)):
        name, operation, change, *_ = key
        for label, caught in found:
            count.add(label, caught, ("rewrite", operation, change, name))
        note(f"{n + 1} of {len(keys)} changes, {count.made} made, {len(count.missed)} missed")
    met = {(name, operation) for _, operation, _, name in count.mutants}
    count.idle = [f"{k[0]} ({k[1]})" for k in wrong_rewrites.every_rewrite() if k not in met]
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=3, help="places of each kind of change")
    parser.add_argument("--rewrites", type=int, default=2, help="networks for each rewrite")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    ok = True
    for name, count in (
        ("rules", mutate_rules(asked.rules, jobs=asked.jobs)),
        ("rewrites", mutate_rewrites(asked.rewrites, jobs=asked.jobs)),
    ):
        print(f"{name}: {count.caught} of {count.made} caught, {len(count.mutants)} different")
        for missed in count.missed:
            print(f"  missed: {missed}")
        ok &= not count.missed
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
