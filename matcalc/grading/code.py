"""Answers in NumPy: functions of someone's own, run in a process of their own.

The file is read first, without running it, to see which functions there are and what they
ask for. Three kinds are called:

    backward(X, W1, ...)             a dict of gradients by name, or (loss, dict)
    grad_W1(X, dZ1), dW1(...)        one gradient
    forward(...), backward(cache, grad_L=1.0)     as ``matcalc codegen`` writes them

Parameters are named like what they get: a variable, a node, or dZ (or grad_Z) for the
gradient by a node that comes after. The process has limits on time, memory and the size
of files, an empty folder to work in, and none of the environment's variables; it is kept
apart, but it is no sandbox.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from matcalc.declaration import read_text
from matcalc.declaration.names import nearest_mend
from matcalc.errors import InputError, Place
from matcalc.grading.answers import Answer
from matcalc.grading.evidence import Evidence
from matcalc.network.network import Kind
from matcalc.threads import ONE_THREAD

SECONDS = 20
MEMORY = 2 * 1024**3
PREFIXES = ("grad_", "d_", "d")
WHOLE = ("backward", "gradients", "loss_and_grads")
CALLS = (
    "Define backward(X, W1, ...) that returns a dict of gradients by name, or dW1(X, dZ1) for one."
)


@dataclass(frozen=True)
class Call:
    """One function to call: ``arguments`` maps its parameters to names of values."""

    function: str
    arguments: dict[str, str]
    target: str | None = None
    forward: dict[str, str] | None = None
    cache: str = ""
    positional: tuple[str, ...] = ()
    "Parameters that cannot be named in a call."


class CodeFile:
    """A file of functions, and what each would be called with."""

    def __init__(self, path: str, evidence: Evidence, seconds: int = SECONDS) -> None:
        self.evidence, self.d, self.seconds = evidence, evidence.d, seconds
        if path == "-":
            raise InputError("--code needs a file: it is run from there", mend="Name one.")
        self.text, self.file = read_text(path)
        self.path = str(Path(path).resolve())
        try:
            tree = ast.parse(self.text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            raise InputError(
                f"this is not Python: {getattr(error, 'msg', error)}",
                mend="Run it by itself first.",
                place=self._place(line, getattr(error, "offset", None) or 1),
            ) from None
        self.functions = {name: f for node in tree.body for name, f in _functions(node)}

    def answers(self) -> list[Answer]:
        """What the functions give, by name."""
        calls = list(self.calls())
        if not calls:
            raise InputError(f"{self.file}: no function gives gradients", mend=CALLS)
        results, report = self._run(calls)
        errors = report["errors"]
        if "" in errors:
            raise InputError(f"{self.file}: {errors['']}", mend="Run it by itself first.")
        for key, (first, second) in report["twice"].items():
            raise InputError(
                f"{self.file}: {key} is given by {first} and by {second}",
                mend="Leave it out of one of them.",
            )
        found = list(self._collected(results, calls, set(report["single"])))
        names = {answer.target for answer in found}
        for call in calls:
            wrong = errors.get(call.target or call.function)
            if wrong and call.target is None:
                raise InputError(f"{self.file}: {call.function}: {wrong}", mend=CALLS)
            if wrong and call.target not in names:
                found.append(Answer(call.target or "", values=wrong, label=f"{call.function}( )"))
        return found

    # -- what to call ---------------------------------------------------------------------------

    def calls(self) -> Iterator[Call]:
        for name, node in self.functions.items():
            target = self._target(name)
            if name == "backward" and "forward" in self.functions and node.args.args:
                first, *rest = node.args.args
                if self._value(first.arg, None) is None:
                    forward = self._arguments(self.functions["forward"], None)
                    arguments = self._named(node, rest, None)
                    alone = _positional(node)
                    yield Call(name, arguments, None, forward, first.arg, alone)
                    continue
            if name in WHOLE and not (name == "loss_and_grads" and "backward" in self.functions):
                yield Call(name, self._arguments(node, None), positional=_positional(node))
            elif target is not None:
                arguments = self._arguments(node, target)
                yield Call(name, arguments, target, positional=_positional(node))

    def _target(self, function: str) -> str | None:
        """The variable or node whose gradient a function's name says it gives."""
        network = self.d.network
        for prefix in PREFIXES:
            name = function.removeprefix(prefix)
            if name != function and (name in network.variable or name in network.equation):
                return name if self._wanted(name) else None
        return None

    def _wanted(self, name: str) -> bool:
        network = self.d.network
        constant = name in network.variable and network.variable[name].kind is Kind.CONSTANT
        return not constant and name not in network.ends

    def _arguments(self, node: ast.FunctionDef, target: str | None) -> dict[str, str]:
        return self._named(node, [*node.args.posonlyargs, *node.args.args], target)

    def _named(
        self, node: ast.FunctionDef, parameters: list[ast.arg], target: str | None
    ) -> dict[str, str]:
        every = [*node.args.posonlyargs, *node.args.args]
        optional = {a.arg for a in every[len(every) - len(node.args.defaults) :]}
        pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        optional |= {a.arg for a, default in pairs if default is not None}
        found = {}
        for parameter in [*parameters, *node.args.kwonlyargs]:
            value = self._value(parameter.arg, target)
            if value is not None:
                found[parameter.arg] = value
            elif parameter.arg not in optional:
                self._refuse(node, parameter, target)
        return found

    def _value(self, parameter: str, target: str | None) -> str | None:
        """The name of the value that a parameter gets; None where there is none."""
        network, tape = self.d.network, self.evidence.tape
        if parameter in network.variable or parameter in network.equation:
            return parameter
        if parameter in network.dims:
            return f"dim {parameter}"
        if parameter == "dout" and len(network.outputs) == 1:
            return f"grad {network.outputs[0]}"
        for prefix in PREFIXES:
            name = parameter.removeprefix(prefix)
            if name == parameter or name not in network.equation:
                continue
            after = target is not None and name != target and tape.depends(name, target)
            if after or name in network.ends:
                return f"grad {name}"
        return None

    def _refuse(self, node: ast.FunctionDef, parameter: ast.arg, target: str | None) -> NoReturn:
        network = self.d.network
        known = [*network.variable, *network.equation, *(f"d{n}" for n in network.outputs)]
        given = "A parameter is a variable, a node, or dZ for a gradient that comes before it."
        raise InputError(
            f"{node.name} asks for {parameter.arg}, which is nothing in the network",
            mend=nearest_mend(parameter.arg, known, given),
            place=self._place(parameter.lineno, parameter.col_offset + 1, len(parameter.arg)),
        )

    def _place(self, line: int, column: int, length: int = 1) -> Place:
        lines = self.text.splitlines()
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        return Place(self.file, line, column, length, text)

    # -- running --------------------------------------------------------------------------------

    def _run(self, calls: list[Call]) -> tuple[dict[str, Any], dict[str, Any]]:
        points = self.evidence.points
        limits = {
            "RLIMIT_CPU": self.seconds + 1,
            "RLIMIT_AS": MEMORY,
            "RLIMIT_FSIZE": 64 * 1024**2,
            "RLIMIT_CORE": 0,
        }
        plan = {"points": len(points), "calls": [vars(c) for c in calls], "limits": limits}
        with tempfile.TemporaryDirectory(prefix="matcalc-") as name:
            folder = Path(name)
            (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
            np.savez(folder / "values.npz", **self._values(calls))
            self._process(folder)
            try:
                report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
                with np.load(folder / "results.npz", allow_pickle=False) as stored:
                    return {key: stored[key] for key in stored.files}, report
            except (OSError, ValueError):
                raise InputError(
                    f"{self.file}: it ended without results, perhaps for want of memory",
                    mend="The arrays are small; run it by itself first.",
                ) from None

    def _values(self, calls: list[Call]) -> dict[str, Any]:
        wanted = {v for call in calls for v in call.arguments.values()}
        wanted |= {v for call in calls for v in (call.forward or {}).values()}
        found = {}
        for k, point in enumerate(self.evidence.points):
            for name in wanted:
                kind, _, rest = name.partition(" ")
                if kind == "grad" and rest:
                    value = point.gradient(rest)
                elif kind == "dim" and rest:
                    value = point.env.sizes[rest]
                else:
                    value = point.known[self.d.network.symbol(name)]
                found[f"{k}:{name}"] = np.asarray(value)
        return found

    def _process(self, folder: Path) -> None:
        runner = Path(__file__).with_name("runner.py")
        environment = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder)}
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(runner), str(folder), self.path],
            cwd=folder,
            env=environment | ONE_THREAD,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(self.seconds)
        except subprocess.TimeoutExpired:
            raise InputError(
                f"{self.file}: it took longer than {self.seconds} seconds",
                mend="The arrays are small; look for a loop that does not end.",
            ) from None
        finally:
            if process.poll() is None:
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                process.wait()

    def _collected(
        self, results: dict[str, Any], calls: list[Call], single: set[str]
    ) -> Iterator[Answer]:
        names = list(dict.fromkeys(key.partition(":")[2] for key in results))
        count = len(self.evidence.points)
        for key in names:
            target = key if key in self._known() else self._target(key)
            if key in self._known() and not self._wanted(key):
                continue
            if target is None:
                known = [n for n in self._known() if self._wanted(n)]
                mend = nearest_mend(key, known, "Name gradients like their variables.")
                raise InputError(f"{self.file}: there is no {key} in the network", mend=mend)
            values = [results.get(f"{k}:{key}") for k in range(count)]
            own = next((c.function for c in calls if c.target == key), None)
            whole = next((c.function for c in calls if c.target is None), "")
            label = f"{own}( )" if own else f"{whole}( )[{key!r}]"
            if any(value is None for value in values):
                # Where a function failed on the way, that is told of it.
                if own is None:
                    yield Answer(target, values="not every call gives it", label=label)
                continue
            turned = self.d.layout.transposes_gradient(self.d.network.declared_shape(target))
            arranged = [np.transpose(np.asarray(v)) if turned else v for v in values]
            yield Answer(target, values=arranged, label=label, single=key in single)

    def _known(self) -> list[str]:
        return [*self.d.network.variable, *self.d.network.equation]


def _functions(node: ast.stmt) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The function that a statement defines, by def or as a name for a lambda."""
    if isinstance(node, ast.FunctionDef):
        yield node.name, node
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        for target in node.targets:
            if isinstance(target, ast.Name):
                body: list[ast.stmt] = [ast.Return(node.value.body)]
                named = ast.FunctionDef(target.id, node.value.args, body, [])
                yield target.id, ast.copy_location(named, node)


def _positional(node: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(a.arg for a in node.args.posonlyargs)


def code_answers(path: str, evidence: Evidence, seconds: int = SECONDS) -> list[Answer]:
    """The answers of a file's functions, which may take so many seconds in all; raises
    InputError where the file cannot be used."""
    return CodeFile(path, evidence, seconds).answers()
