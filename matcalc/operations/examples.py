"""An example of every operation: what the tests differentiate and the catalogue shows.

An operation without an example fails the tests, so none can be forgotten. Sizes are
symbols; numbers come from whoever evaluates.
"""

from __future__ import annotations

from matcalc.operations.entrywise import FUNCTIONS

Shapes = dict[str, list[str]]

MATRIX: Shapes = {"A": ["m", "n"]}
PAIR: Shapes = {"A": ["m", "n"], "B": ["m", "n"]}
SQUARE: Shapes = {"A": ["n", "n"]}

EXAMPLES: dict[str, list[tuple[str, Shapes]]] = {
    "add": [("A + B", PAIR), ("A - B + A", PAIR), ("A + b", {"A": ["m", "n"], "b": ["1", "n"]}),
            ("A + c + s", {"A": ["m", "n"], "c": ["m", "1"], "s": []})],
    "mul": [("A*B", {"A": ["m", "n"], "B": ["n", "p"]}),
            ("A*B*C", {"A": ["m", "n"], "B": ["n", "p"], "C": ["p", "q"]}),
            ("s*A*t", {"A": ["m", "n"], "s": [], "t": []}),
            ("A.T*B", {"A": ["n", "m"], "B": ["n", "p"]}),
            ("x.T*A*y", {"x": ["m", "1"], "A": ["m", "n"], "y": ["n", "1"]}),
            ("x.T*y*A", {"x": ["p", "1"], "y": ["p", "1"], "A": ["m", "n"]}),
            ("a*x.T*y*b.T", {"a": ["m", "1"], "x": ["p", "1"], "y": ["p", "1"], "b": ["n", "1"]}),
            ("A*A.T*A", MATRIX), ("s*t*s", {"s": [], "t": []})],
    "hadamard": [("hadamard(A, B)", PAIR), ("hadamard(A, B, A)", PAIR),
                 ("divide(A, B)", {"A": ["m", "n"], "B": ["m", "n"]}),
                 ("hadamard(A, b)", {"A": ["m", "n"], "b": ["1", "n"]})],
    "transpose": [("A.T", MATRIX), ("x.T", {"x": ["n", "1"]})],
    "power": [("s**3", {"s": []}), ("s**t", {"s": [], "t": []}), ("power(A, 2)", MATRIX),
              ("power(A, s)", {"A": ["m", "n"], "s": []}), ("power(A, B)", PAIR),
              ("1/s", {"s": []}), ("A/s", {"A": ["m", "n"], "s": []})],
    "matpow": [("A**2", SQUARE), ("A**3", SQUARE), ("A**-2", SQUARE)],
    "stop_gradient": [("hadamard(A, stop_gradient(B))", PAIR)],
    "where": [("where(C, A, B)", {"C": ["m", "n"], **PAIR})],
    "maximum": [("maximum(A, B)", PAIR), ("maximum(0, A)", MATRIX)],
    "minimum": [("minimum(A, B, C)", {"C": ["m", "n"], **PAIR})],
    "function": [("f(A)", MATRIX), ("f(s)", {"s": []})],
    "sum": [("sum(A)", MATRIX), ("sum(A, axis=0)", MATRIX), ("sum(A, axis=1)", MATRIX),
            ("sum(x, axis=0)", {"x": ["n", "1"]})],
    "mean": [("mean(A)", MATRIX), ("mean(A, axis=0)", MATRIX), ("mean(A, axis=1)", MATRIX)],
    "var": [("var(A)", MATRIX), ("var(A, axis=0)", MATRIX), ("var(A, axis=1)", MATRIX),
            ("var(s, axis=1)", {"s": []})],
    "std": [("std(A)", MATRIX), ("std(A, axis=0)", MATRIX), ("std(A, axis=1)", MATRIX)],
    "max": [("max(A)", MATRIX), ("max(A, axis=0)", MATRIX), ("max(A, axis=1)", MATRIX)],
    "logsumexp": [("logsumexp(A)", MATRIX), ("logsumexp(A, axis=0)", MATRIX),
                  ("logsumexp(A, axis=1)", MATRIX), ("logsumexp(x)", {"x": ["n", "1"]}),
                  ("logsumexp(s, axis=1)", {"s": []})],
    "norm": [("norm(A)", MATRIX), ("norm(A, axis=0)", MATRIX), ("norm(A, axis=1)", MATRIX)],
    "norm1": [("norm1(A)", MATRIX), ("norm1(A, axis=0)", MATRIX), ("norm1(A, axis=1)", MATRIX)],
    "trace": [("trace(A)", SQUARE), ("trace(A*B)", {"A": ["m", "n"], "B": ["n", "m"]})],
    "det": [("det(A)", SQUARE)],
    "logdet": [("logdet(A)", SQUARE)],
    "inner": [("inner(A, B)", PAIR)],
    "inv": [("inv(A)", SQUARE)],
    "solve": [("solve(A, B)", {"A": ["n", "n"], "B": ["n", "m"]})],
    "diag": [("diag(x)", {"x": ["n", "1"]}), ("diag(x)", {"x": ["1", "n"]})],
    "diagonal": [("diagonal(A)", SQUARE)],
    "tril": [("tril(A)", MATRIX)],
    "triu": [("triu(A)", MATRIX)],
    "vec": [("vec(A)", MATRIX), ("vec(x)", {"x": ["1", "n"]})],
    "kron": [("kron(A, B)", {"A": ["m", "n"], "B": ["p", "q"]}),
             ("kron(x, B)", {"x": ["m", "1"], "B": ["p", "q"]})],
    "hstack": [("hstack(A, B)", {"A": ["m", "n"], "B": ["m", "p"]})],
    "vstack": [("vstack(A, B, C)", {"A": ["n", "m"], "B": ["p", "m"], "C": ["1", "m"]}),
               ("vstack(s, s**2)", {"s": []})],
    "block": [("A[0:2, 1:]", MATRIX), ("A[1, 0]", MATRIX), ("A[1, :]", MATRIX)],
    "softmax": [("softmax(A)", MATRIX), ("softmax(A, axis=0)", MATRIX),
                ("softmax(x, axis=1)", {"x": ["1", "n"]})],
    "log_softmax": [("log_softmax(A)", MATRIX), ("log_softmax(A, axis=0)", MATRIX)],
    "layernorm": [("layernorm(A)", MATRIX)],
    "batchnorm": [("batchnorm(A, eps=0.1)", MATRIX)],
    "sse": [("sse(A, B)", PAIR), ("sse(A, b)", {"A": ["m", "n"], "b": ["1", "n"]})],
    "mse": [("mse(A, B)", PAIR)],
    "cross_entropy": [("cross_entropy(A, B)", PAIR)],
    "softmax_cross_entropy": [("softmax_cross_entropy(A, B)", PAIR)],
    "binary_cross_entropy": [("binary_cross_entropy(A, B)", PAIR)],
    **{name: [(f"{name}(A)", MATRIX), (f"{name}(s)", {"s": []})] for name, _, _ in FUNCTIONS},
}  # fmt: skip

CONSTANTS = ("number", "dim", "pi", "symbol", "grad", "d", "ones", "zeros", "eye", "commutation")
"Operations without operands: nothing to differentiate."
SHOWN_ONLY = ("broadcast", "argmax_one_hot")
"Operations that results are written with; networks reach them through others."
