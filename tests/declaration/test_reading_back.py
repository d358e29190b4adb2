"""What is written is what is read: text → expression → text → the same values."""

import numpy as np
import pytest

from matcalc.declaration import loads, parse
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.printing.language import write

NETWORK = """
convention: {convention}
dims: {{N: 4, D: 3, H: 5}}
inputs: {{X: [N, D], Z: [N, D], S: [D, D], r: [1, D], c: [N, 1], s: [], t: []}}
parameters: {{W: [D, H], b: [1, H], P: {{shape: [N, D], assume: positive}}}}
functions: {{f: abstract, swish: x*sigmoid(x)}}
network: {{A: X*W + b, L: sum(A)}}
"""
EXPRESSIONS = """
X*W + b
X*W - b*2 + 1
-r + X - c
1 - X/2
X - 1/3
1/2*s
0.3*s - .25
s/2*3/t
-(-s)
2*(s + t)*3
(s - t)*(X - Z)
s**2 - s**-t + 2**-s
(-2)**2 - 2**2
(s/2)**2
S**3 - S**-2 + S**0
X*S**2*W
(X*W)*b.T - X*(W*b.T)
c.T*c*X
r*S*r.T/N
N*D + 1
(N + 1)*X
hadamard(X, c, r, 2)
hadamard(X, Z)*W
divide(X, P)
divide(1, P)
divide(X, c)
divide(c, 2*s)
power(P, 3) + power(P, -2)
power(P, Z)
power(P, s)
power(2, X)
maximum(0, X, c)
minimum(s, t)
where(X, 1, r)
stop_gradient(X)
exp(X) + log(P) + sqrt(P)
tanh(s)*gelu(t)
softplus(-X)
f(X) + swish(Z)
D(f, X) + D(f, X, 2)
D(swish, X) + D(swish, s, 2)
D(tanh, X) - D(gelu, s, 3)
sum(X) + mean(Z)
sum(X, axis=0) + mean(X, axis=0)
var(X, axis=1) - std(X, axis=1)
max(X) + max(X, axis=1)
logsumexp(X, axis=0)
norm(X)**2/2 + norm1(X)
trace(S) + det(S) + logdet(S)
inner(X, Z)
inv(S) + solve(S, S)
diag(r) + diag(diagonal(S))
tril(S) + triu(S)
vec(X)
kron(S, r)
hstack(X, c)
vstack(X, r, 2*r)
X[0, 1] + X[1:3, 1:].T[0, 1]
X[:, :D - 1]
ones(N, 1)*r + zeros(N, D)
eye(D) + commutation(3, 1)[0:D, 0:D]
softmax(X) + softmax(X, axis=0) + softmax(X, axis=1)
log_softmax(X)
cross_entropy(P, Z) + sse(X, 1)
softmax_cross_entropy(X, r)
binary_cross_entropy(sigmoid(X), 1/2)
mse(X, c)
layernorm(X) + batchnorm(X, eps=1e-3)
grad(A)*W.T + grad(X)
d(X)*W + X*d(W)
argmax_one_hot(X) + argmax_one_hot(X, axis=0)
pi*X - 2*pi
"""
CASES = [line for line in EXPRESSIONS.splitlines() if line]


@pytest.fixture(scope="module", params=["row", "column"])
def network(request):
    return loads(NETWORK.format(convention=request.param))


def values_for(e, network, values):
    """A value for every symbol of the expression; P, s and t are positive."""
    random = np.random.default_rng(7)
    for symbol in sorted(e.free, key=repr):
        sampled = random.normal(size=[size.size(network.dims) for size in symbol.shape])
        values.setdefault(symbol, np.abs(sampled) + 0.1 if symbol.name in "Pst" else sampled)
    return values


def smooth(z, order):
    return [np.sin, np.cos, lambda x: -np.sin(x)][order](z)


@pytest.mark.parametrize("text", CASES)
def test_what_is_written_reads_back(text, network):
    e = parse(text, network)
    written = write(e, network.convention)
    again = parse(written, network)
    assert again.shape == e.shape
    if again is not e:
        env = Environment(network.dims, {"f": smooth})
        values = values_for(again, network, values_for(e, network, {}))
        expected, got = evaluate(e, values, env), evaluate(again, values, env)
        np.testing.assert_allclose(got, expected, rtol=1e-12)
