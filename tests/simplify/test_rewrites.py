"""Every rewrite is an identity: whatever it changes keeps its value.

Expressions come from random networks, from the registry's examples with every operand
transposed, and from lists (tests/seldom.py) of what chance seldom makes, with sums and
products in the place of their variables, too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

import numpy as np
import pytest

from matcalc.checking.run import find_point
from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.expressions.build import broadcast, zeros
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, operation, postorder
from matcalc.network.network import Network
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from matcalc.simplify import REWRITES, simplify
from matcalc.simplify.engine import Rewrite
from tests.changes import EXAMPLE, example_text, transposed
from tests.random_networks import random_network
from tests.seldom import CONTEXT, SELDOM, SQUARE

Expressions = tuple[Network, list[Expr]]

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
TRANSPOSED = {
    "A": "(B*C.T*S)",
    "B": "(A*C.T*S)",
    "C": "(C.T*S)",
    "x": "(C.T*S*y)",
    "y": "(S*C.T*x)",
    "r": "(x.T*C.T*S)",
    "c": "(A*C.T*S*y)",
    "s": "exp(x.T*C.T*y)",
    "t": "(y.T*S*C.T*x)",
}
"Products with a transpose in them: one that is lost shows, and so does another order."


def composed(text: str, parts: dict[str, str]) -> str:
    return re.sub(r"\b\w\b", lambda name: parts.get(name[0], name[0]), text)


def seldom() -> Expressions:
    network = loads(CONTEXT)
    return network, [parse(t, network) for t in (*SELDOM, *SQUARE)] + built(network)


def seldom_of(parts: dict[str, str]) -> Expressions:
    network = loads(CONTEXT)
    return network, [parse(composed(t, parts), network) for t in (*SELDOM, *SQUARE)]


def example(expression: str, shapes: Sequence[str]) -> Expressions:
    network = loads(example_text(*transposed(expression, shapes)))
    return network, [equation.expr for equation in network.equations]


def chance(seed: int) -> Expressions:
    network = loads(random_network(seed))
    d = derive(network)
    raw = [c.raw for g in d.gradients.values() for c in g.contributions]
    return network, raw + [j.form for j in d.jacobians]


SOURCES: dict[str, Callable[[], Expressions]] = {
    "seldom": seldom,
    "seldom, of sums": partial(seldom_of, COMPOSED),
    "seldom, of transposes": partial(seldom_of, TRANSPOSED),
    **{text: partial(example, text, shapes) for _, text, shapes in EXAMPLE},
    **{f"chance {seed}": partial(chance, seed) for seed in range(60)},
}


def built(network):
    """What the language has no words for: results are made of it on the way."""
    a, c, s, r = (network.symbol(name) for name in "ACSr")
    repeated, square = broadcast(r, a.shape), broadcast(r, c.shape)
    found = [operation("matpow")(c, data=(k,)) for k in (1, 0, -1)]
    found += [operation(name)(a) for name in ("mul", "hadamard")]
    first = operation("argmax_one_hot")(a.T, data=(1,))
    found += [broadcast(r + 2 * r, a.shape).T, broadcast(zeros((ONE, a.shape[1])), a.shape)]
    found += [operation("mul")(square, *more) for more in ((c, s), (c.T, s), (c + s,))]
    return [*found, first, repeated.T, repeated * c]


def pieces(root):
    """Every sub-expression, as it is and with simplified operands."""
    for node in postorder(root):
        yield node
        yield node.op.rebuild(node, tuple(map(simplify, node.args)))


def changes(roots: Iterable[Expr]) -> Iterator[tuple[Rewrite, Expr, Expr]]:
    """Each rewrite that changes a piece, with the piece before and after."""
    for e in dict.fromkeys(chain.from_iterable(map(pieces, roots))):
        for entry in REWRITES.get(e.op.name, ()):
            after = entry.apply(e)
            if after is not None and after is not e:
                yield entry, e, after


@pytest.mark.parametrize("source", SOURCES)
def test_every_rewrite_is_an_identity(source):
    network, roots = SOURCES[source]()
    with np.errstate(all="ignore"):
        reference = find_point(network, distinct_sizes(network), np.random.default_rng(1))
        known = reference.point | reference.gradients(list(derive(network).gradients))
        for entry, before, after in changes(roots):
            assert after.shape == before.shape, (entry.name, before)
            a, b = (evaluate(e, known, reference.env) for e in (before, after))
            if not np.allclose(b, a, 1e-8, 1e-10, equal_nan=True):
                pytest.fail(f"{entry.name}: {before!r} became {after!r}")


def test_no_rewrite_goes_untested():
    every = {(e.name, e.operation) for entries in REWRITES.values() for e in entries}
    for source in SOURCES.values():
        _, roots = source()
        every -= {(entry.name, entry.operation) for entry, _, _ in changes(roots)}
        if not every:
            return
    raise AssertionError(f"no expression here is changed by {sorted(every)}")


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
