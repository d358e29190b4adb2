"""What the terminal shows."""

import pytest

from matcalc.network.network import Convention
from matcalc.printing.unicode import pretty, pretty_name

FORMS = {
    "X*W1 + b": "X · W1 + 𝟏_N · b",
    "X.T*grad(Z1)": "Xᵀ · ∂L/∂Z1",
    "grad(Z1).T*X": "(∂L/∂Z1)ᵀ · X",
    "ones(1, N)*grad(Z1)": "𝟏ᵀ · ∂L/∂Z1",
    "grad(X)*ones(D, 1)": "∂L/∂X · 𝟏",
    "kron(S, ones(N, 1))": "S ⊗ 𝟏_N",
    "ones(N, 1)*ones(1, 3)": "𝟏_N · 𝟏₃ᵀ",
    "zeros(N, D)": "𝟎_(N×D)",
    "hadamard(grad(A1), A1, 1 - A1)": "∂L/∂A1 ∘ A1 ∘ (1 − A1)",
    "divide(X, Y)": "X ⊘ Y",
    "power(X, 2)": "X∘²",
    "power(X, s)": "X^∘s",
    "sigmoid(Z1)": "σ(Z1)",
    "2*X - X/2": "2 · X − 1/2 · X",
    "sum(X)/N": "1/N · sum(X)",
    "s/(2*t)": "s/(2 · t)",
    "s*t/N": "s · t/N",
    "1/grad(s)": "1/(∂L/∂s)",
    "s**2 + s**t + s**t**2": "s² + s^t + s^(t²)",
    "sqrt(s) + sqrt(s + 1)": "√s + √(s + 1)",
    "inv(S) + inv(S).T + S**-2": "S⁻¹ + S⁻ᵀ + S⁻²",
    "norm(u)**2": "‖u‖²",
    "norm1(u)": "‖u‖₁",
    "abs(s)": "|s|",
    "inner(X, Y)": "⟨X, Y⟩",
    "logdet(S)": "log|det(S)|",
    "sum(X, axis=0)": "sumᵢ(X)",
    "max(X, axis=1)": "maxⱼ(X)",
    "step(X)": "[X > 0]",
    "D(f, X) + D(f, X, 2) + D(f, X, 4)": "f′(X) + f″(X) + f⁽⁴⁾(X)",
    "X[0, 1:D - 1]": "X[0, 1:D−1]",
    "vstack(u, v)": "[u; v]",
    "hstack(X, c)": "[X, c]",
    "kron(S, eye(H))": "S ⊗ I_H",
    "commutation(N, D)*vec(X)": "K_(N,D) · vec(X)",
    "Sigma*x_in*sigma2": "σ2 · Σ · x_in",
    "d(X)*W1": "dX · W1",
    "d(logits)": "d(logits)",
    "layernorm(X, eps=1e-7)": "layernorm(X, ε = 10⁻⁷)",
}


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_forms(text, expected, read):
    assert pretty(read(text)) == expected


def test_names_stay_as_typed_but_for_greek_letters():
    names = ["W1", "x_in", "alpha", "Sigma", "sigma2", "lambda_", "lambda_1", "alphabet", "x_mu"]
    shown = ["W1", "x_in", "α", "Σ", "σ2", "λ", "λ_1", "alphabet", "x_mu"]
    assert list(map(pretty_name, names)) == shown


def test_the_convention_and_the_loss(read):
    assert pretty(read("softmax(X)", "column"), Convention.COLUMN) == "softmax(X)"
    assert pretty(read("softmax(X)", "column"), Convention.ROW) == "softmaxᵢ(X)"
    assert pretty(read("grad(X)"), loss="loss") == "∂loss/∂X"
