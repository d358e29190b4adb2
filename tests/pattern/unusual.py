"""Networks with loops in which something is unlike in most: where a state starts, which way a
loop goes, which member is the loss."""

UNUSUAL = {
    "assumed start": """
convention: column
dims: {N: 3, H: 3}
inputs:
  x[0]: {shape: [H], assume: positive}
parameters:
  W[n]: [H, H]
network:
  for n in 1..N:
    x[n]: sigmoid(W[n]*x[n-1]) + log(x[0])
  L: inner(log(x[0]), x[N])
""",
    "a definite start": """
convention: column
dims: {N: 3, H: 3}
inputs:
  X[0]: {shape: [H, H], assume: positive_definite}
parameters: {A: {shape: [H, H], assume: positive_definite}}
network:
  for n in 1..N:
    X[n]: X[n-1]/2 + inv(X[n-1])*A/2
  L: trace(X[N])
""",
    "one by one": """
dims: {N: 3, H: 2}
inputs:
  x[0]: [1, 1]
parameters:
  w[n]: [1, 1]
  b: [1]
  v[n]: [1, H]
network:
  for n in 1..N:
    x[n]: tanh(w[n]*x[n-1] + b) + sum(v[n])
  L: x[N]**2/2
""",
    "forward from zero": """
dims: {N: 4, H: 2}
inputs:
  x[0]: [H]
parameters:
  W[n]: [H, H]
  A: [H, H]
network:
  for n in 0..N-1:
    x[n+1]: tanh(x[n]*W[n])
  L: norm(x[N]*A)
""",
    "down from a start": """
dims: {N: 3, B: 2, m: [2, 3, 4, 5]}
inputs:
  x[N]: [B, m[N]]
parameters:
  W[n]: [m[n], m[n-1]]
  b[n]: [m[n]]
constants: {y: [B, m[0]]}
network:
  for n in N..1:
    x[n-1]: elu(x[n]*W[n] + b[n-1])
  L: mse(x[0], y)
""",
    "two steps back": """
convention: column
dims: {N: 3, H: 3}
inputs:
  x[0]: [H]
  u[0]: [H]
parameters:
  W[n]: [H, H]
  V: [H, H]
constants: {y: [H]}
network:
  for n in 1..N:
    u[n]: x[n-1]
    x[n]: tanh(W[n]*x[n-1] + V*u[n-1])
  L: sse(x[N], y)
""",
    "three steps back": """
convention: column
dims: {T: 3, H: 2}
inputs:
  h[0]: [H]
  u[0]: [H]
  v[0]: [H]
parameters: {A: [H, H], B: [H, H], C: [H, H]}
network:
  for t in 1..T:
    v[t]: u[t-1]
    u[t]: h[t-1]
    h[t]: tanh(A*h[t-1] + B*u[t-1] + C*v[t-1])
  L: norm(h[T])
""",
    "a running loss": """
dims: {N: 3, H: 2}
inputs:
  x[0]: [H]
  c[0]: []
parameters:
  W[n]: [H, H]
network:
  for n in 1..N:
    x[n]: tanh(x[n-1]*W[n])
    c[n]: c[n-1] + norm(x[n])
loss: c[N]
""",
    "scaled by sizes": """
dims: {N: 3, B: 2, m: [2, 3, 4, 2]}
inputs:
  x[0]: [B, m[0]]
parameters:
  W[n]: [m[n-1], m[n]]
network:
  for n in 1..N:
    x[n]: tanh(x[n-1]*W[n]/sqrt(m[n-1]))*B
  L: sum(square(x[N]))/m[N]
""",
    "families of assumed weights": """
convention: column
dims: {N: 3, H: 3}
inputs:
  x[0]: [H]
parameters:
  P[n]: {shape: [H, H], assume: positive_definite}
  A[n]: {shape: [H, H], assume: diagonal}
constants:
  y[n]: {shape: [H], assume: one_hot}
network:
  for n in 1..N:
    x[n]: solve(P[n], x[n-1]) + A[n]*sin(x[n-1])
    l[n]: softmax_cross_entropy(x[n], y[n])
  L: sum(l[:])/N
""",
}
