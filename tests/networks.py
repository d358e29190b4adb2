"""Networks that several tests share."""

from matcalc.declaration import loads

MLP = """\
name: Two-layer MLP
dims: {N: 2, D: 3, H: 5, C: 7}
inputs: {X: [N, D]}
parameters: {W1: [D, H], b1: [1, H], W2: [H, C], b2: [1, C]}
constants: {Y: [N, C]}
network:
  Z1: X*W1 + b1
  A1: sigmoid(Z1)
  Z2: A1*W2 + b2
  L: sse(Z2, Y)
"""

CROSS_ENTROPY = """\
dims: {{N: 2, D: 3, C: 5}}
inputs: {{X: [N, D]}}
parameters: {{W: [D, C]}}
constants: {{Y: {{shape: [N, C]{assume}}}}}
network:
  Z: X*W
  L: softmax_cross_entropy(Z, Y)
"""


def mlp():
    return loads(MLP)


def cross_entropy(assume=""):
    return loads(CROSS_ENTROPY.format(assume=f", assume: {assume}" if assume else ""))


def deep(layers):
    """A chain of affine layers and tanh, with sse at the end."""
    lines = ["dims: {N: 2, H: 3}", "inputs: {X: [N, H]}", "parameters:"]
    lines += [f"  W{k}: [H, H]\n  b{k}: [1, H]" for k in range(1, layers + 1)]
    lines += ["constants: {Y: [N, H]}", "network:"]
    before = "X"
    for k in range(1, layers + 1):
        lines += [f"  Z{k}: {before}*W{k} + b{k}", f"  A{k}: tanh(Z{k})"]
        before = f"A{k}"
    return loads("\n".join([*lines, f"  L: sse({before}, Y)"]))
