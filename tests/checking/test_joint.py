"""Sampled values satisfy every set of assumptions that a file may have."""

from itertools import combinations

import numpy as np
import pytest

from matcalc.declaration import assumptions, loads
from matcalc.errors import InputError
from matcalc.numeric.sampling import sample

ALL = [c for k in (1, 2, 3) for c in combinations(assumptions.ASSUMPTIONS, k)]


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize("size", ["N", "2*N"])
def test_a_sampled_value_is_as_assumed(convention, size):
    accepted = 0
    for names in ALL:
        shape = f"shape: [{size}, {size}], assume: [{', '.join(names)}]"
        text = f"convention: {convention}\ndims: {{N: 4}}\ninputs: {{X: {{{shape}}}}}\n"
        try:
            network = loads(text + "network: {L: sum(X)}")
        except InputError:
            continue
        accepted += 1
        assumed = network.variables[0].assume
        for n in (2, 3, 4):
            value = sample(network, {"N": n}, np.random.default_rng(n))["X"]
            assert assumptions.violated(assumed, value) is None, (names, n)
    assert accepted >= 40
