"""The handwritten derivation: scalars, then layers x = σ(z), z = W x + b; column convention,
denominator layout. Indices follow the equations as they are first stated."""

import numpy as np
import pytest

from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.build import gradient
from matcalc.simplify import simplify
from tests.notes.stored import (
    agree,
    argued,
    claims,
    entry_texts,
    same_entries,
    shape,
    stored,
    text,
    value,
)

VEC = """
convention: column
dims: {m: 2, n: 3, p: 5, q: 7}
inputs: {A: [m, n], B: [n, p], C: [p, q], W: [m, n], x: [n, 1], y: [m, 1], b: [m, 1]}
network: {L: sum(A)}
"""


# -- the 2-2-1 network of scalars ------------------------------------------------------


def test_the_slope_of_sigmoid_in_terms_of_sigmoid():
    d = stored("handwritten", "sigma")
    assert agree(d, d.network.equation["s"].expr, "1/v")
    assert agree(d, d["x"].closed, "exp(-x)/(1 + exp(-x))**2")
    assert agree(d, d["x"].closed, "s*(1 - s)")
    assert agree(d, d["x"].closed, "sigmoid(x)*(1 - sigmoid(x))")
    assert str(stored("handwritten", "scalars").jacobian("a0", "z0")) == "a0*(1 - a0)"


DELTA2 = "(a2 - y)*D(sigmoid, z2)"
NINE = {
    "b2": DELTA2,
    "w4": f"{DELTA2}*a0",
    "w5": f"{DELTA2}*a1",
    "b1": f"{DELTA2}*w5*D(sigmoid, z1)",
    "w2": f"{DELTA2}*w5*D(sigmoid, z1)*x0",
    "w3": f"{DELTA2}*w5*D(sigmoid, z1)*x1",
    "b0": f"{DELTA2}*w4*D(sigmoid, z0)",
    "w0": f"{DELTA2}*w4*D(sigmoid, z0)*x0",
    "w1": f"{DELTA2}*w4*D(sigmoid, z0)*x1",
}


@pytest.mark.parametrize("name", NINE)
def test_the_nine_gradients_of_the_network_of_scalars(name):
    d = stored("handwritten", "scalars")
    assert agree(d, d[name].closed, NINE[name])
    assert shape(d[name]) == "scalar"


def test_one_step_back_each_in_the_network_of_scalars():
    d = stored("handwritten", "scalars")
    forms = {name: str(partial) for name, partial in d.partials.items()}
    assert forms["a2"] == "a2 - y"
    assert forms["z2"] == "grad(a2)*a2*(1 - a2)"
    assert forms["a1"] == "grad(z2)*w5" and forms["a0"] == "grad(z2)*w4"
    assert forms["w2"] == "grad(z1)*x0" and forms["b1"] == "grad(z1)"


# -- layers in matrix form ---------------------------------------------------------------


def layers(depth):
    """x0 through ``depth`` layers, with half the squared distance to y at the end."""
    numbers = range(1, depth + 1)
    sizes = ", ".join(f"m{k}: {2 + k % 3}" for k in range(depth + 1))
    weights = "".join(f"  W{k}: [m{k}, m{k - 1}]\n  b{k}: [m{k}, 1]\n" for k in numbers)
    nodes = "".join(f"  z{k}: W{k}*x{k - 1} + b{k}\n  x{k}: sigmoid(z{k})\n" for k in numbers)
    return loads(
        f"convention: column\nlayout: denominator\ndims: {{{sizes}}}\ninputs: {{x0: [m0, 1]}}\n"
        f"parameters:\n{weights}constants: {{y: [m{depth}, 1]}}\nnetwork:\n{nodes}"
        f"  L: (x{depth} - y).T*(x{depth} - y)/2\nloss: L"
    )


@pytest.mark.parametrize("name", ["two-layers", "three-layers"])
def test_the_stored_layers_are_these(name):
    d = stored("handwritten", name)
    same = layers(len(d.network.equations) // 2)
    assert [e.expr for e in d.network.equations] == [e.expr for e in same.equations]


def test_jacobians_in_the_denominator_layout():
    d = stored("handwritten", "three-layers")
    assert str(d.jacobian("x3", "z3")) == "diag(hadamard(x3, 1 - x3))"
    assert agree(d, d.jacobian("x3", "z3").form, "diag(D(sigmoid, z3))")
    assert str(d.jacobian("z3", "b3")) == "eye(m3)"
    assert str(d.jacobian("z3", "x2")) == "W3.T"
    assert d.jacobian("z3", "x2").size_texts == ("m2", "m3")
    assert d.jacobian("x3", "z3").size_texts == ("m3", "m3")


def test_the_gradient_at_the_last_layer():
    d = stored("handwritten", "three-layers")
    assert str(d["x3"]) == "x3 - y"
    assert shape(d["x3"]) == "m3×1"


@pytest.mark.parametrize(("of", "wrt"), [("x3", "z3"), ("z3", "x2"), ("z3", "b3"), ("x1", "z1")])
def test_the_chain_rule_is_reversed(of, wrt):
    d = stored("handwritten", "three-layers")
    jacobian, arriving = d.jacobian(of, wrt), gradient(d.network.symbol(of))
    assert jacobian.shape[1] == arriving.shape[0]
    assert agree(d, jacobian.form * arriving, str(d[wrt]))
    assert shape(d["z3"]) == "m3×1"


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6])
def test_the_pattern_back_through_layers(depth):
    d = derive(layers(depth))
    assert str(d[f"b{depth}"]) == f"grad(z{depth})"
    factors = ""
    for k in range(depth, 0, -1):
        factors = f"W{k}.T*diag(D(sigmoid, z{k}))*{factors}"
        assert agree(d, d[f"x{k - 1}"].closed, f"{factors}(x{depth} - y)")
        assert str(d[f"W{k}"]) == f"grad(z{k})*x{k - 1}.T"
        assert str(d[f"x{k - 1}"]) == f"W{k}.T*grad(z{k})"


def test_the_gradient_by_the_last_weights_entry_by_entry():
    d = stored("handwritten", "three-layers")
    assert agree(d, d["W3"].closed, "hadamard(D(sigmoid, z3), x3 - y)*x2.T")
    entries = entry_texts(d, simplify(d["W3"].closed))
    for i, row in enumerate(entries):
        for j, entry in enumerate(row):
            claim = f"(x3[{i}, 0] - y[{i}, 0])*x3[{i}, 0]*(1 - x3[{i}, 0])*x2[{j}, 0]"
            assert simplify(parse(entry, d.network)) is simplify(parse(claim, d.network))


# -- vec and devec -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def vec():
    return derive(loads(VEC))


SIZES = [{"m": 3, "n": 2}, {"m": 2, "n": 3}, {"m": 1, "n": 4}, {"m": 4, "n": 4}]


@pytest.mark.parametrize(
    "sizes", [{"m": 2, "n": 3, "p": 5, "q": 7}, {"m": 3, "n": 1, "p": 4, "q": 2}]
)
def test_vec_of_a_product_of_three(vec, sizes):
    assert agree(vec, parse("vec(A*B*C)", vec.network), "kron(C.T, A)*vec(B)", sizes)


@pytest.mark.parametrize("sizes", SIZES)
def test_a_layer_with_its_weights_as_a_vector(vec, sizes):
    assert same_entries(vec, "W*x + b", "kron(x.T, eye(m))*vec(W) + b", sizes)


@pytest.mark.parametrize("sizes", SIZES)
def test_the_gradient_by_the_vector_of_weights_is_that_by_the_matrix_stacked(vec, sizes):
    assert same_entries(vec, "kron(x, eye(m))*y", "vec(y*x.T)", sizes)
    assert agree(vec, parse("kron(x, eye(m))*y", vec.network), "vec(y*x.T)")


def test_devec_written_out_at_the_sizes_three_and_two(vec):
    column = entry_texts(vec, "kron(x, eye(m))*y", {"m": 3, "n": 2})
    assert column == [[f"x[{j}, 0]*y[{i}, 0]"] for j in range(2) for i in range(3)]
    factor = entry_texts(vec, "kron(x, eye(m))", {"m": 3, "n": 2})
    zero, first, second = "0", "x[0, 0]", "x[1, 0]"
    assert factor == [
        [first, zero, zero],
        [zero, first, zero],
        [zero, zero, first],
        [second, zero, zero],
        [zero, second, zero],
        [zero, zero, second],
    ]


def test_the_gradient_by_the_vector_of_weights():
    d = stored("handwritten", "vec")
    assert str(d["w"]) == "kron(x, eye(m))*grad(z)"
    assert shape(d["w"]) == "m*n×1"
    assert str(d.jacobian("z", "w")) == "kron(x, eye(m))"
    assert text(d, d.network.equation["z"].expr) == "kron(x.T, eye(m))*w + b"
    outer = np.ravel(value(d, "grad(z)*x.T"), order="F").reshape(-1, 1)
    np.testing.assert_allclose(value(d, d["w"].form), outer, rtol=1e-14)


# -- what the steps say ----------------------------------------------------------------------


def test_the_slope_of_sigmoid_line_by_line():
    assert claims(argued("handwritten", "sigma"), "x")[3:] == [
        ("chain rule through the network", "∂s/∂x = ∂s/∂v · ∂v/∂u · ∂u/∂x"),
        ("the pattern", "∂s/∂x = (−1/v²) · (−u)"),
        ("multiplied out", "∂s/∂x = u/v²"),
        ("solved for u", "u = v − 1"),
        ("substitute", "∂s/∂x = (v − 1)/v²"),
        ("solved for v", "v = 1/s"),
        ("substitute", "∂s/∂x = 1/((1/s)²) · (1/s − 1)"),
        ("multiplied out", "∂s/∂x = s · (1 − s)"),
    ]


WRITTEN = {
    "b2": "",
    "w4": " · a0",
    "w5": " · a1",
    "b1": " · w5 · a1 · (1 − a1)",
    "w2": " · w5 · a1 · (1 − a1) · x0",
    "w3": " · w5 · a1 · (1 − a1) · x1",
    "b0": " · w4 · a0 · (1 − a0)",
    "w0": " · w4 · a0 · (1 − a0) · x0",
    "w1": " · w4 · a0 · (1 − a0) · x1",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_of_the_nine_gradients_is_written_as_one_product(name):
    product = f"∂L/∂{name} = (a2 − y) · a2 · (1 − a2){WRITTEN[name]}"
    assert claims(argued("handwritten", "scalars"), name)[-1] == ("the pattern", product)


def test_the_reversed_chain_rule_and_the_pattern_back_through_layers():
    d = argued("handwritten", "three-layers")
    assert claims(d, "z3") == [
        ("chain rule", "∂L/∂z3 = ∂x3/∂z3 · ∂L/∂x3"),
        ("local Jacobian", "∂x3/∂z3 = diag(x3 ∘ (1 − x3))"),
        ("substitute", "∂L/∂z3 = diag(x3 ∘ (1 − x3)) · ∂L/∂x3"),
        ("diagonal Jacobian", "diag(x3 ∘ (1 − x3)) · ∂L/∂x3 = ∂L/∂x3 ∘ x3 ∘ (1 − x3)"),
    ]
    assert ("local Jacobian", "∂z3/∂b3 = Iₘ₃") in claims(d, "b3")
    assert claims(d, "x1")[-1] == (
        "the pattern",
        "∂L/∂x1 = W2ᵀ · diag(x2 ∘ (1 − x2)) · W3ᵀ · diag(x3 ∘ (1 − x3)) · ∂L/∂x3",
    )


def test_the_last_weights_are_argued_entry_by_entry():
    d = argued("handwritten", "three-layers", "index")
    assert ("stacked back", "∂L/∂x3ᵢ = (x3 − y)ᵢ") in claims(d, "x3")
    assert claims(d, "W3")[-3:] == [
        ("which terms survive", "∂L/∂W3ⱼₖ = ∂L/∂z3ⱼ · x2ₖ"),
        ("stacked back", "∂L/∂W3ⱼₖ = (∂L/∂z3 · x2ᵀ)ⱼₖ"),
        ("what arrives, written out", "∂L/∂W3ⱼₖ = x3ⱼ · (1 − x3ⱼ) · (x3ⱼ − yⱼ) · x2ₖ"),
    ]


def test_vec_and_devec_are_steps():
    assert claims(argued("handwritten", "layer"), "W") == [
        ("vec of a product", "dW · x = (xᵀ ⊗ Iₘ) · vec(dW)"),
        ("transpose", "vec(∂L/∂W) = (xᵀ ⊗ Iₘ)ᵀ · ∂L/∂z"),
        ("transpose of the Jacobian", "(xᵀ ⊗ Iₘ)ᵀ · ∂L/∂z = (x ⊗ Iₘ) · ∂L/∂z"),
        ("vec of a product, backwards", "(x ⊗ Iₘ) · ∂L/∂z = vec(∂L/∂z · xᵀ)"),
        ("devec", "vec(∂L/∂W) = vec(∂L/∂z · xᵀ)"),
    ]
    first = claims(argued("handwritten", "product"), "B")[0]
    assert first == ("vec of a product", "vec(A · dB · C) = (Cᵀ ⊗ A) · vec(dB)")


def test_devec_is_written_out_at_the_sizes_three_and_two():
    stacked = "[x₁ · g₁; x₁ · g₂; x₁ · g₃; x₂ · g₁; x₂ · g₂; x₂ · g₃]"
    factor = "[x₁, 0, 0; 0, x₁, 0; 0, 0, x₁; x₂, 0, 0; 0, x₂, 0; 0, 0, x₂]"
    vector = dict(claims(argued("handwritten", "vec", "explicit"), "w"))
    assert named(vector["the pattern"]) == f"{stacked} = {factor} · [g₁; g₂; g₃]"
    matrix = dict(claims(argued("handwritten", "layer", "explicit"), "W"))
    rows = "; ".join(f"g{i} · x₁, g{i} · x₂" for i in "₁₂₃")
    assert named(matrix["the pattern"]) == f"[{rows}] = [g₁; g₂; g₃] · [x₁, x₂]"


def named(claim):
    """The claim with g for the gradient that arrives."""
    return claim.replace("∂L/∂z", "g")
