"""``matcalc rules``: the catalogue, and its page in the documentation."""

import subprocess
import sys
from pathlib import Path

import pytest

from matcalc.derivation.catalogue import catalogue, find
from matcalc.expressions.operation import LANGUAGE, REGISTRY
from matcalc.operations.examples import EXAMPLES
from matcalc.printing.catalogue import write_catalogue_page, write_catalogue_text
from matcalc.printing.language import write

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def rules(*args):
    line = [sys.executable, "-m", "matcalc.cli.main", "rules", *map(str, args)]
    return subprocess.run(line, capture_output=True, text=True)


def test_every_operation_has_an_entry():
    entries = {entry.name: entry for entry in catalogue()}
    assert set(entries) == set(REGISTRY)
    for name, entry in entries.items():
        assert entry.definition and entry.source, name
        assert bool(entry.pullbacks) == (name in EXAMPLES), name
        assert not entry.pullbacks or entry.rule, name


def test_the_product():
    entry = find("mul")
    by = {pullback.operand: pullback for pullback in entry.pullbacks}
    assert write(entry.change) == "d(A)*B + A*d(B)"
    assert write(by["A"].gradient) == "grad(Y)*B.T"
    assert write(by["A"].rows) == "kron(eye(m), B.T)"
    assert write(by["A"].columns) == "kron(B.T, eye(m))"
    assert write(by["B"].columns) == "kron(eye(p), A)"


@pytest.mark.parametrize("name", ["*", "+", "**", ".T", "divide", *LANGUAGE])
def test_calls_and_signs_are_found(name):
    assert find(name).name in REGISTRY


def test_the_text_fits_a_terminal():
    text = write_catalogue_text(catalogue())
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text and not any(line.endswith(" ") for line in text.splitlines())


def test_one_rule_from_the_shell():
    done = rules("inv")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("inv\n") and "-A⁻¹ dA A⁻¹" in done.stdout
    assert "v stacks rows" in done.stdout and "Cookbook" in done.stdout
    assert rules("inv", "--format", "markdown").stdout.startswith("## inv\n")


def test_a_name_that_is_none():
    done = rules("sofmax")
    assert done.returncode == 2 and done.stdout == ""
    assert "no rule for sofmax" in done.stderr and "Did you mean softmax?" in done.stderr


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == write_catalogue_page(catalogue()), "run make docs"
