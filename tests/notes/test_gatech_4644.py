"""CS 4644, backpropagation in matrix view: columns, gradients by vectors as rows, by
matrices in shape, Jacobians numerator first."""

import numpy as np
import pytest

from derivations.digits import accuracy, digits, weights
from matcalc.expressions.build import gradient
from matcalc.printing.sizes_table import text_table
from matcalc.simplify import simplify
from matcalc.tracing import trace
from matcalc.tracing.local import local_gradients
from tests.notes.stored import (
    FOLDER,
    agree,
    argued,
    claims,
    entry_texts,
    generated,
    local_claims,
    shape,
    stored,
    text,
    value,
)


def network(name):
    return stored("gatech-4644", name)


def numbers(d):
    """The value of every node and, after ∂, of every gradient."""
    nodes = {name: value(d, name) for name in d.network.equation}
    return nodes | {f"∂{name}": value(d, partial.closed) for name, partial in d.partials.items()}


# -- graphs of numbers -------------------------------------------------------------------


def test_the_simple_example_in_numbers():
    d = network("graph")
    found = numbers(d)
    assert found == {"q": 3, "f": -12, "∂q": -4, "∂x": -4, "∂y": -4, "∂z": 3}


def test_upstream_and_local_gradients_are_named_at_every_node():
    d = network("graph")
    local = {(j.of, j.wrt): str(j) for j in d.jacobians}
    assert local == {("q", "x"): "1", ("q", "y"): "1", ("f", "q"): "z", ("f", "z"): "q"}
    assert {name: str(partial) for name, partial in d.partials.items()} == {
        "q": "z",
        "x": "grad(q)",
        "y": "grad(q)",
        "z": "q",
    }


def test_gates():
    d = network("gates")
    forms = {name: str(partial) for name, partial in d.partials.items()}
    assert forms["p"] == forms["m"] == "grad(s)", "add distributes"
    assert forms["x"] == "grad(p)*y" and forms["y"] == "grad(p)*x", "mul switches"
    assert forms["z"] == "grad(m)*(1 - step(w - z))" and forms["w"] == "grad(m)*step(w - z)"
    found = numbers(d)
    assert found["f"] == -20
    assert [found[f"∂{name}"] for name in "xyzw"] == [-8, 6, 2, 0], "max routes"


def test_a_trace_says_what_gates_do():
    t = trace(network("gates"))
    said = {(r.at, r.kind): r.text for r in t.remarks}
    assert "`p` and `m` each receive what arrives at `s`, unchanged" in said["s", "distributes"]
    assert "`x` receives `y` times what arrives" in said["p", "switches"]
    assert "here to `z`; `w` receives 0" in said["m", "routes"]
    assert [float(t[name].gradient) for name in "xyzw"] == [-8, 6, 2, 0]


def test_gradients_add_where_a_value_branches():
    d = network("branch")
    contributions = d.gradients["x"].contributions
    assert [(c.via, text(d, c.expr)) for c in contributions] == [
        ("u", "hadamard(grad(u), D(f, x))"),
        ("v", "hadamard(grad(v), D(g, x))"),
    ]
    assert agree(d, d["x"].form, "(hadamard(grad(u), D(f, x)) + hadamard(grad(v), D(g, x))).T")


def test_a_sum_forward_is_a_copy_backward_and_a_copy_forward_is_a_sum_backward():
    d = network("branch")
    assert str(d["u"]) == str(d["v"]) == str(d["s"]) == "grad(s).T"
    through = [d[wrt].form * d.jacobian(wrt, "x").form for wrt in "uv"]
    assert agree(d, through[0] + through[1], "(hadamard(grad(s), D(f, x) + D(g, x))).T")


# -- sizes ---------------------------------------------------------------------------------

TABLE = {
    ("s_s", "s"): (),
    ("v_s", "s"): ("n", "1"),
    ("M_s", "s"): ("n", "m"),
    ("s_v", "v"): ("1", "m"),
    ("v_v", "v"): ("n", "m"),
    ("M_v", "v"): ("m*n", "m"),
    ("s_M", "M"): ("p", "q"),
    ("v_M", "M"): ("p", "p*q"),
    ("M_M", "M"): ("p*q", "p*q"),
}
TENSORS = {("M_v", "v"): (2, 3, 2, 1), ("v_M", "M"): (4, 1, 4, 5), ("M_M", "M"): (4, 5, 4, 5)}


@pytest.mark.parametrize(("of", "wrt"), TABLE)
def test_the_table_of_sizes(of, wrt):
    jacobian = network("sizes").jacobian(of, wrt)
    assert jacobian.size_texts == TABLE[of, wrt]
    if (of, wrt) in TENSORS:
        assert jacobian.tensor().shape == TENSORS[of, wrt]


def test_a_row_of_a_jacobian_belongs_to_an_entry_of_the_result():
    jacobian = network("sizes").jacobian("v_v", "v")
    tensor = jacobian.tensor()
    matrix = entry_texts(jacobian.derivation, jacobian.form)
    assert matrix == [[tensor[i, 0, j, 0] for j in range(2)] for i in range(3)]


# -- the four examples ---------------------------------------------------------------------


def test_a_vector_of_functions_of_one_number():
    d = network("curve")
    jacobian = d.jacobian("y", "x")
    assert str(jacobian) == "vstack(1, 2*x)"
    assert jacobian.size_texts == ("2", "1")
    assert entry_texts(d, jacobian.form) == [["1"], ["2*x"]]


def test_an_inner_product():
    d = network("dot")
    assert (str(d["x"]), shape(d["x"])) == ("w.T", "1×m")
    assert agree(d, d.network.equation["y"].expr, "sum(hadamard(w, x))")


def test_a_matrix_times_a_vector():
    d = network("linear")
    jacobian = d.jacobian("y", "x")
    assert (str(jacobian), jacobian.size_texts) == ("W", ("k", "m"))
    assert jacobian.tensor()[1, 0, 2, 0] == "W[1, 2]"


def test_a_quadratic_form_with_a_symmetric_matrix():
    d = network("quadratic")
    assert (str(d["w"]), shape(d["w"])) == ("2*w.T*A", "1×m")
    (step,) = (step for step in d.steps if step.kind == "accumulate")
    assert "Used: `A` is symmetric" in step.text


# -- classifier and batch ------------------------------------------------------------------


def test_weights_and_bias_in_one_matrix_have_their_gradient_in_one_matrix():
    d = network("classifier")
    assert shape(d["W_b"]) == "c×(d + 1)"
    assert str(d["W_b"]) == "grad(s)*x_1.T"
    whole, bias = value(d, d["W_b"].closed), value(d, d["b"].closed)
    np.testing.assert_array_equal(whole[:, -1], bias.ravel())
    np.testing.assert_array_equal(whole[:, :-1], value(d, d["W"].closed))
    assert entry_texts(d, "W_b*x_1", {"d": 2, "c": 1}) == [
        ["W_b[0, 0]*x_1[0, 0] + W_b[0, 1]*x_1[1, 0] + W_b[0, 2]*x_1[2, 0]"]
    ]
    assert agree(d, d.network.equation["s"].expr, "W*x + b")


def test_a_batch_of_images_is_flattened_to_rows():
    d = network("images")
    batch = entry_texts(d, d.network.equation["X"].expr, {"W": 2, "H": 3, "k": 1})
    assert batch == [[f"I{k}[{i}, {j}]" for i in range(2) for j in range(3)] for k in (1, 2)]
    assert shape(d["S"]) == "2×k"
    assert str(d["M"]) == "grad(S).T*X"


# -- the fully connected layer -------------------------------------------------------------


def test_the_fully_connected_layer():
    d = network("fc")
    jacobian = d.jacobian("h1", "h0")
    assert (str(jacobian), jacobian.size_texts) == ("W", ("k", "m"))
    assert str(d["h0"]) == "grad(h1).T*W" and shape(d["h0"]) == "1×m"
    upstream = gradient(d.network.symbol("h1")).T
    assert simplify(upstream * jacobian.form) is simplify(d["h0"].form)
    assert str(d["W"]) == "grad(h1)*h0.T" and shape(d["W"]) == "k×m"


def test_an_output_depends_on_its_own_row_of_weights_alone():
    row = network("fc-row")
    assert (str(row["w_i"]), shape(row["w_i"])) == ("h.T", "1×m")
    tensor = network("fc").jacobian("h1", "W").tensor({"k": 3, "m": 2})
    assert tensor.shape == (3, 1, 3, 2)
    for i in range(3):
        for row_of_weights in range(3):
            own = [f"h0[{j}, 0]" for j in range(2)] if i == row_of_weights else ["0", "0"]
            assert list(tensor[i, 0, row_of_weights]) == own


# -- ReLU ----------------------------------------------------------------------------------


def test_relu_in_numbers():
    d = network("relu")
    jacobian = d.jacobian("z", "x")
    np.testing.assert_array_equal(value(d, "z").ravel(), [1, 0, 3, 0])
    np.testing.assert_array_equal(value(d, jacobian.form), np.diag([1, 0, 1, 0]))
    np.testing.assert_array_equal(value(d, d["z"].closed), [[4, -1, 5, 9]])
    np.testing.assert_array_equal(value(d, d["x"].closed), [[4, 0, 5, 0]])


def test_the_entrywise_product_takes_the_place_of_relus_jacobian():
    d = network("relu")
    jacobian = d.jacobian("z", "x")
    assert str(d["x"]) == "hadamard(grad(z), step(x)).T"
    assert text(d, jacobian.short) == "step(x)" and "∘" in jacobian.reason
    upstream = gradient(d.network.symbol("z")).T
    np.testing.assert_array_equal(value(d, upstream * jacobian.form), [[4, 0, 5, 0]])


# -- training ------------------------------------------------------------------------------


def test_the_generated_step_is_forward_backward_and_update():
    module = generated(network("training"))
    (X, Y), before = digits(20, seed=0), weights(5, seed=1)
    loss, after = module["train_step"](X, **before, Y=Y, learning_rate=0.25)
    expected, gradients = module["loss_and_grads"](X, **before, Y=Y)
    assert loss == expected and list(after) == list(before)
    for name, w in before.items():
        np.testing.assert_array_equal(after[name], w - 0.25 * gradients[name])


def test_the_generated_step_learns_to_read_digits():
    step = generated(network("training"))["train_step"]
    (X, Y), unseen = digits(600, seed=0), digits(400, seed=1)
    parameters, losses = weights(32, seed=2), []
    assert accuracy(*unseen, parameters) < 0.2
    for _ in range(150):
        loss, parameters = step(X, **parameters, Y=Y, learning_rate=0.3)
        losses.append(float(loss))
    assert losses[-1] < 0.1 < 2 < losses[0]
    assert all(np.mean(losses[k + 10 :]) < np.mean(losses[k : k + 10]) for k in range(0, 140, 10))
    assert accuracy(X, Y, parameters) > 0.98
    assert accuracy(*unseen, parameters) > 0.95


def test_the_digits_are_as_described():
    X, Y = digits(50, seed=3)
    assert X.shape == (64, 50) and Y.shape == (10, 50)
    assert X.min() >= 0 and X.max() <= 1 and X.std() > 0.2
    np.testing.assert_array_equal(Y.sum(axis=1), 5)
    np.testing.assert_array_equal(digits(50, seed=3)[0], X)
    assert np.abs(digits(50, seed=4)[0] - X).max() > 0.5


# -- what the steps and the traces say -------------------------------------------------------


def edges(name):
    """For each edge, against its direction: upstream gradient, local one, what flows back."""
    found = local_gradients(trace(network(name)))
    return {
        (e.source, e.target): tuple(
            np.asarray(x).tolist() for x in (e.upstream, e.jacobian, e.back)
        )
        for e in found
    }


def remarks(name):
    return {(r.at, r.kind): r.text for r in trace(network(name)).remarks}


def test_the_graph_shows_upstream_and_local_gradients_at_every_edge():
    assert edges("graph") == {
        ("q", "f"): (1, -4, -4),
        ("z", "f"): (1, 3, 3),
        ("x", "q"): (-4, 1, -4),
        ("y", "q"): (-4, 1, -4),
    }
    assert ("chain rule", "∂f/∂y = ∂f/∂q · ∂q/∂y") in claims(argued("gatech-4644", "graph"), "y")
    picture = (FOLDER / "gatech-4644" / "graph.svg").read_text(encoding="utf-8")
    assert all(f">{value}<" in picture for value in (-2, 5, -4, 3, -12))


def test_gates_are_named_where_they_stand():
    found = remarks("gates")
    assert found["p", "switches"].startswith("Product switches: `x` receives `y` times")
    assert found["m", "routes"].startswith("Max routes: what arrives goes to the larger")
    assert found["s", "distributes"].startswith("Add distributes: `p` and `m` each receive")


def test_a_copy_and_a_sum_are_each_others_way_back():
    found, flows = remarks("duality"), edges("duality")
    assert found["c", "sums"] == (
        "A copy sums: `x` is repeated, so it receives the sum over its copies."
    )
    assert found["t", "copies"] == "Sum copies: every entry of `y` receives what arrives."
    assert flows["x", "c"] == ([[5, 7, -2]], [[1], [1], [1]], 10)
    assert flows["y", "t"] == (3, [[1, 1, 1]], [[3, 3, 3]])


def test_what_two_branches_contribute_is_argued_for_each():
    found = claims(argued("gatech-4644", "branch"), "x")
    assert ("chain rule", "(∂L/∂x|u)ᵀ = ∂L/∂u · ∂u/∂x") in found
    assert ("diagonal Jacobian", "∂L/∂v · diag(g′(x)) = ∂L/∂v ∘ g′(x)ᵀ") in found


def test_the_table_of_sizes_is_written_as_a_table():
    assert text_table(network("sizes")) == [
        "          by a number     by a vector      by a matrix",
        "a number  ∂s_s/∂s scalar  ∂s_v/∂v 1×m      ∂s_M/∂M p×q",
        "a vector  ∂v_s/∂s n×1     ∂v_v/∂v n×m      ∂v_M/∂M p×(p*q)",
        "a matrix  ∂M_s/∂s n×m     ∂M_v/∂v (m*n)×m  ∂M_M/∂M (p*q)×(p*q)",
    ]


@pytest.mark.parametrize(
    ("name", "wrt", "claim"),
    [
        ("curve", "x", "∂y/∂x = [1; 2 · x]"),
        ("dot", "x", "∂y/∂x = wᵀ"),
        ("linear", "x", "∂y/∂x = W"),
        ("quadratic", "w", "∂s/∂w = 2 · wᵀ · A"),
    ],
)
def test_the_four_examples_are_steps(name, wrt, claim):
    assert ("local Jacobian", claim) in claims(argued("gatech-4644", name), wrt)


def test_weights_and_bias_in_one_matrix_entry_by_entry():
    found = dict(claims(argued("gatech-4644", "classifier", "explicit"), "W_b"))
    columns = [f"∂L/∂s{i} · x_1₁, ∂L/∂s{i} · x_1₂, ∂L/∂s{i} · x_1₃" for i in "₁₂₃"]
    assert found["every entry"] == f"∂L/∂W_b = [{'; '.join(columns)}]"
    bias = dict(claims(argued("gatech-4644", "classifier"), "b"))
    assert bias["Kronecker factor dropped"].endswith(" = (∂L/∂W_b)[:, d]ᵀ")


def test_images_are_flattened_row_by_row_and_their_gradients_are_images():
    found = dict(claims(argued("gatech-4644", "images", "explicit"), "I1"))
    assert found["written out"] == "X = [I1₁₁, I1₁₂, I1₂₁, I1₂₂; I2₁₁, I2₁₂, I2₂₁, I2₂₂]"
    assert found["every entry"] == "∂L/∂I1 = [∂L/∂X₁₁, ∂L/∂X₁₂; ∂L/∂X₁₃, ∂L/∂X₁₄]"


def test_the_fully_connected_layer_is_argued():
    d = argued("gatech-4644", "fc")
    assert claims(d, "h0")[-1] == ("substitute", "∂L/∂h0 = ∂L/∂h1 · W")
    tensor = [claim for _, claim in local_claims(d, "h1", "W")[2:5]]
    assert tensor == [
        "∂h1₁/∂W = [h0₁, h0₂; 0, 0; 0, 0]",
        "∂h1₂/∂W = [0, 0; h0₁, h0₂; 0, 0]",
        "∂h1₃/∂W = [0, 0; 0, 0; h0₁, h0₂]",
    ]
    index = claims(argued("gatech-4644", "fc", "index"), "W")
    assert ("Kronecker delta", "∂h1ᵢ/∂Wⱼₗ = h0ₗ · δᵢⱼ") in index


def test_relu_on_the_graph_has_its_jacobian_in_numbers():
    diagonal = np.diag([1, 0, 1, 0]).tolist()
    assert edges("relu")["x", "z"] == ([[4, -1, 5, 9]], diagonal, [[4, 0, 5, 0]])
    assert claims(argued("gatech-4644", "relu"), "x")[-1] == (
        "diagonal Jacobian", "∂L/∂z · diag([x > 0]) = ∂L/∂z ∘ [x > 0]ᵀ"
    )  # fmt: skip
