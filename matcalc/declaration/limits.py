"""How large an input may be. Every bound is here, so that an option can raise it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from matcalc.errors import InputError, nearest

LARGEST = 10**15


@dataclass(frozen=True)
class Limits:
    """Generous for people, small enough that a hostile file is refused in time."""

    file_bytes: int = 4_000_000
    "Also what aliases may expand to, in characters."
    items: int = 200_000
    "Names, numbers, texts and collections in a file."
    pieces: int = 10_000
    "Names, numbers and operators in one expression."
    depth: int = 200
    digits: int = 300
    nodes: int = 20_000
    size: int = 1_000_000
    mistakes: int = 20
    "How many are reported at once."
    work: int = 250
    "Steps of deriving and writing for each operation and operand of the network, of NODE at"
    " most in each node, beside WORK_IN_ANY_CASE; and as many of computing for a check."
    entries: int = 4_000_000
    "Of all arrays of a network together, at the sizes at which a check computes it."
    values_bytes: int = 200_000_000
    "Of the arrays in a file of values."


WORK_IN_ANY_CASE = 700_000
POINTS = 1.5
"Of a check that is asked for, for each of which there is as much."
NODE = 20
"Of the pieces of a node, so many count in full: what a long expression takes grows faster than"
" it does, and the bound shall not."
LONG, MOST_FOR_LONG = 3, 600_000
"Of the further ones, one in so many; for all of them together there is no more than this."
HESSIANS, PAGE = (3, 10), (5, 10)
"So many times the work where second derivatives are asked for, where a page of HTML with all"
" its combinations is: of that in any case, and of that for each operation."
LOOPS = (3, 1)
"The same where there are loops: their pattern is checked at three depths."


def work_for(
    variables: int, pieces: Iterable[int], limits: Limits, in_any_case: float, for_each: float
) -> int:
    """The steps for a network of so many variables and of nodes with so many pieces each:
    WORK_IN_ANY_CASE and the work for each operation, so many times each."""
    pieces = list(pieces)
    size = variables + sum(min(p, NODE) for p in pieces)
    further = sum(max(0, p - NODE) for p in pieces) // LONG
    long = min(limits.work * further, MOST_FOR_LONG * limits.work // Limits.work)
    return int(in_any_case * (WORK_IN_ANY_CASE + long) + for_each * limits.work * size)


UNLIMITED = Limits(*[2**62] * len(fields(Limits)))
"For text that matcalc wrote itself."


def raised(settings: Iterable[str], limits: Limits | None = None) -> Limits:
    """The limits with changes such as ``nodes=50000``; an InputError where one is none."""
    changed: dict[str, int] = {}
    known = [f.name for f in fields(Limits)]
    for setting in settings:
        name, _, value = setting.partition("=")
        name, value = name.strip(), value.strip().replace("_", "")
        if name not in known:
            near = nearest(name, known)
            raise InputError(
                f"--limit: there is no limit {name or 'without a name'}",
                mend=f"Did you mean {near}?" if near else f"There are {', '.join(known)}.",
            )
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= 16 else 0
        if not 0 < number <= LARGEST:
            raise InputError(
                f"--limit: {setting} has no number", mend=f"Write --limit {name}=50000."
            )
        changed[name] = number
    return replace(limits or Limits(), **changed)
