"""11-785, computing derivatives: rows, gradients in shape, Jacobians numerator first."""

import numpy as np
import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions.build import gradient
from matcalc.simplify import simplify
from tests.notes.stored import (
    agree,
    argued,
    claims,
    entry_texts,
    generated,
    local_claims,
    shape,
    stored,
    text,
)


def network(name):
    return stored("cmu-11785", name)


def through(d, of, wrt):
    """∇_Z L ∇_X Z, as the notes write the chain rule, simplified."""
    return simplify(gradient(d.network.symbol(of)) * d.jacobian(of, wrt).form)


def test_shapes_of_gradients_and_jacobians():
    d = network("linear")
    assert [shape(d[name]) for name in ("Z", "A", "b", "W")] == ["1×N", "1×M", "1×N", "N×M"]
    jacobian = d.jacobian("Z", "A")
    assert jacobian.size_texts == ("N", "M")
    tensor, matrix = jacobian.tensor(), entry_texts(d, jacobian.form)
    assert tensor.shape == (1, 3, 1, 4)
    assert matrix == [[tensor[0, i, 0, j] for j in range(4)] for i in range(3)]


def test_the_gradient_by_a_matrix_has_its_shape():
    d = derive(loads("dims: {M: 2, N: 3}\ninputs: {X: [M, N]}\nnetwork: {L: sum(exp(X))}"))
    assert shape(d["X"]) == "M×N"
    assert entry_texts(d, d["X"].form)[1][2] == "exp(X[1, 2])"


def test_the_chain_rule_has_sizes_that_fit():
    d = network("linear")
    jacobian = d.jacobian("Z", "A")
    assert d["Z"].shape[1] == jacobian.shape[0] and jacobian.shape[1] == d["A"].shape[1]
    assert through(d, "Z", "A") is simplify(d["A"].form)
    assert through(d, "Z", "b") is simplify(d["b"].form)


def test_an_entrywise_activation_has_a_diagonal_jacobian():
    d = network("activation")
    jacobian = d.jacobian("A", "Z")
    assert str(jacobian) == "diag(D(f, Z))"
    assert jacobian.size_texts == ("N", "N")
    assert entry_texts(d, jacobian.form, {"N": 2}) == [
        ["D(f, Z[0, 0])", "0"],
        ["0", "D(f, Z[0, 1])"],
    ]
    assert text(d, jacobian.short) == "D(f, Z)" and jacobian.short.shape == d["Z"].shape


def test_the_entrywise_product_takes_the_place_of_the_diagonal_jacobian():
    d = network("activation")
    assert str(d["Z"]) == "hadamard(grad(A), D(f, Z))"
    assert through(d, "A", "Z") is simplify(d["Z"].form)


def test_softmax_has_a_full_jacobian_that_is_used_directly():
    d = network("softmax")
    jacobian = d.jacobian("A", "Z")
    assert str(jacobian) == "diag(A) - A.T*A"
    assert jacobian.size_texts == ("N", "N") and jacobian.short is None
    for i, row in enumerate(entry_texts(d, jacobian.form)):
        for j, entry in enumerate(row):
            first, last = sorted((i, j))
            product = f"A[0, {first}]*A[0, {last}]"
            assert entry == (f"A[0, {i}]*(1 - A[0, {i}])" if i == j else f"-{product}")
    assert agree(d, d["Z"].form, "grad(A)*(diag(A) - A.T*A)")
    assert shape(d["Z"]) == "1×N"


def test_the_linear_layer():
    d = network("linear")
    forms = {name: str(partial) for name, partial in d.partials.items()}
    assert forms == {"Z": "grad(Z)", "A": "grad(Z)*W", "W": "grad(Z).T*A", "b": "grad(Z)"}
    assert str(d.jacobian("Z", "A")) == "W"
    assert str(d.jacobian("Z", "b")) == "eye(N)"
    assert text(d, d.jacobian("Z", "W").short) == "A"


def test_a_network_of_these_layers():
    d = network("mlp")
    forms = {name: str(partial) for name, partial in d.partials.items()}
    assert forms["A1"] == "grad(Z2)*W2"
    assert forms["Z1"] == "hadamard(grad(A1), 1 - power(A1, 2))"
    assert forms["W1"] == "grad(Z1).T*X"
    assert forms["X"] == "grad(Z1)*W1"
    assert agree(d, d["Z2"].form, "grad(A2)*(diag(A2) - A2.T*A2)")


def test_derivatives_come_in_reverse_order_with_several_in_and_out():
    d = network("several")
    assert list(d.gradients) == ["w", "v", "u", "c", "b", "a", "d", "e", "f"]
    arriving = {
        name: {symbol.name for symbol in d[name].form.free if symbol.op.name == "grad"}
        for name in "abcdef"
    }
    assert all(arriving[name] <= set("uvw") for name in "abc")
    assert all(arriving[name] <= set("abc") for name in "def")
    assert str(d["a"]) == "grad(u) + grad(w)"
    assert str(d["b"]) == "grad(u) + hadamard(grad(v), c)"
    assert str(d["c"]) == "hadamard(grad(v), b) - hadamard(grad(w), exp(c))"
    assert str(d["e"]) == "grad(b) + hadamard(grad(a), d)"
    upstream = {symbol.name for symbol in d["e"].closed.free if symbol.op.name == "grad"}
    assert upstream == set("uvw")


@pytest.mark.parametrize("name", ["linear", "activation", "softmax"])
def test_a_layer_alone_has_its_output_gradient_given(name):
    d = network(name)
    (output,) = d.network.outputs
    assert str(d[output]) == f"grad({output})"


# -- what the steps say ----------------------------------------------------------------------


def test_softmax_is_argued_with_its_full_jacobian():
    d = argued("cmu-11785", "softmax")
    assert claims(d, "Z")[:3] == [
        ("chain rule", "∂L/∂Z = ∂L/∂A · ∂A/∂Z"),
        ("local Jacobian", "∂A/∂Z = diag(A) − Aᵀ · A"),
        ("substitute", "∂L/∂Z = ∂L/∂A · (diag(A) − Aᵀ · A)"),
    ]
    ((rule, matrix),) = local_claims(d, "A", "Z")
    assert rule == "entry by entry"
    assert matrix.startswith("∂A/∂Z = [A₁ · (1 − A₁), −A₁ · A₂, −A₁ · A₃; −A₁ · A₂, ")


def test_an_entrywise_activation_is_argued_with_its_diagonal():
    assert claims(argued("cmu-11785", "activation"), "Z")[-2:] == [
        ("substitute", "∂L/∂Z = ∂L/∂A · diag(f′(Z))"),
        ("diagonal Jacobian", "∂L/∂A · diag(f′(Z)) = ∂L/∂A ∘ f′(Z)"),
    ]


def test_the_linear_layer_is_argued_from_left_to_right():
    d = argued("cmu-11785", "linear")
    assert claims(d, "A") == [
        ("chain rule", "∂L/∂A = ∂L/∂Z · ∂Z/∂A"),
        ("local Jacobian", "∂Z/∂A = W"),
        ("substitute", "∂L/∂A = ∂L/∂Z · W"),
    ]
    assert claims(d, "b")[-1] == ("identity", "∂L/∂Z · I_N = ∂L/∂Z")
    assert claims(d, "W")[-1] == (
        "Kronecker factor dropped", "∂L/∂Z · (I_N ⊗ A) = rvec((∂L/∂Z)ᵀ · A)ᵀ"
    )  # fmt: skip


def test_the_whole_network_is_one_product_of_jacobians():
    assert claims(argued("cmu-11785", "mlp"), "X")[-1] == (
        "the pattern",
        "∂L/∂X = ∂L/∂A2 · (diag(A2) − A2ᵀ · A2) · W2 · diag(1 − A1∘²) · W1",
    )


def test_the_backward_functions_take_several_and_give_several():
    whole, first, second = (
        generated(stored("cmu-11785", name)) for name in ("several", "several-f", "several-g")
    )
    rng = np.random.default_rng(2)
    d, e, f, du, dv, dw = rng.normal(size=(6, 1, 3))
    (a, b, c), cache_of_f = first["forward"](d, e, f)
    outputs, cache_of_g = second["forward"](a, b, c)
    expected, cache = whole["forward"](d, e, f)
    np.testing.assert_array_equal(outputs, expected)
    # First back through G, then with what that gives back through F.
    middle = second["backward"](cache_of_g, grad_u=du, grad_v=dv, grad_w=dw)
    assert list(middle) == ["a", "b", "c"]
    found = first["backward"](cache_of_f, **{f"grad_{name}": g for name, g in middle.items()})
    assert list(found) == ["d", "e", "f"]
    for name, g in whole["backward"](cache, grad_u=du, grad_v=dv, grad_w=dw).items():
        np.testing.assert_allclose(found[name], g, rtol=1e-13)
