"""``matcalc grade`` and ``matcalc exercise`` as a shell sees them."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import pytest
from matcalc.cli.main import main

from tests.networks import MLP

RIGHT = "W2=A1.T*(Z2 - Y)"
MISSING = "b2=Z2 - Y"


class Done:
    """What a command left: its exit code and what it printed."""

    def __init__(self, code, stdout, stderr):
        self.returncode, self.stdout, self.stderr = code, stdout, stderr


def matcalc(*args, stdin=""):
    """Runs a command in this process, as the entry point does."""
    out, err = io.StringIO(), io.StringIO()
    data = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    patched = patch.multiple(sys, argv=["matcalc", *map(str, args)], stdin=data)
    with patched, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main()
    return Done(ended.value.code or 0, out.getvalue(), err.getvalue())


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(MLP)
    return path


def test_the_exit_code_is_0_only_when_all_are_right(net):
    right = matcalc("grade", net, RIGHT)
    assert right.returncode == 0 and right.stderr == ""
    assert "∂L/∂W2  right" in right.stdout and "1 of 1 right" in right.stdout
    wrong = matcalc("grade", net, RIGHT, MISSING)
    assert wrong.returncode == 1 and wrong.stderr == ""
    assert "∂L/∂b2  wrong: the sum over the batch is missing" in wrong.stdout
    assert "It is N×C where 1×C is right." in wrong.stdout
    assert max(map(len, wrong.stdout.splitlines())) <= 80
    empty = matcalc("grade", net, "W2=")
    assert empty.returncode == 1 and "no answer yet" in empty.stdout


@pytest.mark.parametrize(
    ("level", "told", "hidden"),
    [
        (0, ["wrong"], ["transpose", "A1.T"]),
        (1, ["a transpose is missing"], ["It is at", "A1.T"]),
        (2, ["It is at `A1`", "columns meet"], ["A1.T*"]),
        (3, ["A1.T*(Z2 - Y)", "A1.T*grad(Z2)"], []),
    ],
)
def test_hint_levels_tell_more_and_more(net, level, told, hidden):
    for form in ("text", "json"):
        done = matcalc("grade", net, "W2=A1*(Z2 - Y)", "--hint-level", level, "--format", form)
        assert done.returncode == 1
        assert all(words in done.stdout for words in told), done.stdout
        assert not any(words in done.stdout for words in hidden), done.stdout


def test_what_nothing_explains_says_where_it_departs(net):
    out = matcalc("grade", net, "W1=X.T*hadamard((Z2 - Y)*W2.T, A1, 3 - Z1)").stdout
    assert "differs most" in out
    text = " ".join(out.split())
    assert "departs from: grad(Z1) = hadamard(grad(A1), A1, 1 - A1)" in text


def test_json_is_for_autograders(net):
    done = matcalc("grade", net, RIGHT, MISSING, "--format", "json")
    data = json.loads(done.stdout)
    assert done.returncode == 1 and (data["right"], data["total"]) == (1, 2)
    right, wrong = data["answers"]
    assert right["right"] and right["kind"] == "right" and right["wrt"] == "W2"
    assert wrong["kind"] == "batch-sum-missing" and not wrong["right"]
    assert wrong["answered_shape"] == ["N", "C"] and wrong["shape"] == ["1", "C"]
    assert "solution" not in wrong


def test_an_answers_file_with_abbreviations_and_latex(net, tmp_path):
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        "let: {delta: Z2 - Y}\nanswers:\n"
        "  W2: '\\frac{\\partial L}{\\partial W_2} = A_1^\\top \\delta'\n"
        "  dL/db2: '\\mathbf{1}^\\top \\delta'\n"
        "  grad(A1): delta*W2.T\n"
    )
    done = matcalc("grade", net, answers)
    assert done.returncode == 0, done.stdout + done.stderr
    piped = matcalc("grade", net, "-", stdin="- dL/dW2 = A1^T (Z2 - Y)\n")
    assert piped.returncode == 0, piped.stdout + piped.stderr
    numerator = matcalc("grade", net, "W2=(Z2 - Y).T*A1", "--layout", "numerator")
    assert numerator.returncode == 0


def test_answers_that_only_carry_a_mistake_on(net):
    out = matcalc("grade", net, "Z2=2*(Z2 - Y)", "W2=2*A1.T*(Z2 - Y)", "b2=sum(grad(Z2), axis=0)")
    assert "∂L/∂W2  wrong: it carries on the mistake in ∂L/∂Z2" in out.stdout
    assert "∂L/∂b2  right" in out.stdout
    assert "your own answer for it is wrong" in out.stdout


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (["W2=A1.T*(Z3 - Y)"], "<W2>:1:10: there is no Z3"),
        (["W9=A1"], "the network has no W9"),
        (["Y=Z2"], "Y is a constant"),
        (["L=1"], "L is the loss itself"),
        (["W2=A1.T*(Z2"], "is never closed"),
        (["W2=\\sum_n x_n"], "\\sum is not read"),
        (["W2=\\frac{\\partial Z_2}{\\partial W_2}"], "∂Z2/∂W2 is not a matrix"),
        (["W2=" + "(" * 5000], "nested more than"),
        (["W2=" + "\\sqrt" * 5000 + "x"], "nested more than"),
        (["W2=__import__('os')"], "_ cannot stand here"),
        (["W2=A1", "W2=A1"], "answered twice"),
        (["none.yaml"], "cannot be read"),
        ([], "there is nothing to grade"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(net, tmp_path, answers, words):
    out = tmp_path / "out.txt"
    done = matcalc("grade", net, *answers, "-o", out)
    assert done.returncode == 2, done.stdout
    assert done.stdout == "" and words in done.stderr and not out.exists()
    assert "Traceback" not in done.stderr


def test_mistakes_in_a_file_are_reported_together_with_their_places(net, tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("answers:\n  W9: A1\n  W2: A1.T*(Z2 - Q)\n  b2: [1, 2]\n")
    monkeypatch.chdir(tmp_path)
    done = matcalc("grade", "net.yaml", "a.yaml")
    assert done.returncode == 2
    for place in ("a.yaml:2:3:", "a.yaml:3:18:", "a.yaml:4:7:"):
        assert place in done.stderr


def test_an_exercise_and_its_answers_file(net, tmp_path):
    answers = tmp_path / "answers.yaml"
    sheet = matcalc("exercise", net, "--answers", answers)
    assert sheet.returncode == 0 and "W_{1}" in sheet.stdout and r"\_\_\_" in sheet.stdout
    assert "A_{1}^{\\top}" not in sheet.stdout and "grad(Z2)" not in answers.read_text()
    blank = matcalc("grade", net, answers)
    assert blank.returncode == 1 and "0 of 8 right" in blank.stdout
    for layout in ("denominator", "numerator"):
        more = ("--layout", layout)
        matcalc("exercise", net, "--answers", answers, "--solutions", *more)
        done = matcalc("grade", net, answers, *more)
        assert done.returncode == 0, done.stdout


def test_a_sheet_in_latex_shows_no_solution_unless_asked(net, tmp_path):
    sheet = tmp_path / "sheet.tex"
    assert matcalc("exercise", net, "--format", "latex", "-o", sheet).returncode == 0
    text = sheet.read_text()
    assert r"\begin{document}" in text and r"\underline" in text
    assert r"A_{1}^{\top}" not in text
    shown = matcalc("exercise", net, "--format", "latex", "--solutions").stdout
    assert r"A_{1}^{\top} \frac{\partial L}{\partial Z_{2}}" in shown and r"\underline" not in shown


def test_code_is_run_only_when_asked(net, tmp_path):
    code = tmp_path / "mine.py"
    code.write_text("def dW2(A1, dZ2):\n    return A1.T @ dZ2\n")
    done = matcalc("grade", net, "--code", code)
    assert done.returncode == 0, done.stderr
    assert "dW2( )" in done.stdout


ODD = """\
dims: {N: 4}
inputs: {answers: [N, 1], let: [N, 1], name: [N, 1], on: [N, 1], lambda_: [N, 1], e: [N, 1]}
network:
  yes: hadamard(answers, let) + on
  loss: inner(yes, name) + sum(hadamard(lambda_, e))
"""


def test_a_sheet_of_odd_names_is_read_back(tmp_path):
    (tmp_path / "odd.yaml").write_text(ODD)
    sheet = tmp_path / "answers.yaml"
    done = matcalc("exercise", tmp_path / "odd.yaml", "--answers", sheet, "--solutions")
    assert done.returncode == 0
    graded = matcalc("grade", tmp_path / "odd.yaml", sheet)
    assert graded.returncode == 0 and "7 of 7 right" in graded.stdout, graded.stderr
