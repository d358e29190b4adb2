"""What users of SymPy write, as matcalc's expressions, and what is refused."""

import pytest
import sympy
from sympy import (
    Abs,
    BlockDiagMatrix,
    BlockMatrix,
    Determinant,
    DiagMatrix,
    DiagonalMatrix,
    Function,
    HadamardPower,
    HadamardProduct,
    Heaviside,
    Identity,
    Inverse,
    KroneckerProduct,
    Lambda,
    Matrix,
    MatrixSymbol,
    Max,
    Min,
    OneMatrix,
    Piecewise,
    Rational,
    Symbol,
    Trace,
    ZeroMatrix,
    cos,
    exp,
    log,
    sqrt,
    symbols,
    tanh,
)

from matcalc.declaration import loads, parse
from matcalc.errors import InputError, ShapeError
from matcalc.printing.language import write
from matcalc.simplify import simplify
from matcalc.sympy_bridge import calls, from_sympy

NET = loads("""
dims: {N: 4, D: 3, H: 5}
inputs: {X: [N, D], B: [N, D], S: [D, D], v: [D, 1], b: [1, H], s: [], t: [], one: [1, 1]}
parameters: {W: [D, H]}
functions: {swish: x*sigmoid(x), f: abstract}
network: {Z: X*W, L: sum(Z)}
""")
N, D, H = symbols("N D H")
X, B = MatrixSymbol("X", N, D), MatrixSymbol("B", N, D)
W, S = MatrixSymbol("W", D, H), MatrixSymbol("S", D, D)
v, b = MatrixSymbol("v", D, 1), MatrixSymbol("b", 1, H)
s, t, x = symbols("s t x")
f = Function("f")

READ = [
    (X * W + OneMatrix(N, 1) * b, "X*W + ones(N, 1)*b"),
    (X.T * MatrixSymbol("grad(Z)", N, H), "X.T*grad(Z)"),
    (OneMatrix(N, D) - X, "1 - X"),
    (2 * X / 3, "2*X/3"),
    (0.1 * X, "0.1*X"),
    (-X, "-X"),
    (X / N, "X/N"),
    (sympy.pi * s + sympy.E, "exp(1) + pi*s"),
    (Rational(1, 2) * Trace(X.T * X), "trace(X.T*X)/2"),
    (v.T * v, "v.T*v"),
    (v.T * S * v * s, "s*v.T*S*v"),
    ((v.T * v) ** 2, "(v.T*v)**2"),
    (MatrixSymbol("one", 1, 1) * s, "s*one"),
    (Symbol("one") * s, "one*s"),
    (S**3, "S**3"),
    (S**-1, "inv(S)"),
    (Inverse(S) * v, "inv(S)*v"),
    (S**-2, "S**-2"),
    (log(Determinant(S)), "log(det(S))"),
    (log(Abs(Determinant(S))), "logdet(S)"),
    (HadamardProduct(X, B), "hadamard(X, B)"),
    (HadamardPower(X, 2), "power(X, 2)"),
    (HadamardPower(X, Rational(1, 2)), "sqrt(X)"),
    (HadamardPower(X, -1), "divide(1, X)"),
    (HadamardPower(X, B), "power(X, B)"),
    (HadamardPower(2, X), "power(2*ones(N, D), X)"),
    (KroneckerProduct(X, W, S), "kron(kron(X, W), S)"),
    (Identity(D) + S, "eye(D) + S"),
    (ZeroMatrix(N, D) + X, "X"),
    (DiagMatrix(v), "diag(v)"),
    (DiagonalMatrix(S), "diag(diagonal(S))"),
    (X[0, 1], "X[0, 1]"),
    (X[N - 1, 0], "X[N - 1, 0]"),
    (X[1:3, :], "X[1:3, :]"),
    (X[1 : N - 1, 0], "X[1:N - 1, 0]"),
    (BlockMatrix([[X, B], [B, X]]), "vstack(hstack(X, B), hstack(B, X))"),
    (BlockDiagMatrix(S, S), "vstack(hstack(S, zeros(D, D)), hstack(zeros(D, D), S))"),
    (Matrix([[s, t], [1, s * t]]), "vstack(hstack(s, t), hstack(1, s*t))"),
    (X.applyfunc(tanh), "tanh(X)"),
    (X.applyfunc(f), "f(X)"),
    (X.applyfunc(Function("relu")), "relu(X)"),
    (X.applyfunc(Function("swish")), "swish(X)"),
    (X.applyfunc(lambda z: 1 / (1 + exp(-z))), "sigmoid(X)"),
    (X.applyfunc(lambda z: log(1 + exp(z))), "softplus(X)"),
    (X.applyfunc(lambda z: Max(0, z)), "relu(X)"),
    (X.applyfunc(lambda z: Heaviside(z)), "step(X)"),
    (X.applyfunc(lambda z: Piecewise((z, z > 0), (0, True))), "relu(X)"),
    (X.applyfunc(lambda z: Piecewise((0, z <= 0), (z, True))), "relu(X)"),
    (X.applyfunc(lambda z: Piecewise((0.01 * z, z < 0), (z, z >= 0))), "where(-X, X/100, X)"),
    (X.applyfunc(lambda z: Piecewise((z, z > 0), (z / 100, True))), "leaky_relu(X)"),
    (X.applyfunc(lambda z: Piecewise((z, z > 0), (exp(z) - 1, True))), "elu(X)"),
    (X.applyfunc(lambda z: z), "X"),
    (X.applyfunc(lambda z: cos(z) ** 2), "power(cos(X), 2)"),
    (X.applyfunc(lambda z: 2**z), "power(2*ones(N, D), X)"),
    (X.applyfunc(Lambda(x, x)), "X"),
    (X.applyfunc(Lambda(x, f(x).diff(x))), "D(f, X)"),
    (f(s), "f(s)"),
    (sympy.Derivative(s**3, s), "3*s**2"),
    (sympy.Derivative(tanh(s), s), "1 - tanh(s)**2"),
    (f(s * t).diff(s), "D(f, s*t)*t"),
    (f(s).diff(s, 2), "D(f, s, 2)"),
    (sqrt(s), "sqrt(s)"),
    (1 / sqrt(s), "1/sqrt(s)"),
    (1 / (1 + exp(-s)), "sigmoid(s)"),
    (Min(s, t), "minimum(s, t)"),
    (Max(s, 1), "maximum(1, s)"),
    (Abs(s) + sympy.sign(s), "abs(s) + sign(s)"),
    (sympy.sec(s), "1/cos(s)"),
    (sympy.loggamma(s) + sympy.digamma(t), "lgamma(s) + digamma(t)"),
    (sympy.polygamma(1, s), "D(digamma, s)"),
    (calls.softmax(X), "softmax(X)"),
    (calls.softmax(X, axis=0), "softmax(X, axis=0)"),
    (calls.layernorm(X, eps=0.001), "layernorm(X, eps=0.001)"),
    (calls.batchnorm(X), "batchnorm(X)"),
    (calls.sum(X * W, axis=0), "sum(X*W, axis=0)"),
    (calls.sse(X * W, b), "sse(X*W, ones(N, 1)*b)"),
    (calls.maximum(X, 0), "maximum(X, 0)"),
    (calls.where(X, B, 1), "where(X, B, 1)"),
    (calls.gelu(X), "gelu(X)"),
    (calls.gelu(s), "gelu(s)"),
    (calls.norm(v.T * v), "norm(v.T*v)"),
    (calls.commutation(N, D), "commutation(N, D)"),
    (3, "3"),
    (0.5, "1/2"),
]


@pytest.mark.parametrize(("expr", "text"), READ, ids=lambda value: str(value)[:40])
def test_reading(expr, text):
    e = from_sympy(expr, NET)
    assert simplify(e) is simplify(parse(text, NET)), write(e)


def test_the_order_of_factors_is_kept():
    assert write(from_sympy(X * W, NET)) == "X*W"
    assert write(from_sympy(W.T * X.T, NET)) == "W.T*X.T"


def test_undeclared_functions_are_abstract():
    e = from_sympy(X.applyfunc(Function("h")), NET)
    assert e.op.name == "function" and e.data[0].name == "h" and e.data[0].body is None


def test_options_that_are_left_out_are_the_conventions():
    column = loads(
        "{convention: column, dims: {N: 4, D: 3}, inputs: {X: [N, D]}, network: {L: sum(X)}}"
    )
    for call in ("softmax", "log_softmax", "layernorm", "batchnorm"):
        row_axis = from_sympy(getattr(calls, call)(X), NET).data[0]
        assert from_sympy(getattr(calls, call)(X), column).data[0] == 1 - row_axis


REFUSED = [
    (W * X, ["D×H and N×D", "W*X"]),
    (X * W + b, ["N×H and 1×H", "OneMatrix(N, 1)", "X*W + b"]),
    (HadamardProduct(X, MatrixSymbol("S", D, D)), ["N×D and D×D"]),
    (MatrixSymbol("X", N, H), ["X is N×H", "X is N×D"]),
    (MatrixSymbol("X", N + 0, 3), ["X is N×3"]),
    (Symbol("X") * s, ["X is N×D", 'MatrixSymbol("X", N, D)']),
    (MatrixSymbol("V", N, D), ["no V"]),
    (MatrixSymbol("X", Symbol("M"), D), ["M is not a dimension"]),
    (OneMatrix(N / 2, 1), ["N/2 is not a size"]),
    (Symbol("w"), ["no w"]),
    (Symbol("grad(Q)"), ["no Q"]),
    ((v.T * v)[0, 0], ["Sum", "x.T*y"]),
    (Inverse(X * W), ["square", "N×H"]),
    (sympy.MatPow(S, Rational(1, 2)), ["integer", "HadamardPower"]),
    (sympy.sin(X), ["sin", "applyfunc"]),
    (X[0:9, :], ["outside", "N = 4"]),
    (X[::2, :], ["step"]),
    (sympy.besselj(1, s), ["besselj"]),
    (sympy.I * s, ["ImaginaryUnit"]),
    (sympy.oo, ["Infinity"]),
    (Function("g")(s, t), ["g takes 2 arguments"]),
    (X.applyfunc(Function("softmax")), ["softmax", "calls.softmax"]),
    (X.applyfunc(Function("lambda")), ["keyword"]),
    (Piecewise((s, s > 0)), ["Piecewise", "(0, True)"]),
    (Piecewise((s, sympy.Eq(s, t)), (t, True)), ["condition"]),
    (sympy.Derivative(Trace(X.T * X), X), ["derivative", "matcalc differentiates"]),
    ("X*W", ["no SymPy expression"]),
    ([1, 2], ["no SymPy expression"]),
    (None, ["no SymPy expression"]),
]


@pytest.mark.parametrize(("expr", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_refused(expr, words):
    with pytest.raises(InputError) as refusal:
        from_sympy(expr, NET)
    for word in words:
        assert word in str(refusal.value)


def test_calls_check_as_the_language_does():
    with pytest.raises(ShapeError, match="N×D and D×H") as refusal:
        calls.sse(X, W)
    assert "sse(X, W)" in str(refusal.value)
    with pytest.raises(AttributeError):
        calls.sigmund(X)
