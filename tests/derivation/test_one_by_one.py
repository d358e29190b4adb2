"""A variable declared 1×1 gets a gradient that is one, not a bare number."""

import numpy as np

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.printing.language import write

TEXT = """
dims: {N: 2, D: 3}
inputs: {X: [N, D]}
parameters: {w: [D, 1], b: [1, 1]}
constants: {y: [N, 1]}
network:
  z: X*w + b
  L: binary_cross_entropy(sigmoid(z), y)/N
"""


def test_the_bias_of_a_single_output():
    for layout in ("denominator", "numerator", "mixed"):
        d = derive(loads(TEXT), layout=layout)
        assert str(d["b"]) == "ones(1, N)*grad(z)"
        assert write(d["b"].closed) == "ones(1, N)*(sigmoid(z) - y)/N"
        assert tuple(map(str, d["b"].shape)) == ("1", "1")
        assert check(d).ok


def test_its_kernel_gives_the_sum():
    rng = np.random.default_rng(0)
    values = {"X": rng.normal(size=(4, 3)), "w": rng.normal(size=(3, 1)), "b": np.array([[0.5]])}
    values["y"] = np.ones((4, 1))
    p = 1 / (1 + np.exp(-(values["X"] @ values["w"] + 0.5)))
    np.testing.assert_allclose(
        np.ravel(derive(loads(TEXT))["b"].kernel(**values)), np.sum(p - 1) / 4
    )
