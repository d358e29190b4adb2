"""Runs one file of someone's code, in a process of its own: ``runner.py FOLDER FILE``.

Imports nothing of matcalc. Reads ``plan.json`` and ``values.npz`` in the folder, calls the
functions of the plan once for each point, and leaves ``results.npz`` and ``report.json``.
"""

from __future__ import annotations

import json
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path, file: str) -> None:
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    _limit(plan["limits"])
    with np.load(folder / "values.npz", allow_pickle=False) as stored:
        values = {name: stored[name] for name in stored.files}
    results: dict[str, Any] = {}
    errors: dict[str, str] = {}
    try:
        module = runpy.run_path(file, run_name="answers")
    except BaseException:
        errors[""] = _last_lines(file)
    else:
        for call in plan["calls"]:
            _call(call, module, values, plan["points"], results, errors, file)
    np.savez(folder / "results.npz", **results)
    (folder / "report.json").write_text(json.dumps(errors), encoding="utf-8")


def _call(
    call: dict[str, Any],
    module: dict[str, Any],
    values: dict[str, Any],
    points: int,
    results: dict[str, Any],
    errors: dict[str, str],
    file: str,
) -> None:
    """The results of one planned call, stored as ``point:name``."""
    name = call["function"]
    try:
        for k in range(points):
            given = {p: np.array(values[f"{k}:{v}"])[()] for p, v in call["arguments"].items()}
            if call.get("forward"):
                first = {p: np.array(values[f"{k}:{v}"])[()] for p, v in call["forward"].items()}
                given = {call["cache"]: module["forward"](**first)[1], **given}
            found = module[name](**given)
            if call["target"]:
                found = {call["target"]: found}
            if isinstance(found, tuple) and len(found) == 2:
                found = found[1]
            if not isinstance(found, dict):
                raise TypeError(f"{name} returns {type(found).__name__}, not a dict of gradients")
            for key, value in found.items():
                results[f"{k}:{key}"] = np.asarray(value, dtype=float)
    except BaseException:
        errors[call["target"] or name] = _last_lines(file)


def _last_lines(file: str) -> str:
    """The last place in the user's own file, and the error, on one line."""
    kind, error, trace = sys.exc_info()
    inside = [f for f in traceback.extract_tb(trace) if f.filename == file]
    where = f"line {inside[-1].lineno}: " if inside else ""
    words = str(error).split("\n")[0][:200]
    return f"{where}{kind.__name__ if kind else 'error'}: {words}"


def _limit(limits: dict[str, int]) -> None:
    try:
        import resource
    except ImportError:
        return
    for name, most in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            hard = resource.getrlimit(which)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
