"""Every mistake of a file is named at its place, with a mend, and nothing else is."""

import pytest

from matcalc.declaration import loads
from matcalc.errors import InputError, ManyErrors
from tests.bad_files import HEAD
from tests.bad_subtle import cases

CASES = cases()


@pytest.mark.parametrize("case", [c for c in CASES if c.mistakes], ids=lambda c: c.text[-40:])
def test_all_mistakes_of_a_file(case):
    with pytest.raises(InputError) as caught:
        loads(case.text, "net.yaml")
    error = caught.value
    found = error.errors if isinstance(error, ManyErrors) else [error]
    places = [(e.place.line, e.place.column) for e in found]
    assert places == [(line, column) for line, column, _ in case.mistakes]
    for one, (_, _, words) in zip(found, case.mistakes, strict=True):
        assert words in one.message
        assert one.mend.endswith((".", "?", "T"))
        assert one.message.strip() == one.message and "  " not in one.message


@pytest.mark.parametrize("case", [c for c in CASES if not c.mistakes], ids=lambda c: c.text[-40:])
def test_odd_files_that_are_in_order(case):
    assert loads(case.text).equations


def test_the_table_is_large():
    assert sum(bool(case.mistakes) for case in CASES) >= 250


def test_a_comma_within_braces_is_one_mistake():
    with pytest.raises(InputError, match="needs quotes") as caught:
        loads("inputs: {X: [2]}\nnetwork: {A: sum(X, axis=0), L: Q}")
    assert [e.place.line for e in caught.value.errors] == [2, 2]


def test_a_key_that_is_there_twice_does_not_hide_what_else_is_wrong():
    text = HEAD + "network:\n  A: X*W\n  A: sum(A)\n  B: A*Q\n  L: sum(A) + sum(B)\n"
    with pytest.raises(ManyErrors) as caught:
        loads(text)
    assert [e.place.line for e in caught.value.errors] == [6, 7]


def test_where_a_section_is_there_twice_only_that_is_said():
    text = "inputs: {X: [2]}\ninputs: {Y: [2]}\nnetwork: {L: sum(X + Y)}"
    with pytest.raises(InputError) as caught:
        loads(text)
    assert not isinstance(caught.value, ManyErrors)
