"""Hessian-vector products prepared at a point, against the complex step of the gradient."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.checking.hessians import moved_gradient
from matcalc.checking.run import find_point
from matcalc.declaration import loads
from matcalc.derivation.hessian import hessians
from matcalc.numeric.sampling import distinct_sizes
from tests.random_networks import random_network

SIZES = {"N": 7, "D": 3, "H": 5, "C": 2}
LAYERS = """\
dims: {N: 7, D: 3, H: 5, C: 2}
parameters: {W: [D, H], b: [1, H], V: [H, C], t: [], o: [1, 1]}
constants: {X: [N, D], Y: [N, C]}
network:
  A: tanh(X*W + b)
  L: LOSS
"""
LOSSES = [
    "softmax_cross_entropy(t*A*V + o, Y)",
    "sse(A*V, Y) + t**2*sum(square(W)) + o**3",
    "sum(relu(A*V)) + sum(exp(t*V))",
]


def at_a_point(d, seed=0):
    rng = np.random.default_rng(seed)
    reference = find_point(d.network, distinct_sizes(d.network), rng)
    return reference, [reference.point[v.symbol] for v in d.network.variables], rng


def close(found, expected, tolerance=1e-9):
    scale = max(float(np.max(np.abs(expected))), 1e-3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize("loss", LOSSES)
def test_each_block_and_all_together(loss, convention):
    d = mc.derive(mc.loads(LAYERS.replace("LOSS", loss)), convention=convention)
    reference, values, rng = at_a_point(d)
    names = [v.name for v in d.network.variables if v.name not in "XY"]
    by = d.hessian_product(*names).by
    directions = {n: rng.normal(size=np.shape(reference.point[d.network.symbol(n)])) for n in by}
    together = d.hessian_product(*names).at(*values)
    for _ in range(2):  # the second is in arrays that the first has used
        moved = together(**directions)
        assert list(moved) == names
        for wrt in names:
            parts = []
            for other in names:
                h = d.hessian(wrt, other)
                expected = moved_gradient(h, reference, directions[other])
                product = h.at(*values)
                product(np.ones_like(directions[other]))  # leaves nothing behind
                close(product(directions[other]), expected)
                parts.append(expected)
            close(moved[wrt], sum(parts))
        directions = {n: rng.normal(size=np.shape(a)) for n, a in directions.items()}


@pytest.mark.parametrize("batch", range(3))
def test_random_networks(batch):
    for seed in range(batch * 6, batch * 6 + 6):
        d = mc.derive(loads(random_network(seed)))
        reference, values, rng = at_a_point(d, seed)
        values += list(reference.upstream.values())
        for h in hessians(d):
            direction = rng.normal(size=np.shape(reference.point[h.change.other]))
            close(h.at(*values)(direction), moved_gradient(h, reference, direction), 1e-8)


def test_what_rests_on_the_point_alone_is_computed_once():
    d = mc.derive(mc.loads(LAYERS.replace("LOSS", LOSSES[0])))
    source = d.hessian_product("W", "V").source
    before, run = source.split("def _run():")
    assert "np.exp(" in before and "np.tanh(" in before
    assert not any(word in run for word in ("exp", "tanh", "divide", "sqrt"))
    # Both layers' products with directions, and back: no product of the forward pass is left.
    assert sum(line.strip().startswith("_p") for line in run.splitlines()) == 8


def test_coefficients_are_multiplied_before():
    text = "dims: {n: 4}\nparameters: {x: [n, 1]}\nconstants: {a: [n, 1]}\nnetwork:\n  L: LOSS"
    d = mc.derive(mc.loads(text.replace("LOSS", "sum(hadamard(a, exp(a), power(x, 3)))")))
    h = d.hessian("x")
    run = d.hessian_product("x").source.split("def _run():")[1]
    assert run.count("_multiply(") == 1
    a, x, v = np.random.default_rng(0).normal(size=(3, 4, 1))
    np.testing.assert_allclose(h.at(x, a)(v), 6 * x * a * np.exp(a) * v, rtol=1e-13)


def test_results_stay_and_have_the_type_of_the_arrays():
    d = mc.derive(mc.loads(LAYERS.replace("LOSS", LOSSES[0])))
    _, values, rng = at_a_point(d)
    product = d.hessian("W").at(*(np.float32(a) for a in values))
    v = rng.normal(size=(values[0].shape)).astype(np.float32)
    first = product(v)
    kept = first.copy()
    assert first.dtype == np.float32
    second = product(2 * v)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_allclose(second, 2 * kept, rtol=1e-4)


def test_conjugate_gradients_reach_newtons_step():
    text = """\
dims: {N: 30, D: 5}
parameters: {w: [D, 1]}
constants: {X: [N, D], y: [N, 1]}
network:
  z: X*w
  L: sum(softplus(z) - hadamard(y, z)) + sum(square(w))
"""
    d = mc.derive(mc.loads(text))
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(5, 1)), rng.normal(size=(30, 5))
    y = rng.integers(0, 2, (30, 1)).astype(float)
    g, h = d["w"].kernel(w, x, y), d.hessian("w").at(w, x, y)
    step, r = np.zeros_like(g), g.copy()
    p = r
    for _ in range(5):
        moved = h(p)
        rate = np.vdot(r, r) / np.vdot(p, moved)
        step, left = step + rate * p, r - rate * moved
        p, r = left + np.vdot(left, left) / np.vdot(r, r) * p, left
    np.testing.assert_allclose(step, np.linalg.solve(d.hessian("w").kernel()(w, x, y), g), 1e-8)


def test_a_wrong_call_is_told():
    d = mc.derive(mc.loads(LAYERS.replace("LOSS", LOSSES[0])))
    _, values, _ = at_a_point(d)
    with pytest.raises(TypeError, match="is missing"):
        d.hessian("W").at(values[0])
    product = d.hessian_product("W", "V")
    assert "source" not in repr(product.at(*values))
    here = product.at(*values)
    with pytest.raises(ValueError, match=r"a direction of W has its shape"):
        here(np.ones(3), np.ones(3))
    with pytest.raises(TypeError, match="the direction of V is missing"):
        here(np.ones_like(values[0]))
    with pytest.raises(TypeError, match="W is given twice"):
        here(np.ones_like(values[0]), W=values[0])
    with pytest.raises(TypeError, match="U is given but moves are by W, V"):
        here(U=values[0])
    with pytest.raises(TypeError, match="3 directions for W, V"):
        here(1, 2, 3)
    with pytest.raises(KeyError, match="no second derivative by w beside"):
        d.hessian_product("w")
    with pytest.raises(KeyError, match="no second derivative by A"):
        d.hessian_product("A", "W")
