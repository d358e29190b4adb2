"""Dense Hessians through what acts within lines, against the complex step of the gradient."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.checking.hessians import reference_matrix
from matcalc.checking.run import find_point
from matcalc.derivation import line_kernels
from matcalc.derivation.line_kernels import lines_kernel, signed_gram
from matcalc.derivation.lines import groups_of

SIZES = {"N": 7, "D": 3, "H": 5, "C": 2}
SOFTMAX = """\
parameters: {W: [D, C], b: [1, C]}
constants: {X: [N, D], Y: TARGETS, s: []}
network:
  Z: X*W + b
  L: softmax_cross_entropy(Z, Y) PENALTY
"""
LAYERS = """\
parameters: {W: [D, H], b: [1, H], V: [H, C], c: [1, C]}
constants: {X: [N, D], Y: [N, C]}
network:
  A: tanh(X*W + b)
  L: LOSS
"""
COLUMNS = """\
parameters: {W: [H, D], b: [H, 1], V: [C, H]}
constants: {X: [D, N], Y: [C, N]}
network:
  A: tanh(W*X + b)
  Z: V*A
  L: sum(logsumexp(Z, axis=0)) - sum(hadamard(Y, Z))
"""
FACTORS = """\
parameters: {U: [N, D], V: [H, D]}
constants: {R: [N, H], M: [N, H]}
network:
  E: hadamard(M, U*V.T - R)
  L: sum(square(E))/2
"""


def softmax(targets="[N, C]", penalty=""):
    return SOFTMAX.replace("TARGETS", targets).replace("PENALTY", penalty)


def layers(loss):
    return LAYERS.replace("LOSS", loss)


def derived(text, sizes=SIZES, **options):
    head = ", ".join(f"{name}: {size}" for name, size in sizes.items())
    return mc.derive(mc.loads(f"dims: {{{head}}}\n{text}"), **options)


def at_a_point(d, sizes):
    """A point at these sizes, and its arrays in the order of the arguments."""
    reference = find_point(d.network, sizes, np.random.default_rng(0))
    return reference, [reference.point[v.symbol] for v in d.network.variables]


NETWORKS = [
    (softmax(), "W b"),
    (softmax("{shape: [N, C], assume: [one_hot]}"), "W"),
    (softmax("{shape: [N, C], assume: [row_stochastic]}", "+ s*sum(square(W))/2"), "W b"),
    (softmax(penalty="+ sum(power(W, 4))"), "W b"),
    (layers("sse(A*V + c, Y)"), "W b V c"),
    (layers("softmax_cross_entropy(A*V + c, Y)"), "W V"),
    (COLUMNS, "W b V"),
    (FACTORS, "U V"),
]


@pytest.mark.parametrize("few", [0, 24])
@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(("text", "names"), NETWORKS)
def test_every_block_is_that_of_the_complex_step(text, names, convention, few, monkeypatch):
    """``few``: once with a product for each entry of K, once with one for each row."""
    monkeypatch.setattr(line_kernels, "FEW", few)
    monkeypatch.setattr(line_kernels, "MOST", 40)  # lines a few at a time
    layout = "numerator" if few else "denominator"
    d = derived(text, convention=convention, layout=layout)
    reference, values = at_a_point(d, SIZES)
    used = 0
    for wrt in names.split():
        for other in names.split():
            h = d.hessian(wrt, other)
            expected = reference_matrix(h, reference)
            found = h.kernel()(*values)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)
            used += lines_kernel(h) is not None
    assert used


def test_softmax_regression_forms_no_kronecker_product():
    d = derived(softmax("{shape: [N, C], assume: [one_hot]}"))
    h = d.hessian("W")
    (group,) = groups_of(h.linear_map)
    assert group.local.varies and not group.local.diagonal
    assert str(group.before) == str(d.network.symbol("X"))
    # 2000 lines and a closed form of (2000 * 7) x (30 * 7) entries, 23 MB, beside 350 KB.
    import tracemalloc

    rng = np.random.default_rng(0)
    y = np.eye(7)[rng.integers(0, 7, 2000)]
    arrays = {"W": rng.normal(size=(30, 7)), "b": np.zeros((1, 7)), "s": 0.0}
    kernel, x = h.kernel(), rng.normal(size=(2000, 30))
    tracemalloc.start()
    matrix = kernel(X=x, Y=y, **arrays)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert matrix.shape == (210, 210) and peak < 8e6


@pytest.mark.parametrize(
    "loss", ["norm(A*V)", "sum(A*V)**2", "sum(softmax(softmax(A*V, axis=1), axis=0))"]
)
def test_what_mixes_lines_is_left_to_the_closed_form(loss):
    d = derived(layers(loss))
    h = d.hessian("V")
    assert groups_of(h.linear_map) is None and lines_kernel(h) is None
    reference, values = at_a_point(d, SIZES)
    expected = reference_matrix(h, reference)
    np.testing.assert_allclose(h.kernel()(*values), expected, rtol=1e-8, atol=1e-10)


def test_where_all_lines_are_alike_a_kronecker_product_stays():
    d = derived(layers("sse(A*V + c, Y)"))
    assert groups_of(d.hessian("V").linear_map) is None


def test_the_second_derivative_of_a_line_by_itself_that_comes_in_two_parts():
    """diag(cos z) B + Bᵀ diag(cos z) and a diagonal: neither part is symmetric alone."""
    text = (
        "parameters: {W: [D, C]}\nconstants: {X: [N, D], B: [C, C]}\n"
        "network:\n  Z: X*W\n  L: sum(hadamard(sin(Z), Z*B))\n"
    )
    sizes = {"N": 5, "D": 2, "C": 3}
    d = derived(text, sizes)
    reference, values = at_a_point(d, sizes)
    h = d.hessian("W")
    assert lines_kernel(h) is not None
    expected = reference_matrix(h, reference)
    np.testing.assert_allclose(h.kernel()(*values), expected, rtol=1e-9, atol=1e-11)


def test_squares_with_weights_of_one_sign_or_both():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(9, 4))
    for w in (rng.uniform(size=(9, 1)), -rng.uniform(size=(9, 1)), rng.normal(size=(9, 1))):
        np.testing.assert_allclose(signed_gram(x, w), x.T @ (w * x), atol=1e-14)
    w[2] = np.nan
    assert np.isnan(signed_gram(x, w)).all()


def test_a_wrong_call_is_told():
    kernel = derived(softmax()).hessian("W").kernel()
    with pytest.raises(TypeError, match="b is missing"):
        kernel(np.zeros((3, 2)))
    with pytest.raises(TypeError, match="V is given but is no argument"):
        kernel(V=1.0)
