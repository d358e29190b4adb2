"""The value of expressions at given arrays: the reference that checks rest on.

Every operation is evaluated by its own definition, on float64 or complex128. Scalars
are 0-dimensional, everything else has two dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment

Values = dict[Expr, Any]

ROUNDING = 4 * float(np.finfo(float).eps)

_perturbing: np.random.Generator | None = None


@contextmanager
def perturbed(rng: np.random.Generator) -> Iterator[None]:
    """Within, every value that is used or computed is off by about a rounding error.

    What differs between two such evaluations is what rounding can do to the result: a way
    to tell a difference that rounding made from one that a wrong form makes.
    """
    global _perturbing
    before, _perturbing = _perturbing, rng
    try:
        yield
    finally:
        _perturbing = before


def _rounded(value: Any) -> Any:
    assert _perturbing is not None
    kind = np.asarray(value).dtype.kind
    if kind not in "fc":
        return value
    off = _perturbing.uniform(-1, 1, np.shape(value)) * ROUNDING
    return value + value * off


def evaluate(
    root: Expr, values: Mapping[Expr, Any], env: Environment, memo: Values | None = None
) -> Any:
    """The value of ``root``.

    ``values`` maps symbols (and gradients, changes) to arrays of their shape; ``memo``,
    where given, keeps the value of every sub-expression for the next call.
    """
    done: Values = {} if memo is None else memo
    if root in done:
        return done[root]
    for node in walk(root, done):
        if node.op.is_symbol:
            value = values[node]
        else:
            value = node.op.evaluate([done[arg] for arg in node.args], node, env)
        if _perturbing is not None and node.free:  # a number is exact: an exponent of 2 is 2
            value = _rounded(value)
        done[node] = shaped(value, node)
    return done[root]


def shaped(value: Any, e: Expr) -> Any:
    """A scalar as 0-dimensional, whatever an operation or a caller made of it.

    More than two axes belong to an expression with open indices (operations/notation.py):
    its values at all of them.
    """
    if not e.shape and 0 < np.ndim(value) <= 2:
        return np.reshape(value, ())[()]
    return value
