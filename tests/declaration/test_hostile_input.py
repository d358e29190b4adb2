"""Hostile input is refused in time, with an InputError and nothing else."""

import time

import pytest
from hypothesis import given, settings

from matcalc.declaration import Limits, load, loads, parse
from matcalc.errors import InputError
from tests.fuzz_texts import (
    CHANGED,
    EXPRESSIONS,
    FILES,
    VARIABLES,
    try_derive,
    try_diff,
    try_expression,
    try_file,
)

NET = loads("dims: {N: 2}\ninputs: {X: [N, 3], s: []}\nnetwork: {Z: X*2, L: sum(Z)}")

CODE = [
    "__import__('os').system('x')",
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "X.__class__",
    "(lambda: 1)()",
    "[x for x in X]",
    "{s: s}",
    "{s}",
    "'text'",
    "f'{s}'",
    "exec(s)",
    "eval(s)",
    "open(s)",
    "print(s)",
    "s if s else s",
    "(s := 1)",
    "yield s",
    "await s",
    "...",
    "True",
    "1j",
    "0x10",
    "sum(**X)",
    "s; s",
    "s\\\ns",
    "X[...]",
    "X[None, 0]",
    "X[0, 0, 0]",
    "getattr(X, s)",
    "X @= s",
    "s -> s",
    "s != s",
    "~s",
    "s\0",
    "ｓ",
    "𝐬",
    "\ud800",
    "s\u202e",
]


@pytest.mark.parametrize("text", CODE)
def test_code_is_no_expression(text):
    with pytest.raises(InputError) as caught:
        parse(text, NET)
    assert str(caught.value).encode()


def aliases(depth):
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, depth)]
    return "\n".join(lines)


def expression(text):
    return f"dims: {{D: 1}}\ninputs: {{A: [3, 3], B: [D, D]}}\nnetwork:\n  L: {text}\n"


def repeated(first, line, times):
    return first + "".join(line.format(k=k, n=k + 1) for k in range(times))


HOSTILE = {
    "aliases that expand": (aliases(12), "aliases expand"),
    "a long text by alias": (f"a: &a {'x' * 2_000_000}\nb: [*a, *a, *a]", "aliases expand"),
    "an alias to itself": ("a: &a [*a]", "inside of what it refers to"),
    "deep YAML": ("[" * 3_000_000, "nested more than 50 deep"),
    "deep block YAML": ("".join(" " * k + "a:\n" for k in range(100)), "nested more than 50 deep"),
    "a large file": ("#" * 4_000_001, "more than 4000000 bytes"),
    "NUL": ("network: {L: 1}\0", "U+0000"),
    "a control character": ("network: {L: 1\x1b[2J}", "U+001B"),
    "an escaped control character": ('name: "\\e[2J"\nnetwork: {L: 1}', "U+001B"),
    "a million terms": (expression("+".join("1" * 1_000_000)), "more than 10000 pieces"),
    "many brackets": (expression("(" * 1_000_000), "nested more than 200 deep"),
    "many calls": (expression("exp(" * 201 + "1" + ")" * 201), "nested more than 200 deep"),
    "many signs": (expression("-" * 5000 + "1"), "nested more than 200 deep"),
    "many powers": (expression("**".join(["9"] * 300)), "nested more than 200 deep"),
    "many transposes": (expression("A" + ".T" * 1000), "nested more than 200 deep"),
    "a long number": (expression("9" * 1_000_000), "more than 300 digits"),
    "a huge exponent": (expression("1e999999999"), "too large"),
    "a tiny exponent": (expression("1e-999999999"), "too small"),
    "a long name": (expression("x" * 3_000_000), "there is no xxx"),
    "a polynomial": (expression(f"sum(ones({'*'.join(['(D + 1)'] * 150)}, 1))"), "too large"),
    "a doubling size": (
        repeated("inputs: {A: [3, 3]}\nnetwork:\n  K0: A\n", "  K{n}: kron(K{k}, K{k})\n", 99),
        "too large",
    ),
    "a doubling function": (
        repeated("network: {L: 1}\nfunctions:\n  f0: x*x\n", "  f{n}: f{k}(f{k}(x))\n", 99),
        "written out",
    ),
    "a deep function": (
        repeated("network: {L: 1}\nfunctions:\n  f0: x*x\n", "  f{n}: f{k}(x)\n", 999),
        "written out",
    ),
    "many nodes": (repeated("network:\n", "  Z{k}: 1\n", 20_001), "more than 20000 nodes"),
    "many mistakes": (repeated("network:\n", "  Z{k}: Q{n}\n", 20_000), "there is no Q1"),
    "many forward uses": (repeated("network:\n", "  Z{k}: Z{n}\n", 19_999), "used before"),
    "a large circle": (
        repeated("network:\n  Z0: Z1999\n", "  Z{n}: Z{k}\n", 1999),
        "the definitions go in a circle",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_time(name):
    text, words = HOSTILE[name]
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        loads(text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 40_000
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text", ["9**9**9**9", "s**1e300", "1/0", "0**-1", "0e999999999", "1e-300", "9" * 300]
)
def test_numbers_are_never_computed(text):
    parse(text, NET)


def test_limits_can_be_raised():
    text = expression("+".join("1" * 20_000))
    assert len(loads(text, limits=Limits(pieces=50_000)).equations[0].expr.args) == 20_000
    with pytest.raises(InputError, match="more than 3 nodes"):
        loads("network: {A: 1, B: 1, C: 1, D: 1}", limits=Limits(nodes=3))


def test_endless_files_are_read_up_to_the_limit():
    with pytest.raises(InputError, match="more than 4000000 bytes"):
        load("/dev/zero")


def test_a_large_network_loads_in_time():
    text = (
        "dims: {N: 4, D: 3}\ninputs: {Z0: [N, D]}\nparameters: {W: [D, D], b: [1, D]}\nnetwork:\n"
    )
    text = repeated(text, "  Z{n}: tanh(Z{k}*W + b)\n", 10_000) + "  L: sum(Z10000)\n"
    start = time.process_time()
    assert len(loads(text).equations) == 10_001
    assert time.process_time() - start < 5


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
def test_any_expression_is_read_or_refused(text):
    try_expression(text)


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_any_file_is_read_or_refused(text):
    try_file(text)


@settings(max_examples=300, deadline=None)
@given(CHANGED)
def test_any_change_of_a_file_is_read_or_refused(text):
    try_file(text)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, VARIABLES)
def test_any_expression_is_differentiated_or_refused(text, variables):
    try_diff(text, variables)


@settings(max_examples=40, deadline=None)
@given(CHANGED)
def test_any_change_of_a_file_is_derived_or_refused(text):
    try_derive(text)
