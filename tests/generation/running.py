"""Writing generated modules to files, loading them, running them as a user would."""

import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from matcalc.declaration import loads
from matcalc.generation import codegen

COUNT = itertools.count()


class Generated:
    """A network's module: its source, the file, and what importing it defines."""

    def __init__(self, network, folder: Path):
        self.network = loads(network) if isinstance(network, str) else network
        self.source = codegen(self.network)
        self.path = folder / f"generated_{next(COUNT)}.py"
        self.path.write_text(self.source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def __getattr__(self, name):
        return getattr(self.module, name)

    def check(self) -> float:
        """Run the file as a program, away from matcalc; the largest relative error."""
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            [sys.executable, "-W", "error", str(self.path)],
            capture_output=True,
            text=True,
            cwd=self.path.parent,
            env=environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return float(done.stdout.rsplit(":", 1)[1])

    def values(self, seed=0, **sizes):
        """Random arguments in order, read-only; sizes as in the file unless given."""
        rng = np.random.default_rng(seed)
        sizes = {**self.network.dims, **sizes}
        arrays = []
        for variable in self.network.variables:
            shape = tuple(d.size(sizes) for d in variable.shape)
            array = np.asarray(rng.uniform(0.1, 1, shape))
            array.flags.writeable = False
            arrays.append(array)
        return arrays
