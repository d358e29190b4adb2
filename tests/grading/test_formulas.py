r"""Formulas as LaTeX and Unicode have them, read into the language or refused with a place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.declaration.text import Text
from matcalc.errors import InputError, MatcalcError
from matcalc.grading.reading import AnswerReader
from matcalc.printing.language import write
from tests.grading.networks import network

READERS = {name: AnswerReader(mc.derive(network(name))) for name in ("mlp", "residual")}
READERS["numerator"] = AnswerReader(mc.derive(network("mlp"), layout="numerator"))


def read(text, name="mlp"):
    """The last side of a formula, in the language."""
    reader = READERS[name]
    side = reader.side(Text(text), reader.sides(Text(text))[-1])
    if side.expr is None:
        raise side.misfit
    return write(side.expr, reader.d.network.convention)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (r"A_1^\top (Z_2 - Y)", "A1.T*(Z2 - Y)"),
        (r"A_{1}^{T} \left( Z_{2} - Y \right)", "A1.T*(Z2 - Y)"),
        (r"$A_1^{\mathsf{T}}\,(Z_2-Y)$", "A1.T*(Z2 - Y)"),
        (r"\mathbf{A}_1' \cdot \bigl[Z_2 - Y\bigr]", "A1.T*(Z2 - Y)"),
        (r"A^\top_1 Z_2", "A1.T*Z2"),
        (r"A^{(1)\top} Z_2", None),
        (r"W^{(1)} W^{[2]}", "W1*W2"),
        ("A1ᵀ(Z2 − Y)", "A1.T*(Z2 - Y)"),
        ("A1ᵀ · ∂L/∂Z2", "A1.T*grad(Z2)"),
        (r"X^TdZ_1", "X.T*grad(Z1)"),
        (r"z_1 w_2", "Z1*W2"),
        (r"XW_1", "X*W1"),
        (r"A_1 \odot A_1 W_2 W_2^T", "hadamard(A1, A1*W2*W2.T)"),
        (r"A_1 \circ A_1 + Z_1", "hadamard(A1, A1) + Z1"),
        (r"\frac{\partial L}{\partial Z_2} W_2^T", "grad(Z2)*W2.T"),
        (r"\dfrac{dL}{dZ_2} W_2^T", "grad(Z2)*W2.T"),
        (r"\frac{\mathrm{d} \mathcal{L}}{\mathrm{d} Z_2} W_2^T", "grad(Z2)*W2.T"),
        (r"\nabla_{Z_2} L \, W_2^T", "grad(Z2)*W2.T"),
        (r"\delta_{Z_2} W_2^T", "grad(Z2)*W2.T"),
        (r"\bar{Z}_2 W_2^T", "grad(Z2)*W2.T"),
        (r"\sigma'(Z_1)", "hadamard(sigmoid(Z1), 1 - sigmoid(Z1))"),
        (r"\sigma^{\prime}(Z_1)", "hadamard(sigmoid(Z1), 1 - sigmoid(Z1))"),
        (r"\tanh Z_1", "tanh(Z1)"),
        (r"\operatorname{ReLU}(Z_1)", "relu(Z1)"),
        (r"\mathbb{1}[Z_1 > 0]", "step(Z1)"),
        (r"\mathbf{1}_{Z_1>0}", "step(Z1)"),
        (r"e^{-Z_1}", "exp(-Z1)"),
        (r"\frac12 A_1", "A1/2"),
        (r"\frac{1}{N} A_1", "A1/N"),
        (r"Z_1^{\odot 2}", "power(Z1, 2)"),
        (r"\mathbf{1}^\top Z_2", "ones(N, 1).T*Z2"),
        (r"\mathbf{1}_N^\top Z_2", "ones(N, 1).T*Z2"),
        (r"I Z_2", "eye(N)*Z2"),
        (r"\operatorname{tr}(Z_1^T Z_1)", "trace(Z1.T*Z1)"),
        (r"\langle Z_2, Y \rangle", "inner(Z2, Y)"),
        (r"\lVert Z_2 \rVert_F^2", "norm(Z2)**2"),
        (r"\operatorname{softmax}(Z_2) - Y", "softmax(Z2) - Y"),
        (r"\sqrt{N}", "sqrt(N)"),
        (r"\dot{x}", None),
        ("2 Y", "2*Y"),
        (r"\tanh 2 Z_1", "tanh(2*Z1)"),
        (r"\tanh 2Z_1 + 1", "tanh(2*Z1) + 1"),
        (r"\log 2 \cdot Z_1", "log(2)*Z1"),
        (r"\tanh(2) Z_1", "tanh(2)*Z1"),
        (r"1/2 \cdot Z_1", "Z1/2"),
        (r"Z_1 / (2N)", "divide(Z1, 2*N*ones(N, H))"),
    ],
)
def test_a_formula_is_read_as_it_is_meant(text, form):
    if form is None:
        with pytest.raises(InputError):
            read(text)
    else:
        assert read(text) == form


def test_a_gradient_is_arranged_as_the_layout_has_it():
    assert read(r"W_2 \frac{\partial L}{\partial Z_2}", "numerator") == "W2*grad(Z2).T"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (r"\sum_n x_n", "1:1", r"\sum is not read"),
        (r"A_1^\top (Z_3 - Y)", "1:11", "there is no Z_3"),
        (r"A_1^\top (Z_2 - Y", "1:18", ") is missing here"),
        (r"1/2N \cdot Z_1", "1:3", "it is not clear what is divided by"),
        (r"\frac{1}{N} Z_1/NN", "1:17", "it is not clear what is divided by"),
        (r"\tanh Z_1 Z_2", "1:1", "it is not clear how far \\tanh reaches"),
        (r"\log 2 N Z_1", "1:1", "it is not clear how far \\log reaches"),
        (r"\frac{\partial L}{\partial Q}", "1:1", "there is no Q"),
        (r"\frac{\partial}{\partial X} L", "1:7", "is not carried out"),
        (r"\frac{\partial Z_1}{\partial W_1}", "1:1", "not a matrix"),
        (r"A_1^\top (Z_2 - Y) =", "1:21", "there is no formula here"),
        (r"\delta^\top A_1", "1:1", "there is no delta"),
        (r"\begin{pmatrix} 1 \end{pmatrix}", "1:1", "is not read"),
        (r"A_1^\top \otimes", "1:17", "the formula ends"),
        ("A₁ ⇒ Z", "1:4", "⇒ is not read"),
    ],
)
def test_what_is_outside_of_it_is_refused_with_its_place(text, place, words):
    with pytest.raises(InputError) as error:
        read(text)
    assert f":{place}:" in str(error.value) and words in str(error.value)
    assert error.value.mend


PIECES = (
    *("A_1", "W", "X", "Z_2", "L", "d", "dZ1", "e", "I", "1", "12", ".5", " ", "'", "ᵀ", "∂"),
    *("+", "-", "*", "/", "^", "_", "=", ",", "<", ">", "(", ")", "[", "]", "{", "}", "|", "$"),
    *(r"\frac", r"\partial", r"\nabla", r"\sigma", r"\mathbf", r"\top", r"\odot", r"\otimes"),
    *(r"\sqrt", r"\bar", r"\left", r"\right", r"\|", r"\langle", r"\rangle", r"\tanh", r"\foo"),
    *(r"\operatorname", r"\text", r"\delta", r"\,", "\\", "𝟏", "grad(", "axis", ".T", ".*", "**"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_is_read_or_refused(text):
    try:
        read(text)
    except MatcalcError as error:
        assert str(error)
