"""Generated modules as files: run as programs, imported, fed with all sorts of arrays."""

import numpy as np
import pytest

from matcalc.declaration import loads
from matcalc.errors import CannotDerive
from matcalc.generation import codegen
from tests.generation.running import Generated
from tests.networks import MLP, deep

CLASSIFIER = """\
name: Classifier
dims: {N: 4, D: 3, H: 5, C: 2}
inputs: {X: [N, D]}
parameters: {W1: [D, H], b1: [1, H], W2: [H, C], b2: [1, C]}
constants: {Y: {shape: [N, C], assume: [one_hot, row_stochastic]}}
network:
  Z1: X*W1 + b1
  A1: relu(Z1)
  Z2: A1*W2 + b2
  L: softmax_cross_entropy(Z2, Y)
"""

ATTENTION = """\
dims: {N: 5, M: 6, D: 3, E: 4}
inputs: {X: [N, D], C: [M, D]}
parameters: {WQ: [D, E], WK: [D, E], WV: [D, E]}
constants: {s: {shape: [], value: 2.0}, T: [N, E]}
network:
  Q: X*WQ
  K: C*WK
  V: C*WV
  O: softmax(Q*K.T/s)*V
  L: sse(O, T)
"""

SCALARS = """\
name: The 2-2-1 network of scalars
inputs: {x1: [], x2: []}
parameters: {w1: [], w2: [], w3: [], w4: [], w5: [], w6: [], b1: [], b2: [], b3: []}
constants: {y: []}
network:
  z1: w1*x1 + w2*x2 + b1
  a1: sigmoid(z1)
  z2: w3*x1 + w4*x2 + b2
  a2: sigmoid(z2)
  z3: w5*a1 + w6*a2 + b3
  a3: sigmoid(z3)
  L: (a3 - y)**2/2
"""

COLUMNS = """\
convention: column
dims: {N: 4, D: 3, H: 5, C: 2}
inputs: {X: [D, N]}
parameters: {W1: [H, D], b1: [H], W2: [C, H], b2: [C]}
constants: {Y: {shape: [C, N], assume: [one_hot, column_stochastic]}}
network:
  Z1: W1*X + b1
  A1: tanh(Z1)
  Z2: W2*A1 + b2
  L: softmax_cross_entropy(Z2, Y)/N
"""

OUTPUTS = """\
convention: column
dims: {N: 4, D: 3, H: 5}
inputs: {X: [D, N]}
parameters: {W: [H, D], b: [H], s: [], t: [1, 1], U: [N, N], u: [], v: [1, 1]}
network:
  Z: W*X + b
  A: s*tanh(Z)*t
  B: sum(Z, axis=0)
  S: mean(Z)
outputs: [A, B, S]
"""

SHARED = """\
dims: {N: 4, D: 3}
inputs: {X: [N, D]}
parameters: {W: [D, D]}
network:
  A: X*W
  B: tanh(A*W)
  C: hadamard(A, B)*W
  L: sum(square(C)) + sum(A) + inner(B, A)
"""

VALUES = """\
dims: {N: 2, D: 2, K: 7}
inputs: {X: {shape: [N, D], value: [[0, 1], [2, 3]]}}
parameters: {s: {shape: [], value: 0.5}, W: [D, 3], V: [D + 1, 1], U: [2, D + N]}
network:
  Z: X*W*s
  L: sum(hadamard(Z, Z)) + K*sum(V) + trace(U*U.T)
"""

STRUCTURE = """\
dims: {m: 2, n: 3, p: 4}
inputs: {A: [m, n], B: [n, n], v: [n, 1], C: [m, p], x: [m*n, 1], G: [n, n]}
constants:
  P: {shape: [n, n], assume: [symmetric, positive_definite]}
  R: {shape: [m, n], assume: [positive]}
network:
  a: sum(square(A[0:2, 1:])) + A[1, 2]*A[0, 0]
  b: trace(A*diag(v)*B*A.T) + v.T*inv(P)*v
  c: logdet(G*G.T + P) + det(B) + trace(inv(P + G*G.T)*B)
  e: sum(power(vec(A), 3)) + sum(sin(hstack(A, C))) + sum(square(vstack(A, B, v.T)))
  g: sum(hadamard(commutation(m, n)*x, vec(A.T))) + sum(square(kron(A, B)))
  j: sum(square(tril(B)*B.T)) + max(A) + sum(max(B, axis=1))
  k: sum(log(R) + hadamard(where(A, A, 2*A), R)) + norm(v) + sum(lgamma(R) + gelu(A))
  l: sum(layernorm(A)) + sum(square(batchnorm(B))) + logsumexp(B)
  L: a + b + c + e + g + j + k + l
"""

FUNCTION = """\
dims: {N: 4, D: 3}
functions: {gate: 1/(1 + exp(-x)), swish: x*gate(x), flat: 3}
inputs: {X: [N, D]}
network:
  A: swish(X) + flat(X)
  L: sum(square(A))
"""

NETWORKS = {
    "mlp": MLP, "classifier": CLASSIFIER, "attention": ATTENTION, "scalars": SCALARS,
    "columns": COLUMNS, "outputs": OUTPUTS, "shared": SHARED, "values": VALUES,
    "structure": STRUCTURE, "function": FUNCTION,
}  # fmt: skip
ORDINARY = ("mlp", "classifier", "attention", "scalars", "columns", "outputs", "shared", "function")


@pytest.fixture(scope="module", params=NETWORKS)
def generated(request, tmp_path_factory):
    made = Generated(NETWORKS[request.param], tmp_path_factory.mktemp("modules"))
    made.key = request.param
    return made


def upstream(generated, outputs, dtype=float):
    rng = np.random.default_rng(7)
    return [rng.normal(size=np.shape(o)).astype(dtype) for o in outputs]


def run(generated, values):
    """Forward and backward, with random upstream gradients where there is no loss."""
    result, cache = generated.forward(*values)
    if generated.network.loss:
        return result, generated.backward(cache)
    dtype = np.asarray(result[0]).dtype
    return result, generated.backward(cache, *upstream(generated, result, dtype))


def test_a_module_checks_itself(generated):
    assert generated.check() < 1e-8


def test_no_diagonal_or_kronecker_matrix_is_formed(generated):
    if generated.key in ORDINARY:
        for word in ("np.kron", "np.diag(", "np.diagflat", "np.eye("):
            assert word not in generated.source


def test_lines_are_short_and_the_source_is_ascii(generated):
    assert all(len(line) <= 100 for line in generated.source.splitlines())
    assert generated.source.isascii()


def test_nothing_of_matcalc_is_imported(generated):
    imports = [line for line in generated.source.splitlines() if " import " in f" {line}"]
    assert {line.strip() for line in imports if not line.startswith('"')} <= {
        "import math",
        "import numpy as np",
        "from scipy import special",
    }


def test_gradients_have_the_declared_shapes(generated):
    values = generated.values()
    _, grads = run(generated, values)
    assert list(grads) == [v.name for v in generated.network.differentiable]
    shapes = dict(zip(generated.network.variable, map(np.shape, values), strict=True))
    for name, gradient in grads.items():
        assert np.shape(gradient) == shapes[name]


def test_float32_in_gives_float32_out(generated):
    values = [v.astype(np.float32) for v in generated.values()]
    result, grads = run(generated, values)
    results = [result] if generated.network.loss else result
    for value in (*results, *grads.values()):
        assert value.dtype == np.float32
    _, exact = run(generated, generated.values())
    for one, other in zip(grads.values(), exact.values(), strict=True):
        size = 1 + np.max(np.abs(other))
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * size)


def test_gradients_are_arrays_of_their_own(generated):
    values = generated.values()
    _, grads = run(generated, values)
    for gradient in grads.values():
        if np.ndim(gradient):
            gradient *= 0.5
            assert not any(np.shares_memory(gradient, v) for v in values)


def test_any_batch_size_works(tmp_path):
    made = Generated(MLP, tmp_path)
    for size in (1, 2, 9):
        loss, grads = made.loss_and_grads(*made.values(N=size))
        assert np.shape(loss) == () and grads["X"].shape == (size, 3)
    X, W1, b1, W2, b2, Y = made.values(N=9)
    hidden = 1 / (1 + np.exp(-(X @ W1 + b1)))
    residual = hidden @ W2 + b2 - Y
    loss, grads = made.loss_and_grads(X, W1, b1, W2, b2, Y)
    np.testing.assert_allclose(loss, np.sum(residual**2) / 2)
    np.testing.assert_allclose(grads["b2"], residual.sum(axis=0, keepdims=True))


def test_the_mlp_reads_as_people_write_it(tmp_path):
    source = Generated(MLP, tmp_path).source
    assert (
        "def affine_backward(dout, cache):\n"
        '    """The gradients of X (N, D), W (D, H) and b (1, H), from dout (N, H), that of Z."""\n'
        "    X, W = cache\n"
        "    grad_X = dout @ W.T\n"
        "    grad_W = X.T @ dout\n"
        "    grad_b = dout.sum(axis=0, keepdims=True)\n"
        "    return grad_X, grad_W, grad_b\n"
    ) in source
    assert source.count("def affine_forward(X, W, b):") == 1
    assert "    return dout * A1 * (1 - A1)\n" in source
    assert 'Z1, cache["Z1"] = affine_forward(X, W1, b1)' in source
    assert 'grad_A1, grad_W2, grad_b2 = affine_backward(grad_Z2, cache["Z2"])' in source


def test_what_forward_has_computed_is_not_computed_again(tmp_path):
    source = Generated(ATTENTION, tmp_path).source
    backward = source[source.index("def O_backward") : source.index("def sse_forward")]
    assert "softmax" not in backward
    assert backward.count("@") == 4


def test_several_uses_add_up(tmp_path):
    made = Generated(SHARED, tmp_path)
    assert made.source.count("# W is used in") == 2
    assert made.check() < 1e-8


def test_the_upstream_gradient_scales(generated):
    if generated.network.loss:
        _, cache = generated.forward(*generated.values())
        ones, tripled = generated.backward(cache), generated.backward(cache, 3)
        for name, gradient in ones.items():
            np.testing.assert_allclose(tripled[name], 3 * gradient, rtol=1e-9, atol=1e-12)


def test_outputs_take_their_upstream_gradients(tmp_path):
    made = Generated(OUTPUTS, tmp_path)
    assert not hasattr(made.module, "loss_and_grads")
    outputs, cache = made.forward(*made.values())
    assert isinstance(outputs, tuple) and [np.shape(o) for o in outputs] == [(5, 4), (1, 4), ()]
    grad_A, grad_B, grad_S = upstream(made, outputs)
    grads = made.backward(cache, grad_A=grad_A, grad_B=grad_B.tolist(), grad_S=grad_S)
    assert grads["U"].shape == (4, 4) and not grads["U"].any()
    assert grads["u"].shape == () and grads["v"].shape == (1, 1) and grads["t"].shape == (1, 1)
    with pytest.raises(ValueError, match=r"grad_A must have shape \(5, 4\), not \(4, 5\)"):
        made.backward(cache, grad_A.T, grad_B, grad_S)


def test_one_output_is_a_tuple_too(tmp_path):
    made = Generated("dims: {N: 2}\ninputs: {X: [N, N]}\nnetwork: {A: X*X}\noutputs: [A]", tmp_path)
    (a,), cache = made.forward(np.eye(2))
    np.testing.assert_array_equal(a, np.eye(2))
    np.testing.assert_array_equal(made.backward(cache, np.eye(2))["X"], 2 * np.eye(2))


def test_values_in_the_file_are_defaults(tmp_path):
    made = Generated(VALUES, tmp_path)
    _, _, W, V, U = made.values()
    explicit = made.loss_and_grads(np.array([[0.0, 1], [2, 3]]), 0.5, W, V, U)
    by_default = made.loss_and_grads(W=W, V=V, U=U)
    np.testing.assert_array_equal(explicit[0], by_default[0])
    np.testing.assert_array_equal(explicit[1]["W"], by_default[1]["W"])
    single = made.forward(W=W.astype("f"), V=V.astype("f"), U=U.astype("f"))[0]
    assert single.dtype == np.float32
    with pytest.raises(TypeError, match="needs a value for W"):
        made.forward()


def test_lists_integers_and_mixed_types(tmp_path):
    made = Generated(MLP, tmp_path)
    values = made.values()
    loss, grads = made.loss_and_grads(*(v.tolist() for v in values))
    np.testing.assert_array_equal(loss, made.loss_and_grads(*values)[0])
    whole = [np.ones(v.shape, int) for v in values]
    assert made.loss_and_grads(*whole)[1]["X"].dtype == np.float64
    mixed = [values[0].astype(np.float32), *values[1:]]
    assert made.loss_and_grads(*mixed)[1]["X"].dtype == np.float64
    turned = [np.asfortranarray(v) for v in values]
    np.testing.assert_allclose(made.loss_and_grads(*turned)[1]["W1"], grads["W1"])


@pytest.mark.parametrize(
    ("at", "shape", "message"),
    [
        (1, (5, 3), r"W1 must have shape \(D, H\) = \(3, 5\), not \(5, 3\)"),
        (0, (2, 3, 1), r"X must have shape \(N, D\) = \(2, 3\), not \(2, 3, 1\)"),
        (2, (5,), r"b1 must have shape \(1, H\) = \(1, 5\), not \(5,\)"),
        (3, (7, 5), r"W2 must have shape \(H, C\) = \(5, 7\), not \(7, 5\)"),
        (5, (3, 7), r"Y must have shape \(N, C\) = \(2, 7\), not \(3, 7\)"),
        (4, (), r"b2 must have shape \(1, C\) = \(1, 7\), not \(\)"),
    ],
)
def test_wrong_shapes_are_refused_by_name(tmp_path, at, shape, message):
    made = Generated(MLP, tmp_path)
    values = made.values()
    values[at] = np.ones(shape)
    with pytest.raises(ValueError, match=message):
        made.forward(*values)
    with pytest.raises(ValueError, match=message):
        made.loss_and_grads(*values)


def test_composite_dimensions_are_checked(tmp_path):
    made = Generated(VALUES, tmp_path)
    X, s, W, V, U = made.values()
    with pytest.raises(
        ValueError, match=r"V must have shape \(D \+ 1, 1\) = \(3, 1\), not \(4, 1\)"
    ):
        made.forward(X, s, W, np.ones((4, 1)), U)
    with pytest.raises(ValueError, match="X must hold real numbers"):
        made.forward(X + 0j, s, W, V, U)


def test_a_size_is_read_off_a_composite_shape(tmp_path):
    made = Generated("dims: {D: 3}\ninputs: {X: [D + 1, 1]}\nnetwork:\n  L: D*sum(X)\n", tmp_path)
    loss, grads = made.loss_and_grads(np.ones((6, 1)))
    assert loss == 30 and grads["X"][0, 0] == 5


def test_abstract_functions_are_refused():
    network = loads(
        "dims: {N: 2}\nfunctions: {f: abstract}\ninputs: {X: [N, N]}\nnetwork: {L: sum(f(X))}"
    )
    with pytest.raises(CannotDerive, match="f is abstract"):
        codegen(network)


def test_the_length_grows_with_the_depth():
    lengths = [len(codegen(deep(k))) for k in (10, 20, 40)]
    assert abs((lengths[2] - lengths[1]) / (lengths[1] - lengths[0]) - 2) < 0.1


def test_the_same_network_gives_the_same_text(generated):
    assert codegen(generated.network) == generated.source


def test_float32_stays_in_a_large_batch(tmp_path):
    made = Generated(
        "dims: {N: 2}\ninputs: {X: [N, 1]}\nnetwork:\n  A: N*X/N + X/N + N\n  L: sum(square(A))/N\n",
        tmp_path,
    )
    loss, grads = made.loss_and_grads(np.ones((100_000, 1), np.float32))
    assert loss.dtype == grads["X"].dtype == np.float32
