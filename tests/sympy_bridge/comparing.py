"""Whether an expression survives the way to SymPy and back."""

import numpy as np

from matcalc.checking.abstract import abstract_functions
from matcalc.expressions.expr import Expr, postorder
from matcalc.expressions.operation import Environment
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate
from matcalc.sympy_bridge import from_sympy, to_sympy
from matcalc.sympy_bridge.dimensions import dimension_from_sympy


def assert_same(e: Expr, net: Network) -> None:
    """Same shape there, same shape and the same numbers back."""
    there = to_sympy(e, net)
    assert e.shape == (tuple(map(dimension_from_sympy, there.shape)) if there.is_Matrix else ())
    back = from_sympy(there, net)
    assert back.shape == e.shape
    rng = np.random.default_rng(3)
    symbols = sorted({n for x in (e, back) for n in postorder(x) if n.op.is_symbol}, key=repr)
    values = {s: rng.uniform(0.15, 0.85, [d.size(net.dims) for d in s.shape]) for s in symbols}
    env = Environment(net.dims, abstract_functions(net, rng))
    np.testing.assert_allclose(
        evaluate(back, values, env), evaluate(e, values, env), rtol=1e-12, atol=1e-12
    )
