"""The same random networks as generated modules: values and shapes of every gradient."""

import warnings

import numpy as np
import pytest

from matcalc import codegen
from matcalc.checking.run import find_point
from matcalc.declaration import loads
from matcalc.numeric.sampling import distinct_sizes
from tests.random_networks import random_network

BATCHES, SIZE = 20, 25


@pytest.mark.parametrize("batch", range(BATCHES))
def test_modules_agree_with_the_complex_step(batch):
    for seed in range(batch * SIZE, (batch + 1) * SIZE):
        network = loads(random_network(seed).replace("f: abstract", "f: sin(x)"))
        module = {"__name__": "generated"}
        exec(compile(codegen(network), "generated", "exec"), module)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sizes = distinct_sizes(network)
            point = find_point(network, sizes, np.random.default_rng(seed))
            values = {}
            for v in network.variables:
                shape = [d.size(sizes) for d in v.shape]
                values[v.name] = np.reshape(point.point[v.symbol], shape)
            loss, grads = module["loss_and_grads"](**values)
            np.testing.assert_allclose(loss, point.point[network.symbol("L")], rtol=1e-9)
            for v in network.differentiable:
                expected = point.gradient(v.name)
                assert np.shape(grads[v.name]) == np.shape(values[v.name]), (seed, v.name)
                found = np.reshape(grads[v.name], np.shape(expected))
                size = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
                np.testing.assert_allclose(
                    found, expected, rtol=1e-8, atol=1e-10 * size, err_msg=f"{seed} {v.name}"
                )
