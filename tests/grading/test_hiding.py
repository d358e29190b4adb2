"""Wrong answers that are right at most points, and right ones at places that are hard."""

import pytest

from matcalc.declaration import loads
from matcalc.declaration.text import Text
from matcalc.derivation import derive
from matcalc.grading.answers import AnswersReader
from matcalc.grading.grade import grade
from matcalc.grading.judge import Judge

CLIP = """\
dims: {N: 4}
inputs: {x: [N, 1]}
network:
  a: minimum(maximum(x, -5), 8)
  L: sum(square(a))
"""
TRIPLET = """\
dims: {N: 4, D: 3}
inputs: {a: [N, D], p: [N, D], n: [N, D]}
network:
  dp: sum(square(a - p), axis=1)
  dn: sum(square(a - n), axis=1)
  L: sum(relu(dp - dn + 1))/N
"""
FAR = """\
dims: {N: 4}
inputs: {x: [N, 1]}
network:
  L: sum(relu(x - 50))
"""
SCALAR = """\
inputs: {x: [], t: []}
parameters: {w: [], b: []}
network:
  a: relu(w*x + b)
  L: square(maximum(a - t, 0.3))
"""
STEEP = """\
dims: {N: 4, D: 3}
inputs: {X: [N, D]}
network:
  L: sum(exp(20*X)) + sum(X)
"""
ALWAYS = """\
dims: {N: 4}
inputs: {x: [N, 1]}
network:
  L: sum(square(relu(sigmoid(x))))
"""


def verdicts(text, answers, **options):
    d = derive(loads(text), **options)
    reader = AnswersReader(d)
    for name, formula in answers.items():
        reader.formula(Text(formula), name)
    judge = Judge(d, reader.reader)
    return {v.target: v for v in grade(d, reader.answers.values(), judge=judge).verdicts}


@pytest.mark.parametrize(
    ("text", "name", "wrong", "where"),
    [
        (CLIP, "x", "2*x", "maximum(x, -5) > 8"),
        (CLIP, "x", "2*hadamard(a, 1 - step(-5 - x), 1 - step(x - 7))", "kink"),
        (CLIP, "x", "2*hadamard(a, 1 - step(-6 - x), 1 - step(x - 8))", None),
        (TRIPLET, "dp", "step(dp - dn)/N", "small values"),
        (FAR, "x", "0*x", "x - 50 > 0"),
        (STEEP, "X", "20*exp(20*X)", None),
    ],
)
def test_what_is_right_at_most_points_is_wrong(text, name, wrong, where):
    verdict = verdicts(text, {name: wrong})[name]
    assert not verdict.is_right
    if where is not None:
        assert verdict.kind == "values" and where in verdict.findings[0].where


@pytest.mark.parametrize(
    ("text", "name", "right"),
    [
        (CLIP, "x", "2*hadamard(x, step(x + 5), step(8 - x))"),
        (TRIPLET, "dp", "step(1 + dp - dn)/N"),
        (FAR, "x", "step(x - 50)"),
        (STEEP, "X", "20*exp(20*X) + ones(N, D)"),
        (SCALAR, "b", "2*(a - t)*step(w*x + b)*step(a - t - 0.3)"),
    ],
)
def test_what_is_right_at_all_of_them_is_right(text, name, right):
    verdict = verdicts(text, {name: right})[name]
    assert verdict.is_right and not verdict.notes


@pytest.mark.parametrize("wrong", ["step(w*x)*grad(a)", "grad(a)", "step(a)*0.999999*grad(a)"])
def test_one_number_is_looked_at_on_both_sides_of_its_kink(wrong):
    assert not verdicts(SCALAR, {"b": wrong})["b"].is_right


def test_a_side_that_no_point_is_on_is_named():
    form = "2*hadamard(sigmoid(x), sigmoid(x), 1 - sigmoid(x))"
    verdict = verdicts(ALWAYS, {"x": form})["x"]
    assert verdict.is_right
    assert verdict.notes == ("Not compared where sigmoid(x) <= 0: no such point was found.",)


LOWEST = """\
dims: {N: 3, D: 4}
inputs: {A: [N, D], B: [N, D]}
network:
  M: where(B, A, B)
  L: max(M)
"""
DEAD = """\
dims: {N: 4}
inputs: {x: [N, 1]}
network:
  z: relu(-1 - square(x))
  L: sum(z)
"""


def test_a_maximum_below_zero_is_looked_at():
    right = "hadamard(argmax_one_hot(M), 1 - step(B))"
    assert verdicts(LOWEST, {"B": right})["B"].is_right
    assert not verdicts(LOWEST, {"B": f"2*{right}"})["B"].is_right


def test_where_nothing_is_but_zero_nothing_is_decided():
    for answer in ("0*x", "2*hadamard(x, step(-1 - square(x)))", "3*hadamard(x, step(z))"):
        assert verdicts(DEAD, {"x": answer})["x"].kind == "undecided"
    for answer in ("2*hadamard(x, grad(z), step(-1 - square(x)))", "hadamard(x, step(z))"):
        assert verdicts(DEAD, {"x": answer})["x"].kind == "undecided"
    assert verdicts(DEAD, {"z": "ones(N, 1)"})["z"].is_right


def test_where_no_numbers_say_so_the_derivation_does():
    for answer in (
        "-2*hadamard(x, step(-1 - square(x)))",
        "hadamard(step(-square(x) - 1), x)*(-2)",
        "-2*hadamard(x, grad(z), step(-1 - square(x)))",
    ):
        verdict = verdicts(DEAD, {"x": answer})["x"]
        assert verdict.is_right and "No numbers say so" in verdict.notes[0]


@pytest.mark.parametrize(
    ("shape", "loss", "formula"),
    [
        ("[N, D]", "sum(X)", r"\mathbf{1}\mathbf{1}^\top"),
        ("[N, 3]", "sum(X)", r"\mathbf{1}\mathbf{1}^\top"),
        ("[N, D + 1]", "sum(X)", r"\mathbf{1}\mathbf{1}^\top"),
        ("[D, D]", "trace(X)", "I"),
        ("[D + 2, D + 2]", "trace(X)", "I"),
        ("[D, 1]", "sum(X)", r"\mathbf{1}"),
    ],
)
def test_a_size_that_is_not_written_fits_the_gradient(shape, loss, formula):
    text = f"dims: {{N: 4, D: 3}}\ninputs: {{X: {shape}}}\nnetwork:\n  L: {loss}\n"
    assert verdicts(text, {"X": formula})["X"].kind == "right"


LOG = """\
dims: {N: 4, D: 3}
inputs: {P: {shape: [N, D], assume: positive}}
constants: {Y: [N, D]}
network:
  L: -sum(hadamard(Y, log(P + 1e-8)))
"""


def test_a_small_term_is_not_left_out_unseen():
    assert verdicts(LOG, {"P": "-divide(Y, P + 1e-8)"})["P"].is_right
    left_out = verdicts(LOG, {"P": "-divide(Y, P)"})["P"]
    assert left_out.kind == "nearly" and "e-08" in left_out.findings[0].where


SOFTMAX = """\
dims: {N: 4, C: 3}
inputs: {Z: [N, C]}
constants: {Y: {shape: [N, C], assume: one_hot}}
network:
  A: relu(Z - 20)
  L: sum(A) + softmax_cross_entropy(Z, Y)
"""


def test_an_overflow_far_out_makes_no_right_answer_wrong():
    naive = "divide(exp(Z), sum(exp(Z), axis=1)) - Y"
    assert verdicts(SOFTMAX, {"Z": f"step(Z - 20) + {naive}"})["Z"].is_right
    assert not verdicts(SOFTMAX, {"Z": f"step(Z - 19) + {naive}"})["Z"].is_right
    assert not verdicts(SOFTMAX, {"Z": naive})["Z"].is_right


def test_an_assumption_is_named_only_where_it_makes_the_answer_right():
    verdict = verdicts(TRIPLET, {"dn": "-step(dp - dn)/N"})["dn"]
    assert verdict.kind != "assumption"


RNN = """\
dims: {D: 3, H: 4}
convention: column
inputs: {x1: [D, 1], x2: [D, 1], h0: [H, 1]}
parameters: {U: [H, D], V: [H, H]}
constants: {y: [H, 1]}
network:
  h1: tanh(U*x1 + V*h0)
  h2: tanh(U*x2 + V*h1)
  L: sse(h2, y)
"""


@pytest.mark.parametrize(
    "formula",
    [
        "(grad(h1) * (1 - h1**2)) @ x1.T + (grad(h2) * (1 - h2**2)) @ x2.T",
        "(dh1 * (1 - h1*h1)) @ x1.T + (dh2 * (1 - h2*h2)) @ x2.T",
    ],
)
def test_several_products_entry_by_entry_are_read_as_numpy_has_them(formula):
    assert verdicts(RNN, {"U": formula})["U"].is_right
    assert not verdicts(RNN, {"U": formula.replace("x2.T", "x1.T")})["U"].is_right


def test_several_misfits_are_one_wrong_answer():
    verdict = verdicts(RNN, {"U": "grad(h1)*(1 - h1*h1)*x1.T + grad(h2)*(1 - h2*h2)*x2.T"})["U"]
    assert not verdict.is_right and verdict.findings


CHOICE = """\
inputs: {u: [], v: [], w: []}
network:
  m: maximum(minimum(u, tanh(v)), w)
  L: square(m)
"""


def test_a_kink_of_one_number_is_approached_at_several_places():
    right = "2*m*step(w - minimum(u, tanh(v)))"
    assert verdicts(CHOICE, {"w": right})["w"].is_right
    assert not verdicts(CHOICE, {"w": "2*m*step(w - minimum(u, v))"})["w"].is_right
