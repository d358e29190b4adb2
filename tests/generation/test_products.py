"""What products, sums and products with ones come to, as text."""

import pytest

from matcalc.generation.kernels import kernel
from tests.generation.test_operations import read

SHAPES = {
    "A": ["m", "n"], "B": ["n", "p"], "G": ["m", "p"], "S": ["n", "n"], "b": ["1", "n"],
    "c": ["m", "1"], "x": ["n", "1"], "y": ["n", "1"], "u": ["p", "1"], "s": [],
}  # fmt: skip

FORMS = [
    ("ones(1, m)*A", "A.sum(axis=0, keepdims=True)"),
    ("A*ones(n, 1)", "A.sum(axis=1, keepdims=True)"),
    ("ones(1, m)*(A*B)", "A.sum(axis=0, keepdims=True) @ B"),
    ("ones(1, m)*A*ones(n, 1)", "dtype.type(np.sum(A))"),
    ("A + ones(m, 1)*b", "A + b"),
    ("A - ones(m, 1)*b*2", "A - 2 * b"),
    ("A + c*ones(1, n)", "A + c"),
    ("1 - A", "1 - A"),
    ("diag(x)*B", "x * B"),
    ("A*diag(x)", "A * x.T"),
    ("A*diag(b)", "A * b"),
    ("inv(S)*B", "np.linalg.solve(S, B)"),
    ("inv(S).T*B", "np.linalg.solve(S.T, B)"),
    ("A*inv(S)", "np.linalg.solve(S.T, A.T).T"),
    ("eye(m)*A*eye(n)", "A"),
    ("trace(A*B*G.T)", "dtype.type(np.sum((A @ B) * G))"),
    ("trace(G.T*A*B)", "dtype.type(np.sum(G * (A @ B)))"),
    ("trace(S*S)", "dtype.type(np.sum(S * S.T))"),
    ("inner(A, A)", "dtype.type(np.sum(A * A))"),
    ("A*B*u", "A @ (B @ u)"),
    ("x.T*S*y", "dtype.type(np.vdot(x.T @ S, y))"),
    ("x.T*y*A", "np.vdot(x, y) * A"),
    ("2*x*y.T", "(2 * x) @ y.T"),
    ("2*A*B/3", "2 / 3 * (A @ B)"),
    ("A*B/s", "A @ B / s"),
    ("-A*B - G", "-(A @ B) - G"),
    ("hadamard(A*S, A)", "(A @ S) * A"),
    ("divide(A, hadamard(A, A))", "A / (A * A)"),
    ("hadamard(step(A), A*S)", "(A @ S) * (A > 0)"),
    ("A.T*(A*x)", "A.T @ (A @ x)"),
    ("A[0:1, 1:]", "A[:1, 1:]"),
    ("sum(square(A), axis=1)", "np.sum(A**2, axis=1, keepdims=True)"),
]


@pytest.mark.parametrize(("text", "code"), FORMS, ids=[text for text, _ in FORMS])
def test_form(text, code):
    e, symbols = read(text, SHAPES)
    last = kernel(e, list(symbols.values())).source.strip().splitlines()[-1]
    assert last.strip() == f"return {code}"


def test_the_order_of_a_chain_follows_the_sizes():
    e, symbols = read("A*B*G.T", SHAPES)
    arguments = list(symbols.values())
    short = kernel(e, arguments, {"m": 2, "n": 100, "p": 100}).source
    long = kernel(e, arguments, {"m": 100, "n": 100, "p": 2}).source
    assert "A @ B @ G.T" in short and "A @ (B @ G.T)" not in short
    assert "A @ B @ G.T" in long
    far = kernel(e, arguments, {"m": 3, "n": 2, "p": 100}).source
    assert "A @ (B @ G.T)" in far


def test_what_is_used_twice_is_computed_once():
    e, symbols = read("hadamard(exp(A*S), exp(A*S)) + sin(exp(A*S))", SHAPES)
    source = kernel(e, list(symbols.values())).source
    assert source.count(" @ ") == 1 and source.count("np.exp") == 1


def test_a_transpose_of_what_is_known_is_a_view():
    e, symbols = read("exp(A*S)*(exp(S.T*A.T))", SHAPES)
    source = kernel(e, list(symbols.values())).source
    assert "product.T" in source and source.count(" @ ") == 2


def test_long_expressions_are_spread_over_lines():
    text = "A"
    for _ in range(90):
        text = f"sin({text} + A)"
    e, symbols = read(text, SHAPES)
    source = kernel(e, list(symbols.values())).source
    assert all(len(line) <= 100 for line in source.splitlines())
    wide, symbols = read(" + ".join(["sin(A*2)", "cos(A)"] * 600), SHAPES)
    kernel(wide, list(symbols.values()))
