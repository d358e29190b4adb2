"""Expressions that chance seldom makes, each for a rewrite that it lets fire."""

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

SELDOM_LINES = """
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
maximum(A, A); minimum(A, A); triu(s); mean(2*s*A); mean(2*A, axis=0); square(A); log(exp(A)); step(2*A); sign(3*s); exp(zeros(m, n)); log(1); sqrt(ones(m, n)); exp(0)
sum(s); mean(s); sum(x, axis=0); sum(2*s*A); sum(ones(m, n), axis=0); sum(ones(m, 1)*r); sum(ones(m, 1)*r, axis=0)
sum(ones(m, 1)*r, axis=1); sum(c*ones(1, n), axis=0); sum(sum(A, axis=1)); sum(R, axis=1); sum(R)
sum(softmax(A), axis=1); inner(A, B); inner(s, t); sum(hadamard(eye(n), C)); trace(s); trace(eye(n))
trace(diag(x)); sum(hadamard(c*ones(1, n), A), axis=1); inv(s); inv(eye(n)); inv(diag(x)); inv(2*C)
inv(inv(C)); inv(Q); C**0; C**1; diag(s); diag(ones(n, 1)); diag(zeros(n, 1)); diag(2*x)
diagonal(eye(n)); diagonal(diag(x)); diagonal(s); vec(ones(m, n)); vec(2*A); vec(r); vec(x); vec(zeros(m, n))
kron(s, A); kron(A, zeros(m, n)); kron(eye(m), eye(n)); kron(ones(m, n), ones(n, m)); kron(2*A, C); kron(x, r)
kron(r, x); commutation(1, n); solve(s, x.T); solve(eye(n), x); tril(s); 0*A; A + 0*A; hadamard(A, divide(1, A))
sum(hadamard(A, B) + A); hstack(A, c) - 2*hstack(B, c); A.T[:, 0]; (A.T*B).T; x.T*C.T*y; sum(hadamard(A, (C*B.T).T)); sum(hadamard(C, K.T)); trace(2*x*y.T); mean(A); sum(A)/(m*n); diagonal(x*y.T); diagonal(diag(x)*C); hstack(A, B)[:, 0:n]; hadamard(A, divide(B, A) + 2*B); s*(t/s + 1); trace(2*C); diagonal(2*C)
abs(A.T); arccos(A.T); arcsin(A.T); arctan(A.T); elu(A.T); erf(A.T); expm1(A.T); gelu(A.T); leaky_relu(A.T); lgamma(A.T)
log1p(A.T); log_sigmoid(A.T); relu(A.T); softplus(A.T); square(A.T); max(A.T, axis=0); norm1(A.T, axis=0); logdet(C.T)
hadamard(A, inner(A, B)); A + ones(m, 1)*r; A - c*ones(1, n); kron(r, y.T); vec(x*r); commutation(m, 1)*c
A*(C - C); hadamard(A, B - B); max(A.T); hadamard(B, exp(A - A)); hadamard(B, log(ones(m, n))); hadamard(B, sqrt(ones(m, n)))
hadamard(A, kron(ones(m, 1), r)); inner(C, K); inner(A*C, B); exp(S).T; tanh(C*C.T).T
"""

SQUARE_LINES = """
hadamard(C, ones(n, 1)*r, ones(n, 1)*r); (C*S).T.T; inv(C.T*C).T; inv(C*C.T + S).T; inv(eye(n) + C.T/2).T
power(2*C, 2); power(power(C, 2), 3); power(C, 1); hadamard(C, -C - S); maximum(C, C); minimum(C, C)
hadamard(exp(C), divide(S, exp(C)) + K); hadamard(tril(ones(n, n)), C); solve(C, zeros(n, m))
ones(n, 1)*r*(C + C.T); y*ones(1, n)*(C + C.T); ones(n, 1)*r*C*K.T; y*ones(1, n)*C*K.T; (C + S)*x*ones(1, n)
hstack(zeros(m, n), A)[:, 0:n]; kron(ones(1, 1), C); kron(C, ones(1, 1)); kron(2*C, K); -(kron(C, K) + kron(K, C))
diag(x/m); diag(vec(kron(C, ones(m, n)))).T; diag(vec(kron(ones(m, n), C))).T; diagonal(zeros(n, n)); (0).T; zeros(m, m).T
t*exp(s)*(1 - sigmoid(s))/(1 + exp(s)); softmax(C.T, axis=0); softmax(C.T, axis=1); log_softmax(C.T, axis=0)
log_softmax(C.T, axis=1); sign(3*C); sign(3*C*K); sign(3*hadamard(C, K)); step(3*C); step(3*C*K)
sum(hadamard(x*ones(1, n), C*K.T), axis=1); sum(hadamard(x*ones(1, n), C, C.T), axis=1); sum(C*K.T, axis=1)/n
sum(hadamard(C, (K*C.T*C).T)); sum(hadamard(C.T, (K*C.T*C).T)); sum(hadamard(eye(n), C.T*K + C)); sum(C*K)/(n*n)/s
sum(exp(C - C.T))/(n*n); sum(exp(C - C.T), axis=0)/n; mean(2*hadamard(C, C.T), axis=1); mean(2*exp(C - C.T))
sum(2*exp(C - C.T)); sum(2*exp(C - C.T), axis=0); sum(zeros(m, n)); vec(2*hadamard(C, C.T)); vec(2*C*K.T/sqrt(s))
x.T*hadamard(C, C.T, C)*y
"""


def listed(lines: str) -> list[str]:
    return [text.strip() for line in lines.strip().splitlines() for text in line.split(";")]


SELDOM = listed(SELDOM_LINES)
SQUARE = listed(SQUARE_LINES)
"Most of it square, so that a transpose that is lost shows, and so does another order."
