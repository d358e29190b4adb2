"""Runs one file of someone's code, in a process of its own: ``runner.py FOLDER FILE``.

Imports nothing of matcalc. Reads ``plan.json`` and ``values.npz`` in the folder, calls the
functions of the plan once for each point, and leaves ``results.npz`` and ``report.json``.
"""

from __future__ import annotations

import copy
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
    found = Found()
    try:
        module = runpy.run_path(file, run_name="answers")
    except BaseException:
        found.errors[""] = _last_lines(file)
    else:
        for call in plan["calls"]:
            _call(call, module, values, plan["points"], found, file)
    np.savez(folder / "results.npz", **found.results)
    report = {"errors": found.errors, "single": sorted(found.single), "twice": found.twice}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")


class Found:
    """Results as ``point:name``; errors by function or name; names whose values have single
    precision; for a name that two functions give, who they are."""

    def __init__(self) -> None:
        self.results: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.single: set[str] = set()
        self.givers: dict[str, str] = {}
        self.twice: dict[str, list[str]] = {}


def _call(
    call: dict[str, Any],
    module: dict[str, Any],
    values: dict[str, Any],
    points: int,
    found: Found,
    file: str,
) -> None:
    """The results of one planned call."""
    name = call["function"]
    try:
        for k in range(points):
            first = _result(call, module, values, k)
            again = _result(call, module, values, k)
            for key, value in first.items():
                array = _numbers(key, value)
                if not (key in again and _same(array, _numbers(key, again[key]))):
                    raise ValueError(f"{key} differs from call to call, for the same values")
                if np.asarray(value).dtype in (np.float32, np.float16):
                    found.single.add(key)
                if (giver := found.givers.setdefault(key, name)) != name:
                    found.twice[key] = [giver, name]
                found.results[f"{k}:{key}"] = array
    except BaseException:
        found.errors[call["target"] or name] = _last_lines(file)


def _result(
    call: dict[str, Any], module: dict[str, Any], values: dict[str, Any], k: int
) -> dict[Any, Any]:
    """What one call gives at a point, by name. It gets arrays of its own, to do with as it
    likes, and what it gives is a copy too."""

    def given(names: dict[str, str]) -> dict[str, Any]:
        return {p: np.array(values[f"{k}:{v}"])[()] for p, v in names.items()}

    arguments = given(call["arguments"])
    if call.get("forward") is not None:
        cache = module["forward"](**given(call["forward"]))[1]
        arguments = {call["cache"]: cache, **arguments}
    ordered = [arguments.pop(name) for name in call["positional"]]
    found = module[call["function"]](*ordered, **arguments)
    if call["target"]:
        found = {call["target"]: found}
    if isinstance(found, tuple) and len(found) == 2:
        found = found[1]
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise TypeError(f"{call['function']} returns {kind}, not a dict of gradients")
    return {key: value if value is None else copy.deepcopy(value) for key, value in found.items()}


def _numbers(key: Any, value: Any) -> Any:
    """A result as an array of real numbers; raises TypeError where it is something else."""
    if value is None:
        raise TypeError(f"{key} is None, not an array")
    if np.ma.isMaskedArray(value) and np.ma.getmaskarray(value).any():
        raise TypeError(f"{key} has masked entries")
    array = np.asarray(value)
    if array.dtype.kind == "c":
        if np.any(array.imag):
            raise TypeError(f"{key} has complex numbers")
        array = array.real
    if array.dtype.kind not in "fiubO":
        raise TypeError(f"{key} holds {array.dtype}, not numbers")
    if array.dtype.kind == "O" and any(isinstance(x, str | bytes) for x in array.flat):
        raise TypeError(f"{key} holds texts, not numbers")
    return np.array(array, dtype=float)


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=0, equal_nan=True)


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
