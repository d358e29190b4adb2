"""Second derivatives: known forms, symmetry, structure, and every operation on numbers."""

import json

import numpy as np
import pytest

from matcalc.checking.hessians import check_hessians
from matcalc.checking.run import find_point
from matcalc.declaration import loads, parse
from matcalc.derivation import derive
from matcalc.derivation.hessian import hessians
from matcalc.derivation.structured import from_products
from matcalc.errors import CannotDerive
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from matcalc.operations.examples import EXAMPLES
from matcalc.printing.as_json import as_data
from matcalc.printing.language import write
from matcalc.printing.terminal import write_terminal
from tests.random_networks import random_network

SIZES = {"N": 4, "D": 3, "m": 2, "n": 3, "k": 5, "p": 5, "q": 7}
SHAPES = {
    "X": "N, D", "w": "D, 1", "y": "N, 1", "x": "n, 1", "A": "n, n", "B": "k, k", "C": "p, n",
    "U": "m, k", "V": "k, n", "Y": "m, n", "P": "m, k", "S": "n, n", "s": "",
}  # fmt: skip
CASES = [(name, *example) for name, examples in EXAMPLES.items() for example in examples]
SCALARS = ("sum(hadamard(Y, Y))", "sum(sin(Y))")


def network(loss, names, convention="column", assume=None, nodes=(), layout="denominator"):
    lines = [f"convention: {convention}", f"layout: {layout}", f"dims: {SIZES}", "inputs:"]
    for name in names:
        assumed = (assume or {}).get(name)
        more = f", assume: {assumed}" if assumed else ""
        lines.append(f"  {name}: {{shape: [{SHAPES[name]}]{more}}}")
    lines += ["network:", *(f"  {node}" for node in nodes), f"  L: {loss}", "loss: L"]
    return loads("\n".join(lines).replace("'", ""))


def form(loss, names, wrt, other=None, **options):
    d = derive(network(loss, names, **options))
    h = d.hessian(wrt, other)
    report = check_hessians(d, [h])
    assert report.ok, report.failed
    return str(h)


LOGISTIC = "sum(log(1 + exp(-hadamard(y, X*w))))"
SIGMOID = "sigmoid(-hadamard(y, X*w))"


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(
    ("loss", "names", "assume", "expected"),
    [
        (LOGISTIC, "Xwy", {}, f"X.T*diag(hadamard(power(y, 2), {SIGMOID}, 1 - {SIGMOID}))*X"),
        ("w.T*X.T*X*w", "Xw", {}, "2*X.T*X"),
        ("sse(X*w, y)", "Xwy", {}, "X.T*X"),
        ("norm(X*w - y)**2", "Xwy", {}, "2*X.T*X"),
        ("sum(w)", "w", {}, "zeros(D, D)"),
        ("sum(relu(X*w))", "Xw", {}, "zeros(D, D)"),
        ("sum(exp(w))", "w", {}, "diag(exp(w))"),
        ("norm(w)", "w", {}, "(eye(D) - w*w.T/L**2)/L"),
    ],
)
def test_by_a_vector(loss, names, assume, expected, convention):
    assert form(loss, names, "w", convention=convention, assume=assume) == expected


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
def test_the_quadratic_form(layout):
    assert form("x.T*A*x", "xA", "x", layout=layout) == "A + A.T"
    symmetric = {"A": "symmetric"}
    assert form("x.T*A*x", "xA", "x", assume=symmetric, layout=layout) == "2*A"


def test_log_sum_exp_is_diagonal_minus_rank_one():
    assert form("logsumexp(x)", "x", "x") == "diag(softmax(x)) - softmax(x)*softmax(x).T"
    d = derive(network("logsumexp(Z)", "Cx", nodes=["Z: C*x"]))
    assert str(d.hessian("x")) == "C.T*(diag(softmax(Z)) - softmax(Z)*softmax(Z).T)*C"


def test_matrix_factorisation_and_its_blocks():
    names, loss = "UVY", "sse(U*V, Y)"
    assert form(loss, names, "U") == "kron(V*V.T, eye(m))"
    assert form(loss, names, "V") == "kron(eye(n), U.T*U)"
    assert form(loss, names, "U", convention="row") == "kron(eye(m), V*V.T)"
    assert form(loss, names, "V", convention="row") == "kron(U.T*U, eye(n))"
    assert form(loss, names, "Y") == "eye(m*n)"
    block = form(loss, names, "U", "V", layout="numerator")
    assert block.startswith("kron(V, U) + ")
    d = derive(network(loss, names, nodes=[]))
    assert write(d.hessian("U", "V").product) == "U*d(V)*V.T + (U*V - Y)*d(V).T"


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("convention", ["row", "column"])
def test_blocks_are_each_others_transposes_in_every_layout(convention, layout):
    d = derive(network("sum(tanh(U*V)) + sse(U*V, Y)", "UVY", convention, layout=layout))
    values = arrays(d)
    for wrt, other in [("U", "V"), ("V", "Y"), ("U", "U")]:
        block, turned = d.hessian(wrt, other), d.hessian(other, wrt)
        sizes = [np.size(values[name]) for name in (wrt, other)]
        found = block.kernel()(**values)
        assert found.shape == (tuple(sizes) if layout != "denominator" else tuple(sizes[::-1]))
        np.testing.assert_allclose(found, turned.kernel()(**values).T, rtol=1e-12, atol=1e-12)
        assert block.symmetric == (wrt == other)
        assert check_hessians(d, [block, turned]).ok


def test_by_a_scalar():
    d = derive(network("s**3*sum(x)", "sx"))
    assert str(d.hessian("s")) == "6*s*sum(x)"
    assert d.hessian("s").shape == d.hessian("s").size_texts == ()
    assert d.hessian("s", "x").size_texts == ("n", "1")
    assert check_hessians(d).ok


def arrays(d, seed=0):
    rng = np.random.default_rng(seed)
    return {
        v.name: rng.uniform(0.2, 1.0, tuple(s.size(SIZES) for s in v.shape))
        for v in d.network.variables
    }


STRUCTURED = [
    ("sum(exp(U))", "U", "diagonal", None),
    ("sum(square(U))", "U", "diagonal", None),
    ("sse(U*V, Y)", "U", "block-diagonal", 0),
    ("sse(U*V, Y)", "V", "block-diagonal", 1),
    ("softmax_cross_entropy(U, P)", "U", "block-diagonal", None),
    ("sum(sin(softmax(U, axis=0)))", "U", "block-diagonal", 1),
    ("sum(sin(U*V))", "U", "block-diagonal", 0),
    ("sum(U)", "U", "zero", None),
    ("sum(tanh(U))**2", "U", "dense", None),
    ("norm(U)", "U", "dense", None),
]


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(("loss", "wrt", "kind", "axis"), STRUCTURED)
def test_structure_survives_to_the_kernel(loss, wrt, kind, axis, convention):
    names = [name for name in ("U", "V", "Y", "P") if name in loss.replace("sum", "")]
    d = derive(network(loss, names, convention))
    h, values = d.hessian(wrt), arrays(d)
    assert h.structure == kind and bool(h.structure_reason) == (kind != "dense")
    dense, part = h.kernel()(**values), h.kernel(structured=True)(**values)
    np.testing.assert_allclose(dense, dense.T, rtol=1e-12, atol=1e-12)
    if kind in ("diagonal", "zero"):
        np.testing.assert_allclose(np.diag(part), dense)
    elif kind == "dense":
        np.testing.assert_allclose(part, dense)
    else:
        assert axis is None or h.zeros.axis == axis
        np.testing.assert_allclose(spread(part, h, values[wrt].shape), dense, atol=1e-12)


def spread(part, h, shape):
    """The dense matrix of a block, or of a block for each row or column."""
    lines, length = shape if h.zeros.axis == 0 else shape[::-1]
    blocks = part if part.ndim == 3 else [part] * lines
    whole = np.zeros((lines, length, lines, length))
    for k, block in enumerate(blocks):
        whole[k, :, k, :] = block
    in_order = (h.zeros.axis == 0) == (h.derivation.network.convention.value == "row")
    whole = whole if in_order else whole.transpose(1, 0, 3, 2)
    return whole.reshape(lines * length, -1)


@pytest.mark.parametrize("convention", ["row", "column"])
def test_the_product_kernel_forms_no_hessian(convention):
    d = derive(network("sum(tanh(U*V)) + sse(U*V, Y)", "UVY", convention))
    h, values = d.hessian("U"), arrays(d)
    assert h.direction_name == "V0"  # V is a variable here
    direction = np.random.default_rng(1).normal(size=values["U"].shape)
    moved = h.product_kernel(**values, V0=direction)
    order = "C" if convention == "row" else "F"
    expected = h.kernel()(**values) @ direction.reshape(-1, order=order)
    np.testing.assert_allclose(moved.reshape(-1, order=order), expected, rtol=1e-12)
    np.testing.assert_allclose(from_products(h, (), values), h.kernel()(**values), atol=1e-13)
    assert "kron" not in h.product_kernel.source


def test_named_equations_keep_a_deep_network_linear():
    sizes = {}
    for depth in (10, 20, 40):
        lines = ["dims: {n: 3}", "inputs: {x: [n]}", "network:", "  a0: x"]
        lines += [f"  a{k}: softmax(a{k - 1})" for k in range(1, depth)]
        d = derive(loads("\n".join([*lines, f"  L: sum(sin(a{depth - 1}))"])))
        h = d.hessian("x")
        sizes[depth] = sum(expr.pieces for _, expr in h.change.equations)
        assert check_hessians(d, [h], points=1).ok
    assert sizes[40] - sizes[20] <= 2.1 * (sizes[20] - sizes[10])
    assert not h.has_form
    with pytest.raises(CannotDerive, match="second derivative"):
        _ = h.form
    x = np.array([[0.2, -0.4, 0.9]])
    assert h.kernel()(x).shape == (3, 3)
    assert as_data(d, hessians=True)["hessians"][0]["expr"] is None
    assert "kernels" in write_terminal(d, hessians=True)


@pytest.mark.parametrize("assumption", ["symmetric", "positive_definite", "diagonal", "orthogonal"])
@pytest.mark.parametrize("loss", ["logdet(S)", "trace(S**3)", "trace(inv(S)*A)", "x.T*S*S*x"])
def test_a_variable_with_an_assumption_moves_freely(loss, assumption):
    """Against differences of gradients that know no rule, in a direction outside the set."""
    d = derive(network(loss, [n for n in "SAx" if n in loss], assume={"S": assumption}))
    h = d.hessian("S")
    assert check_hessians(d, [h]).ok
    rng = np.random.default_rng(0)
    here = find_point(d.network, distinct_sizes(d.network), rng)
    symbol = d.network.symbol("S")
    direction = rng.normal(size=here.point[symbol].shape)
    found = evaluate(h.product, here.point | {h.change.direction: direction}, here.env)
    np.testing.assert_allclose(
        found, difference(here, "S", symbol, direction), rtol=1e-6, atol=1e-6
    )


def difference(reference, name, symbol, direction, step=1e-4):
    """The central difference of fourth order of the gradient by the complex step."""
    found, origin = 0.0, reference.point[symbol]
    for k, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
        reference.point[symbol] = origin + k * step * direction
        found = found + weight * reference.gradient(name)
    reference.point[symbol] = origin
    return found / (12 * step)


def test_by_a_node_everything_before_it_stays():
    d = derive(network("softmax_cross_entropy(Z, Y)", "UVY", "row", nodes=["Z: U*V"]))
    h = d.hessian("Z")
    assert h.structure == "block-diagonal"
    assert check_hessians(d, [h]).ok
    assert h.kernel(structured=True)(**arrays(d)).shape == (2, 3, 3)
    with pytest.raises(KeyError, match="is a node"):
        d.hessian("Z", "U")


def test_names_that_have_no_second_derivative():
    d = derive(network("sum(exp(U))", "U"))
    with pytest.raises(KeyError, match="no second derivative by u; did you mean U"):
        d.hessian("u")


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(("name", "expression", "shapes"), CASES)
def test_every_operation(name, expression, shapes, convention):
    for scalar in SCALARS:
        lines = [f"convention: {convention}", "dims: {m: 2, n: 3, p: 5, q: 7}", "inputs:"]
        lines += [f"  {variable}: [{', '.join(shape)}]" for variable, shape in shapes.items()]
        lines += ["functions: {f: abstract}", "network:", f"  Y: {expression}", f"  L: {scalar}"]
        d = derive(loads("\n".join([*lines, "loss: L"])))
        report = check_hessians(d, points=1)
        assert report.ok, report.failed
        assert report.max_error < 1e-9
        assert len(report.rows) == 3 * len(shapes) * (len(shapes) + 1) // 2


@pytest.mark.parametrize("batch", range(8))
def test_random_networks(batch):
    for seed in range(batch * 10, batch * 10 + 10):
        d = derive(loads(random_network(seed)))
        forms = hessians(d)
        report = check_hessians(d, forms, points=1, seed=seed)
        assert report.ok, (seed, report.failed[:3])
        for h in forms:
            for e in (h.form, h.product) if h.has_form else ():
                assert parse(write(e, d.network.convention), d.network).shape == e.shape


def test_outputs_have_the_hessian_of_what_arrives():
    text = "dims: {m: 2, n: 3}\ninputs: {A: [m, n]}\nnetwork:\n  Y: sin(A)\noutputs: [Y]"
    d = derive(loads(text))
    assert write(d.hessian("A").product) == "-hadamard(grad(Y), sin(A), d(A))".replace(
        "sin(A)", "Y"
    )
    assert check_hessians(d).ok


def test_the_check_sees_a_wrong_second_derivative():
    d = derive(network("sum(tanh(U*V))", "UV"))
    for part in ("form", "_closed"):
        h = d.hessian("U")
        vars(h)[part] = 2 * getattr(h, part)
        report = check_hessians(d, [h])
        assert not report.ok and all(row.kind.startswith("Hessian") for row in report.failed)


def test_json_and_text():
    d = derive(network("sse(U*V, Y)", "UVY"), wrt=["U", "V"])
    data = as_data(d, hessians=True)["hessians"]
    assert [(h["wrt"], h["other"]) for h in data] == [("U", "U"), ("V", "V"), ("U", "V")]
    first = data[0]
    assert first["of"] == "L" and first["shape"] == ["m*k", "m*k"]
    assert first["expr"] == "kron(V*V.T, eye(m))" and first["product"] == "d(U)*V*V.T"
    assert first["symmetric"] is True and first["structure"] == "block-diagonal"
    assert "hessians" not in as_data(d) and json.dumps(data)
    text = write_terminal(d, hessians=True)
    assert "∂²L/∂U²" in text and "∂²L/∂U∂V" in text and "d(grad(U)) = d(U)*V*V.T" in text
