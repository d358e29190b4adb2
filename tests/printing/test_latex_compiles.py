"""Every formula compiles with pdflatex and amsmath, amssymb and bm alone."""

import shutil
import subprocess

import pytest

from matcalc.expressions.build import add, mul, power, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import lift, operation
from matcalc.printing.latex import latex, name_latex

PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb,bm}
\begin{document}
"""
pytestmark = pytest.mark.skipif(
    not shutil.which("pdflatex"),
    reason="pdflatex is missing (Debian: apt-get install texlive-latex-base)",
)
N = Dimension.of("n")
A, s = symbol("A", (N, N)), symbol("s", ())


def compiled(formulas, folder):
    """The errors of a document with the formulas, each displayed."""
    body = "\n".join(rf"\[ {formula} \]" for formula in formulas)
    (folder / "all.tex").write_text(PREAMBLE + body + "\n\\end{document}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    output = run.stdout.decode("utf-8", "replace")
    assert run.returncode or (folder / "all.pdf").stat().st_size > 1000
    return output[output.index("\n!") :][:600] if run.returncode else ""


def test_every_operation(examples, tmp_path):
    formulas = [latex(e) for e in examples] + [latex(e.T) for e in examples]
    assert compiled(formulas, tmp_path) == ""


def test_names_of_every_kind(tmp_path):
    names = ["W1", "x_in", "logits", "lambda_", "varphi", "Alpha", "omicron", "x_", "a__b", "x_2y"]
    hostile = ["\\input{x}$%&#^~_é", "}", "{", "\\", "$", "%", "\n\n", "x_}", "\\end{document}"]
    assert compiled(map(name_latex, names + hostile), tmp_path) == ""


NESTINGS = {
    "fractions": lambda x: power(add(lift(1), x), -1),
    "products and quotients": lambda x: mul(s, add(lift(1), power(x, -1))),
    "powers": lambda x: power(s, x),
    "powers of e": lambda x: operation("exp")(x),
    "roots": lambda x: operation("sqrt")(add(s, x)),
    "brackets": lambda x: mul(s, add(s, x)),
    "transposes": lambda x: mul(A, x).T,
    "quotients of matrices": lambda x: power(add(A, x), -1),
    "stacks": lambda x: operation("block")(operation("vstack")(x, A), data=(N - N, N, N - N, N)),
}


@pytest.mark.parametrize("nesting", NESTINGS.values(), ids=list(NESTINGS))
def test_what_the_language_lets_one_nest(nesting, tmp_path):
    matrix = nesting in list(NESTINGS.values())[-3:]
    e = A if matrix else s
    for _ in range(200):
        e = nesting(e)
    assert compiled([latex(e)], tmp_path) == ""
