"""Answers in NumPy: run apart, judged like formulas, refused with a place where they cannot be."""

import pytest

from matcalc.derivation import derive
from matcalc.errors import InputError
from matcalc.generation import codegen
from matcalc.grading.code import code_answers
from matcalc.grading.grade import grade
from matcalc.grading.judge import Judge
from tests.grading.networks import network

BACKWARD = """\
import numpy as np

def backward(X, W1, b1, W2, b2, Y):
    Z1 = X @ W1 + b1
    A1 = 1 / (1 + np.exp(-Z1))
    dZ2 = A1 @ W2 + b2 - Y
    dA1 = dZ2 @ W2.T
    dZ1 = dA1 * Z1 * (1 - Z1)
    X += 1
    return {"W2": A1.T @ dZ2, "db2": dZ2.sum(axis=0), "Z1": dZ1, "W1": (X - 1).T @ dZ1}
"""

SINGLE = """\
import os
print("not part of the result")

def dW1(X, dZ1):
    return X.T @ dZ1

def grad_Z1(dA1, A1):
    return dA1 * A1

def dW2(A1, dZ2):
    return A1 @ dZ2

def db2(dZ2, keep=True):
    assert not [name for name in os.environ if "SECRET" in name]
    return dZ2.sum(axis=0, keepdims=keep)
"""


def verdicts(tmp_path, text, name="mlp", seconds=20):
    path = tmp_path / "answers.py"
    path.write_text(text)
    d = derive(network(name) if isinstance(name, str) else name)
    judge = Judge(d)
    found = code_answers(str(path), judge.evidence, seconds)
    return {v.target: v for v in grade(d, found, judge=judge).verdicts}


def test_a_dict_of_gradients(tmp_path):
    found = verdicts(tmp_path, BACKWARD)
    assert found["W2"].is_right and found["b2"].is_right
    assert found["Z1"].kind == "activation-at-input"
    assert found["W1"].kind == "carried"


def test_functions_of_single_gradients_get_what_they_ask_for(tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "1")
    found = verdicts(tmp_path, SINGLE)
    assert found["W1"].is_right and found["b2"].is_right
    assert found["Z1"].kind == "function-for-derivative"
    assert found["W2"].kind == "code" and "line 11" in found["W2"].findings[0].title


@pytest.mark.parametrize("name", ["mlp", "normalised", "classifier"])
def test_a_generated_module_is_right(tmp_path, name):
    found = verdicts(tmp_path, codegen(network(name)), name)
    assert found and all(v.is_right for v in found.values())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def backward(X) return", "answers.py:1:17: this is not Python"),
        ("x = 1", "no function gives gradients"),
        ("def backward(X, Q): return {}", "answers.py:1:17: backward asks for Q"),
        ("def dZ1(dZ1): return dZ1", "dZ1 asks for dZ1"),
        ("def dZ1(dX): return dX", "dZ1 asks for dX"),
        ("def backward(X): return {'W9': X}", "there is no W9"),
        ("def backward(X): return X", "not a dict of gradients"),
        ("import nothing_of_this_name\ndef backward(X): return {}", "line 1: ModuleNotFoundError"),
        ("def backward(X):\n    while True: pass", "longer than 2 seconds"),
        ("import os\ndef backward(X): os._exit(0)", "ended without results"),
        (
            "import numpy as np\ndef backward(X): return {'X': np.ones((60000, 60000))}",
            "MemoryError",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, text, words):
    with pytest.raises(InputError) as error:
        verdicts(tmp_path, text, seconds=2)
    assert words in str(error.value)
