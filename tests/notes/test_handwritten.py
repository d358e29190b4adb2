"""The handwritten derivation: scalars, then layers x = σ(z), z = W x + b; column convention,
denominator layout. Indices follow the equations as they are first stated."""

import numpy as np
import pytest

from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.build import gradient
from matcalc.simplify import simplify
from tests.notes.stored import agree, entry_texts, same_entries, shape, stored, text, value

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
