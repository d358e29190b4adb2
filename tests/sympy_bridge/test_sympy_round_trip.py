"""To SymPy and back, for every operation: the same numbers, at sizes that all differ."""

import pytest

from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.build import broadcast, gradient
from matcalc.expressions.expr import operation, postorder
from matcalc.expressions.operation import REGISTRY
from matcalc.operations.examples import CONSTANTS, EXAMPLES, SHOWN_ONLY
from matcalc.sympy_bridge import from_sympy, to_sympy
from tests.sympy_bridge.comparing import assert_same

SIZES = {"m": 2, "n": 3, "p": 5, "q": 7}
CASES = [(text, shapes) for examples in EXAMPLES.values() for text, shapes in examples]
ALL = {"A": ["m", "n"], "S": ["n", "n"], "s": [], "t": [], "x": ["1", "n"]}
MORE = [
    "3*A", "A/2", "1 - A", "2 - A", "m*A/n", "(m*n - 1)*s", "pi*A", "grad(A)", "grad(s)*A", "d(A)",
    "d(s)", "ones(m, n)", "ones(m, 1)*x", "zeros(m, n) + A", "eye(n)*A.T", "commutation(m, n)",
    "kron(eye(m), eye(p))", "kron(s, A)", "hstack(s, t)", "vstack(x, A)", "argmax_one_hot(A)",
    "argmax_one_hot(A, axis=0)", "D(f, A)", "D(f, s*t)", "D(f, A, 2)", "D(g, A)", "g(A)", "g(s)",
    "D(digamma, A)", "D(digamma, s, 2)", "maximum(A, 0)", "where(s, s, t)", "maximum(s, t)",
    "minimum(s, t, 1)", "where(A, x, 0)", "x*x.T*s", "s**-2", "S**-1*A.T", "S**0", "inv(s)",
    "solve(s, x)", "trace(s)", "det(s)", "logdet(s)", "inner(s, t)", "diagonal(s)", "diag(s)",
    "vec(s)", "softmax(s)", "sum(s)", "A[0:m - 1, :]", "A[0, n - 1]", "hadamard(A, A.T.T)",
    "layernorm(A, 0.01)", "power(A, 1/2)", "1/sqrt(s)", "-(A + A)", "A - (A - A)", "0*A", "s/t/3",
    "1e-3*s", "0.1*A", "kron(A, A)*kron(A.T, A.T)",
]  # fmt: skip
CASES += [(text, ALL) for text in MORE]


def network(shapes, convention="row", expression="1"):
    lines = [f"convention: {convention}", f"dims: {SIZES}", "inputs:"]
    lines += [f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items()]
    lines += ["functions: {f: abstract, g: x*sigmoid(x)}", f"network: {{Y: {expression!r}}}"]
    return loads("\n".join([*lines, "outputs: [Y]"]))


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(("text", "shapes"), CASES)
def test_round_trip(text, shapes, convention):
    net = network(shapes, convention)
    assert_same(parse(text, net), net)


@pytest.mark.parametrize(("text", "shapes"), CASES[: -len(MORE)])
def test_results_of_a_derivation(text, shapes):
    d = derive(network(shapes, "row", text))
    for partial in d.partials.values():
        assert_same(partial.form, d.network)
        assert_same(partial.closed, d.network)
    for jacobian in d.jacobians:
        assert_same(jacobian.form, d.network)
        if jacobian.short is not None:
            assert_same(jacobian.short, d.network)


def test_all_operations_are_covered():
    net, seen = network(ALL), set(EXAMPLES)
    for text in MORE:
        seen |= {node.op.name for node in postorder(parse(text, net))}
    assert set(REGISTRY) <= seen
    assert {*CONSTANTS, *SHOWN_ONLY} <= seen


@pytest.mark.parametrize("name", ["s", "x", "c"])
def test_broadcasts(name):
    net = network({**ALL, "c": ["m", "1"]})
    whole, v = net.symbol("A"), net.symbol(name)
    assert_same(broadcast(v, whole.shape) + whole, net)
    assert_same(broadcast(gradient(v), whole.shape), net)


def test_one_by_one_variables_are_scalars():
    net = network({**ALL, "w": ["1", "1"]})
    for text in ("w", "w*A", "grad(w)", "w**2"):
        assert_same(parse(text, net), net)


DEEP = {
    "tanh": lambda e, a: operation("tanh")(e),
    "sum": lambda e, a: e + a,
    "product": lambda e, a: operation("hadamard")(e, a),
    "difference": lambda e, a: a - e,
    "where": lambda e, a: operation("where")(e, a, e),
    "transpose": lambda e, a: e.T.T,
    "softmax": lambda e, a: operation("softmax")(e, data=(0,)),
}


@pytest.mark.parametrize("start", ["A", "s"])
@pytest.mark.parametrize("step", DEEP)
def test_depth_is_not_limited(step, start):
    net = network(ALL)
    e = start_symbol = net.symbol(start)
    for _ in range(3000):
        e = DEEP[step](e, start_symbol)
    assert from_sympy(to_sympy(e), net).shape == e.shape
