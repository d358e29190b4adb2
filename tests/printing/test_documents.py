"""Documents compile with pdflatex from texlive-latex-base, and no line leaves the page."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from derivations.write import network_files
from matcalc.checking import check
from matcalc.declaration import load, loads
from matcalc.derivation import derive
from matcalc.printing.document import write_document, write_fragment
from matcalc.reasoning.styles import STYLES

pytestmark = pytest.mark.skipif(
    not shutil.which("pdflatex"),
    reason="pdflatex is missing (Debian: apt-get install texlive-latex-base)",
)
ATTENTION = """
name: One attention head
dims: {N: 4, D: 3, K: 2, V: 5}
inputs: {X: [N, D]}
parameters: {W_q: [D, K], W_k: [D, K], W_v: [D, V]}
constants: {Y: [N, V]}
network:
  Q: X*W_q
  K_1: X*W_k
  P: softmax(Q*K_1.T/sqrt(K))
  O: P*(X*W_v)
  L: sse(O, Y)
"""
NORMALISED = """
name: "Layer normalisation: gain & shift, 100 %"
dims: {N: 4, D: 3}
inputs: {X: [N, D]}
parameters: {gamma: [1, D], beta: [1, D]}
constants: {Y: [N, D]}
network:
  H: layernorm(X)
  Z: hadamard(H, gamma) + beta
  L: sse(Z, Y)
"""
WHOLE = [loads(ATTENTION), loads(NORMALISED)]
SAMPLES = [load(path) for path in network_files()]


def compiled(folder, name, text):
    """What pdflatex complains about: errors, and lines that are too wide."""
    (folder / f"{name}.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    log = (folder / f"{name}.log").read_text("utf-8", "replace")
    if run.returncode:
        return f"{name}: {log[log.index(chr(10) + '!') :][:400]}"
    wide = [line for line in log.splitlines() if line.startswith("Overfull \\hbox")]
    return f"{name}: {wide}" if wide else ""


def all_compiled(folder, documents):
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda item: compiled(folder, *item), documents.items())
        return [complaint for complaint in found if complaint]


@pytest.mark.parametrize("style", STYLES)
def test_an_attention_head_and_a_layer_normalisation(style, tmp_path):
    documents = {}
    for k, network in enumerate(WHOLE):
        for convention in ("row", "column"):
            d = derive(network, convention=convention, style=style)
            documents[f"{k}-{convention}"] = write_document(d, jacobians=True)
    assert all_compiled(tmp_path, documents) == []


@pytest.mark.parametrize("style", STYLES)
def test_the_stored_networks(style, tmp_path):
    """Each in two styles, so that all of them are met by every style."""
    turn = list(STYLES).index(style)
    chosen = [n for k, n in enumerate(SAMPLES) if (k - turn) % 5 in (0, 2)]
    documents = {
        str(k): write_document(derive(network, style=style), jacobians=True)
        for k, network in enumerate(chosen)
    }
    assert all_compiled(tmp_path, documents) == []


def test_with_second_derivatives_and_the_table_of_checks(tmp_path):
    d = derive(loads("dims: {n: 3}\ninputs: {x: [n, 1], A: [n, n]}\nnetwork: {L: x.T*A*x}"))
    text = write_document(d, jacobians=True, hessians=True, report=check(d, points=1))
    assert compiled(tmp_path, "all", text) == ""


def test_fragments(tmp_path):
    head = "\\documentclass{article}\\usepackage{amsmath,amssymb,bm}\\begin{document}\n"
    bodies = [write_fragment(derive(network), jacobians=True) for network in WHOLE]
    text = head + "\n".join(bodies) + "\n\\end{document}\n"
    assert "!" not in compiled(tmp_path, "fragments", text)
