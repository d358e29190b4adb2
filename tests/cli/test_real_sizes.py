"""Networks as people train them, with sizes in numbers, or deep: within the limits, and checked."""

import pytest

from tests.running import run
from tests.trust import chain

NETWORK = """
inputs: {X: [64, 784]}
parameters: {W1: [784, 256], b1: [1, 256], W2: [256, 128], b2: [1, 128], W3: [128, 10], b3: [1, 10]}
constants: {Y: [64, 10]}
network:
  Z1: X*W1 + b1
  A1: relu(Z1)
  Z2: A1*W2 + b2
  A2: gelu(Z2)
  Z3: A2*W3 + b3
  L: softmax_cross_entropy(Z3, Y)
"""


@pytest.mark.parametrize(
    "command",
    [
        "derive",
        "derive --style chain",
        "derive --style index",
        "derive --jacobians",
        "check --points 8",
    ],
)
def test_real_sizes(tmp_path, command):
    path = tmp_path / "net.yaml"
    path.write_text(NETWORK)
    name, *options = command.split()
    done = run(name, path, *options)
    assert done.code == 0, done.err
    assert "FAIL" not in done.out


def test_a_deep_network(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(chain(300))
    done = run("derive", path)
    assert done.code == 0, done.err
