"""What functions of someone's own may give, and what is not let pass for an array of numbers."""

import pytest

from matcalc.declaration import loads
from matcalc.errors import InputError
from tests.grading.test_code import verdicts

RIGHT = [
    "right.tolist()",
    "np.asfortranarray(right)",
    "right.astype(object)",
    "right + 0j",
    "np.ma.masked_array(right, False)",
    "np.matrix(right)",
    "np.copyto(BUFFER.setdefault(right.shape, right), right) or BUFFER[right.shape]",
    "[X.fill(0), G.fill(7), right][2]",
    "np.float32(8) * right / 8",
]
NO_ARRAY = {
    "right + 1j * right": "complex",
    "right.astype(str)": "not numbers",
    "right.astype(str).astype(object)": "texts",
    "None": "None",
    "np.ma.masked_array(right, True)": "masked",
    "[[1], [2, 3]]": "inhomogeneous",
    "right * np.random.default_rng().uniform()": "differs from call",
    "right + len(COUNT.append(0) or COUNT)": "differs from call",
}
WRONG = {
    "right[None]": "shape",
    "right.T": "layout",
    "right * np.nan": "not-finite",
    "right / 0": "not-finite",
    "np.float32(X).T @ np.float32(np.tanh(G))": "undecided",
    "np.float32(3 * right)": "factor",
    "right * (1 + 1e-8)": "nearly",
}


def judged(tmp_path, results):
    """The verdicts on functions that give these results."""
    count = len(results)
    text = "import numpy as np\nBUFFER, COUNT = {}, []\n"
    for k, result in enumerate(results):
        text += f"def dW{k}(X, G):\n    right = X.T @ np.tanh(G)\n    return {result}\n"
    net = "dims: {N: 4, D: 3, H: 2}\ninputs: {X: [N, D]}\nconstants: {G: [N, H]}\nparameters:\n"
    net += "".join(f"  W{k}: [D, H]\n" for k in range(count)) + "network:\n  L: "
    net += " + ".join(f"inner(X*W{k}, tanh(G))" for k in range(count))
    found = verdicts(tmp_path, text, loads(net))
    return {result: found[f"W{k}"] for k, result in enumerate(results)}


def test_right_in_any_array_of_numbers(tmp_path):
    for result, verdict in judged(tmp_path, RIGHT).items():
        assert verdict.kind == "right", result


def test_what_is_no_array_of_numbers_is_an_error_of_the_code(tmp_path):
    for result, verdict in judged(tmp_path, NO_ARRAY).items():
        assert verdict.kind == "code" and NO_ARRAY[result] in verdict.findings[0].title, result


def test_what_is_not_right_is_told_as_what_it_is(tmp_path):
    for result, verdict in judged(tmp_path, WRONG).items():
        assert verdict.kind == WRONG[result], result


@pytest.mark.parametrize(
    "head",
    [
        "def dW1(X, dZ1, /):",
        "def dW1(X, /, *, dZ1, keep=False, axis):",
        "def dW1(X, dZ1, *, keep=False):",
    ],
)
def test_parameters_of_any_kind(tmp_path, head):
    text = f"{head}\n    return X.T @ dZ1\n"
    if "axis" in head:
        with pytest.raises(InputError, match="asks for axis"):
            verdicts(tmp_path, text)
    else:
        assert verdicts(tmp_path, text)["W1"].is_right


def test_a_lambda_is_a_function_too(tmp_path):
    found = verdicts(
        tmp_path, "dW1 = lambda X, dZ1: 2 * X.T @ dZ1\ndef db1(dZ1): return dZ1.sum(0)\n"
    )
    assert found["W1"].kind == "factor" and found["b1"].is_right


def test_a_gradient_that_two_functions_give_is_refused(tmp_path):
    text = "def backward(X, Z1):\n    return {'W1': X.T @ Z1}\ndef dW1(X, Z1): return Z1\n"
    with pytest.raises(InputError, match="W1 is given by backward and by dW1"):
        verdicts(tmp_path, text)


def test_a_gradient_that_is_left_out_at_some_points_is_no_answer(tmp_path):
    text = """\
def backward(X, Y, A1, Z2):
    found = {"W2": A1.T @ (Z2 - Y)}
    if len(X) == 3:
        found["b2"] = (Z2 - Y).sum(0)
    return found
"""
    found = verdicts(tmp_path, text)
    assert found["W2"].is_right
    assert found["b2"].kind == "code" and "not every call" in found["b2"].findings[0].title
