"""What textbooks print, in LaTeX."""

import re

import pytest

from matcalc.expressions.build import symbol
from matcalc.expressions.dimension import Dimension
from matcalc.network.network import Convention
from matcalc.printing.latex import LatexPrinter, latex, name_latex

NAMES = {
    "X": "X",
    "W1": "W_{1}",
    "W_1": "W_{1}",
    "x_in": r"x_{\mathrm{in}}",
    "W1_out": r"W_{1,\mathrm{out}}",
    "h_t": "h_{t}",
    "logits": r"\mathrm{logits}",
    "conv2d": r"\mathrm{conv2d}",
    "mu": r"\mu",
    "Sigma": r"\Sigma",
    "sigma2": r"\sigma_{2}",
    "x_mu": r"x_{\mu}",
    "Alpha": r"\mathrm{A}",
    "lambda_": r"\lambda",
    "lambda_1": r"\lambda_{1}",
    "x_": r"\mathrm{x\_}",
    "a__b": r"\mathrm{a\_\_b}",
}

FORMS = {
    # products
    "X*W1": "X W_{1}",
    "2*X - 0.5*X": r"2 X - \frac{1}{2} X",
    "2*s*3": r"2 s \cdot 3",
    "s*X/N": r"\frac{s}{N} X",
    "(s - t)/t": r"\frac{s - t}{t}",
    "(s - t)**2/2": r"\frac{1}{2} (s - t)^{2}",
    "X*(S*S)": "X S S",
    "u.T*v*S": r"(u^{\top} v) S",
    "u.T*v/2": r"\frac{1}{2} u^{\top} v",
    "X - (Y - X)": "X - (Y - X)",
    "X*W1 + b": r"X W_{1} + \mathbf{1}_{N} b",
    "logits*S": r"\mathrm{logits}\,S",
    # entry by entry
    "hadamard(A1, 1 - A1)": r"A_{1} \odot (1 - A_{1})",
    "hadamard(X*S, Y)": r"(X S) \odot Y",
    "hadamard(X, Y)*S": r"(X \odot Y) S",
    "2*hadamard(X, Y)": r"2 (X \odot Y)",
    "-hadamard(X, Y)": r"-X \odot Y",
    "divide(X, Y)": r"X \oslash Y",
    "divide(1, Y + 1)": r"1 \oslash (Y + 1)",
    "power(X, 2)": r"X^{\odot 2}",
    "power(X, s - 1)": r"X^{\odot (s - 1)}",
    "power(X, -2)": r"1 \oslash X^{\odot 2}",
    # transposes, powers, inverses
    "(X*W1).T": r"(X W_{1})^{\top}",
    "x_in.T": r"x_{\mathrm{in}}^{\top}",
    "S**3": "S^{3}",
    "S**-2": "S^{-2}",
    "inv(S)": "S^{-1}",
    "inv(S).T": r"S^{-\top}",
    "inv(S.T)": r"S^{-\top}",
    "solve(S, u)": "S^{-1} u",
    "s**(1/2) + s**-1": r"\sqrt{s} + \frac{1}{s}",
    "2**s**2": "2^{s^{2}}",
    # functions
    "exp(s) + exp(t)**2": "e^{s} + (e^{t})^{2}",
    "exp(X)": r"\exp(X)",
    "exp(1/s)": r"\exp\!\left(\frac{1}{s}\right)",
    "sigmoid(Z1)": r"\sigma(Z_{1})",
    "tanh(X) + relu(X)": r"\tanh(X) + \operatorname{ReLU}(X)",
    "step(X)": "[X > 0]",
    "log1p(-X)": r"\log(1 - X)",
    "f(X) + f_2(X) + swish(X)": r"f(X) + f_{2}(X) + \operatorname{swish}(X)",
    "D(f, X)": "f'(X)",
    "D(f, X, 2)": "f''(X)",
    "D(f_2, X, 4)": "f_{2}^{(4)}(X)",
    "softmax(X)": r"\operatorname{softmax}(X)",
    "softmax(X, axis=0)": r"\operatorname{softmax}_{i}(X)",
    "maximum(X, 0, Y)": r"\max(X, 0, Y)",
    "where(X, Y, 0)": r"\operatorname{where}(X > 0, Y, 0)",
    "layernorm(X, eps=1e-7)": r"\operatorname{layernorm}(X, \varepsilon = 10^{-7})",
    # reductions, scalars of matrices
    "sum(X)/N": r"\frac{1}{N} \operatorname{sum}(X)",
    "sum(X, axis=0)": r"\operatorname{sum}_{i}(X)",
    "mean(X, axis=1)": r"\operatorname{mean}_{j}(X)",
    "max(X, axis=1)": r"\max_{j}(X)",
    "argmax_one_hot(X, axis=1)": r"\operatorname{onehot}(\operatorname{arg\,max}_{j}(X))",
    "norm(X)": r"\lVert X\rVert_{F}",
    "norm(u)**2": r"\lVert u\rVert^{2}",
    "norm1(u)": r"\lVert u\rVert_{1}",
    "norm1(X)": r"\lVert \operatorname{vec}(X)\rVert_{1}",
    "trace(S)*det(S)": r"\operatorname{tr}(S) \det(S)",
    "logdet(S)": r"\log\lvert \det(S)\rvert",
    "inner(X, Y)": r"\langle X, Y\rangle",
    "sum(hadamard(X, Y))": r"\langle X, Y\rangle",
    "sse(X, Y)": r"\frac{1}{2} \lVert X - Y\rVert_{F}^{2}",
    "sse(X, 0)": r"\frac{1}{2} \lVert X\rVert_{F}^{2}",
    "mse(X, Y)": r"\frac{1}{D N} \lVert X - Y\rVert_{F}^{2}",
    "cross_entropy(X, Y)": r"-\langle Y, \log(X)\rangle",
    # structure
    "ones(1, N)*X": r"\mathbf{1}_{N}^{\top} X",
    "ones(N, D + 1)": r"\mathbf{1}_{N\times (D + 1)}",
    "zeros(N, 1)": r"\mathbf{0}_{N}",
    "kron(S, eye(H))": r"S \otimes I_{H}",
    "kron(X*S, S + S)": r"(X S) \otimes (S + S)",
    "commutation(N, D)*vec(X)": r"K_{N,D} \operatorname{vec}(X)",
    "diag(u)*S": r"\operatorname{diag}(u) S",
    "X[0, 1:]": r"X_{[0,\,1:]}",
    "W1[:, 0]": r"{W_{1}}_{[:,\,0]}",
    "hstack(X, c)": r"\begin{bmatrix} X & c \end{bmatrix}",
    "vstack(u, v)": r"\begin{bmatrix} u \\ v \end{bmatrix}",
    # gradients and changes
    "X.T*grad(Z1)": r"X^{\top} \frac{\partial L}{\partial Z_{1}}",
    "grad(Z1).T": r"\left(\frac{\partial L}{\partial Z_{1}}\right)^{\top}",
    "grad(s)*X/N": r"\frac{1}{N}\,\frac{\partial L}{\partial s} X",
    "d(X)*W1 + X*d(W1)": r"\mathrm{d}X\,W_{1} + X\,\mathrm{d}W_{1}",
    "d(X).T": r"(\mathrm{d}X)^{\top}",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_names(name, expected):
    assert name_latex(name) == expected


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_forms(text, expected, read):
    assert latex(read(text)) == expected


def test_the_axis_is_shown_where_it_is_not_the_conventions_own(read):
    e = read("softmax(X)", "column")
    assert latex(e, Convention.COLUMN) == r"\operatorname{softmax}(X)"
    assert latex(e, Convention.ROW) == r"\operatorname{softmax}_{i}(X)"


def test_the_loss_has_its_own_name(read):
    assert latex(read("grad(s)"), loss="loss_2") == r"\frac{\partial \mathrm{loss}_{2}}{\partial s}"


def test_stacks_of_many_blocks_fit_amsmath(read):
    wide = latex(read(f"hstack({', '.join(['c'] * 12)})"))
    assert wide.startswith(r"\left[\begin{array}{*{12}{c}} c & c")


def test_braces_and_brackets_balance(examples):
    for e in examples:
        for tried in (e, e.T):
            text = latex(tried).replace(r"\{", "").replace(r"\}", "")
            assert balanced(text), text
            assert text.count(r"\left") - text.count(r"\left\l") >= 0
            assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))


def test_nothing_in_a_name_is_a_command():
    # The language allows letters, digits and _; a SymPy symbol may be called anything.
    text = name_latex("\\input{x}$%&#^~_é")
    assert balanced(text.replace(r"\{", "").replace(r"\}", "")) and r"\input" not in text
    bare = text.removeprefix(r"\mathrm{").removesuffix("}")
    commands = {r"\backslash", r"\wedge", r"\sim", r"\{", r"\}", r"\$", r"\%", r"\&", r"\#", r"\_"}
    assert set(re.findall(r"\\(?:[a-z]+|.)", bare)) == commands


def test_shapes():
    n, d = Dimension.of("N"), Dimension.of("D")
    assert LatexPrinter().shape((n, d + 1)) == r"N\times (D + 1)"
    assert LatexPrinter().shape((n * d, Dimension.of("batch"))) == r"D N\times \mathrm{batch}"


def test_a_long_fraction_is_written_on_one_line():
    terms = [symbol(f"s{k}", ()) for k in range(60)]
    text = latex(terms[0] / sum(terms[2:], terms[1]))
    assert text.startswith("s_{0} / (s_{1} + s_{2}")


def balanced(text):
    depth = 0
    for c in text:
        depth += {"{": 1, "}": -1}.get(c, 0)
        if depth < 0:
            return False
    return depth == 0
