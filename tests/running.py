"""The command line, run inside of the test's own process, and in one with limits."""

import contextlib
import io
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from matcalc.cli.main import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    seconds: float = 0.0
    "Of processor time."
    megabytes: float = 0.0
    "Of memory, at most."


def run(*args: object) -> Done:
    """What ``matcalc args...`` gives, without a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["matcalc", *map(str, args)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return Done(code, out.getvalue(), err.getvalue())


APART = """
import os, resource, sys
seconds, report, *command = sys.argv[1:]
pid = os.fork()
if not pid:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    os.execv(command[0], command)
_, status, used = os.wait4(pid, 0)
code = os.waitstatus_to_exitcode(status)
with open(report, "w") as file:
    print(code, used.ru_utime + used.ru_stime, used.ru_maxrss, file=file)
"""
"A small program between: a process counts the memory of the one that it was forked from."


def run_apart(*args: object, stdin: bytes = b"", cwd: object = None, seconds: int = 60) -> Done:
    """The same in a process of its own, with what it took; it ends after so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        out, err, report = (Path(folder) / name for name in ("out", "err", "report"))
        between = [sys.executable, "-S", "-E", "-c", APART, str(seconds), str(report)]
        command = [sys.executable, "-m", "matcalc.cli.main", *map(str, args)]
        with out.open("wb") as to_out, err.open("wb") as to_err:  # files: nobody reads meanwhile
            subprocess.run(
                [*between, *command], input=stdin, stdout=to_out, stderr=to_err, cwd=cwd, check=True
            )
        code, used, kilobytes = report.read_text().split()
        texts = [path.read_text(encoding="utf-8") for path in (out, err)]
    return Done(int(code), *texts, float(used), int(kilobytes) / 1000)
