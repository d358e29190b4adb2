"""W7 and W8: how long deriving takes, and whole processes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import matcalc as mc
from benchmarks.works import mlp

TWO = """\
dims: {N: 4, D: 3, H: 5, C: 2}
inputs: {X: [N, D]}
parameters: {W1: [D, H], b1: [1, H], W2: [H, C], b2: [1, C]}
constants: {Y: [N, C]}
network:
  Z1: X*W1 + b1
  A1: sigmoid(Z1)
  Z2: A1*W2 + b2
  L: sse(Z2, Y)
"""


def derivations() -> list[tuple[int, float, float]]:
    """(layers, seconds to derive, seconds more to a kernel): CPU, the median of three.

    Each in a process of its own: expressions that were met before are remembered.
    """
    found = []
    for layers in (64, 250, 1000):
        command = [sys.executable, "-m", "benchmarks.engine", str(layers)]
        taken = [
            [
                float(x)
                for x in subprocess.run(command, capture_output=True, check=True).stdout.split()
            ]
            for _ in range(3)
        ]
        derive, kernel = np.median(np.array(taken), axis=0)
        found.append((layers, float(derive), float(kernel)))
    return found


def _derive(layers: int) -> tuple[float, float]:
    network = mc.loads(mlp("", "", [64] * (layers + 1), 32, "all", "sse", 1).text)
    start = time.process_time()
    d = mc.derive(network)
    assert len(d.partials) == 4 * layers
    between = time.process_time()
    d.kernel(workspace=True)
    return between - start, time.process_time() - between


def processes() -> dict[str, float]:
    """Milliseconds of CPU of whole processes, medians of nine."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        net = Path(folder) / "net.yaml"
        net.write_text(TWO, encoding="utf-8")
        command = [python, "-m", "matcalc.cli.main"]
        return {
            "matcalc --help": _cpu([*command, "--help"]),
            "matcalc derive, two layers": _cpu([*command, "derive", str(net)]),
            "import sympy, numpy, yaml, click": _cpu(
                [python, "-c", "import sympy, numpy, yaml, click"]
            ),
        }


def _cpu(command: list[str]) -> float:
    taken = []
    for _ in range(9):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=dict(os.environ))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return float(np.median(taken)) * 1e3


def jax_times(layers: int = 64) -> tuple[float, float] | None:
    """Seconds in which JAX traces and compiles the same gradients; None without JAX."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    work = mlp("", "", [64] * (layers + 1), 32, "all", "sse", 1)
    arrays = [np.zeros(s) for _ in range(layers) for s in ((64, 64), (1, 64))]
    arrays += [np.zeros((32, 64)), np.zeros((32, 64))]

    class Names:
        tanh, sum = jax.numpy.tanh, jax.numpy.sum

    both: Callable[..., Any] = jax.value_and_grad(
        lambda *a: work.loss(Names, *a), argnums=tuple(range(2 * layers))
    )
    start = time.process_time()
    lowered = jax.jit(both).lower(*arrays)
    traced = time.process_time()
    lowered.compile()
    return traced - start, time.process_time() - traced


if __name__ == "__main__":
    _derive(3)
    print(*_derive(int(sys.argv[1])))
