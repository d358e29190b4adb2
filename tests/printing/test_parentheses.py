"""Parentheses are right: what is shown is read by textbook rules and has the same value.

The reader below knows only the notation. It refuses ∘, ⊗ and · beside each other, so it
also tests that they never mix without parentheses. Everything is n×n or a scalar.
"""

import random
import re

import numpy as np
import pytest

from matcalc.expressions.build import add, broadcast, gradient, hadamard, kron, mul, power, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import lift, operation
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.printing.latex import latex
from matcalc.printing.unicode import pretty

N = Dimension.of("n")
A, B = symbol("A", (N, N)), symbol("B", (N, N))
s, t = symbol("s", ()), symbol("t", ())
G = gradient(A)
TOKEN = re.compile(r"∂L/∂A|∘?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ]+|\w|[^\s]")
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class Reader:
    def __init__(self, text, values):
        self.tokens, self.values = TOKEN.findall(text), values

    def peek(self):
        return self.tokens[0] if self.tokens else ""

    def take(self, token=None):
        assert token in (None, self.peek()), self.tokens
        return self.tokens.pop(0)

    def sum(self):
        total = -self.product() if self.peek() == "−" and self.take() else self.product()
        while self.peek() in ("+", "−"):
            sign = 1 if self.take() == "+" else -1
            total = total + sign * self.product()
        return total

    def product(self):
        value, used = self.power(), set()
        while self.peek() in ("·", "/", "∘", "⊘", "⊗"):
            sign = self.take()
            used.add({"/": "·", "⊘": "∘"}.get(sign, sign))
            value = self.combined(sign, value, self.power())
        assert len(used) < 2, used
        return value

    def combined(self, sign, a, b):
        if sign == "·":
            return a @ b if np.ndim(a) and np.ndim(b) else a * b
        if sign == "⊗":
            return np.kron(a, b)[: len(a), : len(a)]
        return a * b if sign == "∘" else a / b

    def power(self):
        value = self.atom()
        if "ᵀ" in self.peek():
            value = (np.linalg.inv(value) if self.take() == "⁻ᵀ" else value).T
        elif re.fullmatch(r"∘?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", self.peek()):
            exponent = self.take()
            count = int(exponent.removeprefix("∘").translate(PLAIN))
            entrywise = exponent.startswith("∘") or not np.ndim(value)
            raised = np.power if entrywise else np.linalg.matrix_power
            value = raised(value, count)
        assert "ᵀ" not in self.peek(), "a power of a power needs parentheses"
        return value

    def atom(self):
        token = self.take()
        if token == "√":
            return np.sqrt(self.atom())
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        return self.values[token] if token in self.values else float(token)


def scalar(r, depth):
    if depth == 0:
        return r.choice([s, t, lift(2), lift(3) / 4, lift(-1)])
    a, b = scalar(r, depth - 1), scalar(r, r.randrange(depth))
    forms = [add(a, b), mul(a, b), power(a, 2), power(a, -1), mul(-1, a), hadamard(a, b)]
    return r.choice([*forms, mul(a, power(b, -1)), a])


def matrix(r, depth):
    if depth == 0:
        return r.choice([A, B, G])
    a, b, c = matrix(r, depth - 1), matrix(r, r.randrange(depth)), scalar(r, r.randrange(depth))
    forms = [add(a, b), mul(a, b), hadamard(a, b), a.T, mul(c, a), mul(b, c, a), mul(-1, a)]
    more = [hadamard(a, power(b, -1)), power(a, 2), operation("matpow")(a, data=(2,))]
    more += [hadamard(b, a, power(b, -2)), operation("solve")(add(a, A), b), power(a, -1)]
    return r.choice([*forms, *more, mul(-2, power(c, -1), a, b), operation("inv")(add(a, B))])


def drawn(seed):
    """A random expression that has a value, the value, and what the names stand for."""
    r, numbers = random.Random(seed), np.random.default_rng(seed)
    values = {x: numbers.uniform(0.5, 2, (3, 3)) for x in (A, B, G)}
    values |= {x: numbers.uniform(0.5, 2) for x in (s, t)}
    named = {"A": values[A], "B": values[B], "s": values[s], "t": values[t], "∂L/∂A": values[G]}
    while True:
        e = (matrix if seed % 4 else scalar)(r, r.randint(1, 4))
        try:
            value = evaluate(e, values, Environment({"n": 3}))
        except np.linalg.LinAlgError:
            continue
        if np.all(np.isfinite(value)) and np.max(np.abs(value)) < 1e6:
            return e, value, named


@pytest.mark.parametrize("seed", range(400))
def test_the_value_is_the_same(seed):
    with np.errstate(all="ignore"):
        e, expected, named = drawn(seed)
    reader = Reader(pretty(e), named)
    got = reader.sum()
    assert not reader.tokens
    np.testing.assert_allclose(
        got, expected, rtol=1e-6, atol=1e-9 * (1e-3 + np.max(np.abs(expected)))
    )


@pytest.mark.parametrize("outer", [mul, hadamard, kron])
@pytest.mark.parametrize("inner", [mul, hadamard, kron])
def test_only_products_of_one_kind_are_written_flat(outer, inner):
    within = inner(A, B)
    e = outer(within, symbol("C", within.shape))
    assert ("(" in pretty(e)) == (outer is not inner)
    assert ("(" in latex(e)) == (outer is not inner)


def test_a_scalar_made_from_matrices_stays_one_factor_among_matrices():
    v = symbol("v", (N, Dimension.of(1)))
    assert pretty(mul(mul(v.T, v), A)) == "(vᵀ · v) · A"
    assert pretty(mul(s, mul(v.T, v), t)) == "s · vᵀ · v · t"


def test_entrywise_products_within_each_other_are_flat():
    e = hadamard(A, hadamard(broadcast(lift(2), A.shape), B, power(B, -1)))
    assert pretty(e) == "2 · (A ∘ B ⊘ B)"
