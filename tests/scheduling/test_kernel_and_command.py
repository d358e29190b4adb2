"""d.kernel, mc.codegen and ``matcalc codegen`` with a workspace."""

import subprocess
import sys

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import InputError
from tests.cli.test_commands import matcalc
from tests.generation.test_modules import OUTPUTS
from tests.networks import MLP


def arrays(network, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=[d.size(network.dims) for d in v.shape]) for v in network.variables]


@pytest.mark.parametrize("workspace", [False, True])
def test_a_kernel_gives_the_loss_and_what_was_asked_for(workspace):
    network = mc.loads(MLP)
    d = mc.derive(network, wrt=["W2", "b1"])
    values = arrays(network)
    loss, grads = d.kernel(workspace=workspace)(*values)
    assert list(grads) == ["W2", "b1"]
    np.testing.assert_allclose(grads["b1"], d["b1"].kernel(*values))
    by_name = dict(zip(network.variable, values, strict=True))
    again = d.kernel(workspace=workspace)(**by_name)
    np.testing.assert_allclose(again[0], loss)
    with pytest.raises(InputError, match="Z1 is a node"):
        mc.derive(network, wrt="Z1").kernel(workspace=workspace)


def test_outputs_with_their_upstream_gradients():
    network = mc.loads(OUTPUTS)
    values = arrays(network)
    upstream = [np.ones((5, 4)), np.ones((1, 4)), 2.0]
    d = mc.derive(network)
    (first, one), (second, other) = (
        d.kernel(workspace=w)(*values, *upstream) for w in (False, True)
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b)
    for name in one:
        np.testing.assert_allclose(one[name], other[name])


def test_only_what_is_wanted_is_computed():
    source = mc.codegen(mc.derive(mc.loads(MLP), wrt="b2"), workspace=True)
    run = source[source.index("def _run()") : source.index("return _run")]
    assert run.count("_p") == 2  # the two products of forward


def test_the_command(tmp_path):
    net, out = tmp_path / "net.yaml", tmp_path / "fast.py"
    net.write_text(MLP, encoding="utf-8")
    arguments = ["codegen", str(net), "--workspace", "--wrt", "W1", "--no-check", "-o", str(out)]
    done = matcalc(*arguments)
    assert done.returncode == 0, done.stderr
    checked = subprocess.run([sys.executable, str(out)], capture_output=True, text=True)
    assert checked.returncode == 0 and "W1" in checked.stdout and "W2" not in checked.stdout


@pytest.mark.parametrize("workspace", [False, True])
def test_a_network_of_constants_has_a_module_without_gradients(workspace):
    network = mc.loads("dims: {N: 2}\nconstants: {C: [N, N]}\nnetwork: {L: sum(C)}\n")
    words = mc.codegen(network, workspace=workspace).partition('\n"""')[0]
    assert words.startswith('"""A network: L.\n') and "Backwards" not in words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--wrt", "W1"], "--wrt is for a workspace"),
        (["--workspace", "--wrt", "Z1"], "Z1 is a node"),
        (["--target", "fortran"], "there is no target fortran"),
    ],
)
def test_what_the_command_refuses(tmp_path, arguments, message):
    net = tmp_path / "net.yaml"
    net.write_text(MLP, encoding="utf-8")
    done = matcalc("codegen", net, *arguments)
    assert done.returncode == 2 and message in done.stderr and not done.stdout
