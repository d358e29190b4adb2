"""The slips of the course notes 001 and 002 are found and named."""

import pytest

from matcalc.declaration.text import Text
from matcalc.derivation import derive
from matcalc.grading import AnswersReader, grade
from tests.grading.networks import ROOT, network

SCALARS = "derivations/handwritten/scalars.yaml"
ACTIVATION = "derivations/cmu-11785/activation.yaml"
LINEAR = "derivations/cmu-11785/linear.yaml"


def verdicts(name, file):
    d = derive(network(name))
    reader = AnswersReader(d)
    reader.file(ROOT / file)
    grades = grade(d, reader.answers.values(), reader=reader.reader)
    return {v.target: v for v in grades.verdicts}


def verdict(name, target, text):
    d = derive(network(name))
    reader = AnswersReader(d)
    reader.formula(Text(text), target)
    (found,) = grade(d, reader.answers.values(), reader=reader.reader).verdicts
    return found


def test_the_scalar_part_of_002_as_it_is_written():
    """w4 where w5 belongs in ∂L/∂z1; the weights' indices changed on the way; a for x."""
    found = verdicts(SCALARS, "derivations/handwritten/scalars.answers.yml")
    right = {name for name, v in found.items() if v.is_right}
    assert right == {"a2", "z2", "b2", "w4", "w5", "z0", "b1", "b0"}
    assert found["z1"].kind == "wrong-name"
    assert "w4 for w5" in found["z1"].findings[0].where
    for name, letters in {"w0": "a0 for x0", "w3": "a1 for x1"}.items():
        assert found[name].kind == "wrong-name" and letters in found[name].findings[0].where
    for name, other, letters in (("w1", "w2", "a0 for x0"), ("w2", "w1", "a1 for x1")):
        first, second = found[name].findings
        assert found[name].together
        assert first.kind == "gradient-of-another" and f"by {other}:" in first.where
        assert second.kind == "wrong-name" and letters in second.where


def test_the_first_line_of_002_names_z2_where_a2_is_meant():
    found = verdict(SCALARS, "z2", r"\frac{\partial L}{\partial z_2} = a_2 - y")
    assert found.kind == "activation-missing"
    assert {"gradient-of-another"} <= {f.kind for f in found.findings}


def test_an_activation_as_001_has_it():
    assert all(
        v.is_right
        for v in verdicts(ACTIVATION, "derivations/cmu-11785/activation.answers.yml").values()
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (r"\nabla_Z L = \nabla_A L \nabla_Z A", "right"),
        (r"\nabla_Z L = \nabla_A L \odot \nabla_Z A", "right"),
        (r"\nabla_Z L \nabla_Z A", "upstream-wrong"),  # "we already have obtained ∇_Z L"
        (r"\nabla_L L = \nabla_A L \nabla_Z A", "left-side"),
        (r"\nabla_L L = \nabla_A L \odot \nabla_Z A", "left-side"),
    ],
)
def test_what_001_calls_the_gradients_around_an_activation(text, kind):
    found = verdict(ACTIVATION, "Z", text)
    assert found.kind == kind
    if kind == "left-side":
        assert "∂L/∂L, which is 1" in found.findings[0].where


@pytest.mark.parametrize(
    ("target", "text", "kind"),
    [
        ("A", r"\nabla_A L = \nabla_Z L \cdot \nabla_A Z = \nabla_Z L \cdot W", "right"),
        ("b", r"\nabla_b L = \nabla_z L", "right"),
        ("W", r"\nabla_w L = \nabla_z L^T \cdot A", "right"),
        ("W", r"A^T \nabla_Z L", "layout"),  # "the transpose of the shape of the parameter"
        ("A", r"W^T \nabla_Z L^T", "layout"),
    ],
)
def test_the_linear_layer_of_001_and_its_transposed_shapes(target, text, kind):
    found = verdict(LINEAR, target, text)
    assert found.kind == kind
    if kind == "layout":
        assert "--layout numerator" in found.findings[0].where
