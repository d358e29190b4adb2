"""Measures everything and writes benchmarks/RESULTS.md.

    python -m benchmarks [--without "torch.compile"] ...

One thread: the libraries are told so before they are imported.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

OUTPUT = Path(__file__).with_name("RESULTS.md")
OURS = ["workspace", "workspace, run()", "numba", "numba, run()", "module"]
PEERS = ["PyTorch", "torch.compile", "JAX jit", "PyTensor", "HIPS autograd"]
COLUMNS = ["floor", "by hand", *(f"matcalc {name}" for name in OURS), *PEERS]
PACKAGES = ["numpy", "scipy", "numba", "torch", "jax", "jaxlib", "pytensor", "autograd", "sympy"]


def main() -> None:
    without = {sys.argv[k + 1] for k, a in enumerate(sys.argv) if a == "--without"}
    from benchmarks import engine, gradients, hessians, products

    before = os.getloadavg()[0]
    processes = engine.processes()
    derivations = engine.derivations()
    rows, profiles, notes = gradients.measured(without)
    memory = gradients.allocation()
    second, more = hessians.measured(without)
    moved, still_more = products.measured(without)
    traced = None if "JAX jit" in without else engine.jax_times()
    after = os.getloadavg()[0]
    lines = [*_head(before, after)]
    lines += ["## Gradients", "", GRADIENTS, "", *_table("work", COLUMNS, rows), ""]
    lines += [f"- {note}" for note in notes] + ([""] if notes else [])
    lines += [PROFILE, "", *_table("work", gradients.PROFILE, profiles), ""]
    lines += [gradients.functions(), ""]
    lines += ["## Hessians (W6)", "", HESSIANS, ""]
    lines += [*_table("Hessian", ["matcalc", "JAX jit", "PyTorch"], second), ""]
    lines += [f"- {note}" for note in more] + ([""] if more else [])
    lines += ["## Hessian times a direction (W6)", "", PRODUCTS, ""]
    lines += [*_table("Hessian", products.COLUMNS, moved), ""]
    lines += [f"- {note}" for note in still_more] + ([""] if still_more else [])
    lines += ["## Deriving (W7)", "", DERIVING, ""]
    lines += ["| layers | derive | a kernel, beyond that |", "| --- | --- | --- |"]
    lines += [f"| {n} | {a:.2f} s | {b:.2f} s |" for n, a, b in derivations] + [""]
    if traced:
        lines += [f"JAX takes {traced[0]:.2f} s to trace 64 layers and {traced[1]:.2f} s to"
                  " compile them.", ""]  # fmt: skip
    lines += ["## Processes (W8)", "", "CPU time of the whole process, the median of nine.", ""]
    lines += ["| process | ms |", "| --- | --- |"]
    lines += [f"| {name} | {ms:.0f} |" for name, ms in processes.items()] + [""]
    lines += ["## Memory (W9)", "", MEMORY, "", "| W4 | MiB |", "| --- | --- |"]
    lines += [f"| {name} | {mib:.2f} |" for name, mib in memory.items()]
    OUTPUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {OUTPUT.name}", file=sys.stderr)


GRADIENTS = """\
The loss and the gradients by all parameters. Given is the fraction that the necessary matrix
products alone (`np.matmul` into arrays that are there) take of the whole: 1 is the limit, more
is possible for a library with other matrix products. The floor has NumPy's exp and tanh beside the
products and nothing else, so that no program of NumPy calls can be above it. The median of the
rounds' ratios of CPU times, in parentheses the quartiles. W2 is in µs per call, in parentheses
times the floor; run() is the workspace without asking whether the arrays are those of the call
before. All agree to 1e-6."""
PROFILE = """\
Where the time of the workspace goes. The first two are what any program of NumPy calls has."""
HESSIANS = """\
In units of the closed form as one writes it by hand in NumPy; less is quicker."""
PRODUCTS = """\
In units of the product as one writes it by hand in NumPy, with the forward pass in it; less is
quicker. Prepared is one product more at a point that is known already, beside what is left of the
product by hand when the values that rest on the point alone are kept."""
DERIVING = """\
All gradients of a chain of affine layers and tanh, CPU time; the kernel is a workspace."""
MEMORY = """\
What a call of W4 allocates at most beyond what is there before, as tracemalloc sees it."""


def _head(before: float, after: float) -> list[str]:
    from threadpoolctl import threadpool_info

    blas = {
        f"{i['internal_api']} {i['version']} ({i.get('architecture', '?')})"
        for i in threadpool_info()
        if i["user_api"] == "blas" and i["version"]
    }
    packages = []
    for package in PACKAGES:
        try:
            packages.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            packages.append(f"{package} not installed")
    words = (
        f"Python {platform.python_version()}; {', '.join(packages)}."
        f" BLAS: {', '.join(sorted(blas))}."
        f" Processor: {_processor()}, {os.cpu_count()} cores, one thread used."
        f" Load of the machine at the start {before:.1f}, at the end {after:.1f}."
    )
    return ["# Measured", "", "`make bench` writes this file.", "", words, ""]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    model = next((x.split(":")[1].strip() for x in text.splitlines() if "model name" in x), "?")
    flags = next((x.split() for x in text.splitlines() if x.startswith("flags")), [])
    return f"{model} ({'AVX-512' if 'avx512f' in flags else 'AVX2' if 'avx2' in flags else 'SSE'})"


def _table(first: str, columns: list[str], rows: dict[str, dict[str, str]]) -> list[str]:
    used = [c for c in columns if any(c in row for row in rows.values())]
    lines = [f"| {first} | {' | '.join(used)} |", "| --- " * (len(used) + 1) + "|"]
    for title, row in rows.items():
        lines.append(f"| {title} | {' | '.join(row.get(c, '') for c in used)} |")
    return lines


if __name__ == "__main__":
    main()
