"""A sample of ``make trust``: wrong rules, rewrites and forms are caught, right ones pass."""

from tests.forms import right_forms, wrong_forms
from tests.mutants import mutate_rewrites, mutate_rules


def test_wrong_rules_are_caught():
    count = mutate_rules(1, {"mul", "inv", "softmax", "kron", "solve", "max"})
    assert count.made >= 15 and not count.missed


def test_wrong_rewrites_are_caught():
    count = mutate_rewrites(1, most=12)
    assert count.made == 12 and not count.missed


def test_right_forms_pass_at_hard_points():
    passed, failed = right_forms(250, start=600)
    assert not failed and passed.total() >= 250


def test_wrong_forms_do_not():
    caught, missed = wrong_forms(80, start=600)
    assert not missed and caught.total() >= 80
