"""Files of values for ``eval`` and ``trace``: what does not fit what the network says of them."""

import numpy as np
import pytest

from tests.cli.test_grade import matcalc

NET = """\
dims: {{n: 3}}
inputs: {{x: [n, 1]}}
parameters: {{A: {{shape: [n, n], assume: {assumed}}}}}
network:
  y: A*x
  L: y.T*x
"""
ODD = np.array([[1.0, 2, 3], [0, 1, 2], [5, 5, 5]])
HELD = {
    "symmetric": (ODD + ODD.T),
    "antisymmetric": ODD - ODD.T,
    "diagonal": np.diag([1.0, 2, 3]),
    "orthogonal": np.linalg.qr(ODD)[0],
    "positive_definite": ODD @ ODD.T + np.eye(3),
    "row_stochastic": ODD / ODD.sum(axis=1, keepdims=True),
    "column_stochastic": ODD / ODD.sum(axis=0),
    "one_hot": np.eye(3)[[2, 0, 0]],
    "positive": ODD + 1,
}


def run(tmp_path, command, net, **values):
    (tmp_path / "net.yaml").write_text(net)
    np.savez(tmp_path / "in.npz", **values)
    return matcalc(command, tmp_path / "net.yaml", "--values", tmp_path / "in.npz")


@pytest.mark.parametrize("command", ["eval", "trace"])
@pytest.mark.parametrize("assumed", HELD)
def test_given_values_are_as_is_assumed(tmp_path, command, assumed):
    net, x = NET.format(assumed=assumed), np.ones((3, 1))
    for kind in (np.float64, np.float32):
        held = run(tmp_path, command, net, x=x, A=HELD[assumed].astype(kind))
        assert held.returncode == 0, held.stderr
    refused = run(tmp_path, command, net, x=x, A=1e-9 * (ODD - 1.5))
    assert refused.returncode == 2 and refused.stdout == ""
    assert f"the value of A is not {assumed.replace('_', ' ')}" in refused.stderr


FINITE = """\
dims: {N: 2, D: 3}
inputs: {X: [N, D]}
network:
  Z: exp(X)
  L: sum(Z) - sum(square(Z))
"""


def test_eval_names_what_is_not_finite(tmp_path):
    right = run(tmp_path, "eval", FINITE, X=np.ones((2, 3)))
    assert right.returncode == 0 and right.stderr == ""
    over = run(tmp_path, "eval", FINITE, X=np.full((2, 3), 60.0, dtype=np.float32))
    assert over.returncode == 0 and "Warning" not in over.stderr
    assert over.stderr.splitlines() == [
        "matcalc: the loss is not finite at these values",
        "matcalc: the gradient of X is not finite at these values",
    ]
    double = run(tmp_path, "eval", FINITE, X=np.full((2, 3), 60.0))
    assert double.stderr == "" and "nan" not in double.stdout


@pytest.mark.parametrize("command", ["eval", "trace"])
def test_a_file_of_values_has_a_limit(tmp_path, command):
    (tmp_path / "net.yaml").write_text(FINITE)
    np.savez(tmp_path / "in.npz", X=np.ones((2, 3)))
    files = tmp_path / "net.yaml", "--values", tmp_path / "in.npz"
    done = matcalc(command, *files, "--limit", "values_bytes=20")
    assert done.returncode == 2 and "20 are the limit" in done.stderr
