"""Every rewrite is an identity: whatever it changes keeps its value.

Expressions come from random networks and from the list below, which has what chance
seldom makes. A rewrite that never fires here fails the test, so none goes untested.
"""

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
from tests.random_networks import random_network

CONTEXT = """
dims: {m: 2, n: 3, p: 5}
inputs:
  A: [m, n]
  B: [m, n]
  C: [n, n]
  S: {shape: [n, n], assume: symmetric}
  K: {shape: [n, n], assume: antisymmetric}
  Q: {shape: [n, n], assume: orthogonal}
  R: {shape: [m, n], assume: row_stochastic}
  x: [n, 1]
  y: [n, 1]
  r: [1, n]
  c: [m, 1]
  s: {shape: [], assume: positive}
  t: []
network:
  L: sum(A) + s
"""

SELDOM = """
A.T.T + A.T.T; (2).T*s; ones(m, n).T; commutation(m, n).T; S.T; K.T; (A*C).T; kron(A, C).T
diag(x).T; power(A, 3).T; (C**2).T; inv(S).T; inv(C.T); softmax(A.T, axis=0); sum(A.T, axis=0)
trace(C.T); det(C.T); diagonal(C.T); diag(x.T); mean(A.T); layernorm(A.T); sigmoid(A.T)
hadamard(A, zeros(m, n)); A*zeros(n, n); 2*(s*A)*3; s*A/s; exp(s)/(1 + exp(s))
divide(exp(A), 1 + exp(A)); eye(m)*A; inv(C)*C; Q*Q.T; Q.T*Q; C**2*C; R*ones(n, 1)
ones(1, m)*R; ones(1, m)*A*ones(n, 1); c*r*x*r; y.T*C*x; A*(-x - y); -(A + B); -2*(A - B)
ones(m, 1)*r; c*ones(1, n); 3*A*ones(n, n); diag(x)*diag(y); diag(x)*ones(n, n); ones(m, n)*diag(x)
diag(x)*y; r*diag(x); kron(A, C)*kron(A.T, C); commutation(m, n)*commutation(n, m)
(A + B) + A; A - A; 2*A + 2*B; s*A + s*B; A*C + B*C; C*x + C*y; s*A + t*A; hadamard(A, B) + hadamard(A, A)
hadamard(s, t); hadamard(2*A, 3*B); hadamard(A, hadamard(A, B)); hadamard(A, ones(m, 1)*r)
hadamard(A, ones(m, 1)*r, ones(m, 1)*r); hadamard(A, -A - B); hadamard(B, A); hadamard(tril(ones(m, n)), A)
power(power(A, 2), 3); power(sqrt(s), 2); power(square(s), 3); power(abs(s), 2); power(2*s, -1); power(s, 1)
power(hadamard(A, B), 2); power(3, 2); power(ones(m, 1)*r, 2); hadamard(A, 2*s); power(2*A, 2); power(A, 0)
maximum(A, A); square(A); log(exp(A)); step(2*A); sign(3*s); exp(zeros(m, n)); log(1); sqrt(ones(m, n)); exp(0)
sum(s); mean(s); sum(x, axis=0); sum(2*s*A); sum(ones(m, n), axis=0); sum(ones(m, 1)*r); sum(ones(m, 1)*r, axis=0)
sum(ones(m, 1)*r, axis=1); sum(c*ones(1, n), axis=0); sum(sum(A, axis=1)); sum(R, axis=1); sum(R)
sum(softmax(A), axis=1); inner(A, B); inner(s, t); sum(hadamard(eye(n), C)); trace(s); trace(eye(n))
trace(diag(x)); sum(hadamard(c*ones(1, n), A), axis=1); inv(s); inv(eye(n)); inv(diag(x)); inv(2*C)
inv(inv(C)); inv(Q); C**0; C**1; diag(s); diag(ones(n, 1)); diag(zeros(n, 1)); diag(2*x)
diagonal(eye(n)); diagonal(diag(x)); diagonal(s); vec(ones(m, n)); vec(2*A); vec(r); vec(x); vec(zeros(m, n))
kron(s, A); kron(A, zeros(m, n)); kron(eye(m), eye(n)); kron(ones(m, n), ones(n, m)); kron(2*A, C); kron(x, r)
kron(r, x); commutation(1, n); solve(s, x.T); solve(eye(n), x); tril(s); 0*A; A + 0*A; hadamard(A, divide(1, A))
sum(hadamard(A, B) + A); hstack(A, c) - 2*hstack(B, c); A.T[:, 0]; (A.T*B).T; x.T*C.T*y; sum(hadamard(A, (C*B.T).T)); sum(hadamard(C, K.T)); trace(2*x*y.T); mean(A); sum(A)/(m*n); diagonal(x*y.T); diagonal(diag(x)*C); hstack(A, B)[:, 0:n]; hadamard(A, divide(B, A) + 2*B); s*(t/s + 1); trace(2*C); diagonal(2*C)
"""


def expressions():
    network = loads(CONTEXT)
    texts = [t.strip() for line in SELDOM.strip().splitlines() for t in line.split(";")]
    yield network, [parse(t, network) for t in texts] + built(network)
    for seed in range(60):
        network = loads(random_network(seed))
        d = derive(network)
        raw = [c.raw for g in d.gradients.values() for c in g.contributions]
        yield network, raw + [j.form for j in d.jacobians]


def built(network):
    """What the language has no words for: results are made of it on the way."""
    a, c, r = (network.symbol(name) for name in "ACr")
    repeated = broadcast(r, a.shape)
    matpow = operation("matpow")
    powers = [matpow(c, data=(k,)) for k in (1, 0, -1)]
    return [*powers, operation("mul")(a), operation("add")(a), repeated.T, repeated * c]


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
    names = {name for name, _ in fired}
    assert {entry.name for entries in REWRITES.values() for entry in entries} == names


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
