"""What the sections of a network file mean."""

import io
import sys

import numpy as np
import pytest

from matcalc.declaration import load, loads, parse
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import operation
from matcalc.network.network import Convention, Kind
from matcalc.printing.language import write

EXAMPLE = """
name: Two-layer MLP            # optional
convention: row                # row | column; default row
layout: denominator            # denominator (default) | numerator | mixed
dims: {N: 4, D: 3, H: 5, C: 2} # symbolic dimensions
inputs:                        # data that gets a gradient
  X: [N, D]
parameters:                    # trained; get a gradient
  W1: [D, H]
  b1: [1, H]
  W2: [H, C]
  b2: [1, C]
constants:                     # get none
  Y: [N, C]
network:                       # ordered
  Z1: X*W1 + b1
  A1: sigmoid(Z1)
  Z2: A1*W2 + b2
  L: sse(Z2, Y)
loss: L
"""


def test_the_example_of_the_language():
    network = loads(EXAMPLE)
    assert network.name == "Two-layer MLP"
    assert network.convention is Convention.ROW
    assert network.layout == "denominator"
    assert network.dims == {"N": 4, "D": 3, "H": 5, "C": 2}
    assert [v.name for v in network.variables] == ["X", "W1", "b1", "W2", "b2", "Y"]
    assert network.variable["Y"].kind is Kind.CONSTANT
    assert [e.name for e in network.equations] == ["Z1", "A1", "Z2", "L"]
    assert write(network.equation["Z1"].expr) == "X*W1 + ones(N, 1)*b1"
    assert network.equation["Z1"].text == "X*W1 + b1"
    assert network.loss == "L" and network.outputs == ()


def test_the_loss_is_the_last_node_where_it_is_a_scalar():
    assert loads(EXAMPLE.replace("loss: L", "")).loss == "L"


def test_outputs_take_the_place_of_a_loss():
    network = loads("inputs: {X: [2, 3]}\nnetwork: {A: X*2, B: exp(X)}\noutputs: [B, A]")
    assert network.loss is None and network.outputs == ("B", "A")
    assert loads("inputs: {X: [2, 3]}\nnetwork: {A: X*2}\noutputs: A").outputs == ("A",)


def test_names_that_yaml_would_guess_about():
    network = loads("inputs: {n: [], y: [2, 2], on: []}\nnetwork: {off: n*on, no: sum(y)*off*1e-3}")
    assert [v.name for v in network.variables] == ["n", "y", "on"]
    assert network.loss == "no"


@pytest.mark.parametrize(
    ("convention", "shape"),
    [("row", (ONE, Dimension.of("N"))), ("column", (Dimension.of("N"), ONE))],
)
def test_a_vector_lies_as_samples_do(convention, shape):
    network = loads(
        f"convention: {convention}\ndims: {{N: 2}}\ninputs: {{x: [N], s: [], t: [1, 1]}}\n"
        "network: {L: sum(x)*s*t}"
    )
    assert network.variable["x"].shape == shape
    assert network.variable["s"].shape == ()
    assert network.variable["t"].shape == (ONE, ONE)
    assert network.variable["t"].symbol.shape == ()


def test_dimensions_in_shapes():
    network = loads("dims: {N: 2, D: '3'}\ninputs: {X: [2*N + 1, N*D - 1]}\nnetwork: {L: sum(X)}")
    assert [str(size) for size in network.variable["X"].shape] == ["2*N + 1", "D*N - 1"]
    assert network.dims == {"N": 2, "D": 3}


def test_a_dimension_may_be_called_d():
    network = loads("dims: {D: 3, d: 2}\ninputs: {X: [D, d]}\nnetwork: {L: D*sum(X)/d}")
    assert write(parse("D*(d + 1)", network)) == "D*(d + 1)"
    assert parse("d(X)", network).op is operation("d")


@pytest.mark.parametrize(
    ("assume", "convention", "expected"),
    [
        ("symmetric", "row", {"symmetric"}),
        ("[orthogonal]", "row", {"orthogonal"}),
        ("diagonal", "row", {"diagonal", "symmetric"}),
        ("positive_definite", "row", {"positive_definite", "symmetric"}),
        ("one_hot", "row", {"one_hot", "row_stochastic"}),
        ("one_hot", "column", {"one_hot", "column_stochastic"}),
        ("[positive, row_stochastic]", "row", {"positive", "row_stochastic"}),
    ],
)
def test_assumptions_and_what_follows_from_them(assume, convention, expected):
    network = loads(
        f"convention: {convention}\ninputs: {{X: {{shape: [3, 3], assume: {assume}}}}}\n"
        "network: {L: sum(X)}"
    )
    assert network.variable["X"].assume == expected
    assert next(iter(network.equations[0].expr.free)).data[2] == expected


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        ("[2, 2]", "[[1, 2], [3, -4e-1]]", [[1, 2], [3, -0.4]]),
        ("[N]", "[1, 2, 3]", [[1, 2, 3]]),
        ("[N, 1]", "[1, 2, 3]", [[1], [2], [3]]),
        ("[N, 1]", "[[1], [2], [3]]", [[1], [2], [3]]),
        ("[1, 1]", "7", [[7]]),
        ("[]", "+.5", 0.5),
        ("[]", "[3]", 3.0),
    ],
)
def test_values(shape, value, expected):
    network = loads(
        f"dims: {{N: 3}}\ninputs: {{X: {{shape: {shape}, value: {value}}}}}\nnetwork: {{L: sum(X)}}"
    )
    found = network.variable["X"].value
    np.testing.assert_array_equal(found, expected)
    assert np.shape(found) == np.shape(expected)
    assert isinstance(found, float if shape == "[]" else np.ndarray)


def test_flip():
    network = loads(
        "inputs: {X: {shape: [2], flip: false}, Y: {shape: [2], flip: true}}\n"
        "network: {L: sum(X + Y)}"
    )
    assert [v.flip for v in network.variables] == [False, True]


def test_a_layout_may_be_a_mapping():
    text = "inputs: {X: [2]}\nnetwork: {L: sum(X)}\nlayout: "
    assert loads(text + "mixed").layout == "mixed"
    assert loads(text + "{vector_gradient: transpose, jacobian: numerator}").layout == {
        "vector_gradient": "transpose",
        "matrix_gradient": "shape",
        "jacobian": "numerator",
    }


def test_empty_sections_and_shared_entries():
    network = loads(
        "dims:\ninputs: {X: &shape [2, 3], Y: *shape}\nparameters: ~\nconstants: null\n"
        "network: {L: sum(X + Y)}\nfunctions:\n"
    )
    assert [v.name for v in network.variables] == ["X", "Y"]


def test_expressions_over_several_lines():
    network = loads(
        "inputs: {X: [2, 3]}\nnetwork:\n  Z: |\n    X\n     + 1\n  L: >-\n    sum(\n    Z)\n"
    )
    assert [e.text for e in network.equations] == ["X + 1", "sum( Z)"]


def test_load_reads_files_and_standard_input(tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    assert load(path).loss == "L"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(EXAMPLE.encode())))
    assert load("-").loss == "L"
