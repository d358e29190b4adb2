"""The values of rational expressions at residues modulo a prime, without rounding.

Most operations are exact there by their own definition; the others have one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc.checking.residues import NotRational, determinant, residue, residues, solve
from matcalc.expressions.expr import Expr, postorder
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import shaped

RATIONAL = frozenset(
    [
        *("add", "mul", "hadamard", "transpose", "broadcast", "sum", "mean", "trace", "inner"),
        *("diag", "diagonal", "block", "hstack", "vstack", "kron", "vec", "tril", "triu"),
        *("ones", "zeros", "eye", "commutation", "dim", "square", "var", "sse", "mse"),
        *("entry", "delta", "sum_over", "slope", "rvec"),
    ]
)
"Operations whose own definition is exact on residues."

OVERRIDES = {
    "number": lambda e, values: residue(e.data[0]),
    "inv": lambda e, values: solve(*values),
    "solve": lambda e, values: solve(*values),
    "det": lambda e, values: determinant(values[0]),
    "power": lambda e, values: _power(e, values[0]),
    "matpow": lambda e, values: _matrix_power(values[0], e.data[0]),
}
"The others that can be."


def evaluate_exactly(root: Expr, values: Mapping[Expr, Any], env: Environment) -> Any:
    """The value of an expression made of rational operations; else NotRational."""
    done: dict[Expr, Any] = {}
    for node in postorder(root):
        name = node.op.name
        if node.op.is_symbol:
            done[node] = values[node]
        elif name in OVERRIDES:
            done[node] = OVERRIDES[name](node, [done[arg] for arg in node.args])
        elif name in RATIONAL:
            done[node] = node.op.evaluate([done[arg] for arg in node.args], node, env)
        else:
            raise NotRational(name)
        done[node] = shaped(done[node], node)
    return done[root]


def scalar(value: Any) -> Any:
    """An array without axes as the number in it."""
    return value.item() if isinstance(value, np.ndarray) and not value.shape else value


def _power(e: Expr, base: Any) -> Any:
    exponent = e.args[1]
    if exponent.op.name == "broadcast":
        exponent = exponent.args[0]
    if exponent.op.name != "number" or exponent.data[0].denominator != 1:
        raise NotRational("power")
    k = int(exponent.data[0])
    return np.frompyfunc(lambda r: residue(r) ** k, 1, 1)(base)


def _matrix_power(a: Any, k: int) -> Any:
    base = a if k >= 0 else solve(a, np.eye(len(a)))
    result = residues(np.eye(len(a)))
    for _ in range(abs(k)):
        result = result @ base
    return result


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same numbers, an open index of one repeated in the other."""
    left, right = np.asarray(left, dtype=object), np.asarray(right, dtype=object)
    if left.size == right.size == 1:
        left, right = left.reshape(()), right.reshape(())
    if left.ndim > 2 or right.ndim > 2:
        left, right = np.broadcast_arrays(left, right)
    if left.shape != right.shape:
        return False
    return all(residue(a) == residue(b) for a, b in zip(left.flat, right.flat, strict=True))
