"""Every rewrite is an identity: whatever it changes keeps its value.

Expressions come from random networks, from the registry's examples with every operand
transposed, and from a list (tests/seldom.py) of what
chance seldom makes. A rewrite that never fires here fails the test, so none goes untested.
"""

import re

import numpy as np
import pytest

from matcalc.checking.run import find_point
from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.build import broadcast
from matcalc.expressions.expr import operation, postorder
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from matcalc.simplify import REWRITES, simplify
from tests.changes import EXAMPLE, example_text, transposed
from tests.random_networks import random_network
from tests.seldom import CONTEXT, SELDOM

WITHIN = (
    "hadamard(C, ones(n, 1)*r, ones(n, 1)*r)",
    "(C*S).T.T",
    "inv(C.T*C).T",
    "inv(C*C.T + S).T",
)
"Square, so that a transpose that is lost shows."
COMPOSED = {
    "A": "(A*C + B)",
    "B": "(B - A*S)",
    "C": "(C*S + K)",
    "x": "(C*x + y)",
    "y": "(y - S*x)",
    "r": "(r*C + x.T)",
    "c": "(A*y + c)",
}
"Sums and products in the place of variables: a term that is lost in them shows."


def composed(text: str) -> str:
    return re.sub(r"\b[ABCxyrc]\b", lambda name: COMPOSED[name[0]], text)


def expressions():
    network = loads(CONTEXT)
    yield network, [parse(t, network) for t in (*SELDOM, *WITHIN)] + built(network)
    yield network, [parse(composed(t), network) for t in SELDOM]
    for _, expression, shapes in EXAMPLE:
        network = loads(example_text(*transposed(expression, shapes)))
        yield network, [equation.expr for equation in network.equations]
    for seed in range(60):
        network = loads(random_network(seed))
        d = derive(network)
        raw = [c.raw for g in d.gradients.values() for c in g.contributions]
        yield network, raw + [j.form for j in d.jacobians]


def built(network):
    """What the language has no words for: results are made of it on the way."""
    a, c, r = (network.symbol(name) for name in "ACr")
    repeated = broadcast(r, a.shape)
    found = [operation("matpow")(c, data=(k,)) for k in (1, 0, -1)]
    found += [operation(name)(a) for name in ("mul", "hadamard")]
    first = operation("argmax_one_hot")(a.T, data=(1,))
    return [*found, first, repeated.T, repeated * c]


def pieces(root):
    """Every sub-expression, as it is and with simplified operands."""
    for node in postorder(root):
        yield node
        yield node.op.rebuild(node, tuple(map(simplify, node.args)))


def test_every_rewrite_is_an_identity():
    fired = set()
    for network, roots in expressions():
        rng = np.random.default_rng(1)
        with np.errstate(all="ignore"):
            reference = find_point(network, distinct_sizes(network), rng)
            known = reference.point | reference.gradients(list(derive(network).gradients))
            seen = set()
            for root in roots:
                for e in pieces(root):
                    if e in seen:
                        continue
                    seen.add(e)
                    for entry in REWRITES.get(e.op.name, ()):
                        after = entry.apply(e)
                        if after is None or after is e:
                            continue
                        fired.add((entry.name, entry.operation))
                        assert after.shape == e.shape, (entry.name, e)
                        a = evaluate(e, known, reference.env)
                        b = evaluate(after, known, reference.env)
                        np.testing.assert_allclose(
                            b, a, rtol=1e-8, atol=1e-10, err_msg=f"{entry.name}: {e!r}"
                        )
    assert {(e.name, e.operation) for entries in REWRITES.values() for e in entries} == fired


@pytest.mark.parametrize("seed", range(40))
def test_a_second_pass_changes_nothing(seed):
    d = derive(loads(random_network(seed)))
    for found in d.gradients.values():
        for c in found.contributions:
            once = simplify(c.raw)
            assert simplify(once) is once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A + B", "B + A"),
        ("hadamard(A, B, A)", "hadamard(A, A, B)"),
        ("s*t*A", "t*A*s"),
        ("x.T*C*y", "y.T*C.T*x"),
        ("s*(A + B)", "B*s + A*s"),
        ("A*C + B*C", "(B + A)*C"),
        ("-(A - B)", "B - A"),
        ("A/s/t", "A/(t*s)"),
        ("trace(C.T)", "trace(C)"),
    ],
)
def test_the_order_of_writing_does_not_matter(one, other):
    network = loads(CONTEXT)
    assert simplify(parse(one, network)) is simplify(parse(other, network))
