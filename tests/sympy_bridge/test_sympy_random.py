"""Random networks to SymPy and back, equation by equation, result by result."""

import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.network.network import Kind, Network
from matcalc.sympy_bridge import network_from_sympy, to_sympy
from tests.random_networks import random_network
from tests.sympy_bridge.comparing import assert_same


def rebuilt(network: Network) -> Network:
    """The network declared once more, in Python."""
    symbols = {
        kind: {
            to_sympy(v.symbol): {"assume": sorted(v.assume)}
            for v in network.variables
            if v.kind is kind
        }
        for kind in Kind
    }
    return network_from_sympy(
        {e.name: to_sympy(e.expr) for e in network.equations},
        inputs=symbols[Kind.INPUT],
        parameters=symbols[Kind.PARAMETER],
        constants=symbols[Kind.CONSTANT],
        loss=network.loss,
        outputs=network.outputs,
        dims=network.dims,
        convention=network.convention,
        functions={f.name: "abstract" for f in network.functions if f.body is None},
    )


@pytest.mark.parametrize("batch", range(5))
def test_round_trip(batch):
    for seed in range(batch * 20, (batch + 1) * 20):
        network = loads(random_network(seed))
        d = derive(network)
        forms = [e.expr for e in network.equations]
        forms += [p.form for p in d.partials.values()] + [j.form for j in d.jacobians]
        for form in forms:
            assert_same(form, network)
        again = rebuilt(network)
        for ours, original in zip(again.equations, network.equations, strict=True):
            assert (ours.name, ours.shape) == (original.name, original.shape)
