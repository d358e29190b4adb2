"""Whether the project's own tests notice a wrong rule or a wrong rewrite.

The tests are imported and collected once. For each mutant a forked child puts it in place
and runs them, those that are nearest first, until one fails. That one counts only if it
passes without the mutant, which another child finds out. Tests that make mutants themselves
are left out: the others have to see a mistake without knowing that there is one.
"""

import contextlib
import gc
import io
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chunks import ROOT, Progress, Store
from tests.mutants import Mutant, in_place

LEFT_OUT = ("tests/test_mutants.py",)
NEAREST = {
    "rule": ("tests/operations", "tests/tracing", "tests/derivation", "tests/checking"),
    "rewrite": (
        "tests/simplify/test_rewrites.py",
        "tests/operations",
        "tests/derivation",
        "tests/reasoning",
    ),
}
SLOW = ("browser", "latex_compiles", "tests/derivations", "tests/docs", "test_random", "notes")
"Run last: whole documents, and much at once."
ONE_TEST, ALL_TESTS = 60, 90
"Seconds that a test, and all tests of a mutant, may take: one that does not end has failed."
MEMORY = 4 << 30


@dataclass(frozen=True)
class Verdict:
    """The test that failed, if one did; and the seconds until then."""

    test: str | None
    seconds: float


class TooLong(BaseException):
    """A test that takes longer than it may; no test catches it."""


def judge(mutants: list[Mutant], *, jobs: int = 1, kept: str | None = None) -> dict[str, Verdict]:
    """The verdict on each mutant, by its words."""
    judges = Judges(mutants, jobs, Store(kept))
    options = ["-s", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--rootdir", str(ROOT)]
    options += [f"--ignore={ROOT / path}" for path in LEFT_OUT]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main([*options, str(ROOT / "tests")], plugins=[judges])
    if code != pytest.ExitCode.OK or len(judges.verdicts) < len(mutants):
        raise RuntimeError(f"the tests could not be collected:\n{said.getvalue()[-2000:]}")
    return judges.verdicts


def words(mutant: Mutant) -> str:
    return ", ".join(map(str, mutant))


class Judges:
    """A plugin of pytest that has mutants judged where the tests would have been run."""

    def __init__(self, mutants: list[Mutant], jobs: int, store: Store) -> None:
        self.mutants, self.jobs, self.store = mutants, jobs, store
        self.verdicts: dict[str, Verdict] = {}
        self.hits: Counter[str] = Counter()
        "How many mutants the tests of one function have caught."
        self.sound: dict[str, bool] = {}
        "Whether a test passes as the program is."
        self.failed: str | None = None
        "In a child: the test that has failed."

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        gc.collect()
        gc.freeze()  # what was collected stays shared with the children
        note = Progress("the suite")
        waiting = [m for m in self.mutants if not self._known(m)]
        running: dict[int, Child] = {}
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop(0)
                child = self._start(mutant, self._order(mutant, session.items))
                running[child.pid] = child
            pid, _ = os.wait()
            if pid in running:
                child = running.pop(pid)
                if not self._settled(child, session.items):
                    waiting.insert(0, child.mutant)
            missed = sum(v.test is None for v in self.verdicts.values())
            note(f"{len(self.verdicts)} of {len(self.mutants)} mutants, {missed} missed")
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def _known(self, mutant: Mutant) -> bool:
        if self.store.has(words(mutant)):
            self.verdicts[words(mutant)] = Verdict(*self.store.get(words(mutant)))
        return words(mutant) in self.verdicts

    def _order(self, mutant: Mutant, items: list[pytest.Item]) -> list[pytest.Item]:
        """The tests that are likely to notice it first, then all others; none that fails as
        it is."""
        kind, operation = mutant[0], str(mutant[1])
        word = re.compile(rf"\b{re.escape(operation)}\b")

        def rank(item: pytest.Item) -> tuple:
            near = [k for k, folder in enumerate(NEAREST[kind]) if item.nodeid.startswith(folder)]
            slow = any(part in item.nodeid for part in SLOW)
            folder = near[0] if near else len(NEAREST[kind])
            named = bool(near) and bool(word.search(item.nodeid.partition("[")[2]))
            own = folder == 0 if kind == "rewrite" else named
            return not own, not named, slow, -self.hits[function(item.nodeid)], folder

        return sorted((i for i in items if self.sound.get(i.nodeid, True)), key=rank)

    def _settled(self, child: "Child", items: list[pytest.Item]) -> bool:
        """Take down a child's verdict; False where its test fails without the mutant too."""
        found = child.found()
        test = found["test"] if found else None
        if test is not None and not self._is_sound(test, items):
            return False
        if test is not None:
            self.hits[function(test)] += 1
        verdict = Verdict(test, round(child.seconds, 1))
        self.verdicts[words(child.mutant)] = verdict
        self.store.add(words(child.mutant), [verdict.test, verdict.seconds])
        return True

    def _is_sound(self, test: str, items: list[pytest.Item]) -> bool:
        if test not in self.sound:
            child = self._start(None, [item for item in items if item.nodeid == test])
            os.waitpid(child.pid, 0)
            found = child.found()
            self.sound[test] = found is not None and found["test"] is None
        return self.sound[test]

    def _start(self, mutant: Mutant | None, items: list[pytest.Item]) -> "Child":
        folder = Path(tempfile.mkdtemp(prefix="matcalc-suite-"))
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return Child(pid, mutant, folder)
        try:  # nothing of this process may go on beyond
            alone(folder)
            with in_place(mutant) if mutant else contextlib.nullcontext():
                forget()
                self._run(items)
            (folder / "found.json").write_text(json.dumps({"test": self.failed}))
        finally:
            os._exit(0)

    def _run(self, items: list[pytest.Item]) -> None:
        """The tests in turn, until one fails."""
        end = time.monotonic() + ALL_TESTS
        for item, after in zip(items, [*items[1:], None], strict=True):
            # Again and again: where it comes in a callback of the garbage collector it is lost.
            signal.setitimer(signal.ITIMER_REAL, ONE_TEST, 1)
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            except TooLong:
                self.failed = self.failed or item.nodeid
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self.failed or time.monotonic() > end:
                return


@dataclass
class Child:
    """A process that runs tests; what it finds is in its folder when it has ended."""

    pid: int
    mutant: Any
    folder: Path

    def __post_init__(self) -> None:
        self.start, self.seconds = time.monotonic(), 0.0

    def found(self) -> dict | None:
        """What it wrote; None where it ended before it could."""
        self.seconds = time.monotonic() - self.start
        path = self.folder / "found.json"
        found = json.loads(path.read_text()) if path.exists() else None
        shutil.rmtree(self.folder, ignore_errors=True)
        return found


def function(nodeid: str) -> str:
    return nodeid.partition("[")[0]


def alone(folder: Path) -> None:
    """What a child needs to disturb nobody: its own places, silence, limits."""
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
    tempfile.tempdir = str(folder)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    def stop(*_: object) -> None:
        raise TooLong(f"more than {ONE_TEST} seconds")

    signal.signal(signal.SIGALRM, stop)


def forget() -> None:
    """Empty every cache of the program's functions, which may have been filled before."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "matcalc":
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
