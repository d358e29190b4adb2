"""Every mistake has a message with its line and column, the piece itself, and a mend."""

import pytest

from matcalc.declaration import load, loads
from matcalc.errors import InputError, ManyErrors, ShapeError
from tests.bad_files import EXPRESSIONS, FILES, HEAD, MORE, node


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case[0][:30])
def test_a_bad_expression(case):
    expression, column, *words = case
    with pytest.raises(InputError) as caught:
        loads(node(expression), "net.yaml")
    check(str(caught.value), 5, 5 + column, words)
    assert not isinstance(caught.value, ManyErrors)


@pytest.mark.parametrize("case", FILES + MORE, ids=lambda case: case[0][-40:])
def test_a_bad_file(case):
    text, line, column, *words = case
    with pytest.raises(InputError) as caught:
        loads(text, "net.yaml")
    check(str(caught.value), line, column, words)
    assert not isinstance(caught.value, ManyErrors)


def check(message, line, column, words):
    """The message names the place, has the words, underlines the piece, and has a mend."""
    head, *more = message.splitlines()
    assert head.startswith(f"net.yaml:{line}:{column}: ")
    for word in words:
        assert word in message
    assert more[-1].startswith("  ") and more[-1].endswith((".", "?", "T"))
    if len(more) > 1:
        assert set(more[1].strip()) == {"^"}


def test_independent_mistakes_are_reported_together_and_what_follows_is_not():
    text = (
        HEAD + "network:\n  A: X*W + Q\n  B: A*2\n  sum: s\n  C: X*X\n  D1: sum(B) + C\n"
        "  E: foo(X)\nloss: E\n"
    )
    with pytest.raises(ManyErrors) as caught:
        loads(text, "net.yaml")
    places = [(error.place.line, error.place.column) for error in caught.value.errors]
    assert places == [(5, 12), (7, 3), (8, 6), (10, 6)]
    assert isinstance(caught.value.errors[2], ShapeError)
    assert str(caught.value).count("net.yaml:") == 4


def test_mistakes_in_several_sections_are_in_the_order_of_the_file():
    text = "network: {L: sum(X + c)}\ninputs: {X: [N, K], c: [M]}\ndims: {N: 0, M: 2}\nlos: L\n"
    with pytest.raises(ManyErrors) as caught:
        loads(text, "net.yaml")
    assert [error.place.line for error in caught.value.errors] == [2, 3, 4]


def test_a_circle_is_reported_once():
    with pytest.raises(InputError) as caught:
        loads("network: {A: B, B: C, C: A, L: A}")
    assert not isinstance(caught.value, ManyErrors)


def test_at_most_twenty_mistakes_are_reported():
    text = "network:\n" + "".join(f"  A{k}: Q{k}\n" for k in range(100))
    with pytest.raises(ManyErrors) as caught:
        loads(text)
    assert len(caught.value.errors) == 20


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="directory"):
        load(tmp_path)
    with pytest.raises(InputError, match="null byte"):
        load("a\0b")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"name: a\nnetwork: {L: 1}\n# \xe9")
    with pytest.raises(InputError, match="line 3 is not UTF-8"):
        load(latin)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"network: {L: 1}\n#" + b" " * 4_000_000)
    with pytest.raises(InputError, match="more than 4000000 bytes"):
        load(large)
