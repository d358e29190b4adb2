"""Both sides of every step are in the language: read back, they have equal values."""

import json

import numpy as np
import pytest

from derivations.write import HERE, network_files
from matcalc.checking.run import find_point
from matcalc.declaration import load, loads, parse
from matcalc.derivation import derive
from matcalc.numeric.evaluate import evaluate
from matcalc.printing.as_json import as_data
from matcalc.reasoning.styles import STYLES
from tests.networks import mlp

FILES = network_files()
NAMES = [str(path.relative_to(HERE).with_suffix("")) for path in FILES]
SHARED = """
dims: {n: 3, m: 2}
inputs: {A: [n, n], x: [n, 1]}
network: {y: A*x, s: x.T*A*x, L: s*norm(y)**2 + logdet(A*A.T + eye(n))}
"""


def read_back(network, style):
    d = derive(network, style=style)
    data = json.loads(json.dumps(as_data(d, jacobians=True)))
    assert data["style"] == style and data["dims"] == dict(d.network.dims)
    rng = np.random.default_rng(3)
    with np.errstate(all="ignore"):
        point = find_point(d.network, data["dims"], rng)
        known = (
            point.point
            | point.gradients(list(d.gradients))
            | point.changes(
                {
                    v.name: rng.normal(size=np.shape(point.point[v.symbol]))
                    for v in d.network.differentiable
                }
            )
        )
        for step in data["steps"]:
            sides = [parse(step[side], d.network) for side in ("lhs", "rhs")]
            lhs, rhs = (np.asarray(evaluate(side, known, point.env)) for side in sides)
            assert lhs.size == rhs.size, step
            np.testing.assert_allclose(np.reshape(lhs, rhs.shape), rhs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_steps_of_stored_networks(path, style):
    read_back(load(path), style)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("network", [mlp(), loads(SHARED)], ids=["layers", "shared operands"])
def test_steps_of_other_networks(network, style):
    read_back(network, style)
