"""Results as SymPy users meet them: printed, evaluated, and without importing SymPy early."""

import subprocess
import sys

import numpy as np
import pytest
import sympy
from sympy import ImmutableDenseMatrix, MatrixSymbol, OneMatrix, Symbol, Transpose

from matcalc.declaration import loads, parse
from matcalc.expressions.expr import postorder
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.operations.examples import EXAMPLES
from matcalc.sympy_bridge import MatrixFunction, from_sympy, to_sympy

NET = loads("""
dims: {N: 4, D: 3, H: 5}
inputs: {X: [N, D], S: [D, D], v: [D, 1], s: [], t: []}
functions: {f: abstract, g: x*sigmoid(x)}
network: {Z: X*S, L: sum(Z)}
""")

PRINTED = [
    ("X.T*grad(Z)", "X.T*grad(Z)"),
    ("1 - X", "-X + 1"),
    ("tanh(X)*v", "tanh(X)*v"),
    ("softmax(X) - X", "softmax(X, axis=1) - X"),
    ("sum(X, axis=0)", "sum(X, axis=0)"),
    ("layernorm(X)", "layernorm(X)"),
    ("layernorm(X, 0.1)", "layernorm(X, eps=1/10)"),
    ("D(f, X, 2)", "D(f, X, 2)"),
    ("D(f, s*t)", "D(f, s*t)"),
    ("f(X)", "f(X)"),
    ("g(s)", "g(s)"),
    ("sum(X)/N", "sum(X)/N"),
    ("v.T*S*v", "(v.T*S*v)[0, 0]"),
    ("maximum(X, 0)", "maximum(X, 0)"),
    ("arcsin(X)", "arcsin(X)"),
]
LATEX = [
    ("X.T*grad(Z)", "X^{T} grad(Z)"),
    ("log_softmax(X)", r"\operatorname{log\_softmax}\left(X, \mathrm{axis}=1\right)"),
    ("D(f, X)", r"f'\left(X\right)"),
    ("D(g, s)", r"g'\left(s\right)"),
    ("tanh(X)", r"\tanh{\left(X \right)}"),
]


@pytest.mark.parametrize(("text", "printed"), PRINTED)
def test_text(text, printed):
    assert str(to_sympy(parse(text, NET), NET)) == printed


@pytest.mark.parametrize(("text", "printed"), LATEX)
def test_latex(text, printed):
    assert sympy.latex(to_sympy(parse(text, NET), NET)) == printed


def test_sympys_own_classes_are_used():
    n, d = (Symbol(name, integer=True, positive=True) for name in ("N", "D"))
    there = to_sympy(parse("X.T*(1 - X)", NET))
    matrix = MatrixSymbol("X", n, d)
    inner = sympy.MatAdd(OneMatrix(n, d), sympy.MatMul(-1, matrix))
    assert there == sympy.MatMul(Transpose(matrix), inner)
    assert to_sympy(parse("s*t", NET)) == sympy.Mul(Symbol("s"), Symbol("t"), evaluate=False)


def test_equal_expressions_are_equal_in_sympy():
    e = parse("softmax(tanh(X)) + D(f, X) + f(X) + g(X)", NET)
    assert to_sympy(e) == to_sympy(e) and hash(to_sympy(e)) == hash(to_sympy(e))


CASES = [
    (text, shapes)
    for name, examples in EXAMPLES.items()
    for text, shapes in examples
    if name != "function"
]


@pytest.mark.parametrize(("text", "shapes"), CASES)
def test_doit_gives_the_value(text, shapes):
    """With numbers for every symbol and size, SymPy arrives at matcalc's value."""
    lines = ["dims: {m: 2, n: 3, p: 4, q: 5}", "inputs:"]
    lines += [f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items()]
    net = loads("\n".join([*lines, f"network: {{Y: {text!r}}}", "outputs: [Y]"]))
    e = net.equation["Y"].expr
    rng = np.random.default_rng(5)
    symbols = [node for node in postorder(e) if node.op.is_symbol]
    values = {s: rng.uniform(0.2, 0.8, [d.size(net.dims) for d in s.shape]) for s in symbols}
    there = to_sympy(e).subs(
        {Symbol(name, integer=True, positive=True): size for name, size in net.dims.items()}
    )
    for s, value in values.items():
        old = there.atoms(MatrixSymbol) if s.shape else {Symbol(s.name)}
        new = ImmutableDenseMatrix(value.tolist()) if s.shape else sympy.Float(float(value))
        there = there.subs({o: new for o in old if o.name == s.name})
    result = there.doit()
    result = result.as_explicit() if result.is_Matrix else result
    numbers = np.array(sympy.N(result).tolist() if result.is_Matrix else float(result), dtype=float)
    expected = evaluate(e, values, Environment(net.dims))
    np.testing.assert_allclose(numbers.reshape(np.shape(expected)), expected, rtol=1e-10)


def test_expand_func_writes_functions_out():
    z = Symbol("z")
    net = loads("{inputs: {z: []}, functions: {g: x*sigmoid(x)}, network: {L: g(z)}}")
    there = to_sympy(net.equation["L"].expr)
    assert sympy.expand_func(there) == z / (1 + sympy.exp(-z))
    assert from_sympy(there, net) is net.equation["L"].expr


def test_matrix_functions_survive_substitution():
    there = to_sympy(parse("softmax(X*S)", NET))
    assert isinstance(there, MatrixFunction)
    (s,) = (s for s in there.atoms(MatrixSymbol) if s.name == "S")
    changed = there.xreplace({s: MatrixSymbol("T", *s.shape)})
    assert str(changed) == "softmax(X*T, axis=1)" and changed.shape == there.shape


def test_sympy_is_not_imported_before_it_is_needed():
    script = """
import sys, matcalc as mc
net = mc.loads("{dims: {N: 4}, inputs: {X: [N, N]}, network: {L: sum(X)}}")
str(mc.derive(net)["X"])
assert "sympy" not in sys.modules
mc.derive(net)["X"].expr
assert "sympy" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
