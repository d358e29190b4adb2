"""A result is the same whatever order terms and factors were written in."""

import random

import pytest

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions.expr import postorder
from matcalc.simplify import simplify
from tests.random_networks import random_network


def shuffled(root, rng):
    """The same sum or entrywise product with its operands in another order, all through."""
    done = {}
    for node in postorder(root):
        args = [done[arg] for arg in node.args]
        if node.op.commutative:
            rng.shuffle(args)
        done[node] = node.op.rebuild(node, tuple(args)) if args else node
    return done[root]


@pytest.mark.parametrize("seed", range(150))
def test_shuffled_terms_give_the_same_form(seed):
    rng = random.Random(seed)
    d = derive(loads(random_network(seed)))
    for found in d.gradients.values():
        for c in found.contributions:
            assert simplify(shuffled(c.raw, rng)) is simplify(c.raw)
