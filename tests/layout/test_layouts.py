"""One network in all combinations of convention and layout, as layouts.md defines them.

The expected arrays are worked out here from the definition, by the complex step through
the network as it was written, never from another result of matcalc.
"""

import numpy as np
import pytest

from matcalc.checking.run import find_point
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.errors import InputError
from matcalc.layout.layout import as_layout, as_preset
from matcalc.network.convention import convert
from matcalc.network.network import Convention
from matcalc.numeric.evaluate import evaluate
from tests.networks import mlp

SIZES = {"N": 2, "D": 3, "H": 5, "C": 7}
SHAPES = {
    "X": ("N", "D"),
    "W1": ("D", "H"),
    "b1": ("1", "H"),
    "W2": ("H", "C"),
    "b2": ("1", "C"),
    "Z1": ("N", "H"),
    "A1": ("N", "H"),
    "Z2": ("N", "C"),
}
TRANSPOSED = {("row", "numerator"), ("column", "denominator"), ("column", "mixed")}


def point(network):
    return find_point(network, SIZES, np.random.default_rng(3))


def values(reference, d):
    known = dict(reference.point)
    return known | reference.gradients(list(d.gradients))


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("convention", ["row", "column"])
def test_shapes_and_values(convention, layout):
    """Against the row network's own gradients, transposed as the combination asks."""
    d = derive(mlp(), convention=convention, layout=layout)
    flip = convention == "column"
    turned = ((convention, layout) in TRANSPOSED) if layout != "numerator" else not flip
    reference = point(mlp())
    own = reference.gradients(list(SHAPES))
    flipped = {
        s: reference.point[mlp().symbol(s.name)] for s in map(d.network.symbol, d.network.variable)
    }
    here = point(d.network)
    here.point = {s: np.transpose(v) if flip else v for s, v in flipped.items()}
    here._run(here.point, 0)
    known = here.point | here.gradients(list(SHAPES))
    for name, shape in SHAPES.items():
        expected = own[next(s for s in own if s.name == name)]
        expected = expected.T if turned else expected
        assert tuple(map(str, d[name].shape)) == (shape[::-1] if turned else shape)
        found = evaluate(d[name].form, known, here.env)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("layout", "form", "shape"),
    [
        ("denominator", "kron(X.T, eye(H))", ("D*H", "N*H")),
        ("numerator", "kron(X, eye(H))", ("N*H", "D*H")),
        ("mixed", "kron(X, eye(H))", ("N*H", "D*H")),
    ],
)
def test_kronecker_forms(layout, form, shape):
    jacobian = derive(mlp(), layout=layout).jacobian("Z1", "W1")
    assert str(jacobian) == form
    assert jacobian.size_texts == shape
    column = derive(mlp(), layout=layout, convention="column").jacobian("Z1", "W1")
    turned = form.replace("X.T", "_").replace("X", "X.T").replace("_", "X")
    assert str(column) == turned


SIZE_TABLE = """
convention: column
dims: {n: 2, m: 3, p: 5, q: 7}
inputs: {s: [], x: [n], X: [p, q]}
network:
  y: hadamard(ones(m, 1)*s, A*x)
  Y: s*B
parameters: {A: [m, n], B: [p, q]}
outputs: [y, Y]
"""


@pytest.mark.parametrize(
    ("layout", "vector_by_scalar", "matrix_by_scalar", "vector_by_vector"),
    [
        ("denominator", ("1", "m"), ("q", "p"), ("n", "m")),
        ("numerator", ("m", "1"), ("p", "q"), ("m", "n")),
        ("mixed", ("m", "1"), ("p", "q"), ("m", "n")),
    ],
)
def test_the_size_table(layout, vector_by_scalar, matrix_by_scalar, vector_by_vector):
    d = derive(loads(SIZE_TABLE), layout=layout)
    assert tuple(map(str, d.jacobian("y", "s").shape)) == vector_by_scalar
    assert tuple(map(str, d.jacobian("Y", "s").shape)) == matrix_by_scalar
    assert tuple(map(str, d.jacobian("y", "x").shape)) == vector_by_vector


def test_changing_the_convention_twice_gives_the_network_back():
    network = mlp()
    there = convert(network, Convention.COLUMN)
    back = convert(there, Convention.ROW)
    assert [e.expr for e in back.equations] == [e.expr for e in network.equations]
    assert back.variables == network.variables


def test_flip_false_keeps_a_variable_as_it_is():
    text = """
dims: {N: 2, D: 3, H: 5}
inputs: {X: [N, D]}
parameters: {W: {shape: [D, H], flip: false}}
network: {Z: X*W}
outputs: [Z]
"""
    d = derive(loads(text), convention="column")
    assert tuple(map(str, d["W"].shape)) == ("D", "H")
    assert d.network.convention is Convention.COLUMN
    assert [str(d[name]) for name in ("X", "W")] == ["W*grad(Z)", "X*grad(Z).T"]


def test_a_mapping_is_a_layout():
    layout = as_layout({"vector_gradient": "transpose", "jacobian": "numerator"})
    assert layout == as_preset("gatech-4644").layout
    assert as_layout("mixed").spec == "mixed"
    assert layout.spec["matrix_gradient"] == "shape"


@pytest.mark.parametrize("bad", ["denominater", {"jacobian": "sideways"}, {"vectors": "shape"}])
def test_unknown_layouts_are_refused(bad):
    with pytest.raises(InputError):
        as_layout(bad)
