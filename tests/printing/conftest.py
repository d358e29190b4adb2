"""A network to read expressions in, and an example of every operation of the registry."""

import pytest

from matcalc.declaration import loads, parse
from matcalc.expressions.build import (
    broadcast,
    change,
    commutation,
    dimension,
    eye,
    gradient,
    ones,
    symbol,
    zeros,
)
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import lift, operation, postorder
from matcalc.operations.examples import EXAMPLES

NETWORK = """
convention: {convention}
dims: {{N: 4, D: 3, H: 5}}
inputs: {{X: [N, D], Z1: [N, H], S: [D, D], u: [D, 1], v: [D, 1], c: [N, 1], s: [], t: []}}
parameters: {{W1: [D, H], b: [1, H], Y: [N, D], x_in: [D, 1], logits: [N, D],
  Sigma: [D, D], sigma2: [], W1_out: [D, H], a__b: [N, D], lambda_1: []}}
functions: {{f: abstract, f_2: abstract, swish: x*sigmoid(x)}}
network: {{A1: sigmoid(X*W1 + b), L: sum(A1)}}
"""
NETWORKS = {name: loads(NETWORK.format(convention=name)) for name in ("row", "column")}


@pytest.fixture(scope="session")
def read():
    """An expression of the language, in the names above."""
    return lambda text, convention="row": parse(text, NETWORKS[convention])


@pytest.fixture(scope="session")
def examples():
    """Expressions in which, together, every operation of the registry occurs."""
    A = symbol("A", (Dimension.of("m"), Dimension.of("n")))
    s = symbol("s", ())
    found = [
        *(gradient(A).T, change(A), ones("m", "n"), ones("m", 1), ones(1, "n"), zeros(A.shape)),
        *(eye("n"), commutation("m", "n"), operation("pi")(), broadcast(s, A.shape)),
        *(dimension(Dimension.of("m") * Dimension.of("n") + 1), lift(3) / 7, lift(0)),
        *(operation("argmax_one_hot")(A, data=(axis,)) for axis in (None, 0, 1)),
    ]
    for name, cases in EXAMPLES.items():
        for text, shapes in cases:
            inputs = ", ".join(f"{key}: [{', '.join(shape)}]" for key, shape in shapes.items())
            source = f"dims: {{m: 2, n: 3, p: 5, q: 7}}\ninputs: {{{inputs}}}\n"
            source += f"functions: {{f: abstract}}\nnetwork: {{Y: '{text}'}}\noutputs: [Y]"
            found.append(loads(source).equations[0].expr)
            assert any(node.op.name == name for node in postorder(found[-1])), name
    return found
