"""Where gradients vanish, nothing is called right because it is small too."""

import matcalc as mc
from matcalc.declaration.text import Text
from matcalc.grading import AnswersReader, grade


def chain(layers):
    """Layers that make the gradient 100000 times smaller each."""
    lines = ["dims: {N: 2, H: 3}", "inputs: {X: [N, H]}", "parameters:"]
    lines += [f"  W{k}: [H, H]\n  b{k}: [1, H]" for k in range(1, layers + 1)]
    lines += ["constants: {Y: [N, H]}", "network:"]
    for k in range(1, layers + 1):
        before = f"A{k - 1}" if k > 1 else "X"
        lines += [f"  Z{k}: {before}*W{k}/100000 + b{k}", f"  A{k}: tanh(Z{k})"]
    return mc.loads("\n".join([*lines, f"  L: sse(A{layers}, Y)"]))


def kinds(network, answers):
    d = mc.derive(network)
    reader = AnswersReader(d)
    for name, text in answers.items():
        reader.formula(Text(text), name)
    grades = grade(d, reader.answers.values(), reader=reader.reader)
    return {v.target: v.kind for v in grades.verdicts}


def test_local_steps_are_judged_where_the_gradients_vanish():
    right = {"W1": "X.T*dZ1/100000", "A2": "grad(Z3)*W3.T/100000"}
    slips = {"Z2": "grad(A2)", "b2": "grad(Z2)", "W3": "A2.T*dZ3"}
    found = kinds(chain(4), right | slips | {"X": "W1*dZ1/100000"})
    assert {found[name] for name in right} == {"right"}
    assert found["Z2"] == "activation-missing"
    assert found["b2"] == "batch-sum-missing"
    assert found["W3"] == "factor-lost"
    assert found["X"] == "factors-order"


def test_a_closed_form_is_right_only_where_it_can_be_compared():
    closed = mc.derive(chain(4))["b2"].closed
    from matcalc.printing.language import write

    assert kinds(chain(4), {"b2": write(closed)}) == {"b2": "right"}
    assert kinds(chain(4), {"b1": "zeros(1, H)"}) == {"b1": "undecided"}


def test_an_unused_variable_has_a_zero_gradient():
    network = mc.loads("inputs: {x: [], y: []}\nnetwork:\n  L: x**2\n")
    assert kinds(network, {"x": "2*x", "y": "0"}) == {"x": "right", "y": "right"}
    assert kinds(network, {"y": "x"}) != {"y": "right"}
