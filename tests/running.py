"""The command line, run inside of the test's own process, and in one with limits."""

import contextlib
import io
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
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


def run_apart(*args: object, stdin: bytes = b"", cwd: object = None, seconds: int = 60) -> Done:
    """The same in a process of its own, with what it took."""
    command = [sys.executable, "-m", "matcalc.cli.main", *map(str, args)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=out,  # files, not pipes: nobody reads while it writes
            stderr=err,
            cwd=cwd,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)),
        )
        with contextlib.suppress(BrokenPipeError):  # it has refused what it read
            process.stdin.write(stdin)
            process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [(file.seek(0), file.read())[1].decode() for file in (out, err)]
    seconds = usage.ru_utime + usage.ru_stime
    return Done(process.returncode, *texts, seconds, usage.ru_maxrss / 1000)
