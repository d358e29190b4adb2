"""Answers as people write them get the verdict that a good teaching assistant would give."""

from pathlib import Path

import pytest
import yaml

import matcalc as mc
from matcalc.declaration.text import Text
from matcalc.grading import AnswersReader, grade
from tests.grading.networks import network

CASES = yaml.safe_load(Path(__file__).with_name("handwritten.yml").read_text("utf-8"))


def verdict(case):
    d = mc.derive(network(case["net"]))
    reader = AnswersReader(d)
    for name, text in case.get("let", {}).items():
        reader.reader.define(name, Text(text))
    reader.formula(Text(str(case["answer"])), case["of"])
    (found,) = grade(d, reader.answers.values(), reader=reader.reader).verdicts
    return found


def words(found):
    return " ".join(f"{f.title} {f.where} {f.mended}" for f in found.findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['of']}={case['answer']}")
def test_an_answer_gets_its_verdict(case):
    found = verdict(case)
    assert found.kind == case["verdict"], words(found)
    assert found.is_right == case["verdict"].startswith("right")
    assert case.get("says", "") in words(found)


def test_there_are_enough_of_them():
    right = [case for case in CASES if case["verdict"].startswith("right")]
    assert len(CASES) >= 60 and len(right) >= 20
