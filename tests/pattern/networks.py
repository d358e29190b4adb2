"""Networks of any depth that the tests derive, check, generate and print."""

NETWORKS = {
    "layers": """
name: N layers
convention: column
dims: {N: 3, m: [2, 5, 4, 3]}
parameters:
  W[n]: [m[n], m[n-1]]
  b[n]: [m[n], 1]
inputs:
  x[0]: [m[0], 1]
constants:
  y: [m[N], 1]
network:
  for n in 1..N:
    z[n]: W[n]*x[n-1] + b[n]
    x[n]: tanh(z[n])
  L: sse(x[N], y)
""",
    "linear": """
name: Deep linear network
dims: {N: 3, B: 4, m: [2, 5, 4, 3]}
parameters: {"W[n]": [m[n-1], m[n]]}
inputs: {"x[0]": [B, m[0]]}
constants: {Y: [B, m[N]]}
network:
  for n in 1..N:
    x[n]: x[n-1]*W[n]
  L: mse(x[N], Y)
""",
    "recurrent": """
name: Recurrent network
convention: column
dims: {T: 4, D: 2, H: 3, C: 5}
inputs:
  x[t]: [D]
  h[0]: [H]
parameters: {W: [H, H], U: [H, D], b: [H], V: [C, H]}
constants:
  y[t]: [C]
network:
  for t in 1..T:
    h[t]: tanh(W*h[t-1] + U*x[t] + b)
    l[t]: sse(V*h[t], y[t])
  L: sum(l[:])/T
""",
    "last": """
name: Recurrent network in batches, loss at the end
dims: {T: 3, B: 2, D: 3, H: 4}
inputs:
  x[t]: [B, D]
parameters: {W: [H, H], U: [D, H], b: [H], v: [H, 1]}
constants: {y: [B, 1]}
network:
  h[0]: zeros(B, H)
  for t in 1..T:
    a[t]: h[t-1]*W + x[t]*U + b
    h[t]: sigmoid(a[t])
  L: sse(h[T]*v, y)
""",
    "residual": """
name: Residual network of two-layer blocks
dims: {N: 4, D: 3, H: 5, B: 2}
inputs:
  x[0]: [B, D]
parameters:
  W[n]: [D, H]
  b[n]: [H]
  V[n]: [H, D]
constants: {Y: [B, D]}
network:
  for n in 1..N:
    a[n]: tanh(x[n-1]*W[n] + b[n])
    x[n]: x[n-1] + a[n]*V[n]
  L: mse(x[N], Y)
""",
    "tied": """
name: Autoencoder with tied weights
convention: column
dims: {N: 3, m: [4, 3, 5, 2]}
inputs:
  x[0]: [m[0]]
parameters:
  W[n]: [m[n], m[n-1]]
  b[n]: [m[n]]
  c[n]: [m[n]]
network:
  for n in 1..N:
    x[n]: tanh(W[n]*x[n-1] + b[n])
  y[N]: x[N]
  for k in N..1:
    y[k-1]: tanh(W[k].T*y[k] + c[k-1])
  L: sse(y[0], x[0])
""",
    "encoder": """
name: Encoder and decoder that share a state
convention: column
dims: {S: 2, T: 3, D: 2, H: 3}
inputs:
  u[s]: [D]
  h[0]: [H]
parameters: {A: [H, H], B: [H, D], C: [H, H], E: [H, H], F: [D, H]}
constants:
  y[t]: [D]
network:
  for s in 1..S:
    h[s]: tanh(A*h[s-1] + B*u[s])
  context: E*h[S]
  g[0]: h[S]
  for t in 1..T:
    g[t]: tanh(C*g[t-1] + context)
    l[t]: sse(F*g[t], y[t])
  L: sum(l[:])
""",
    "gated": """
name: Two states, gated
dims: {T: 3, B: 2, D: 3, H: 4}
inputs:
  x[t]: [B, D]
  h[0]: [B, H]
  c[0]: [B, H]
parameters: {Wf: [D, H], Uf: [H, H], Wg: [D, H], Ug: [H, H]}
constants: {y: [B, H]}
network:
  for t in 1..T:
    f[t]: sigmoid(x[t]*Wf + h[t-1]*Uf)
    g[t]: tanh(x[t]*Wg + h[t-1]*Ug)
    c[t]: hadamard(f[t], c[t-1]) + g[t]
    h[t]: hadamard(f[t], tanh(c[t]))
  L: sse(h[T], y)
""",
    "penalty": """
name: Weights of all layers in the loss, and a skip from the start
convention: column
dims: {N: 3, H: 4}
inputs:
  x[0]: [H]
parameters:
  W[n]: [H, H]
  scale: []
constants: {y: [H]}
network:
  for n in 1..N:
    x[n]: tanh(W[n]*x[n-1]) + scale*x[0]/n
    r[n]: sum(square(W[n]))
  L: sse(x[N], y) + sum(r[:])/N
""",
    "outputs": """
name: Blocks with an output
dims: {N: 2, B: 3, D: 4}
inputs:
  x[0]: [B, D]
parameters:
  W[n]: [D, D]
network:
  for n in 1..N:
    s[n]: softmax(x[n-1]*W[n])
    x[n]: layernorm(x[n-1] + s[n])
outputs: [x[N]]
""",
    "fixed": """
name: A loop of a fixed length, in steps that are no layers
dims: {H: 3}
inputs:
  x[0]: [H]
  u[i]: [H]
parameters: {W: [H, H]}
network:
  for i in 1..3:
    x[i]: tanh(x[i-1]*W) + u[i+1]
  L: norm(x[3])
""",
    "shared": """
name: One weight for all layers
convention: column
dims: {N: 3, H: 3}
inputs:
  x[0]: [H]
parameters: {W: [H, H]}
constants: {y: [H]}
network:
  for n in 1..N:
    z[n]: W*x[n-1]
    x[n]: sigmoid(z[n])
  L: sse(W*x[N], y)
""",
}
"By name; each differs from the others in what its gradients are made of."
