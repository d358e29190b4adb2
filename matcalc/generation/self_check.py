"""How a generated module checks its own gradients; copied into each of them.

Values are drawn until every function is inside its domain. Each gradient is compared with
central differences, Richardson-extrapolated, entry by entry and along random directions.
Names start with an underscore, which no name of a network does.
"""

# mypy: ignore-errors
import math

import numpy as np


def _check_gradients(draw, loss, gradients):
    """Print the largest relative error of each gradient; 0 where all are right, else 1."""
    best, tried = None, 0
    with np.errstate(all="ignore"):
        for attempt in range(200):
            rng = np.random.default_rng(attempt)
            errors = _errors(draw(rng, attempt), loss, gradients, rng)
            if errors is None:
                continue
            if best is None or _largest(errors) < _largest(best):
                best = errors
            tried += 1
            # A point near a kink has no difference to compare with: take another one.
            if _largest(best) < 1e-8 or tried == 6:
                break
    if best is None:
        print("no values were found that are inside the domain of every function")
        return 1
    for name, error in best.items():
        print(f"{name:<12} {error:.1e}")
    if best:
        print(f"largest relative error: {_largest(best):.1e}")
    return 0 if _largest(best) < 1e-6 else 1


def _largest(errors):
    return max(errors.values(), default=0.0)


def _errors(values, loss, gradients, rng):
    """The relative error of each gradient, or None outside of a function's domain."""
    try:
        found = gradients(values)
        if not all(np.all(np.isfinite(gradient)) for gradient in found.values()):
            return None
        if not np.isfinite(loss(values)):
            return None
        return {name: _error(name, values, loss, found[name], rng) for name in found}
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None


def _error(name, values, loss, gradient, rng):
    """The largest relative error along single entries and two random directions."""
    value, gradient = np.asarray(values[name]), np.asarray(gradient)
    if gradient.shape != value.shape:
        return math.inf
    entries = rng.permutation(value.size)[:24]
    directions = [(np.arange(value.size) == k).reshape(value.shape) for k in entries]
    directions += [rng.uniform(-1, 1, value.shape) for _ in range(2)]
    floor = np.max(np.abs(gradient), initial=0) + 1e-4 * (1 + abs(loss(values)))
    worst = 0.0
    for direction in directions:
        exact = np.sum(gradient * direction)

        def along(distance, direction=direction):
            return loss({**values, name: value + distance * direction})

        error = math.inf
        for h in (2e-3, 1e-5):
            if not error < 1e-8:
                numeric = _derivative(along, h)
                error = min(error, abs(numeric - exact) / max(abs(numeric), abs(exact), floor))
        worst = max(worst, error)
    return worst


def _derivative(f, h):
    """f'(0) from central differences at h, h/2 and h/4."""
    a, b, c = ((f(s) - f(-s)) / (2 * s) for s in (h, h / 2, h / 4))
    return (a - 20 * b + 64 * c) / 45


def _sample(rng, shape, attempt):
    """Random numbers: of either sign at first, then in ranges where more is defined."""
    style = attempt if attempt < 4 else rng.integers(4)
    if style == 1:
        return rng.uniform(0.4, 1.6, shape)
    if style == 2:
        return rng.uniform(0.15, 0.85, shape)
    return rng.normal(size=shape) * (0.3 if style == 3 else 1)


def _given(rng, value, attempt):
    """A value from the file; later a little away from it, if it sits on a kink."""
    value = np.array(value, dtype=float)
    return value if attempt < 3 else value + rng.uniform(-0.1, 0.1, value.shape)


def _positive(a):
    return np.abs(a) + 0.1


def _row_stochastic(a):
    return _positive(a) / np.sum(_positive(a), axis=1, keepdims=True)


def _column_stochastic(a):
    return _row_stochastic(a.T).T


def _one_hot_rows(a):
    return (np.arange(a.shape[1]) == np.argmax(a, axis=1)[:, None]) * 1.0


def _one_hot_columns(a):
    return _one_hot_rows(a.T).T


def _symmetric(a):
    return (a + a.T) / 2


def _antisymmetric(a):
    return (a - a.T) / 2


def _positive_definite(a):
    return a @ a.T / len(a) + 0.5 * np.eye(len(a))


def _diagonal(a):
    return a * np.eye(len(a))


def _orthogonal(a):
    return np.linalg.qr(a)[0]
