"""I2DL, matrix derivatives: a batch of rows Y = X W + 1 b, mixed layout."""

import numpy as np
import pytest

from matcalc.declaration import parse
from matcalc.derivation import derive
from matcalc.simplify import simplify
from matcalc.tracing import trace
from tests.notes.stored import (
    agree,
    argued,
    claims,
    entry_texts,
    generated,
    local_claims,
    point,
    shape,
    stored,
    text,
    value,
)


def network(name):
    return stored("tum-i2dl", name)


def test_rows_and_columns_are_the_same_thing():
    row = network("affine")
    column = derive(row.network, convention="column", layout="denominator")
    equation = column.network.equation["Y"]
    assert text(column, equation.expr) == "W*X + b*ones(1, N)"
    assert equation.shape == row.network.equation["Y"].shape[::-1]
    assert {name: str(column[name]) for name in "XWb"} == {
        "X": "W.T*grad(Y)",
        "W": "grad(Y)*X.T",
        "b": "grad(Y)*ones(N, 1)",
    }
    assert [column[name].shape for name in "XWb"] == [row[name].shape[::-1] for name in "XWb"]


def test_gradients_of_a_number():
    d = network("gradients")
    assert [shape(d[name]) for name in ("a", "x", "X")] == ["scalar", "1×n", "n×m"]
    assert entry_texts(d, d["X"].form, {"n": 2, "m": 3}) == [
        [f"2*X[{i}, {j}]" for j in range(3)] for i in range(2)
    ]
    assert entry_texts(d, d["x"].form, {"n": 2, "m": 3}) == [["2*x[0, 0]", "2*x[0, 1]"]]


def test_the_jacobian_of_a_vector_by_a_vector():
    d = network("sample")
    jacobian = d.jacobian("y", "x")
    assert (str(jacobian), jacobian.size_texts) == ("W.T", ("M", "D"))
    tensor, matrix = jacobian.tensor(), entry_texts(d, jacobian.form)
    assert matrix == [[tensor[0, i, 0, j] for j in range(3)] for i in range(2)]
    # The transpose, where a gradient is the transpose too.
    other = derive(d.network, layout="denominator").jacobian("y", "x")
    assert (str(other), other.size_texts) == ("W", ("D", "M"))


def test_the_tensor_of_a_vector_by_a_matrix_is_a_matrix_for_each_entry():
    d = network("sample")
    tensor = d.jacobian("y", "W").tensor({"D": 2, "M": 3})
    assert tensor.shape == (1, 3, 2, 3)
    for i in range(3):
        expected = [[f"x[0, {u}]" if v == i else "0" for v in range(3)] for u in range(2)]
        assert tensor[0, i].tolist() == expected


# -- the example in entries ----------------------------------------------------------------


def test_the_product_in_entries():
    d = network("entries")
    found = entry_texts(d, d.network.equation["Y"].expr)
    assert [len(found), len(found[0])] == [2, 3]
    for i in range(2):
        for j in range(3):
            claim = f"X[{i}, 0]*W[0, {j}] + X[{i}, 1]*W[1, {j}]"
            assert is_same(d, found[i][j], claim)


@pytest.mark.parametrize(("u", "v"), [(0, 0), (0, 2), (1, 1)])
def test_one_entry_of_the_gradient_as_a_double_sum_and_as_a_dot_product(u, v):
    d = network("entries")
    by_entry = d.jacobian("Y", "W").tensor()[:, :, u, v]
    assert by_entry.tolist() == [
        [f"X[{i}, {u}]" if j == v else "0" for j in range(3)] for i in range(2)
    ]
    double_sum = " + ".join(
        f"grad(Y)[{i}, {j}]*{by_entry[i, j]}" for i in range(2) for j in range(3)
    )
    rows = ", ".join("hstack(" + ", ".join(row) + ")" for row in by_entry)
    dot_product = f"sum(hadamard(grad(Y), vstack({rows})))"
    entry = f"({text(d, d['W'].form)})[{u}, {v}]"
    assert is_same(d, entry_texts(d, entry)[0][0], double_sum)
    assert is_same(d, double_sum, f"grad(Y)[0, {v}]*X[0, {u}] + grad(Y)[1, {v}]*X[1, {u}]")
    np.testing.assert_allclose(value(d, dot_product), value(d, double_sum), rtol=1e-13)


def test_the_whole_gradient_is_the_transposed_input_times_the_upstream_gradient():
    d = network("entries")
    assert (str(d["W"]), shape(d["W"])) == ("X.T*grad(Y)", "2×3")
    assert (str(d["X"]), shape(d["X"])) == ("grad(Y)*W.T", "2×2")
    found = entry_texts(d, d["W"].form)
    for u in range(2):
        for v in range(3):
            claim = f"grad(Y)[0, {v}]*X[0, {u}] + grad(Y)[1, {v}]*X[1, {u}]"
            assert found[u][v] == claim


def is_same(d, one, other):
    return simplify(parse(one, d.network)) is simplify(parse(other, d.network))


# -- the affine layer ----------------------------------------------------------------------


def test_the_affine_layer():
    d = network("affine")
    forms = {name: (str(d[name]), shape(d[name])) for name in "WXb"}
    assert forms == {
        "W": ("X.T*grad(Y)", "D×M"),
        "X": ("grad(Y)*W.T", "N×D"),
        "b": ("ones(1, N)*grad(Y)", "1×M"),
    }
    values, _ = point(d)
    (dout,) = (v for s, v in values.items() if s.op.name == "grad")
    np.testing.assert_allclose(value(d, d["b"].form), np.sum(dout, axis=0, keepdims=True))


def test_the_bias_is_written_out_and_its_gradient_is_the_sum_over_the_batch():
    d = network("affine")
    product, repeated = d.network.equation["Y"].expr.args
    assert (text(d, product), text(d, repeated)) == ("X*W", "ones(N, 1)*b")
    assert agree(d, d.network.equation["Y"].expr, "X*W + ones(N, 1)*b")
    (step,) = (s for s in d.steps if s.kind == "accumulate" and s.about == "b")
    assert "sum over the rows" in step.substeps[0].text
    # 1 b is a product like X W, with 1 in the place of X.
    ones_for_x = str(d["W"]).replace("X", "ones(N, 1)")
    assert agree(d, d["b"].form, ones_for_x)


def test_the_backward_function_as_it_is_written_by_hand():
    module = generated(network("affine"))
    rng = np.random.default_rng(0)
    X, W, b, dout = (rng.normal(size=size) for size in ((4, 3), (3, 2), (1, 2), (4, 2)))
    Y, cache = module["affine_forward"](X, W, b)
    dX, dW, db = module["affine_backward"](dout, cache)
    np.testing.assert_allclose(Y, X @ W + b)
    np.testing.assert_allclose(dX, dout @ W.T)
    np.testing.assert_allclose(dW, X.T @ dout)
    np.testing.assert_allclose(db, np.sum(dout, axis=0, keepdims=True))


# -- the exercise --------------------------------------------------------------------------


def test_the_sigmoid_layer_in_terms_of_the_upstream_gradient():
    d = network("sigmoid")
    assert (str(d["Y"]), shape(d["Y"])) == ("hadamard(grad(S), S, 1 - S)", "N×M")
    assert str(d["W"]) == "X.T*grad(Y)"


def test_the_exercise_in_numbers():
    d = network("exercise")
    assert value(d, "L") == 52
    claims = {
        "F": [[1, 1], [1, 1]],
        "Y": [[2, 2], [10, 10]],
        "X": [[4, 4], [20, 20]],
        "W": [[20, 20], [32, 32]],
    }
    for name, claim in claims.items():
        np.testing.assert_array_equal(value(d, d[name].closed), claim)


# -- what the steps say ----------------------------------------------------------------------


def test_the_tensor_is_a_matrix_for_each_entry_in_the_derivation():
    found = [claim for _, claim in local_claims(argued("tum-i2dl", "sample"), "y", "W")]
    assert found[2:4] == ["∂y₁/∂W = [x₁, 0; x₂, 0; x₃, 0]", "∂y₂/∂W = [0, x₁; 0, x₂; 0, x₃]"]


G = "[∂L/∂Y₁₁, ∂L/∂Y₁₂, ∂L/∂Y₁₃; ∂L/∂Y₂₁, ∂L/∂Y₂₂, ∂L/∂Y₂₃]"


def test_the_example_in_entries_is_argued_as_in_the_notes():
    found = claims(argued("tum-i2dl", "entries"), "W")
    product = [
        [f"X{i}₁ · W₁{j} + X{i}₂ · W₂{j}" for j in "₁₂₃"] for i in "₁₂"
    ]  # fmt: skip
    gradient = [
        [f"X₁{u} · ∂L/∂Y₁{v} + X₂{u} · ∂L/∂Y₂{v}" for v in "₁₂₃"] for u in "₁₂"
    ]  # fmt: skip
    assert found == [
        ("written out", f"Y = {matrix(product)}"),
        ("what arrives", f"∂L/∂Y = {G}"),
        ("chain rule", "∂L/∂W₁₁ = Σᵢⱼ ∂L/∂Yᵢⱼ · ∂Yᵢⱼ/∂W₁₁"),
        ("inner product of two matrices", f"∂L/∂W₁₁ = ⟨{G}, [X₁₁, 0, 0; X₂₁, 0, 0]⟩"),
        ("zeros drop", "∂L/∂W₁₁ = X₁₁ · ∂L/∂Y₁₁ + X₂₁ · ∂L/∂Y₂₁"),
        ("every entry", f"∂L/∂W = {matrix(gradient)}"),
        ("the pattern", f"{matrix(gradient)} = [X₁₁, X₂₁; X₁₂, X₂₂] · {G}"),
        ("recognised", "∂L/∂W = Xᵀ · ∂L/∂Y"),
    ]
    assert claims(argued("tum-i2dl", "entries"), "X")[-1] == ("recognised", "∂L/∂X = ∂L/∂Y · Wᵀ")


def matrix(rows):
    return f"[{'; '.join(', '.join(row) for row in rows)}]"


def test_the_affine_layer_is_argued_in_four_ways():
    differential = dict(claims(argued("tum-i2dl", "affine"), "b"))
    assert differential["factors move across"].endswith(" = ⟨𝟏ᵀ · ∂L/∂Y, db⟩")
    index = claims(argued("tum-i2dl", "affine", "index"), "b")
    assert index[-2:] == [
        ("which terms survive", "∂L/∂bₖ = Σᵢ ∂L/∂Yᵢₖ"),
        ("stacked back", "∂L/∂bₖ = (𝟏ᵀ · ∂L/∂Y)ₖ"),
    ]
    explicit = dict(claims(argued("tum-i2dl", "affine", "explicit"), "b"))
    assert explicit["every entry"] == "∂L/∂b = [∂L/∂Y₁₁ + ∂L/∂Y₂₁, ∂L/∂Y₁₂ + ∂L/∂Y₂₂]"
    column = argued("tum-i2dl", "affine", "column")
    assert text(column, column.network.equation["Y"].expr) == "W*X + b*ones(1, N)"
    assert claims(column, "W")[-1][1].endswith(" = ⟨∂L/∂Y · Xᵀ, dW⟩")


def test_the_sigmoid_layer_is_argued_with_its_diagonal():
    assert claims(argued("tum-i2dl", "sigmoid", "chain"), "Y")[-1] == (
        "diagonal Jacobian",
        "rvec(∂L/∂S)ᵀ · diag(rvec(S ∘ (1 − S))) = rvec(∂L/∂S ∘ S ∘ (1 − S))ᵀ",
    )


def test_the_exercise_is_traced():
    t = trace(network("exercise"))
    gradients = {name: t[name].gradient.tolist() for name in "FYXW"}
    assert t["L"].value == 52
    assert gradients == {
        "F": [[1, 1], [1, 1]],
        "Y": [[2, 2], [10, 10]],
        "X": [[4, 4], [20, 20]],
        "W": [[20, 20], [32, 32]],
    }
