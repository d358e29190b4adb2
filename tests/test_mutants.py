"""A sample of ``make trust``: wrong rules, rewrites and forms are caught, right ones pass."""

from tests.forms import right_forms, wrong_forms
from tests.mutants import mutate_rewrites, mutate_rules


def test_wrong_rules_are_caught():
    count = mutate_rules(1, {"mul", "inv", "softmax", "kron", "solve", "max"})
    assert count.made >= 15 and not count.missed


def test_wrong_rewrites_are_caught():
    count = mutate_rewrites(1, {"f(Aᵀ) = f(A)ᵀ", "xᵀ A y = yᵀ Aᵀ x, the shorter one"})
    assert count.made >= 5 and not count.missed


def test_right_forms_pass_at_hard_points():
    found = right_forms(120, start=600)
    assert not found.failed and found.forms.total() >= 120


def test_wrong_forms_do_not():
    found = wrong_forms(120, start=600)
    assert not found.failed and found.forms.total() >= 120
