"""``make trust``: measures what docs/trust.md says, and writes that page.

python -m tests.trust                      # everything, about an hour
python -m tests.trust --right 2000 --wrong 2000 --seconds 60
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests import forms, fuzz_texts, hostile, mutants, numerics
from tests.bad_files import EXPRESSIONS, FILES, MORE, node
from tests.running import run, run_apart

PAGE = Path(__file__).parents[1] / "docs" / "trust.md"
DEPTHS = (10, 100, 1_000, 10_000)


def bad_files() -> tuple[int, int]:
    """How many files were refused as they should be, of how many."""
    corpus = [(node(text), 5, 5 + column) for text, column, *_ in EXPRESSIONS]
    corpus += [(text, line, column) for text, line, column, *_ in FILES + MORE]
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "net.yaml", Path(folder) / "out.txt"
        for text, line, column in corpus:
            path.write_text(text, encoding="utf-8", newline="")
            done = run("derive", path, "-o", out)
            where = f"matcalc: {path}:{line}:{column}: "
            good += done.code == 2 and done.err.startswith(where) and done.out == ""
            assert not out.exists()
    return good, len(corpus)


def hostile_files() -> list[tuple[str, float, float, bool]]:
    """Each with the seconds and megabytes that it took, and whether it was refused."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in hostile.FILES:
            data, _, more = hostile.arguments(name)
            done = run_apart("derive", "-", "-o", "out.txt", *more, stdin=data, cwd=folder)
            assert "Traceback" not in done.err and done.code in (0, 2), (name, done.err)
            found.append((name, done.seconds, done.megabytes, done.code == 2))
    return found


def chain(nodes: int) -> str:
    """A network of so many nodes: affine layers and tanh in turn, a loss at the end."""
    lines = ["dims: {N: 2, H: 3}", "inputs: {X: [N, H]}", "parameters:"]
    layers = (nodes - 1) // 2
    lines += [f"  W{k}: [H, H]\n  b{k}: [1, H]" for k in range(1, layers + 1)]
    lines += ["constants: {Y: [N, H]}", "network:"]
    before = "X"
    for k in range(1, layers + 1):
        lines += [f"  Z{k}: {before}*W{k} + b{k}", f"  A{k}: tanh(Z{k})"]
        before = f"A{k}"
    return "\n".join([*lines, f"  L: sse({before}, Y)\n"])


def depths(deepest: int) -> list[tuple[int, float, float, float]]:
    """Nodes; seconds without the check and with it; megabytes with it."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for nodes in (n for n in DEPTHS if n <= deepest):
            text = chain(nodes).encode()
            options = ("derive", "-", "-o", "out.txt")
            plain = run_apart(*options, "--no-check", stdin=text, cwd=folder, seconds=600)
            whole = run_apart(*options, stdin=text, cwd=folder, seconds=600)
            assert plain.code == whole.code == 0, whole.err
            found.append((nodes, plain.seconds, whole.seconds, whole.megabytes))
    return found


def scientific(error: float) -> str:
    return f"{error:.0e}".replace("e-0", "e-")


def table(head: str, rows: list[tuple]) -> list[str]:
    columns = head.split(" | ")
    lines = [f"| {head} |", "| " + " | ".join("---" for _ in columns) + " |"]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def kinds(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if name != "refused")


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

Bad files, each with one mistake, refused at the right line and column: {good} of {bad}.
Texts tried by the fuzzer without a crash: {tried:,} ({targets}).

{hostile}

A process that is started here counts some 95 MB of the program that starts it; less is not
seen. Where a file is refused because of its size, the message names the limit.
[language.md](language.md#limits) lists them; `--limit NAME=N` raises one.

## Nothing wrong is printed

`derive`, `diff` and `codegen` check what they are about to print. A claim is compared with the
complex step at random points, and passes where both sides agree to 1e-8 of the largest
entry. Where they do not, the arithmetic is repeated with every result moved by about a
rounding error: a difference that stays as it is does not come from rounding, however small
it is, and the claim fails. One that moves decides nothing, and a gentler point is taken.
More points are drawn until both sides of every kink have been met, as far as 60 points
find them. What is not checked, because it would take too many numbers, is named.

Wrong rules and wrong rewrites, put into the program one at a time (a sign flipped, a factor 2,
a transpose dropped, operands swapped, a term left out), and wrong forms of random networks;
only those that change a value count:

{mutants}

Right forms that the check let pass: {right:,} ({right_kinds}); false alarms: {alarms}.

## Numbers

Loss and gradient of generated modules, at plain values, at ±100 and ±1000, at equal and at
tiny ones; norms at 2^±100 in float32 and 2^±660 in float64, too. The error is that against 50
digits and more, relative to the largest entry, and to 1 where a function is saturated.

{numbers}

The gradient of `logsumexp(X)` over all entries is written exp(X − L) with the value L of the
node, whose own rounding, at 1000, is what is seen there. `logdet` has a matrix of 40 rows
among its values, far from diagonal.

NaN and infinity pass through without a warning.

## Time and memory

`matcalc derive` of a chain of affine layers and tanh:

{depths}

The same file gives the same bytes on every run and in any hash order.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--right", type=int, default=20_000)
    parser.add_argument("--wrong", type=int, default=20_000)
    parser.add_argument("--rules", type=int, default=3)
    parser.add_argument("--rewrites", type=int, default=2)
    parser.add_argument("--most", type=int, default=10**9, help="wrong rewrites, at most")
    parser.add_argument("--deepest", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=300)
    asked = parser.parse_args()
    good, bad = bad_files()
    harm = hostile_files()
    times = depths(asked.deepest)
    tried = fuzz_texts.fuzz(asked.seconds)
    right, failed = forms.right_forms(asked.right)
    wrong, missed = forms.wrong_forms(asked.wrong)
    rules, rewrites = (
        mutants.mutate_rules(asked.rules),
        mutants.mutate_rewrites(asked.rewrites, asked.most),
    )
    numbers = [
        (f"`{name}`", *(scientific(numerics.worst(name, t)) for t in (np.float32, np.float64)))
        for name in numerics.CASES
    ]
    caught = sum(wrong.values())
    page = TEXT.format(
        good=good,
        bad=bad,
        tried=sum(tried.values()),
        targets=kinds(tried),
        hostile="\n".join(
            table(
                "a file with | seconds | MB | ",
                [
                    (name, f"{s:.1f}", f"{m:.0f}", "refused" if no else "derived")
                    for name, s, m, no in harm
                ],
            )
        ),
        mutants="\n".join(
            table(
                "wrong | made | caught",
                [
                    ("rules", f"{rules.made:,}", f"{rules.caught:,}"),
                    ("rewrites", f"{rewrites.made:,}", f"{rewrites.caught:,}"),
                    ("forms", f"{caught + len(missed):,}", f"{caught:,}"),
                ],
            )
        ),
        right=sum(n for name, n in right.items() if name != "refused"),
        right_kinds=kinds(right),
        alarms=len(failed),
        numbers="\n".join(table("function | float32 | float64", numbers)),
        depths="\n".join(
            table(
                "nodes | seconds without check | with check | MB",
                [(f"{n:,}", f"{a:.1f}", f"{b:.1f}", f"{m:.0f}") for n, a, b, m in times],
            )
        ),
    )
    PAGE.write_text(page, encoding="utf-8")
    for line in failed + missed + rules.missed + rewrites.missed:
        print(line)
    return 1 if failed or missed or rules.missed or rewrites.missed or good < bad else 0


if __name__ == "__main__":
    sys.exit(main())
