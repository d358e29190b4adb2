"""The chain rule that is stated holds on numbers, in every convention and layout."""

import numpy as np
import pytest

from matcalc.checking.run import find_point
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.numeric.evaluate import evaluate

TEXT = """
convention: column
dims: {n: 3, m: 2}
inputs: {x: [n]}
parameters: {W: [m, n]}
constants: {y: [m]}
network:
  z: W*x
  L: sse(z, y)
"""


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(
    "layout", ["denominator", "numerator", "mixed", {"vector_gradient": "transpose"}]
)
def test_the_stated_product(layout, convention):
    d = derive(loads(TEXT), layout=layout, convention=convention)
    step = next(s for s in d.steps if s.about == "x" and s.kind == "accumulate")
    text = step.substeps[0].text
    claim = text[text.index("Chain rule:") :].split("`")[1].removeprefix("∂L/∂x = ")
    point = find_point(d.network, {"n": 3, "m": 2}, np.random.default_rng(0))
    known = point.point | point.gradients(["x", "z"])

    def value(form):
        return evaluate(form, known, point.env)

    jacobian = value(d.jacobian("z", "x").form)
    factors = {
        "∂L/∂z": value(d["z"].form),
        "∂z/∂x": jacobian,
        "(∂z/∂x)ᵀ": jacobian.T,
    }
    left, right = (factors[f] for f in claim.split(" "))
    np.testing.assert_allclose(left @ right, value(d["x"].form))


def test_matrices_have_no_such_product():
    d = derive(loads(TEXT))
    step = next(s for s in d.steps if s.about == "W" and s.kind == "accumulate")
    assert "Chain rule" not in step.substeps[0].text
