"""The words and tables of docs/trust.md, made of what the sections of ``tests.trust`` found."""

from collections.abc import Mapping
from typing import Any

Found = Mapping[str, Any]

TEXT = """\
# What matcalc can be trusted with

`make trust` measures what stands here, and writes this page. Times are processor time, on
the machine that wrote it, with two cores and other work to do; yours will differ.

## Files from strangers

Nothing in a file is executed, and what is wrong in it gets one message, exit code 2, nothing
on standard output, and no file. Results are written beside their place and then put
there, so a file is whole or as it was: on a full disk, after Ctrl-C, in a folder that may not
be written. A device or a pipe is written to, a link stays a link.

Messages and pages spell out control characters, and refuse those that turn text
around. Names are letters, digits and `_`, so there is no LaTeX and no HTML in them; the one
free text, the title, is escaped in every format.

Bad files, refused with a message at the line and column of each mistake: {good} of {bad}.
Texts tried by the fuzzer without a crash: {tried:,} ({targets}).

{hostile}

The memory is the most that the process had at one time, Python and NumPy with it. Where a
file is refused because of its size, the message names the limit.
[language.md](language.md#limits) lists them; `--limit NAME=N` raises one.

## Nothing wrong is printed

`derive`, `diff` and `codegen` check what they are about to print. A claim is compared with the
complex step at random points, and passes where both sides agree to 1e-8 of the largest
entry. Where they do not, the arithmetic is repeated with every result moved by about a
rounding error: a difference that stays as it is does not come from rounding, however small
it is, and the claim fails. One that moves decides nothing, and a gentler point is taken.
A form that is not a number where the right one is, because it has left the domain of a
function, fails at once.
More points are drawn until both sides of every kink have been met, as far as 60 points
find them, and where few entries choose (the sign of a number, the place of a maximum). A side
that was not met is named, and so is what is not checked because it would take too many numbers.

Wrong rules and wrong rewrites, put into the program one at a time (a sign flipped, a factor 2,
a transpose dropped, operands swapped, a term left out; where the answer is 0, another one), and
wrong forms (partials, closed forms, Jacobians) of random networks; only those that change a
value count:

{mutants}

The check judges a wrong rule in every example of its operation, a wrong rewrite in two networks
where it changes what is printed. The suite runs with each of them in place until a test fails
that passes without it; tests that make mutants are left out.

{missed}{idle}Wrong forms, by their points: {wrong_kinds}.

Right forms (partials, closed forms, Jacobians) that the check let pass: {right:,} ({right_kinds}),
in {claims:,} claims with those about steps; false alarms: {alarms}.

## Numbers

Loss and gradient of generated modules, at plain values, at ±100 and ±1000, at equal and at
tiny ones; norms at 2^±100 in float32 and 2^±660 in float64, too. The error is that against 50
digits and more, relative to the largest entry (for the loss, to itself or its largest term),
and to 1 where a function is saturated.

{numbers}

{conditions}

NaN and infinity pass through without a warning.

## Time and memory

`matcalc derive` of a chain of affine layers and tanh:

{depths}

The same file gives the same bytes on every run and in any hash order.
"""


def page(found: Mapping[str, Found]) -> str:
    """The whole page; ``found`` has every section's result."""
    right, wrong, numbers = found["right"], found["wrong"], found["numbers"]
    return TEXT.format(
        good=found["files"]["good"],
        bad=found["files"]["bad"],
        tried=sum(found["fuzz"].values()),
        targets=kinds(found["fuzz"]),
        hostile=hostile(found["hostile"]),
        mutants=mutants(found),
        missed=missed(found),
        idle=idle(found["mutants"]),
        wrong_kinds=kinds(wrong["forms"]),
        right=sum(right["forms"].values()),
        right_kinds=kinds(right["forms"]),
        claims=right["claims"],
        alarms=len(right["failed"]),
        numbers=table(
            "function | float32 | float64",
            [(f"`{name}`", *map(scientific, worst)) for name, worst in numbers["worst"].items()],
        ),
        conditions=conditions(numbers["matrix"]),
        depths=table(
            "nodes | seconds without check | with check | MB",
            [
                (f"{n:,}", f"{plain:.1f}", f"{whole:.1f}", f"{megabytes:.0f}")
                for n, plain, whole, megabytes in found["depths"]["rows"]
            ],
        ),
    )


def hostile(found: Found) -> str:
    rows = [
        (name, f"{seconds:.1f}", f"{megabytes:.0f}", "refused" if refused else "derived")
        for name, seconds, megabytes, refused in found["rows"]
    ]
    return table("a file with | seconds | MB | ", rows)


def mutants(found: Mapping[str, Found]) -> str:
    """For rules, rewrites and forms: how many were made, and how many each judge caught."""
    rows = []
    for kind in ("rules", "rewrites"):
        count = found["mutants"][kind]
        suite = [test for mutant, test in found["suite"]["verdicts"] if mutant[0] == kind[:-1]]
        caught = sum(test is not None for test in suite)
        rest = len(count["mutants"]) - len(suite)
        by_suite = f"{caught:,} of {len(suite):,}" + (f"; {rest:,} not tried" if rest else "")
        by_check = f"{count['caught']:,} of {count['made']:,}"
        rows.append((kind, f"{len(count['mutants']):,}", by_check, by_suite))
    caught = sum(found["wrong"]["forms"].values())
    made = caught + len(found["wrong"]["failed"])
    rows.append(("forms", f"{made:,}", f"{caught:,} of {made:,}", ""))
    return table("wrong | different ones | caught by the check | by the suite", rows)


def missed(found: Mapping[str, Found]) -> str:
    """What the check or the suite did not catch, by name."""
    lines = [*found["mutants"]["rules"]["missed"], *found["mutants"]["rewrites"]["missed"]]
    lines += [" ".join(map(str, m)) for m, test in found["suite"]["verdicts"] if test is None]
    lines += found["wrong"]["failed"]
    return f"Not caught: {'; '.join(lines)}.\n\n" if lines else ""


def idle(found: Found) -> str:
    """What there is no mutant of."""
    rules, rewrites = found["rules"]["idle"], found["rewrites"]["idle"]
    words = [f"`{name}`" for name in rules] + rewrites
    return f"None could be made of: {'; '.join(words)}.\n\n" if words else ""


def conditions(found: Found) -> str:
    parts = [
        f"{scientific(own)} in {name} ({scientific(ratio)} of rounding × condition number), and that"
        f" of `numpy.linalg.inv` {scientific(of_numpy)}"
        for name, own, ratio, of_numpy in found["rows"]
    ]
    return (
        "The matrices of `logdet` are easy to invert. At one that is not, the Hilbert matrix of"
        f" {found['size']} rows with the condition number {scientific(found['condition'])}, the"
        f" error is {'; '.join(parts)}. (The inverse of a float32 matrix is worked out in float64.)"
    )


def scientific(number: float) -> str:
    return f"{number:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def table(head: str, rows: list[tuple]) -> str:
    columns = head.split(" | ")
    lines = [f"| {head} |", "| " + " | ".join("---" for _ in columns) + " |"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def kinds(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
