"""What rounding can do to a result: arithmetic in which every operation is off by it.

What differs between two such evaluations is what rounding may make of the result: a way to
tell a difference that rounding made from one that a wrong form makes. Off by a rounding
error means: by that of the result; in a sum, by that of every partial sum or term, since
they may cancel; below the smallest normal number, by that of a number there, which is no
part of the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import numpy as np

from matcalc.expressions.expr import Expr
from matcalc.expressions.operation import Environment

ROUNDING = 4 * float(np.finfo(float).eps)
SUBNORMAL = float(np.finfo(float).smallest_subnormal)
BELOW = float(np.finfo(float).smallest_normal) / ROUNDING
SUMS = ("mul", "sum", "mean", "inner", "trace")
"Operations that add up products of their operands' entries, in an order of NumPy's."
CHOOSING = {"abs", "max", "maximum", "minimum", "relu", "sign", "step", "where"}
MOVING = {"block", "broadcast", "diag", "diagonal", "hstack", "stop_gradient", "transpose"}
MOVING |= {"tril", "triu", "vec", "vstack"}
EXACT = CHOOSING | MOVING
"""Operations that choose or move what they are given, which rounds nothing: where the minimum of
A and B is A, it is A still when both are off."""

_perturbing: np.random.Generator | None = None


@contextmanager
def perturbed(rng: np.random.Generator) -> Iterator[None]:
    """Within, every value that is used or computed is off by about a rounding error."""
    global _perturbing
    before, _perturbing = _perturbing, rng
    try:
        yield
    finally:
        _perturbing = before


def is_perturbed() -> bool:
    return _perturbing is not None


def rounded(value: Any, node: Expr, args: Sequence[Any], env: Environment) -> Any:
    """The value of a node, off by what rounding may do, where that is asked for."""
    # A number is exact: an exponent of 2 is 2. So is the change of a sign: X - X is 0.
    if _perturbing is None or not node.free or node.op.name in EXACT or _negates(node):
        return value
    kind = np.asarray(value).dtype.kind
    if kind not in "fc":
        return value
    if node.op.name == "add":
        size = sum(map(_magnitude, list(accumulate(args))[1:]))
    elif node.op.name in SUMS:
        size = node.op.evaluate([_magnitude(arg) for arg in args], node, env)
    else:
        size = _magnitude(value)
    real = np.real(value) + _error(np.real(size), np.real(size) > 0)
    if kind == "f":
        return real
    # A complex step that has become 0 may have been one before; no choice rests on it.
    return real + 1j * (np.imag(value) + _error(np.imag(size), True))


def _negates(node: Expr) -> bool:
    first = node.args[0] if node.op.name == "mul" and len(node.args) == 2 else None
    return first is not None and first.op.name == "number" and first.data[0] == -1


def _magnitude(value: Any) -> Any:
    """The absolute value, of the real and of the imaginary part by itself."""
    if np.iscomplexobj(value):
        return np.abs(np.real(value)) + 1j * np.abs(np.imag(value))
    return np.abs(value)


def _error(size: Any, where: Any) -> Any:
    assert _perturbing is not None
    off = _perturbing.uniform(-1, 1, np.shape(size))
    steps = np.where(where & (size < BELOW), np.round(off * 4), 0)
    return off * ROUNDING * size + steps * SUBNORMAL
