"""Texts of all kinds at the reader, the loader, ``diff`` and ``derive``: no crash.

    python -m tests.fuzz_texts --seconds 60

A text is read or refused with an InputError or CannotDerive that has a message; anything
else ends the run, with the text shrunk to the smallest that does it.
"""

import argparse
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcalc.declaration import loads, parse
from matcalc.declaration.limits import WORK_IN_ANY_CASE
from matcalc.declaration.one_expression import one_expression
from matcalc.derivation import derive
from matcalc.errors import CannotDerive, InputError
from matcalc.expressions import work
from matcalc.printing.terminal import write_terminal

NET = loads("dims: {N: 2}\ninputs: {X: [N, 3], s: []}\nnetwork: {Z: X*2, L: sum(Z)}")

WORDS = """
X s Z L N D x 0 1 2.5 1e3 + - * / ** @ ( ) [ ] , : = . .T sum exp softmax where ones kron
maximum divide power grad D d axis eps ' " # \\ σ lambda if % == ~ ^ _
"""
PIECES = st.sampled_from([*WORDS.split(), "\n", "\t"])
LINES = st.sampled_from(
    [
        *("dims:", "inputs:", "network:", "loss: L", "outputs: [Z]", "functions:", "name: a"),
        *("  X: [N, 3]", "  N: 2", "  Z: X*2", "  L: sum(Z)", "  f: x*x", "  L: f(Z)", "- a"),
        *("  Y: {shape: [2], value: [1, 2]}", "layout: mixed", "convention: column", "  ? a"),
        *("  A: &a [2]", "  B: *a", "  C: !t 1", "---", "...", "  Q: >", "    X", "  <<: 1"),
    ]
)
WHOLE = """
dims: {N: 2, D: 3}
inputs: {X: [N, D], y: {shape: [N], assume: positive, value: [1, 2], flip: false}}
functions: {f: x*exp(-x)}
network:
  A: f(X*X.T) + X[0, 1:D]*ones(D - 1, 1)
  L: sum(hadamard(A, 2)) - 1e-3*softmax_cross_entropy(X, 1)
layout: {jacobian: numerator}
"""
CALLS = ["sum({})", "exp({})", "({}).T", "inv({})", "({})**2", "softmax({})", "norm({})", "-({})"]
TERMS = st.recursive(
    st.sampled_from(["X", "s", "X.T", "2", "ones(3, 2)", "N"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "@", "/", "**"]), inner).map("".join),
        st.tuples(st.sampled_from(CALLS), inner).map(lambda pair: pair[0].format(pair[1])),
        st.tuples(inner, inner).map(lambda pair: f"hadamard({pair[0]}, {pair[1]})"),
    ),
    max_leaves=8,
)
EXPRESSIONS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map(" ".join), TERMS)
FILES = st.one_of(
    st.text(), st.lists(st.one_of(LINES, st.text(max_size=8)), max_size=12).map("\n".join)
)
CHANGED = st.builds(
    lambda start, length, text: WHOLE[:start] + text + WHOLE[start + length :],
    st.integers(0, len(WHOLE)),
    st.integers(0, 12),
    st.one_of(PIECES, st.text(max_size=3)),
)
VARIABLES = st.lists(
    st.one_of(
        st.sampled_from(["X:m,n", "s", "x:n", "Z:2,3:positive", "L:n,n:symmetric"]),
        st.text(max_size=8),
    ),
    max_size=4,
)


def try_expression(text: str) -> None:
    refused(parse, text, NET)


def try_file(text: str) -> None:
    refused(loads, text)


def try_diff(text: str, variables: list[str]) -> None:
    def diff() -> None:
        network = one_expression(text, variables)
        work.allow(WORK_IN_ANY_CASE // 10)
        write_terminal(derive(network))

    refused(diff)


def try_derive(text: str) -> None:
    def whole() -> None:
        network = loads(text)
        work.allow(WORK_IN_ANY_CASE // 10)
        write_terminal(derive(network), jacobians=True)

    refused(whole)


def refused(read, *args) -> None:
    """Only errors that are meant for a user may come out, and each says something."""
    try:
        read(*args)
    except (InputError, CannotDerive) as error:
        assert str(error).encode()
        assert all(c.isprintable() or c == "\n" for c in str(error))
    finally:
        work.allow(work.UNBOUNDED)


TARGETS = {
    "expressions": (try_expression, (EXPRESSIONS,)),
    "files": (try_file, (FILES,)),
    "changed files": (try_file, (CHANGED,)),
    "diff": (try_diff, (EXPRESSIONS, VARIABLES)),
    "derive": (try_derive, (CHANGED,)),
}


def fuzz(seconds: float) -> Counter:
    """How many texts were tried at each target; a crash is raised."""
    end, tried = time.monotonic() + seconds, Counter()
    rules = settings(
        max_examples=300,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    def bounded(name, target):
        def one(drawn):
            if time.monotonic() < end:
                tried[name] += 1
                target(*drawn)

        return one

    while time.monotonic() < end:
        for name, (target, strategies) in TARGETS.items():
            rules(given(st.tuples(*strategies))(bounded(name, target)))()
    return tried


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    tried = fuzz(parser.parse_args().seconds)
    print(f"{sum(tried.values())} texts tried without a crash:", dict(tried))
    return 0


if __name__ == "__main__":
    sys.exit(main())
