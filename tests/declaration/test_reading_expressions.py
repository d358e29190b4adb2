"""What expressions mean: the elaborated form, written in the language again."""

from fractions import Fraction

import pytest

from matcalc.declaration import Scope, loads, parse, parse_expression
from matcalc.errors import InputError
from matcalc.expressions.build import broadcast, mul, ones, power, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import lift, operation
from matcalc.operations.entrywise import Function
from matcalc.printing.language import write

N, D, H, ONE = (Dimension.of(d) for d in ("N", "D", "H", 1))
SHAPES = {
    "X": (N, D),
    "Z": (N, D),
    "W": (D, H),
    "b": (ONE, H),
    "c": (N, ONE),
    "S": (D, D),
    "s": (),
    "n": (),
    "y": (),
    "on": (),
    "off": (),
}
SYMBOLS = {name: symbol(name, shape) for name, shape in SHAPES.items()}
SCOPE = Scope(SYMBOLS, {"N": 4, "D": 3, "H": 5}, {"f": Function("f")})
X, Z, W, b, c, S, s = (SYMBOLS[name] for name in ("X", "Z", "W", "b", "c", "S", "s"))

READ = [
    ("X*W", "X*W"),
    ("X@W", "X*W"),
    ("X*W + b", "X*W + ones(N, 1)*b"),
    ("b + X*W", "ones(N, 1)*b + X*W"),
    ("-b + X*W", "-ones(N, 1)*b + X*W"),
    ("X*W - b", "X*W - ones(N, 1)*b"),
    ("X + c", "X + c*ones(1, D)"),
    ("X - c", "X - c*ones(1, D)"),
    ("X + 1", "X + 1"),
    ("1 - X", "1 - X"),
    ("X - 1/2", "X - 1/2"),
    ("X + s", "X + s*ones(N, D)"),
    ("X + N", "X + N*ones(N, D)"),
    ("X + s/N", "X + s*ones(N, D)/N"),
    ("X + c.T*c", "X + c.T*c*ones(N, D)"),
    ("1 + 2 + X", "(1 + 2) + X"),
    ("X + Z + X", "X + Z + X"),
    ("X - (Z - X)", "X - (Z - X)"),
    ("n*y + on - off", "n*y + on - off"),
    ("X/N", "X/N"),
    ("X*W/s", "X*W/s"),
    ("-X*W", "-X*W"),
    ("-s**2", "-s**2"),
    ("-2*s", "-2*s"),
    ("s - 2*s", "s - 2*s"),
    ("+s", "s"),
    ("1e-3*s", "0.001*s"),
    (".5", "1/2"),
    ("pi*s", "pi*s"),
    ("2**-s", "2**(-s)"),
    ("s**s**2", "s**(s**2)"),
    ("S**2", "S**2"),
    ("S**-1", "inv(S)"),
    ("S**-2", "S**-2"),
    ("S**1", "S"),
    ("S**0", "eye(D)"),
    ("X.T*X", "X.T*X"),
    ("transpose(X)", "X.T"),
    ("hadamard(X, c, 2)", "hadamard(X, c*ones(1, D), 2)"),
    ("hadamard(2, X)", "hadamard(2, X)"),
    ("divide(X, c)", "divide(X, c*ones(1, D))"),
    ("divide(X, 2)", "divide(X, 2)"),
    ("divide(1, X)", "divide(1, X)"),
    ("power(X, 2)", "power(X, 2)"),
    ("power(X, s)", "power(X, s)"),
    ("power(2, X)", "power(2, X)"),
    ("power(s, X)", "power(s*ones(N, D), X)"),
    ("maximum(0, X)", "maximum(0, X)"),
    ("maximum(X, Z, c)", "maximum(maximum(X, Z), c*ones(1, D))"),
    ("minimum(s, n)", "minimum(s, n)"),
    ("where(X, 1, c)", "where(X, 1, c*ones(1, D))"),
    ("stop_gradient(X)", "stop_gradient(X)"),
    ("sigmoid(X*W + b)", "sigmoid(X*W + ones(N, 1)*b)"),
    ("f(X)", "f(X)"),
    ("sum(X)/N", "sum(X)/N"),
    ("sum(X, 0)", "sum(X, axis=0)"),
    ("mean(X, axis=1)", "mean(X, axis=1)"),
    ("max(X, axis=0)", "max(X, axis=0)"),
    ("softmax(X)", "softmax(X)"),
    ("softmax(X, 0)", "softmax(X, axis=0)"),
    ("softmax(X, axis=1)", "softmax(X)"),
    ("layernorm(X)", "layernorm(X)"),
    ("layernorm(X, eps=1e-3)", "layernorm(X, eps=0.001)"),
    ("batchnorm(X, 0.01)", "batchnorm(X, eps=0.01)"),
    ("sse(X*W, b)", "sse(X*W, ones(N, 1)*b)"),
    ("mse(X, 0)", "mse(X, 0)"),
    ("softmax_cross_entropy(X, Z)", "softmax_cross_entropy(X, Z)"),
    ("inner(X, Z)", "inner(X, Z)"),
    ("ones(N, D + 1)", "ones(N, D + 1)"),
    ("zeros(2*N, D)", "zeros(2*N, D)"),
    ("eye(N)", "eye(N)"),
    ("ones(1, 1)", "1"),
    ("commutation(N, D)*vec(X)", "commutation(N, D)*vec(X)"),
    ("kron(X, W)", "kron(X, W)"),
    ("hstack(X, c)", "hstack(X, c)"),
    ("X[0, 1]", "X[0, 1]"),
    ("X[N - 1, :]", "X[N - 1, :]"),
    ("X[0:2, 1:]", "X[:2, 1:]"),
    ("X[:, :D-1]", "X[:, :D - 1]"),
    ("s[0, 0]", "s"),
    ("(X*W)*b.T", "X*W*b.T"),
    ("X*(W*b.T)", "X*(W*b.T)"),
    ("c.T*c*X", "c.T*c*X"),
    ("(s)", "s"),
    ("sum(X,)", "sum(X)"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_what_an_expression_means(text, expected):
    assert write(parse_expression(text, SCOPE)) == expected


def test_numbers_are_exact():
    for text, value in [
        ("1e-3", Fraction(1, 1000)),
        ("0.1", Fraction(1, 10)),
        ("1_000", Fraction(1000)),
        ("2.5e2", Fraction(250)),
        ("0e999999999", Fraction(0)),
        ("-7", Fraction(-7)),
    ]:
        assert parse_expression(text, SCOPE) is lift(value)


def test_numbers_are_broadcast_and_everything_else_has_ones():
    add = operation("add")
    shape = (N, D)
    assert parse_expression("X + 2", SCOPE) is add(X, broadcast(lift(2), shape))
    assert parse_expression("X - 2", SCOPE) is add(X, broadcast(lift(-2), shape))
    assert parse_expression("X + s", SCOPE) is add(X, mul(s, ones(N, D)))
    assert parse_expression("X*W + b", SCOPE) is add(mul(X, W), mul(ones(N, 1), b))
    assert parse_expression("X - c", SCOPE) is add(X, mul(-1, c, ones(1, D)))


def test_chains_are_flat_and_parentheses_on_the_right_stay():
    add = operation("add")
    assert parse_expression("X + Z + X", SCOPE) is add(X, Z, X)
    assert parse_expression("X + (Z + X)", SCOPE) is add(X, add(Z, X))
    assert parse_expression("X*W*b.T", SCOPE) is mul(X, W, b.T)
    assert parse_expression("X*(W*b.T)", SCOPE) is mul(X, mul(W, b.T))
    assert parse_expression("X*W/s", SCOPE) is mul(X, W, power(s, -1))
    assert parse_expression("-X*W", SCOPE) is mul(-1, X, W)


def test_a_scalar_made_from_matrices_is_one_factor():
    assert parse_expression("c.T*c*X", SCOPE) is mul(mul(c.T, c), X)
    assert parse_expression("c.T*c*c.T*c", SCOPE) is mul(mul(c.T, c), c.T, c)
    assert parse_expression("c.T*c/s", SCOPE) is mul(mul(c.T, c), power(s, -1))


def test_shapes_are_symbols():
    scope = Scope({"A": symbol("A", (N, D)), "B": symbol("B", (D, N))}, {"N": 3, "D": 3})
    with pytest.raises(InputError, match="shapes N×D and D×N do not fit"):
        parse_expression("A + B", scope)


def test_axes_follow_the_convention():
    network = loads(
        "convention: column\ndims: {N: 4, D: 3}\ninputs: {X: [D, N]}\n"
        "network: {P: softmax(X), Q: layernorm(P), R: batchnorm(Q), L: sum(R)}"
    )
    axes = [network.equation[name].expr.data[0] for name in "PQR"]
    assert axes == [0, 0, 1]


def test_a_user_function_is_read_in_one_scalar():
    network = loads(
        "functions: {f: abstract, swish: x*sigmoid(x), g: 'swish(f(x))/2'}\n"
        "inputs: {x: [2, 3]}\nnetwork: {L: sum(g(x))}"
    )
    f, swish, g = network.functions
    assert f.body is None
    assert write(swish.body) == "x*sigmoid(x)"
    assert write(g.body) == "swish(f(x))/2"
    assert network.equations[0].expr.args[0].data == (g, 0)


@pytest.mark.parametrize("text", ["grad(X)", "d(X)", "D(f, X)", "argmax_one_hot(X)"])
def test_printed_forms_are_for_reading_back(text):
    assert write(parse_expression(text, SCOPE, reading_back=True)) == text
    with pytest.raises(InputError, match=r"stands in what matcalc prints"):
        parse_expression(text, SCOPE)


def test_derivatives_of_built_in_functions_are_formulas():
    network = loads("inputs: {X: [2, 3]}\nnetwork: {L: sum(X)}")
    assert write(parse("D(exp, X)", network)).startswith("exp(X)")
    assert write(parse("D(digamma, X, 2)", network)) == "D(digamma, X, 2)"


def test_a_long_chain_is_not_deep():
    text = "X" + " + X" * 4999
    assert len(parse_expression(text, SCOPE).args) == 5000
    with pytest.raises(InputError, match="more than 10000 pieces"):
        parse_expression(text + " + X", SCOPE)


def test_dims_may_have_no_sizes():
    scope = Scope(SYMBOLS, {"N": None, "D": None, "H": None})
    assert parse_expression("X[7, 0:D-5]", scope).shape == (ONE, D - 5)
