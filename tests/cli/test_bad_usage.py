"""Bad options, paths, values and answers: exit code 2, a mend, and nothing else anywhere."""

import shlex

import numpy as np
import pytest

from tests.running import run

NET = """dims: {N: 4, D: 3, H: 2}
inputs: {X: [N, D]}
parameters: {W: [D, H]}
constants: {Y: [N, H]}
network:
  Z: X*W
  L: sse(Z, Y)
"""
VALUES = {"X": (4, 3), "W": (3, 2), "Y": (4, 2)}
ANSWERS = {
    "unknown": "W: X*Q + R\nX: foo(W)\nV: 1\n",
    "twice": "W: X\nW: X\n",
    "tag": "W: !!python/name:os X\n",
    "constant": "Y: Z - Y\n",
    "loss": "L: 1\n",
    "list": "- W\n",
    "open": "W: [1\n",
    "text": "W: 'f\"x\"'\n",
}

CASES = [
    # (arguments, words ...)
    ("derive none.yaml", "none.yaml: cannot be read", "Check the path"),
    ("derive .", "Is a directory"),
    ("derive net.yaml --wrt Q --wrt w", "the network has no Q", "no w", "Did you mean W?"),
    ("derive net.yaml --wrt ''", "without a name"),
    ("derive net.yaml --wrt Y", "Y is a constant"),
    ("derive net.yaml --wrt L", "L is the loss itself"),
    ("derive net.yaml --preset ''", "there is no preset without a name", "mit-6390"),
    ("derive net.yaml --preset mit6390", "Did you mean mit-6390?"),
    ("derive net.yaml --layout ''", "there is no layout without a name"),
    ("derive net.yaml --style Chain", "Did you mean chain?"),
    ("derive net.yaml --dims ''", "is no size", "N=8,D=3"),
    ("derive net.yaml --dims N=4,N=5", "N is given twice"),
    ("derive net.yaml --dims N=2.5", "is no size"),
    ("derive net.yaml --dims M=5,K=6", "no dimension M", "no dimension K"),
    ("derive net.yaml --limit nodes=1", "net.yaml:7:3: more than 1 nodes"),
    ("derive net.yaml -o folder/x", "cannot write folder/x"),
    ("derive net.yaml -o net.yaml/x", "cannot write net.yaml/x"),
    ("check net.yaml --points 0", "range"),
    ("check net.yaml --seed -1", "range"),
    ("check net.yaml --wrt Q", "the network has no Q"),
    ("codegen net.yaml --target Numpy", "there is no target Numpy"),
    ("codegen net.yaml --workspace --wrt Z", "Z is a node"),
    ("eval net.yaml --values .", ". is a directory", "numpy.savez"),
    ("eval net.yaml --values none.npz", "there is no file none.npz"),
    ("eval net.yaml --values net.yaml", "is not a .npz file", "Write it with numpy.savez"),
    ("eval net.yaml --values one.npy", "one.npy holds one array"),
    ("eval net.yaml --values missing.npz", "no value for X", "no value for W", "Add an array"),
    ("eval net.yaml --values extra.npz", "no variable w", "Did you mean W?", "no variable Z"),
    ("eval net.yaml --values text.npz", "X is not numeric", "W is complex", "Give real numbers"),
    ("eval net.yaml --values shape.npz", "W must have shape (D, H) = (4, 2)", "Change the arrays"),
    ("eval net.yaml --values ok.npz -o folder/x", "cannot write folder/x"),
    ("trace net.yaml --values .", ". is a directory"),
    (
        "grade net.yaml unknown.yaml",
        ":1:6: there is no Q",
        ":1:10: there is no R",
        ":2:4:",
        ":3:1:",
    ),
    ("grade net.yaml twice.yaml", "twice.yaml:2:1: W is here a second time"),
    ("grade net.yaml tag.yaml", "tag.yaml:1:4: the tag"),
    ("grade net.yaml constant.yaml", "Y is a constant"),
    ("grade net.yaml loss.yaml", "L is the loss itself"),
    ("grade net.yaml list.yaml", "list.yaml:1:3: the formula does not say what it is"),
    ("grade net.yaml open.yaml", "this is not YAML", "for the bracket on line 1"),
    ("grade net.yaml text.yaml", 'text.yaml:1:6: " cannot stand'),
    ("grade - -", "both come from standard input", "Name a file"),
    ("diff x*Q+R -v x:n", "there is no Q", "there is no R", "-v Q:m,n"),
    ("diff x -v x:n --wrt y --wrt ''", "no variable y", "without a name"),
    ("diff x -v x:n,m,k -v :n", "a shape of 3 sizes", "an empty text is not a name"),
    ("diff x -v x:n,n:symetric -v y:0", "Did you mean symmetric?", "0 is less than 1"),
    ("diff x -v x:n,n:antisymmetric,orthogonal", "no antisymmetric matrix is orthogonal"),
    ("diff x -v x:n,n:diagonal,row_stochastic", "only the identity matrix"),
    ("diff x -v x:1e1", "1e1 is not an integer"),
    ("diff x -v x:n --dims ''", "is no size"),
    ("diff x -v x:n --dims m=3", "nothing has a dimension m", "n"),
    ("diff 'max(x, 0)' -v x", "<expression>:1:8:", "maximum(A, B)"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("usage")
    (folder / "net.yaml").write_text(NET)
    for name, text in ANSWERS.items():
        (folder / f"{name}.yaml").write_text(text)
    good = {name: np.ones(shape) for name, shape in VALUES.items()}
    np.save(folder / "one.npy", good["X"])
    np.savez(folder / "ok.npz", **good)
    np.savez(folder / "missing.npz", Y=good["Y"])
    np.savez(folder / "extra.npz", **good, w=good["W"], Z=good["Y"])
    np.savez(folder / "text.npz", X=np.full((4, 3), "a"), W=good["W"] * 1j, Y=good["Y"])
    np.savez(folder / "shape.npz", **{**good, "X": good["X"].T})
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_bad_usage(folder, monkeypatch, case):
    arguments, *words = case
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    done = run(*shlex.split(arguments))
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err and "a mistake in matcalc" not in done.err
    assert [word for word in words if word not in done.err] == []
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "json"])
def test_a_network_without_variables_has_a_derivation(tmp_path, form):
    path = tmp_path / "net.yaml"
    path.write_text("network: {L: 1}")
    done = run("derive", path, "--format", form)
    assert done.code == 0 and done.out
