"""``make trust``: measures what docs/trust.md says, and writes that page.

    python -m tests.trust                 # every section, and the page
    python -m tests.trust right wrong     # these sections; the page, if all others are there
    python -m tests.trust --page          # the page alone

A section's result is kept in build/trust; a long one that was interrupted goes on where it
was, as long as the sources are the same.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from argparse import Namespace as Asked
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests import bad_subtle, forms, fuzz_texts, hostile, mutants, numerics, suite
from tests.bad_files import EXPRESSIONS, FILES, MORE, node
from tests.chunks import KEPT, sources
from tests.running import run, run_apart
from tests.trust_page import page

PAGE = Path(__file__).parents[1] / "docs" / "trust.md"
DEPTHS = (10, 100, 1_000, 10_000)

Found = dict[str, Any]


def files(_: Asked) -> Found:
    """How many bad files were refused as they should be, of how many."""
    corpus = [(node(text), [(5, 5 + column)]) for text, column, *_ in EXPRESSIONS]
    corpus += [(text, [(line, column)]) for text, line, column, *_ in FILES + MORE]
    corpus += [
        (case.text, [(line, column) for line, column, _ in case.mistakes])
        for case in bad_subtle.cases()
        if case.mistakes
    ]
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "net.yaml", Path(folder) / "out.txt"
        for text, places in corpus:
            path.write_text(text, encoding="utf-8", newline="")
            done = run("derive", path, "-o", out)
            found = re.findall(rf"^(?:matcalc: )?{path}:(\d+):(\d+): ", done.err, re.M)
            right = [(str(line), str(column)) for line, column in places]
            good += done.code == 2 and done.out == "" and found == right
            assert not out.exists()
    return {"good": good, "bad": len(corpus)}


def hostile_files(_: Asked) -> Found:
    """Each file that means harm, with the seconds and megabytes that it took, and whether it was refused."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in hostile.FILES:
            data, _, more = hostile.arguments(name)
            done = run_apart("derive", "-", "-o", "out.txt", *more, stdin=data, cwd=folder)
            assert "Traceback" not in done.err and done.code in (0, 2), (name, done.err)
            found.append((name, done.seconds, done.megabytes, done.code == 2))
    return {"rows": found}


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


def depths(asked: Asked) -> Found:
    """Nodes; seconds without the check and with it; megabytes with it."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for nodes in (n for n in DEPTHS if n <= asked.deepest):
            text = chain(nodes).encode()
            options = ("derive", "-", "-o", "out.txt")
            plain = run_apart(*options, "--no-check", stdin=text, cwd=folder, seconds=600)
            whole = run_apart(*options, stdin=text, cwd=folder, seconds=600)
            assert plain.code == whole.code == 0, whole.err
            found.append((nodes, plain.seconds, whole.seconds, whole.megabytes))
            print(f"depths: {found[-1]}", file=sys.stderr)
    return {"rows": found}


def fuzz(asked: Asked) -> Found:
    return dict(fuzz_texts.fuzz(asked.seconds))


def numbers(_: Asked) -> Found:
    """The worst error of each function in float32 and float64, and what a matrix does to it."""
    types = (np.float32, np.float64)
    worst = {name: [numerics.worst(name, t) for t in types] for name in numerics.CASES}
    return {"worst": worst, "matrix": numerics.against_condition(types)}


def right(asked: Asked) -> Found:
    return vars(forms.right_forms(asked.right, jobs=asked.jobs, kept="right"))


def wrong(asked: Asked) -> Found:
    return vars(forms.wrong_forms(asked.wrong, jobs=asked.jobs, kept="wrong"))


def wrong_code(asked: Asked) -> Found:
    """Wrong rules and rewrites, held against the check."""
    rules = mutants.mutate_rules(asked.rules, jobs=asked.jobs, kept="rules")
    rewrites = mutants.mutate_rewrites(asked.rewrites, jobs=asked.jobs, kept="rewrites")
    return {"rules": vars(rules), "rewrites": vars(rewrites)}


def by_suite(asked: Asked) -> Found:
    """The same, held against the project's tests: the test that fails, for each."""
    made = load("mutants")
    if made is None:
        sys.exit("the suite is held against what the section mutants makes: run that first")
    every = [tuple(m) for kind in ("rules", "rewrites") for m in made["found"][kind]["mutants"]]
    if asked.sample:
        every = every[:: max(1, len(every) // asked.sample)]
    verdicts = suite.judge(every, jobs=asked.jobs, kept="suite")
    return {"verdicts": [(m, verdicts[suite.words(m)].test) for m in every]}


SECTIONS: dict[str, Callable[[Asked], Found]] = {
    "files": files,
    "hostile": hostile_files,
    "numbers": numbers,
    "fuzz": fuzz,
    "depths": depths,
    "right": right,
    "wrong": wrong,
    "mutants": wrong_code,
    "suite": by_suite,
}


def load(section: str) -> Found | None:
    """What was kept of a section."""
    path = KEPT / f"{section}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def measure(section: str, asked: Asked) -> None:
    start = time.monotonic()
    found = SECTIONS[section](asked)
    seconds = round(time.monotonic() - start)
    kept = {"sources": sources(), "seconds": seconds, "found": found}
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{section}.json"
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{section}: done in {seconds} s", file=sys.stderr)


def write_page() -> list[str]:
    """Write docs/trust.md, and give what did not go as it should. Ends the program where a
    section is missing."""
    kept = {section: load(section) for section in SECTIONS}
    missing = [section for section, known in kept.items() if known is None]
    if missing:
        sys.exit(f"docs/trust.md is not written: there is no {', '.join(missing)} yet")
    now = sources()
    other = [section for section, known in kept.items() if known["sources"] != now]
    if other:
        print(f"measured with other sources: {', '.join(other)}", file=sys.stderr)
    found = {section: known["found"] for section, known in kept.items()}
    PAGE.write_text(page(found), encoding="utf-8")
    return wrongs(found)


def wrongs(found: dict[str, Found]) -> list[str]:
    files, code = found["files"], found["mutants"]
    lines = [*found["right"]["failed"], *found["wrong"]["failed"]]
    lines += [*code["rules"]["missed"], *code["rewrites"]["missed"]]
    lines += [f"not seen by the suite: {m}" for m, test in found["suite"]["verdicts"] if not test]
    if files["good"] < files["bad"]:
        lines.append(f"bad files: {files['good']} of {files['bad']} refused as they should be")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sections", nargs="*", help=", ".join(SECTIONS))
    parser.add_argument("--page", action="store_true", help="put the page together, no more")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--right", type=int, default=20_000)
    parser.add_argument("--wrong", type=int, default=20_000)
    parser.add_argument("--rules", type=int, default=3, help="places of one kind of change")
    parser.add_argument("--rewrites", type=int, default=2, help="networks for each rewrite")
    parser.add_argument("--sample", type=int, help="mutants for the suite, instead of all")
    parser.add_argument("--deepest", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=300, help="of fuzzing")
    asked = parser.parse_args()
    unknown = set(asked.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    chosen = [] if asked.page else [s for s in SECTIONS if s in (asked.sections or SECTIONS)]
    for section in chosen:
        measure(section, asked)
    lines = write_page()
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
