"""What a module says of its own gradients when it is run."""

import subprocess
import sys

import pytest

import matcalc as mc

HEAD = "dims: {N: 2, D: 3}\ninputs: {X: [N, D], V: [N, D]}\nparameters: {W: [D, D]}\nnetwork:\n"
STOPPED = HEAD + "  Z: X*W\n  L: sum(hadamard(Z, stop_gradient(Z), V))\n"
LOOP = HEAD.replace("{N: 2,", "{N: 2, T: 3,") + (
    "  h[0]: X + V\n  for t in 1..T:\n    h[t]: tanh(h[t-1]*W) + stop_gradient(h[t-1])\n"
    "  L: sum(square(h[T]))\n"
)


def said(tmp_path, source: str) -> str:
    path = tmp_path / "backward.py"
    path.write_text(source, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("workspace", [False, True])
def test_what_stop_gradient_holds_back_is_not_compared(tmp_path, workspace):
    """Differences of the loss see through it; the gradient that is left is compared."""
    text = said(tmp_path, mc.codegen(mc.loads(STOPPED), workspace=workspace))
    assert "not compared, since stop_gradient holds back a part: X and W" in text
    compared = [line.split()[0] for line in text.splitlines()[1:]]
    assert compared == ["V", "largest"]


def test_what_is_stopped_elsewhere_is_compared(tmp_path):
    text = HEAD + "  Z: X*W\n  L: sum(hadamard(Z, stop_gradient(V)))\n"
    assert "a part: V" in said(tmp_path, mc.codegen(mc.loads(text)))


def test_nothing_is_compared_in_a_loop_with_what_is_stopped(tmp_path):
    assert "nothing is compared, since stop_gradient" in said(tmp_path, mc.codegen(mc.loads(LOOP)))
