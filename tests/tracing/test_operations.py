"""Every operation's example can be traced, and what is said of it is said whole."""

import re

import numpy as np
import pytest

import matcalc as mc
from matcalc.operations.examples import EXAMPLES
from matcalc.tracing import trace
from tests.random_networks import random_network

CASES = [(name, text, shapes) for name, cases in EXAMPLES.items() for text, shapes in cases]


def adds_up(t):
    for node in t.nodes:
        if node.gradient is not None and node.kind not in ("loss", "output"):
            flows = [e.value for e in t.edges if e.source == node.name and e.value is not None]
            total = sum(flows) if flows else np.zeros(np.shape(node.gradient))
            np.testing.assert_allclose(total, node.gradient, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name, text, shapes", CASES, ids=[text for _, text, _ in CASES])
def test_every_operation(name, text, shapes):
    inputs = ", ".join(f"{key}: [{', '.join(shape)}]" for key, shape in shapes.items())
    t = trace(
        mc.loads(
            f"dims: {{m: 2, n: 3, p: 5, q: 7}}\ninputs: {{{inputs}}}\n"
            f"functions: {{f: x*sin(x)}}\nnetwork: {{Y: '{text}'}}\noutputs: [Y]"
        )
    )
    adds_up(t)
    written = str(t)
    assert max(map(len, written.splitlines())) <= 80
    assert not re.search(r"receives +(and|,|\.)|``|None", written)
    if any(np.any(e.value) for e in t.edges if e.value is not None):
        assert t.remarks, "nothing is said of it"


@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed):
    t = trace(mc.loads(random_network(seed).replace("abstract", "x*cos(x)")))
    adds_up(t)
    assert max(map(len, str(t).splitlines())) <= 80
    assert t.svg().endswith("</svg>\n")
