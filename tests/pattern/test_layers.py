"""layers: as a shorthand, expanded in the file's convention."""

import pytest

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.errors import InputError
from matcalc.printing.network_yaml import network_yaml

FILE = """dims: {N: 6, D: 7}
inputs: {X: [N, D]}
layers: [affine: 64, relu, affine: 10, softmax_cross_entropy]
"""

ROW = """convention: row
layout: denominator
dims:
  N: 6
  D: 7
  H1: 64
  H2: 10
inputs:
  X: [N, D]
parameters:
  W1: [D, H1]
  b1: [1, H1]
  W2: [H1, H2]
  b2: [1, H2]
constants:
  Y: [N, H2]
network:
  Z1: X*W1 + b1
  A1: relu(Z1)
  Z2: A1*W2 + b2
  L: softmax_cross_entropy(Z2, Y)
loss: L
"""


def test_layers_are_written_out():
    assert network_yaml(loads(FILE)) == ROW


def test_in_the_convention_of_columns():
    text = FILE.replace("[N, D]", "[D, N]") + "convention: column\n"
    network = loads(text)
    assert "Z1: W1*X + b1" in network_yaml(network)
    assert check(derive(network), points=1).ok


def test_declared_sizes_targets_and_functions_are_used():
    text = """
dims: {D: 3, H: 5}
inputs: {x: [D]}
constants: {target: [H]}
functions: {swish: x*sigmoid(x)}
layers: [linear: H, swish, layernorm, sse]
"""
    network = loads(text)
    assert [v.name for v in network.variables] == ["x", "W1", "target"]
    assert [e.text for e in network.equations] == [
        "x*W1", "swish(Z1)", "layernorm(A1)", "sse(A2, target)",
    ]  # fmt: skip


def test_without_a_loss_outputs_are_named():
    network = loads(FILE.replace(", softmax_cross_entropy", "") + "outputs: [Z2]\n")
    assert network.outputs == ("Z2",)


REFUSED = [
    ("relu", "rellu", 3, 22, "there is no layer rellu", "Did you mean relu?"),
    ("affine: 64", "affine", 3, 10, "affine needs the size", "Write affine: 64."),
    ("relu", "relu: 3", 3, 22, "relu has no size", "Write relu alone."),
    ("relu", "sse", 3, 22, "sse is a loss and not the last layer", "Put it last."),
    ("{X: [N, D]}", "{X: [N, D], V: [N, D]}", 3, 9, "start from one input, not from 2", "inputs"),
    ("{X: [N, D]}", "{X: []}", 2, 13, "X has no shape with samples", "inputs: {X: [N, D]}"),
    ("layers:", "network: {L: sum(X)}\nlayers:", 4, 9, "layers or a network, not both", "show"),
    ("[affine: 64, relu, affine: 10, softmax_cross_entropy]", "4", 3, 9, "layers are a list", ""),
    ("layers:", "parameters: {W1: [N, D]}\nlayers:", 3, 14, "W1 is what the layers use", "another"),
    ("affine: 64", "affine: K", 3, 18, "K is not a dimension", "Declare it under dims"),
    ("softmax_cross_entropy", "relu", 3, 40, "there is no loss: the last node A2", "outputs: [A2]"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[1][:20] for case in REFUSED])
def test_what_is_wrong_is_said_where_it_is(case):
    old, new, line, column, words, mend = case
    with pytest.raises(InputError) as caught:
        loads(FILE.replace(old, new, 1), "net.yaml")
    error = caught.value
    assert words in error.message
    assert mend in error.mend
    assert (error.place.line, error.place.column) == (line, column)
