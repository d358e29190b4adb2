"""Networks declared in SymPy are those of the file, and say what is wrong as a file does."""

import numpy as np
import pytest
from sympy import (
    Function,
    HadamardProduct,
    Matrix,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Symbol,
    Trace,
    exp,
    symbols,
    tanh,
)

import matcalc as mc
from matcalc.errors import InputError, ShapeError
from matcalc.expressions.expr import postorder
from matcalc.expressions.operation import Environment
from matcalc.network.network import Convention, Network
from matcalc.numeric.evaluate import evaluate
from matcalc.sympy_bridge import calls, network_from_sympy

N, D, H, C = symbols("N D H C", integer=True, positive=True)
X, Y = MatrixSymbol("X", N, D), MatrixSymbol("Y", N, C)
W1, b1 = MatrixSymbol("W1", D, H), MatrixSymbol("b1", 1, H)
W2, b2 = MatrixSymbol("W2", H, C), MatrixSymbol("b2", 1, C)
Z1, A1, Z2 = MatrixSymbol("Z1", N, H), MatrixSymbol("A1", N, H), MatrixSymbol("Z2", N, C)
ones = OneMatrix(N, 1)
MLP = {"inputs": [X], "parameters": [W1, b1, W2, b2], "constants": {Y: {"assume": "one_hot"}}}

FILE = """
dims: {N: 4, D: 3, H: 5, C: 2}
inputs: {X: [N, D]}
parameters: {W1: [D, H], b1: [1, H], W2: [H, C], b2: [1, C]}
constants: {Y: {shape: [N, C], assume: [one_hot]}}
network:
  Z1: X*W1 + b1
  A1: sigmoid(Z1)
  Z2: A1*W2 + b2
"""


def mlp(loss, **options):
    equations = {
        "Z1": X * W1 + ones * b1,
        "A1": Z1.applyfunc(lambda z: 1 / (1 + exp(-z))),
        "Z2": A1 * W2 + ones * b2,
        "L": loss,
    }
    return mc.Network(equations, **MLP, **options)


def assert_same_network(ours: Network, file: Network) -> None:
    """The same declarations, values and gradients."""
    assert isinstance(ours, Network)
    assert ours.variables == file.variables
    assert [e.name for e in ours.equations] == [e.name for e in file.equations]
    assert [e.shape for e in ours.equations] == [e.shape for e in file.equations]
    assert (ours.loss, ours.outputs, ours.convention) == (file.loss, file.outputs, file.convention)
    assert set(ours.dims) == set(file.dims)
    pairs = [(o.expr, f.expr) for o, f in zip(ours.equations, file.equations, strict=True)]
    ours_derived, file_derived = mc.derive(ours), mc.derive(file)
    for name, partial in file_derived.partials.items():
        pairs.append((ours_derived[name].form, partial.form))
    rng = np.random.default_rng(2)
    for a, b in pairs:
        assert a.shape == b.shape
        leaves = {n for e in (a, b) for n in postorder(e) if n.op.is_symbol}
        values = {
            s: rng.uniform(0.2, 0.8, [d.size(file.dims) for d in s.shape])
            for s in sorted(leaves, key=repr)
        }
        env = Environment(file.dims)
        np.testing.assert_allclose(evaluate(a, values, env), evaluate(b, values, env), rtol=1e-12)


def test_two_layers_with_squared_error():
    ours = mlp(Rational(1, 2) * Trace((Z2 - Y).T * (Z2 - Y)))
    assert_same_network(ours, mc.loads(FILE + "  L: sse(Z2, Y)\n"))
    d = mc.derive(ours)
    assert str(d["W2"]) == "A1.T*grad(Z2)"
    assert str(d["Z2"]) == "Z2 - Y"
    assert str(d["Z1"]) == "hadamard(grad(A1), A1, 1 - A1)"
    assert str(d["W1"].expr) == "X.T*grad(Z1)"


def test_the_exact_equations_of_the_file():
    ours, file = (
        mlp(calls.softmax_cross_entropy(Z2, Y)),
        mc.loads(FILE + "  L: softmax_cross_entropy(Z2, Y)\n"),
    )
    for equation in file.equations:
        assert ours.equation[equation.name].expr is equation.expr
    assert str(mc.derive(ours)["Z2"]) == "softmax(Z2) - Y"
    assert mc.check(mc.derive(ours)).ok


def test_equations_as_texts_and_symbols_as_keys():
    ours = mc.Network(
        {Z1: "X*W1 + b1", A1: Z1.applyfunc(Function("sigmoid")), "Z2": "A1*W2 + b2",
         Symbol("L"): "sse(Z2, Y)"},
        **MLP, dims={N: 4, "D": 3}, loss=Symbol("L"), name="MLP",
    )  # fmt: skip
    assert_same_network(ours, mc.loads(FILE + "  L: sse(Z2, Y)\n"))
    assert ours.equation["Z1"].text == "X*W1 + b1"
    assert ours.dims == {"N": 4, "D": 3, "H": 5, "C": 7} and ours.name == "MLP"


def test_everything_as_texts():
    ours = mc.Network(
        {"Z": "X*W + b", "L": "sum(Z)/N"},
        inputs={"X": ["N", "2*D"]}, parameters={"W": ["2*D", 3], "b": [3]}, dims={"N": 4, "D": 2},
    )  # fmt: skip
    file = mc.loads("""
dims: {N: 4, D: 2}
inputs: {X: [N, 2*D]}
parameters: {W: [2*D, 3], b: [3]}
network: {Z: X*W + b, L: sum(Z)/N}
""")
    assert_same_network(ours, file)


def test_a_network_of_scalars():
    x1, x2, w11, w12, b, y = symbols("x1 x2 w11 w12 b y")
    z, a = symbols("z a")
    ours = mc.Network(
        {"z": w11 * x1 + w12 * x2 + b, "a": 1 / (1 + exp(-z)), "L": (a - y) ** 2 / 2},
        inputs=[x1, x2], parameters=[w11, w12, b], constants=[y],
    )  # fmt: skip
    file = mc.loads("""
inputs: {x1: [], x2: []}
parameters: {w11: [], w12: [], b: []}
constants: {y: []}
network: {z: w11*x1 + w12*x2 + b, a: sigmoid(z), L: (a - y)**2/2}
""")
    assert_same_network(ours, file)
    assert str(mc.derive(ours)["z"]) == "grad(a)*a*(1 - a)"


def test_explicit_matrices_of_scalars():
    w11, w12, w21, w22, x1, x2 = variables = symbols("w11 w12 w21 w22 x1 x2")
    z = MatrixSymbol("z", 2, 1)
    ours = mc.Network(
        {"z": Matrix([[w11, w12], [w21, w22]]) * Matrix([x1, x2]), "L": z.T * z}, inputs=variables
    )
    file = mc.loads("""
inputs: {w11: [], w12: [], w21: [], w22: [], x1: [], x2: []}
network: {z: "vstack(w11*x1 + w12*x2, w21*x1 + w22*x2)", L: z.T*z}
""")
    assert_same_network(ours, file)


def test_column_convention_outputs_and_an_abstract_function():
    A0, W, W0 = MatrixSymbol("A0", D, N), MatrixSymbol("W", D, H), MatrixSymbol("W0", H, 1)
    Z = MatrixSymbol("Z", H, N)
    ours = mc.Network(
        {"Z": W.T * A0 + W0 * OneMatrix(1, N), "A": Z.applyfunc(Function("f"))},
        inputs=[A0], parameters=[W, W0], outputs=["A"], convention="column", layout="numerator",
    )  # fmt: skip
    assert ours.convention is Convention.COLUMN and ours.outputs == ("A",) and ours.loss is None
    assert [f.name for f in ours.functions] == ["f"] and ours.layout == "numerator"
    assert str(mc.derive(ours, layout="denominator")["Z"]) == "hadamard(grad(A), D(f, Z))"
    assert mc.check(mc.derive(ours)).ok


def test_users_functions():
    x = Symbol("x")
    bodies = {"swish": lambda z: z / (1 + exp(-z)), "twice": "2*swish(x)", "plain": x**2, "f": None}
    B1 = MatrixSymbol("B1", N, D)
    ours = mc.Network(
        {"B1": X.applyfunc(Function("twice")) + X.applyfunc(Function("plain")),
         "L": Trace(B1.T * B1.applyfunc(Function("f")))},
        inputs=[X], functions=bodies,
    )  # fmt: skip
    assert [f.name for f in ours.functions] == ["swish", "twice", "plain", "f"]
    assert mc.check(mc.derive(ours)).ok


def test_results_are_in_the_callers_symbols():
    n, d = symbols("n d")
    x, w = MatrixSymbol("x", n, d), MatrixSymbol("w", d, 1)
    s = Symbol("s", positive=True)
    ours = mc.Network({"L": s * Trace(w.T * x.T * x * w) / n}, inputs=[x], parameters=[w, s])
    assert ours.symbols == {"n": n, "d": d, "s": s}
    assert ours.variable["s"].assume == {"positive"}
    from matcalc.sympy_bridge import to_sympy

    there = to_sympy(mc.derive(ours)["w"].form, ours)
    assert there.free_symbols <= {x, w, s, n, d, MatrixSymbol("grad(L)", 1, 1)}
    assert x in there.free_symbols


def test_default_sizes_differ_and_follow_values():
    value = np.arange(6.0).reshape(3, 2)
    ours = mc.Network(
        {"L": Trace((X * W1 + ones * b1).T * (X * W1 + ones * b1))},
        inputs={X: {"value": value}}, parameters=[W1, b1],
    )  # fmt: skip
    assert ours.dims["N"] == 3 and ours.dims["D"] == 2 and ours.dims["H"] not in (2, 3)


L = {"L": Trace(X.T * X)}
REFUSED = [
    ({"Z": X * W1 + b1}, {}, ["Z: ", "N×H and 1×H", "OneMatrix(N, 1)"]),
    ({"Z": W1 * X}, {}, ["Z: ", "D×H and N×D", "W1*X"]),
    ({"Z": X * W1, "L": Trace(MatrixSymbol("Z", N, D))}, {}, ["L: ", "Z is N×D", "Z is N×H"]),
    ({MatrixSymbol("Z", H, N): X * W1}, {}, ["Z: ", "Z is H×N"]),
    ({"A": Z1.applyfunc(tanh), "Z1": X * W1}, {}, ["A: Z1 is used before", "Move Z1 up"]),
    ({"Z1": Z1 + X * W1}, {}, ["in terms of itself"]),
    ({"L": Trace(Y.T * Y)}, {}, ["L: there is no Y", "constants"]),
    ({"Z": X * W1}, {}, ["Z is N×H, not a scalar", "outputs"]),
    ({}, {}, ["no nodes"]),
    (L, {"loss": "M"}, ["no node M"]),
    (L, {"loss": "L", "outputs": ["L"]}, ["not both"]),
    ({"Z": X * W1, "A": Z1, "Z1": X * W1}, {"outputs": ["Z"]}, ["A: Z1 is used before"]),
    ({"Z1": X * W1, "A": 2 * Z1}, {"outputs": ["Z1", "A"]}, ["Z1 feeds the output A"]),
    ({"X": X * W1}, {}, ["X is a variable already"]),
    ({"N": X * W1}, {}, ["N is a dimension already"]),
    ({"softmax": X * W1}, {}, ["softmax is a name of the expression language"]),
    ({"in": X * W1}, {}, ["in is a keyword"]),
    (L, {"dims": {"N": 0}}, ["size of N is 0"]),
    (L, {"dims": {"N": 2.5}}, ["size of N is 2.5"]),
    (L, {"convention": "diagonal"}, ["row or column"]),
    (L, {"layout": "numerater"}, ["numerator"]),
    (L, {"constants": {Y: {"assum": "one_hot"}}}, ["assum", "assume"]),
    (L, {"constants": {Y: {"assume": "one-hot"}}}, ["one-hot", "one_hot"]),
    (L, {"constants": {Y: {"assume": "symmetric"}}}, ["Y: symmetric", "square"]),
    (L, {"constants": {Y: {"value": [[1, 2], [3, 4]]}}, "dims": {N: 3}}, ["2×2", "3×2"]),
    (L, {"constants": {Y: {"value": "abc"}}}, ["no array of numbers"]),
    (L, {"constants": [Y * 2]}, ["no symbol"]),
    (L, {"constants": "Y"}, ["no list of symbols"]),
    (L, {"constants": {"Y": ["N", "C/2"]}}, ["C/2"]),
    (L, {"constants": [Symbol("N")]}, ["N is a dimension already"]),
    (L, {"functions": {"f": "x*y"}}, ["no y"]),
    (L, {"functions": {"f": lambda z: z * Symbol("w")}}, ["f: there is no w"]),
    ({"Z": "X*W1 +"}, {}, ["Z:1:"]),
    ({"Z": [[1]]}, {}, ["no SymPy expression"]),
]


@pytest.mark.parametrize(("equations", "options", "words"), REFUSED, ids=range(len(REFUSED)))
def test_refused(equations, options, words):
    with pytest.raises(InputError) as refusal:
        network_from_sympy(equations, inputs=[X], parameters=[W1, b1], **options)
    for word in words:
        assert word in str(refusal.value)


def test_shape_errors_keep_their_type():
    with pytest.raises(ShapeError):
        mc.Network({"L": HadamardProduct(X, X) * X}, inputs=[X])


def test_the_change_of_convention_keeps_the_symbols():
    d = mc.derive(mlp(calls.sse(Z2, Y)), convention="column")
    assert d.network.symbols["N"] == N
    assert mc.check(d).ok
