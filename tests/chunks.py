"""Long measurements in pieces, over several processes; what is done is kept.

A run that was interrupted goes on where it was, as long as no source has changed.
"""

import hashlib
import json
import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "trust"
AHEAD = 8
"Pieces that each process may be ahead of the one that is waited for."


def sources() -> str:
    """A fingerprint of the program and of its tests."""
    found = hashlib.sha256()
    for folder in ("matcalc", "cli", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


class Store:
    """What is known of a measurement's pieces, a line of JSON for each, after the fingerprint
    of the sources that they were measured with. Without a name nothing is kept."""

    def __init__(self, name: str | None) -> None:
        self.path = KEPT / f"{name}.jsonl" if name else None
        self.known: dict[str, Any] = {}
        if self.path is None:
            return
        now = sources()
        lines = self.path.read_text(encoding="utf-8").split("\n") if self.path.exists() else [""]
        if lines[0] == now:
            # The last line is empty, or one that was being written.
            self.known = {json.dumps(k): v for k, v in map(json.loads, lines[1:-1])}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = [now, *(f"[{key}, {json.dumps(value)}]" for key, value in self.known.items())]
        self.path.write_text("\n".join([*kept, ""]), encoding="utf-8")

    def has(self, key: Any) -> bool:
        return json.dumps(key) in self.known

    def get(self, key: Any) -> Any:
        return self.known[json.dumps(key)]

    def add(self, key: Any, value: Any) -> None:
        self.known[json.dumps(key)] = value
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, value]) + "\n")


def each(
    work: Callable[[Any], Any], keys: Iterable[Any], *, jobs: int = 1, kept: str | None = None
) -> Iterator[tuple[Any, Any]]:
    """Each key with what ``work`` gives for it, in the order of the keys; both are JSON's.

    ``keys`` may be without end: no more are taken than are asked for, but for some that the
    ``jobs`` processes are ahead. ``kept`` names the file that the results are kept in.
    """
    store, keys = Store(kept), iter(keys)
    if jobs == 1:
        for key in keys:
            if not store.has(key):
                store.add(key, work(key))
            yield key, store.get(key)
        return
    waiting: deque[tuple[Any, Future[Any] | None]] = deque()
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"))
    try:
        while True:
            for key in islice(keys, AHEAD * jobs - len(waiting)):
                waiting.append((key, None if store.has(key) else pool.submit(work, key)))
            if not waiting:
                return
            key, future = waiting.popleft()
            if future is not None:
                store.add(key, future.result())
            yield key, store.get(key)
    finally:
        pool.shutdown(cancel_futures=True)


class Progress:
    """A line on standard error now and then, with the seconds that have passed."""

    def __init__(self, title: str, every: float = 20.0) -> None:
        self.title, self.every = title, every
        self.start = self.last = time.monotonic()

    def __call__(self, text: str, last: bool = False) -> None:
        now = time.monotonic()
        if last or now - self.last >= self.every:
            self.last = now
            print(f"{self.title}: {text} ({now - self.start:.0f} s)", file=sys.stderr, flush=True)
