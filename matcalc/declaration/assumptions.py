"""What may be assumed of a variable, where that makes sense, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from matcalc.errors import InputError, ShapeError
from matcalc.expressions.expr import Shape, as_shape, write_shape
from matcalc.network.network import Convention, Variable

SQUARE = {"symmetric", "antisymmetric", "diagonal", "orthogonal", "positive_definite"}
NOT_SCALAR = {"row_stochastic", "column_stochastic", "one_hot"}
ASSUMPTIONS = (*sorted(SQUARE), *sorted(NOT_SCALAR), "positive")

CONTRADICTIONS = [
    ("antisymmetric", SQUARE - {"antisymmetric", "orthogonal"} | NOT_SCALAR | {"positive"}),
    ("positive", {"diagonal", "orthogonal", "one_hot"}),
]
"Pairs that only zero, or a number, would satisfy."

ONLY_IDENTITY = [
    ("diagonal", NOT_SCALAR),
    ("positive_definite", {"orthogonal", "one_hot"}),
]
"Pairs that nothing but the identity matrix satisfies."

CLOSE = 1e-6


def implied(names: set[str], convention: Convention) -> frozenset[str]:
    """The assumptions with those that follow from them."""
    result = set(names)
    if result & {"diagonal", "positive_definite"}:
        result.add("symmetric")
    if "one_hot" in result:
        result.add("row_stochastic" if convention is Convention.ROW else "column_stochastic")
    return frozenset(result)


def check_shape(name: str, shape: Shape) -> None:
    """Refuse an assumption that a variable of this shape cannot satisfy."""
    if name in SQUARE and shape and shape[0] != shape[1]:
        raise ShapeError(
            f"{name} needs a square matrix, not {write_shape(shape)}",
            mend="Shapes are compared as symbols: write the same dimension twice.",
        )
    if name in NOT_SCALAR and not as_shape(shape):
        raise ShapeError(f"{name} needs a vector or a matrix, not a scalar", mend="Leave it out.")


def contradiction(names: set[str]) -> tuple[str, str] | None:
    """Two of the assumptions that cannot both hold."""
    for one, others in CONTRADICTIONS:
        for other in sorted(others & names):
            if one in names:
                return one, other
    return None


def impossible(names: frozenset[str], shape: Shape) -> str | None:
    """Why next to nothing is as assumed, at every size that the shape may have; None where
    something is. ``names`` has what is implied as well."""
    if "antisymmetric" in names and not as_shape(shape):
        return "nothing but 0 is an antisymmetric number"
    for one, others in ONLY_IDENTITY:
        for other in sorted(others & names):
            if one in names and as_shape(shape):
                return f"only the identity matrix is both {one} and {other}"
    if {"antisymmetric", "orthogonal"} <= names and any(c % 2 for _, c in shape[0].terms):
        return f"no antisymmetric matrix is orthogonal where its size, {shape[0]}, may be odd"
    if {"row_stochastic", "column_stochastic"} <= names and shape[0] != shape[1]:
        return f"rows and columns that all sum to 1 need a square matrix, not {write_shape(shape)}"
    return None


def violated(names: frozenset[str], value: Any) -> str | None:
    """An assumption that a given value does not satisfy, up to the rounding of its precision."""
    a = np.atleast_2d(value)
    eps = float(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else 0.0
    a, close = a.astype(float), max(CLOSE, 100 * eps)
    return next((name for name in sorted(names) if not HOLDS[name](a, close)), None)


def refuse_given(variables: Iterable[Variable], values: Mapping[str, Any]) -> None:
    """Raise an InputError where an array, of the right shape, is not as its variable is assumed
    to be: a gradient that uses the assumption would be another one there."""
    for variable in variables:
        if variable.name in values and variable.assume:
            wrong = violated(variable.assume, np.asarray(values[variable.name]))
            if wrong is not None:
                raise InputError(
                    f"the value of {variable.name} is not {wrong.replace('_', ' ')}",
                    mend="Correct it, or leave the assumption out of the network file.",
                )


def _close(a: np.ndarray, b: Any, close: float) -> bool:
    """Whether two arrays are equal, up to a part of the largest entry."""
    size = float(np.max(np.abs(b), initial=0.0))
    return bool(np.all(np.abs(a - b) <= close * size))


def _positive_definite(a: np.ndarray, close: float) -> bool:
    return _close(a, a.T, close) and bool(np.min(np.linalg.eigvalsh(a)) > 0)


HOLDS: dict[str, Callable[[np.ndarray, float], bool]] = {
    "symmetric": lambda a, close: _close(a, a.T, close),
    "antisymmetric": lambda a, close: _close(a, -a.T, close),
    "diagonal": lambda a, close: _close(a, np.diag(np.diagonal(a)), close),
    "orthogonal": lambda a, close: _close(a.T @ a, np.eye(len(a)), close),
    "positive": lambda a, close: bool(np.all(a > 0)),
    "positive_definite": _positive_definite,
    "row_stochastic": lambda a, close: _close(a.sum(axis=1), np.float64(1), close),
    "column_stochastic": lambda a, close: _close(a.sum(axis=0), np.float64(1), close),
    "one_hot": lambda a, close: bool(np.all((a == 0) | (a == 1))),
}
