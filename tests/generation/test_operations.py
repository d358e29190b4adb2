"""The code of every operation, against its own definition on numbers."""

import numpy as np
import pytest

from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.expressions.build import apply, broadcast, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.operation import REGISTRY, Environment
from matcalc.generation.kernels import kernel
from matcalc.generation.numpy_code import WRITERS
from matcalc.numeric.evaluate import evaluate
from matcalc.operations.entrywise import Function, X
from matcalc.operations.examples import EXAMPLES

SIZES = {"m": 2, "n": 3, "p": 5, "q": 7}
FUNCTIONS = {"f": Function("f", X * apply("sigmoid", X))}

MORE = [
    # scalars, where arrays are usual
    *[(f"{name}(s)", {"s": []}) for name in ("sum", "mean", "var", "std", "max", "norm", "norm1")],
    *[(f"{name}(s)", {"s": []}) for name in ("logsumexp", "trace", "det", "logdet", "inv", "diag")],
    *[(f"{name}(s)", {"s": []}) for name in ("tril", "vec", "softmax", "log_softmax")],
    *[(f"{name}(s)", {"s": []}) for name in ("layernorm", "diagonal", "argmax_one_hot")],
    *[(f"{name}(s, t)", {"s": [], "t": []}) for name in ("sse", "mse", "cross_entropy", "inner")],
    *[(f"{name}(s, t)", {"s": [], "t": []}) for name in ("binary_cross_entropy", "kron")],
    ("softmax_cross_entropy(s, t)", {"s": [], "t": []}),
    ("where(s, t, 2) + maximum(s, t)*minimum(s, 3)", {"s": [], "t": []}),
    # constants
    ("ones(m, n) + A*2.5e-7 - 1/3", {"A": ["m", "n"]}),
    ("pi*A + sqrt(2*pi) - log(m) + exp(1)", {"A": ["m", "n"]}),
    ("A/m - n*A + A/(m*n + 1)", {"A": ["m", "n"]}),
    ("eye(m)*A + zeros(m, n)", {"A": ["m", "n"]}),
    ("commutation(m, n)*vec(A)", {"A": ["m", "n"]}),
    ("commutation(m, n)*kron(B, A)*commutation(q, n)", {"A": ["m", "n"], "B": ["n", "q"]}),
    ("sum(ones(m, n)) + sum(where(ones(m, n), 2, 3))*s", {"s": []}),
    ("sigmoid(ones(m, n)) + A", {"A": ["m", "n"]}),
    ("erf(2)*lgamma(3)*digamma(3)*step(2)*gelu(1)*A", {"A": ["m", "n"]}),
    # broadcasting in every place
    ("(b + ones(m, n))*x", {"b": ["1", "n"], "x": ["n", "1"]}),
    ("softmax(b + zeros(m, n), axis=0)", {"b": ["1", "n"]}),
    ("mean(b + zeros(m, n), axis=1) + sum(b + zeros(m, n))", {"b": ["1", "n"]}),
    ("sum(c + zeros(m, n), axis=0) + max(c + zeros(m, n))", {"c": ["m", "1"]}),
    ("hstack(ones(m, n), s*ones(m, 1))", {"s": []}),
    ("hstack(s, b)", {"s": [], "b": ["1", "n"]}),
    ("solve(A, ones(n, n)) + inv(A)", {"A": ["n", "n"]}),
    # products that are not products
    ("diag(x)*A*diag(y)", {"x": ["n", "1"], "A": ["n", "m"], "y": ["1", "m"]}),
    ("diag(x)*diag(x)*A + diag(x)*inv(A)*diag(x)", {"x": ["n", "1"], "A": ["n", "n"]}),
    ("inv(A)*B*x", {"A": ["n", "n"], "B": ["n", "m"], "x": ["m", "1"]}),
    ("B*inv(A)*inv(A).T", {"A": ["n", "n"], "B": ["m", "n"]}),
    ("trace(A*diag(x)*A.T) + trace(inv(B)*diag(x))", {"A": ["m", "n"], "B": ["n", "n"],
                                                   "x": ["n", "1"]}),
    ("trace(A*B*A.T) + trace(A.T*A) + trace(A*A.T)", {"A": ["m", "n"], "B": ["n", "n"]}),
    ("kron(A, eye(q))*B + kron(eye(m), C)*kron(A, C)*B", {"A": ["m", "n"], "B": ["n*q", "1"],
                                                 "C": ["q", "q"]}),
    ("kron(A, C)*B", {"A": ["m", "n"], "B": ["n*q", "p"], "C": ["p", "q"]}),
    ("B.T*kron(A, C).T", {"A": ["m", "n"], "B": ["n*q", "p"], "C": ["p", "q"]}),
    ("kron(eye(n), ones(1, p))*B*kron(ones(m, 1), eye(q))", {"B": ["n*p", "m*q"]}),
    ("kron(ones(p, 1), eye(n))*B*kron(eye(m), ones(1, q))", {"B": ["n", "m"]}),
    ("eye(n)[1:3, :]*A*eye(n)[:, 0:2]", {"A": ["n", "n"]}),
    ("eye(n)[:, 1:2]*s*eye(m)[0:1, :]", {"s": []}),
    ("2*x*y.T/m", {"x": ["n", "1"], "y": ["m", "1"]}),
    ("-A*x*y.T*A", {"A": ["m", "n"], "x": ["n", "1"], "y": ["m", "1"]}),
    ("ones(1, m)*A + ones(1, m)*A*ones(n, n)", {"A": ["m", "n"]}),
    # signs and parentheses
    ("-(A - B) - (A - (B - A))", {"A": ["m", "n"], "B": ["m", "n"]}),
    ("-s**2 + (-s)**2 - s**-2 - (s - 1)**3", {"s": []}),
    ("divide(A, hadamard(A, B)) - divide(1, A) + divide(-A, B)", {"A": ["m", "n"],
                                                                 "B": ["m", "n"]}),
    ("2/(s/t)/(s*t) - s/t*t", {"s": [], "t": []}),
    ("power(A, -1/2) + power(A, 1/2) + power(A, 1/3) + power(2, s)*A", {"A": ["m", "n"],
                                                                        "s": []}),
    ("hadamard(step(A - 0.5), B, -A) + hadamard(step(A), 2)", {"A": ["m", "n"],
                                                              "B": ["m", "n"]}),
    ("D(f, A) + D(f, A, 2) + f(A)", {"A": ["m", "n"]}),
    ("D(digamma, A) + D(digamma, A, 3)", {"A": ["m", "n"]}),
]  # fmt: skip

CASES = [(op, *example) for op, examples in EXAMPLES.items() for example in examples]
CASES += [("more", *case) for case in MORE]


def dimension(text):
    product = Dimension.of(1)
    for factor in text.split("*"):
        product = product * Dimension.of(int(factor) if factor.isdigit() else factor)
    return product


def read(text, shapes):
    symbols = {name: symbol(name, tuple(map(dimension, s))) for name, s in shapes.items()}
    return parse_expression(text, Scope(symbols, SIZES, FUNCTIONS), reading_back=True), symbols


def test_every_operation_has_a_writer():
    assert set(WRITERS) == set(REGISTRY)


@pytest.mark.parametrize(("op", "text", "shapes"), CASES, ids=lambda x: str(x)[:40])
def test_code_equals_definition(op, text, shapes):
    e, symbols = read(text, shapes)
    rng = np.random.default_rng(1)
    values = {
        s: rng.uniform(0.1, 0.9, tuple(d.size(SIZES) for d in s.shape))[()]
        for s in symbols.values()
    }
    expected = evaluate(e, values, Environment(SIZES))
    k = kernel(e, list(symbols.values()), SIZES)
    with np.errstate(all="raise", under="ignore"):
        found = k(*values.values())
        single = k(*(np.float32(v) for v in values.values()))
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13, equal_nan=True)
    np.testing.assert_allclose(single, expected, rtol=1e-3, atol=1e-4, equal_nan=True)
    assert np.asarray(single).dtype == np.float32


@pytest.mark.parametrize("axis", [0, 1, None])
def test_one_hot_of_the_maximum(axis):
    a = symbol("A", (Dimension.of("m"), Dimension.of("n")))
    e = REGISTRY["argmax_one_hot"](a, data=(axis,))
    value = np.array([[1.0, 3.0, 3.0], [4.0, 3.0, 4.0]])
    expected = evaluate(e, {a: value}, Environment(SIZES))
    np.testing.assert_array_equal(kernel(e, [a])(value), expected)


def test_a_repeated_row_alone_is_an_array_of_its_own():
    b = symbol("b", (Dimension.of(1), Dimension.of("n")))
    e = broadcast(b, (Dimension.of("m"), Dimension.of("n")))
    row = np.arange(3.0).reshape(1, 3)
    np.testing.assert_array_equal(kernel(e, [b], {"m": 2})(row), [[0, 1, 2], [0, 1, 2]])
