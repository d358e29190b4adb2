"""Random networks over the whole language: derived, checked, read back."""

import numpy as np
import pytest

from matcalc.checking import check
from matcalc.checking.run import find_point
from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.expr import Expr
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from matcalc.printing.language import write
from tests.random_networks import random_network

BATCHES, SIZE = 20, 20


def printed(d) -> list[Expr]:
    forms = [p.form for p in d.partials.values()]
    forms += [p.closed for p in d.partials.values() if d.closed_form(p.wrt) is not None]
    forms += [j.form for j in d.jacobians]
    for step in d.steps:
        forms += [step.lhs, step.rhs, *(side for s in step.substeps for side in (s.lhs, s.rhs))]
    return forms


@pytest.mark.parametrize("batch", range(BATCHES))
def test_derive_check_and_read_back(batch):
    for seed in range(batch * SIZE, (batch + 1) * SIZE):
        network = loads(random_network(seed))
        d = derive(network)
        report = check(d, points=1, seed=seed)
        assert report.ok, (seed, report.failed[:3])
        rng = np.random.default_rng(seed)
        with np.errstate(all="ignore"):
            reference = find_point(network, distinct_sizes(network), rng)
            known = reference.point | reference.gradients(list(d.gradients))
            known |= reference.changes(
                {v.name: rng.normal(size=np.shape(known[v.symbol])) for v in network.variables}
            )
            for form in printed(d):
                again = parse(write(form, network.convention), network)
                expected = evaluate(form, known, reference.env)
                found = evaluate(again, known, reference.env)
                np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True)
