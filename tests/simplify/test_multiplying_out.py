"""Multiplying out a number with an inner product among its factors keeps the inner product."""

import numpy as np
import pytest

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.simplify import simplify

HEAD = "dims: {n: 3}\ninputs: {u: [], c: [], x: [1, n], v: [1, n]}\nnetwork:\n"


@pytest.mark.parametrize(
    "product",
    [
        "u*(1 + u**-2)*v*x.T",
        "c*u*(1 + 1/u**2)*v*x.T",
        "u*(c + v*x.T/u)",
        "u*(c*x*v.T/u**2 + v*x.T/u)*v*x.T",
        "v*x.T*(u + 1/(v*x.T))",
    ],
)
def test_an_inner_product_is_a_factor(product):
    (equation,) = loads(f"{HEAD}  L: {product}\n").equations
    rng = np.random.default_rng(0)
    values = {s: rng.normal(size=(1, 3) if s.shape else ()) for s in equation.expr.free}
    before, after = (
        evaluate(e, values, Environment({"n": 3})) for e in (equation.expr, simplify(equation.expr))
    )
    np.testing.assert_allclose(after, before, rtol=1e-12)


def test_derivatives_of_such_a_network():
    d = derive(loads(f"{HEAD}  r: u*x - x/u\n  w: r*r.T\n  L: sin(w)*u\n"), wrt=["u"])
    assert check(d).ok
    at = {"x": np.array([[0.3, -0.4, 0.5]]), "v": np.zeros((1, 3)), "c": np.array(0.0)}
    gradient, step = d.partials["u"].kernel, 1e-5
    up, down = (gradient(u=np.array(0.7 + h), **at) for h in (step, -step))
    second = d.hessian("u").kernel()(u=np.array(0.7), **at)
    np.testing.assert_allclose(np.squeeze(second), (up - down) / (2 * step), rtol=1e-7)
