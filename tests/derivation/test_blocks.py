"""Hessians that use structure, against the closed form built from products with unit vectors."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.derivation.blocks import blocks_kernel, sums_of_products
from matcalc.derivation.structured import from_products
from matcalc.generation.helpers import gram

FACTORISATION = """\
dims: {m: 4, n: 5, k: 3}
parameters: {U: [m, k], V: [n, k]}
constants: {R: [m, n], M: [m, n], s: []}
network:
  E: hadamard(M, U*V.T - R)
  L: sum(square(E))/2 PENALTY
"""
LAYER = """\
dims: {N: 6, D: 3, H: 4, C: 2}
constants: {X: [N, D], Y: [N, C]}
parameters: {W1: [D, H], W2: [H, C]}
network:
  A: tanh(X*W1)
  L: sse(A*W2, Y)
"""
LOGISTIC = """\
dims: {N: 7, D: 3}
constants: {X: [N, D], y: [N, 1]}
parameters: {w: [D, 1]}
network:
  z: X*w
  L: sum(softplus(z) - hadamard(y, z))
"""


def arrays(network, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=[d.size(network.dims) for d in v.shape]) for v in network.variables]


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        (FACTORISATION.replace("PENALTY", ""), "U"),
        (FACTORISATION.replace("PENALTY", ""), "V"),
        (FACTORISATION.replace("PENALTY", "+ s*sum(power(U, 4))"), "U"),
        (FACTORISATION.replace("PENALTY", "+ s*sum(square(U))"), "U"),
        (LAYER, "W2"),
        (LOGISTIC, "w"),
    ],
)
def test_dense_and_structured_agree_with_products(text, wrt, convention):
    d = mc.derive(mc.loads(text), convention=convention)
    values = arrays(d.network)
    h = d.hessian(wrt)
    expected = from_products(h, tuple(values), {})
    np.testing.assert_allclose(h.kernel()(*values), expected, rtol=1e-10, atol=1e-12)
    by_name = dict(zip(d.network.variable, values, strict=True))
    np.testing.assert_allclose(h.kernel()(**by_name), expected, rtol=1e-10, atol=1e-12)
    if h.zeros.kind == "block-diagonal":
        blocks = h.kernel(structured=True)(*values)
        size = blocks.shape[-1]
        assert blocks.size < expected.size
        blocks = blocks if blocks.ndim == 3 else blocks[None]
        same = [np.linalg.eigvalsh(b) for b in blocks] * (len(expected) // size // len(blocks))
        found = np.sort(np.concatenate(same))
        np.testing.assert_allclose(found, np.linalg.eigvalsh(expected), rtol=1e-8, atol=1e-10)


def test_blocks_come_from_one_product():
    plain = mc.derive(mc.loads(FACTORISATION.replace("PENALTY", "")))
    assert blocks_kernel(plain.hessian("U")) is not None
    curved = mc.derive(mc.loads(FACTORISATION.replace("PENALTY", "+ sum(norm(U, axis=1))")))
    h = curved.hessian("U")
    values = arrays(curved.network)
    expected = from_products(h, tuple(values), {})
    np.testing.assert_allclose(h.kernel()(*values), expected, rtol=1e-9, atol=1e-11)


def test_sums_of_products_by_their_definition():
    rng = np.random.default_rng(1)
    w, p, q = rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    for first in (p, None):
        for second in (p, q, None):
            one = np.eye(3) if first is None else first
            two = np.eye(3) if second is None else second
            expected = np.einsum("ij,ja,jb->iab", w, one, two)
            np.testing.assert_allclose(sums_of_products(w, first, second), expected, atol=1e-14)


def test_weighted_squares_with_weights_of_either_sign():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(9, 4))
    for v in (rng.uniform(size=(9, 1)), rng.normal(size=(9, 1)), np.zeros((9, 1))):
        np.testing.assert_allclose(gram(a, v), a.T @ (v * a), atol=1e-14)
    v[3] = np.nan
    assert np.isnan(gram(a, v)).all()
    d = mc.derive(mc.loads(LOGISTIC))
    assert "gram(X, S * (1 - S))" in d.hessian("w").kernel().source
