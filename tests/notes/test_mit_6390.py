"""The explanatory notes for 6.390: Z = Wᵀ A + W0, column convention, denominator layout."""

import pytest

from matcalc.declaration import parse
from matcalc.expressions.build import gradient
from matcalc.simplify import simplify
from tests.notes.stored import agree, argued, claims, entry_texts, local_claims, shape, stored, text

SIZES = [{"m": 3, "n": 2}, {"m": 2, "n": 4}]


@pytest.fixture(scope="module")
def d():
    return stored("mit-6390", "layer")


def test_the_gradient_of_a_loss_that_is_not_given_is_a_symbol(d):
    assert str(d["A_L"]) == "grad(A_L)"
    assert shape(d["A_L"]) == "n×1"


@pytest.mark.parametrize("sizes", SIZES)
def test_a_neuron_depends_on_its_own_weights_alone(d, sizes):
    tensor = d.jacobian("Z", "W").tensor(sizes)
    m, n = sizes["m"], sizes["n"]
    assert tensor.shape == (n, 1, m, n)
    for i in range(n):
        for k in range(n):
            by_weights = list(tensor[i, 0, :, k])
            assert by_weights == [f"A[{j}, 0]" if i == k else "0" for j in range(m)]


def test_the_tensor_in_blocks_is_a_kronecker_product(d):
    jacobian = d.jacobian("Z", "W")
    assert str(jacobian) == "kron(eye(n), A)"
    assert jacobian.size_texts == ("m*n", "n")
    assert entry_texts(d, jacobian.form) == [
        ["A[0, 0]", "0"],
        ["A[1, 0]", "0"],
        ["A[2, 0]", "0"],
        ["0", "A[0, 0]"],
        ["0", "A[1, 0]"],
        ["0", "A[2, 0]"],
    ]


def test_the_tensor_condensed_is_the_input_with_both_reasons(d):
    jacobian = d.jacobian("Z", "W")
    assert text(d, jacobian.short) == "A"
    assert jacobian.short.shape == d.network.declared_shape("A")
    assert "Off the diagonal every block is 0" in jacobian.reason
    assert "every block is the same, so that one is stored" in jacobian.reason


def test_the_gradient_by_the_weights(d):
    assert str(d["W"]) == "A*grad(Z).T"
    assert shape(d["W"]) == "m×n"


def test_entry_by_entry(d):
    m, n = d.network.dims["m"], d.network.dims["n"]
    forward = entry_texts(d, d.network.equation["Z"].expr)
    for i in range(n):
        terms = " + ".join(f"A[{j}, 0]*W[{j}, {i}]" for j in range(m))
        assert forward[i] == [f"W0[{i}, 0] + {terms}"]
    by_weight, by_input = (d.jacobian("Z", name).tensor() for name in ("W", "A"))
    for i in range(n):
        for j in range(m):
            assert by_weight[i, 0, j, i] == f"A[{j}, 0]"
            assert by_input[i, 0, j, 0] == f"W[{j}, {i}]"


def test_the_jacobian_by_the_input_is_the_weights(d):
    jacobian = d.jacobian("Z", "A")
    assert str(jacobian) == "W"
    assert jacobian.size_texts == ("m", "n")


def test_the_jacobian_of_an_abstract_activation_is_diagonal(d):
    jacobian = d.jacobian("A_L", "Z")
    assert str(jacobian) == "diag(D(f, Z))"
    assert jacobian.size_texts == ("n", "n")
    assert entry_texts(d, jacobian.form, {"n": 3}) == [
        ["D(f, Z[0, 0])", "0", "0"],
        ["0", "D(f, Z[1, 0])", "0"],
        ["0", "0", "D(f, Z[2, 0])"],
    ]
    assert text(d, jacobian.short) == "D(f, Z)"


def test_a_diagonal_matrix_times_a_vector_is_an_entrywise_product(d):
    assert simplify(parse("diag(Z)*W0", d.network)) is simplify(parse("hadamard(Z, W0)", d.network))
    assert str(d["Z"]) == "hadamard(grad(A_L), D(f, Z))"
    chain = d.jacobian("A_L", "Z").form * gradient(d.network.symbol("A_L"))
    assert simplify(chain) is simplify(d["Z"].form)
    assert agree(d, d["Z"].form, "diag(D(f, Z))*grad(A_L)")


# -- what the steps say ----------------------------------------------------------------------


def test_the_weights_are_argued_entry_by_entry():
    found = claims(argued("mit-6390", "layer"), "W")
    assert found == [
        ("one entry", "Zᵢ = Σₚ Wₚᵢ · Aₚ + W0ᵢ"),
        ("derivative of an entry", "∂Zᵢ/∂Wⱼₖ = Σₗ Aₗ · δₗⱼ · δᵢₖ"),
        ("Kronecker delta", "∂Zᵢ/∂Wⱼₖ = Aⱼ · δᵢₖ"),
        ("chain rule", "∂L/∂Wⱼₖ = Σᵢ ∂L/∂Zᵢ · ∂Zᵢ/∂Wⱼₖ"),
        ("substitute", "∂L/∂Wⱼₖ = Σᵢ ∂L/∂Zᵢ · Aⱼ · δᵢₖ"),
        ("which terms survive", "∂L/∂Wⱼₖ = ∂L/∂Zₖ · Aⱼ"),
        ("stacked back", "∂L/∂Wⱼₖ = (A · (∂L/∂Z)ᵀ)ⱼₖ"),
        ("what arrives, written out", "∂L/∂Wⱼₖ = Aⱼ · ∂L/∂A_Lₖ · f′(Zₖ)"),
    ]


def test_the_input_and_the_activation_are_argued_entry_by_entry():
    d = argued("mit-6390", "layer")
    assert ("Kronecker delta", "∂Zᵢ/∂Aⱼ = Wⱼᵢ") in claims(d, "A")
    assert ("stacked back", "∂L/∂Aⱼ = (W · ∂L/∂Z)ⱼ") in claims(d, "A")
    assert ("derivative of an entry", "∂A_Lᵢ/∂Zⱼ = f′(Zᵢ) · δᵢⱼ") in claims(d, "Z")


def test_the_tensor_stands_in_the_derivation_with_its_blocks():
    d = argued("mit-6390", "layer")
    assert local_claims(d, "Z", "W") == [
        ("linear map", "dZ = (dW)ᵀ · A"),
        ("as a matrix", "((dW)ᵀ · A)ᵀ = vec(dW)ᵀ · (Iₙ ⊗ A)"),
        ("the tensor, entry by entry", "∂Z₁/∂W = [A₁, 0; A₂, 0; A₃, 0]"),
        ("likewise", "∂Z₂/∂W = [0, A₁; 0, A₂; 0, A₃]"),
        ("in blocks", "∂Z/∂W = [A, 𝟎ₘ; 𝟎ₘ, A]"),
    ]
    assert local_claims(d, "A_L", "Z") == [("entry by entry", "∂A_L/∂Z = [f′(Z₁), 0; 0, f′(Z₂)]")]


def test_the_chain_rule_ends_with_the_entrywise_product():
    assert claims(argued("mit-6390", "layer", "chain"), "Z") == [
        ("chain rule", "∂L/∂Z = ∂A_L/∂Z · ∂L/∂A_L"),
        ("local Jacobian", "∂A_L/∂Z = diag(f′(Z))"),
        ("substitute", "∂L/∂Z = diag(f′(Z)) · ∂L/∂A_L"),
        ("diagonal Jacobian", "diag(f′(Z)) · ∂L/∂A_L = ∂L/∂A_L ∘ f′(Z)"),
    ]
