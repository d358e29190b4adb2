"""The syntax of matrixcalculus.org: translations, values, and what is refused where."""

import pytest

from matcalc.declaration import Limits
from matcalc.declaration.matlab import translate
from matcalc.declaration.one_expression import one_expression
from matcalc.declaration.text import Text
from matcalc.derivation import derive
from matcalc.errors import InputError
from matcalc.network.network import Convention

VARIABLES = ["A:n,n", "B:n,n", "X:m,n", "x:n", "y:m", "v:n", "a", "b"]


def translated(text):
    return translate(Text(text), Limits()).text


def network(text):
    return one_expression(
        text, VARIABLES, convention=Convention.COLUMN, like_matlab=True, dims={"m": 4, "n": 3}
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("x'*A*x", "x.T*A*x"),
        ("0.5*x'*A*x", "0.5*x.T*A*x"),
        ("A*exp(x)", "A*exp(x)"),
        ("(y.*v)'*x", "hadamard(y, v).T*x"),
        ("a^b", "a**b"),
        ("a^-1", "a**(-1)"),
        ("a^2^3", "(a**2)**3"),
        ("a^b'", "(a**b).T"),
        ("-a^2", "-a**2"),
        ("(-a)^2", "(-a)**2"),
        ("2*-a", "2*(-a)"),
        ("a - (b - a)", "a - (b - a)"),
        ("a - b - a", "a - b - a"),
        ("a/(b*a)", "a/(b*a)"),
        ("a/b*a", "a/b*a"),
        ("A^-1", "A**(-1)"),
        ("A\\x", "solve(A, x)"),
        ("x.^2", "power(x, 2)"),
        ("1./x", "divide(1, x)"),
        ("2.*x", "2*x"),
        ("2.5.*x", "2.5*x"),
        ("x./2", "x/2"),
        ("x./v", "divide(x, v)"),
        ("x.*v.*x", "hadamard(hadamard(x, v), x)"),
        ("v.*A*x", "hadamard(v, A)*x"),
        ("A''", "A.T.T"),
        ("(A + B)'", "(A + B).T"),
        ("(A*B)'", "(A*B).T"),
        ("sin(x)'*y", "sin(x).T*y"),
        ("A.'", "A.T"),
        ("norm1(A*x-y)", "norm1(A*x - y)"),
        ("norm2(A*x-y)^2", "norm(A*x - y)**2"),
        ("tr(A*X'*B*X)", "trace(A*X.T*B*X)"),
        ("log(det(inv(X)))", "log(det(inv(X)))"),
        ("sum(A)", "sum(A)"),
        ("sum(A, 1)", "sum(A, axis=0)"),
        ("sum(A, 2)", "sum(A, axis=1)"),
        ("sum(log(exp(-y.*(X*w)) + vector(1)))", "sum(log(exp(hadamard(-y, X*w)) + 1))"),
        ("matrix(1) - A", "1 - A"),
        ("-vector(1).*x + x", "hadamard(-1, x) + x"),
        ("eye(n) + ones(n, n)", "eye(n) + ones(n, n)"),
        ("+x", "x"),
    ],
)
def test_translation(theirs, ours):
    assert translated(theirs) == ours


@pytest.mark.parametrize(
    ("text", "wrt", "form"),
    [
        ("0.5*x'*A*x", "x", "(A + A.T)*x/2"),
        ("norm2(X*x-y)^2", "x", "2*X.T*(X*x - y)"),
        ("tr(A*X'*X)", "X", "X*(A + A.T)"),
        ("log(det(inv(A)))", "A", "-inv(A).T"),
        (
            "sum(log(exp(-y.*(X*x)) + vector(1)))",
            "x",
            "-X.T*hadamard(y, sigmoid(-hadamard(y, X*x)))",
        ),
        ("sum(x.^3)", "x", "3*power(x, 2)"),
        ("norm2(X)^2", "X", "2*X"),
    ],
)
def test_gradients(text, wrt, form):
    from matcalc.declaration import parse
    from matcalc.simplify import simplify

    d = derive(network(text), wrt)
    assert simplify(d[wrt].form - parse(form, d.network)) == simplify(d[wrt].form - d[wrt].form), (
        str(d[wrt])
    )


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("A*z", 3, "there is no z"),
        ("x'*y", 1, "shapes"),
        ("A*(x + y')", 3, "n×1 and 1×m"),
        ("X.^A", 1, "m×n and n×n"),
        ("foo(x)", 1, "no function foo"),
        ("A(1, 2)", 1, "no function A"),
        ("norm(x)", 1, "norm2"),
        ("mean(x)", 1, "mean"),
        ("sum(A, 3)", 8, "sum along 3"),
        ("A*vector(1)", 3, "size"),
        ("exp(vector(1))", 5, "size"),
        ("vector(1)", 1, "size"),
        ("vector(1) + vector(2)", 1, "size"),
        ("a + vector(1)", 1, "scalar"),
        ("vector(1, 2)", 1, "2 arguments"),
        ("A**2", 3, "^"),
        ("A*", 2, "nothing follows *"),
        ("(A*x", 1, "never closed"),
        ("A*x)", 4, "closes nothing"),
        ("A x", 3, "cannot stand here"),
        ("'A'", 1, "quotes"),
        ("[A, B]", 1, "hstack"),
        ("A == B", 3, "right side"),
        ("A(:, 1)", 3, "block"),
        ("A.T", 2, "transpose"),
        ("f = x'*x", 3, "right side"),
        ("", 1, "no expression"),
        ("exp()", 1, "exp"),
        ("A*x;", 4, "one expression"),
        ("log(x), x", 7, "cannot stand here"),
    ],
)
def test_refusals_point_into_the_source(text, column, words):
    with pytest.raises(InputError) as caught:
        network(text)
    error = caught.value
    assert error.place is not None and error.place.text == text
    assert error.place.column == column, str(error)
    assert words in str(error), str(error)
    assert error.mend and ".T" not in error.mend and "**" not in error.mend


def test_limits():
    with pytest.raises(InputError, match="deep"):
        network("(" * 300 + "a" + ")" * 300)
    with pytest.raises(InputError, match="pieces"):
        network("+".join(["a"] * 20_000))
    assert network("+".join(["a"] * 3_000)).loss == "f"
