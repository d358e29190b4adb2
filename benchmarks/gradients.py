"""W1 to W5 and W9: gradients of whole networks, as a fraction of the products' time."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import matcalc as mc
from benchmarks.by_hand import by_hand, floor, limit
from benchmarks.measure import Timing, agree, interleaved, ratio, written
from benchmarks.peers import PEERS
from benchmarks.works import WORKS, Work, arrays_of
from matcalc.errors import MatcalcError

OURS = {
    "matcalc module": {},
    "matcalc workspace": {"workspace": True},
    "matcalc numba": {"target": "numba"},
}
TOO_LONG = {("PyTensor", "W3"), ("torch.compile", "W3")}


def candidates(work: Work, left_out: set[str]) -> tuple[dict[str, Callable[[], Any]], list[str]]:
    """Every way to compute the work that gives the module's gradients, and notes on others."""
    network = mc.loads(work.text)
    arrays = arrays_of(network)
    d = mc.derive(network, wrt=[v.name for v in network.variables if v.kind.value == "parameter"])
    expected = list(d.kernel()(*arrays)[1].values())
    runs: dict[str, Callable[[], Any]] = {"limit": limit(work.products), "floor": floor(work)}
    notes = []
    hand = by_hand(work, arrays)
    made: dict[str, tuple[Callable[[], Any], Callable[[Any], Sequence[Any]]]] = {
        "by hand": (hand, lambda result: result[1])
    }
    for name, options in OURS.items():
        if (name, work.name) in TOO_LONG:
            notes.append(f"{work.name}, {name}: left out, it takes too long to compile")
            continue
        try:
            kernel = d.kernel(**options)  # type: ignore[arg-type]
        except MatcalcError as error:
            notes.append(f"{work.name}, {name}: {error}")
            continue
        made[name] = (lambda k=kernel: k(*arrays), lambda result: list(result[1].values()))
        if work.name == "W2" and options:
            kernel(*arrays)
            again = kernel.__self__.run  # type: ignore[attr-defined]
            made[f"{name}, run()"] = (again, lambda result: list(result[1].values()))
    for name, make in PEERS.items():
        if name in left_out:
            continue
        if (name, work.name) in TOO_LONG:
            notes.append(f"{work.name}, {name}: left out, it takes too long to compile")
            continue
        try:
            made[name] = make(work, arrays)
        except ImportError as error:
            notes.append(f"{name} is left out: {error.name or error} is not installed")
            left_out.add(name)
    for name, (run, gradients) in made.items():
        print(f"  {work.name} {name}", file=sys.stderr, flush=True)
        try:
            if agree(gradients(run()), expected):
                runs[name] = run
            else:
                notes.append(f"{work.name}, {name}: other gradients; left out")
        except Exception as error:
            notes.append(f"{work.name}, {name}: {type(error).__name__}; left out")
    return runs, notes


Rows = dict[str, dict[str, str]]


def measured(left_out: set[str]) -> tuple[Rows, Rows, list[str]]:
    """For each work a row of texts by column; what its time goes into; and notes."""
    rows: Rows = {}
    profiles: Rows = {}
    notes: list[str] = []
    for work in WORKS:
        runs, more = candidates(work, left_out)
        notes += [note for note in more if note not in notes]
        timings = interleaved(runs, work.calls, work.rounds)
        rows[f"{work.name} {work.title}"] = {
            name: _text(work, timings, timing) for name, timing in timings.items()
        }
        profiles[work.name] = _profile(timings)
    return rows, profiles, notes


PROFILE = ["products", "exp, tanh", "everything else"]


def _profile(timings: Mapping[str, Timing]) -> dict[str, str]:
    """Where the time of a workspace goes: as parts of it, the median of the rounds."""
    whole = timings["matcalc workspace"].seconds
    limit, floor = (np.divide(timings[n].seconds, whole) for n in ("limit", "floor"))
    parts = [limit, floor - limit, 1 - floor]
    return {name: f"{np.median(part):.0%}" for name, part in zip(PROFILE, parts, strict=True)}


def functions() -> str:
    """What exp and tanh of an entry cost here, in words."""
    a, out = -np.random.default_rng(0).uniform(size=(64, 32)), np.empty((64, 32))
    runs = {f: lambda f=f: f(a, out) for f in (np.exp, np.tanh)}
    timings = interleaved({f.__name__: run for f, run in runs.items()}, 500)
    found = [f"np.{n} {t.median / a.size * 1e9:.0f} ns" for n, t in timings.items()]
    return f"An entry takes {' and '.join(found)} on this machine."


def _text(work: Work, timings: Mapping[str, Timing], timing: Timing) -> str:
    if work.name == "W2":
        middle, _, _ = ratio(timing, timings["floor"])
        return f"{timing.median * 1e6:.1f} µs ({middle:.2f})"
    return written(ratio(timings["limit"], timing)) if timing is not timings["limit"] else "1"


def allocation() -> dict[str, float]:
    """MiB that a call of W4 has at most beyond what stays, as tracemalloc sees it."""
    work = next(w for w in WORKS if w.name == "W4")
    runs, _ = candidates(work, {"PyTorch", "torch.compile", "JAX jit", "PyTensor"})
    found = {}
    for name, run in runs.items():
        if name in ("limit", "floor"):
            continue
        run()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        found[name] = (most - before) / 2**20
    return found
