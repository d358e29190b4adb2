"""The networks that the answers of the tests are about."""

from pathlib import Path

from matcalc.declaration import load, loads
from tests.networks import MLP

ROOT = Path(__file__).parents[2]

NETWORKS = {
    "mlp": MLP,
    "classifier": """\
dims: {N: 4, D: 3, C: 5}
inputs: {X: [N, D]}
parameters: {W: [D, C], b: [1, C]}
constants: {Y: {shape: [N, C], assume: one_hot}}
network:
  Z: X*W + b
  L: softmax_cross_entropy(Z, Y)/N
""",
    "unnormalised": """\
dims: {N: 4, D: 3, C: 5}
inputs: {X: [N, D]}
parameters: {W: [D, C]}
constants: {Y: [N, C]}
network:
  Z: X*W
  L: softmax_cross_entropy(Z, Y)
""",
    "regression": """\
dims: {N: 6, D: 3}
inputs: {X: [N, D]}
parameters: {w: [D, 1]}
constants: {y: [N, 1]}
network:
  p: X*w
  L: mse(p, y)
""",
    "scaled": """\
dims: {N: 4, D: 3}
inputs: {X: [N, D]}
parameters: {s: []}
constants: {Y: [N, D]}
network:
  Z: s*X
  L: sse(Z, Y)
""",
    "quadratic": """\
dims: {n: 4}
convention: column
inputs: {x: [n, 1]}
constants: {A: [n, n]}
network:
  L: x.T*A*x
""",
    "residual": """\
dims: {N: 4, D: 3}
inputs: {X: [N, D]}
parameters: {W: [D, D]}
constants: {Y: [N, D]}
network:
  Z: X*W
  H: Z + tanh(Z)
  L: sse(H, Y)
""",
    "deep": """\
dims: {N: 4, D: 3, H: 5}
inputs: {X: [N, D]}
parameters: {W1: [D, H], W2: [H, H], W3: [H, D]}
constants: {Y: [N, D]}
network:
  Z1: X*W1
  A1: tanh(Z1)
  Z2: A1*W2
  A2: tanh(Z2)
  Z3: A2*W3
  L: sse(Z3, Y)
""",
    "normalised": """\
dims: {N: 4, D: 3}
inputs: {X: [N, D]}
network:
  Y: layernorm(X)
outputs: [Y]
""",
}


def network(name):
    """A network of the table, or of a file in derivations/."""
    return loads(NETWORKS[name]) if name in NETWORKS else load(ROOT / name)
