"""Functions applied to every entry: built-in, a user's own, and abstract ones.

A built-in function states its scalar derivative in terms of x and, where that is
shorter, of its own value y: σ' = y(1 − y). The tests differentiate the definition
with SymPy and compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from matcalc.errors import CannotDerive
from matcalc.expressions import work
from matcalc.expressions.build import apply, broadcast, hadamard, mul, power
from matcalc.expressions.expr import Expr, Shape, lift, operation, postorder, walk
from matcalc.expressions.operation import (
    LANGUAGE,
    REGISTRY,
    Data,
    Environment,
    Operands,
    Operation,
    Values,
    register,
)
from matcalc.linear_maps.local import pushforward
from matcalc.numeric import functions as numeric
from matcalc.numeric.evaluate import ENTRIES, SLOW, STEPS
from matcalc.numeric.rounding import rounded
from matcalc.operations.leaves import SYMBOL

Derivative = Callable[[Expr, Expr], Expr]

X = SYMBOL(data=("x", (), frozenset()))
"The argument, and the value, in a scalar derivative."
Y = SYMBOL(data=("y", (), frozenset()))


@dataclass(frozen=True)
class Function:
    """A user's function: a scalar expression in X, or None where it is abstract."""

    name: str
    body: Expr | None = None

    def __repr__(self) -> str:
        """Functions in the body by their names alone: written out they may double each time."""
        nodes = walk(self.body) if self.body is not None else ()
        if any(isinstance(d, Function) for node in nodes for d in node.data):
            return f"Function(name={self.name!r})"
        return f"Function(name={self.name!r}, body={self.body!r})"


class Entrywise(Operation):
    """A built-in function of one operand."""

    def __init__(self, name: str, definition: str, derivative: Derivative | None) -> None:
        self.name = name
        self.summary = f"{name}(x) = {definition}"
        self.definition = definition
        self.source = f"d {name}(Z) = {name}'(Z) ∘ dZ"
        self._derivative = derivative
        self._value = getattr(numeric, name)

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape

    def derivative(self, z: Expr, value: Expr | None = None) -> Expr:
        """f'(Z), in the shape of Z; ``value`` stands for f(Z) where it is given."""
        if self._derivative is None:
            return operation("function")(z, data=(Function(self.name), 1))
        return spread(self._derivative(X, Y), {X: z, Y: value or self(z)}, z.shape)

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        return hadamard(self.derivative(e.args[0]), dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        return self._value(values[0])


class Applied(Operation):
    """data = (function, order): a user's or abstract function, or a derivative of one.

    Order 0 is the function, order k its k-th derivative; ``D(f, Z, k)`` in the language.
    """

    name = "function"
    summary = "f(Z), f'(Z), ... for a function declared in the file"
    source = "d f(Z) = f'(Z) ∘ dZ"

    def shape(self, args: Operands, data: Data) -> Shape:
        return args[0].shape

    def differential(self, e: Expr, i: int, dx: Expr) -> Expr:
        function, order = e.data
        return hadamard(self(e.args[0], data=(function, order + 1)), dx)

    def evaluate(self, values: Values, e: Expr, env: Environment) -> Any:
        function, order = e.data
        if function.name in LANGUAGE and function.body is None:
            work.compute(int(10 * SLOW[function.name] * np.size(values[0])))
            return numeric.derivative(function.name, order)(values[0])
        if function.body is None:
            return env.functions[function.name](values[0], order)
        return evaluate_scalar(derivative_body(function, order), values[0], env)


def derivative_of(name: str, z: Expr, order: int) -> Expr:
    """D(name, Z, order) for a built-in function, in terms of Z and name(Z)."""
    body = REGISTRY[name](X)
    for _ in range(order):
        body = pushforward(body, {X: lift(1)})
    return spread(body, {X: z}, z.shape)


@lru_cache(maxsize=1024)
def derivative_body(function: Function, order: int) -> Expr:
    """The scalar expression in X of a user's function's derivative."""
    if function.body is None:
        raise CannotDerive(f"{function.name} is abstract: it has no formula")
    body = function.body
    for _ in range(order):
        body = pushforward(body, {X: lift(1)})
    return body


def spread(body: Expr, values: dict[Expr, Expr], shape: Shape) -> Expr:
    """A scalar expression taken entry by entry: its symbols become arrays of the shape."""
    done: dict[Expr, Expr] = {}
    for node in postorder(body):
        args = [done[arg] for arg in node.args]
        if node in values:
            done[node] = values[node]
        elif any(arg.shape for arg in args):
            done[node] = _entrywise(node, args, shape)
        else:
            done[node] = node.op.rebuild(node, tuple(args))
    return broadcast(done[body], shape)


def _entrywise(node: Expr, args: list[Expr], shape: Shape) -> Expr:
    name = node.op.name
    if name == "power" and not args[1].shape:
        return power(args[0], args[1])
    full = [broadcast(arg, shape) for arg in args]
    if name in ("mul", "hadamard"):
        scalars = [arg for arg in args if not arg.shape]
        whole = hadamard(*(arg for arg in args if arg.shape))
        return mul(*scalars, whole) if scalars else whole
    return node.op.rebuild(node, tuple(full))


def evaluate_scalar(body: Expr, x: Any, env: Environment) -> Any:
    """The value of a scalar expression in X at every entry of an array."""
    done = {X: x}
    work.compute(STEPS * body.pieces * (1 + np.size(x) // ENTRIES))
    for node in postorder(body):
        if node not in done:
            args = [done[arg] for arg in node.args]
            done[node] = rounded(node.op.evaluate(args, node, env), node, args, env)
    return done[body] + 0 * x


def _f(name: str) -> Callable[[Expr], Expr]:
    return lambda a: apply(name, a)


exp, log, sigmoid, step, sign = map(_f, ("exp", "log", "sigmoid", "step", "sign"))
sqrt, sin, cos, sinh, cosh, erf, digamma = map(
    _f, ("sqrt", "sin", "cos", "sinh", "cosh", "erf", "digamma")
)


def _over(a: Expr) -> Expr:
    return power(a, -1)


def _square(a: Expr) -> Expr:
    return power(a, 2)


def _gelu(x: Expr, y: Expr) -> Expr:
    pi = operation("pi")()
    half = lift(1) / lift(2)
    density = exp(-half * _square(x)) / sqrt(2 * pi)
    return half * (1 + erf(x / sqrt(lift(2)))) + x * density


def _leaky(x: Expr, y: Expr) -> Expr:
    hundredth = lift(1) / lift(100)
    return step(x) + hundredth * (1 - step(x))


FUNCTIONS: list[tuple[str, str, Derivative | None]] = [
    ("exp", "the exponential", lambda x, y: y),
    ("expm1", "exp(x) - 1", lambda x, y: exp(x)),
    ("log", "the natural logarithm", lambda x, y: _over(x)),
    ("log1p", "log(1 + x)", lambda x, y: _over(1 + x)),
    ("sqrt", "x**(1/2)", lambda x, y: _over(2 * y)),
    ("square", "x**2", lambda x, y: 2 * x),
    ("abs", "x*sign(x)", lambda x, y: sign(x)),
    ("sign", "1 above zero, -1 below, 0 at zero", lambda x, y: lift(0)),
    ("step", "1 above zero, else 0", lambda x, y: lift(0)),
    ("sin", "the sine", lambda x, y: cos(x)),
    ("cos", "the cosine", lambda x, y: -sin(x)),
    ("tan", "sin(x)/cos(x)", lambda x, y: 1 + _square(y)),
    ("sinh", "(exp(x) - exp(-x))/2", lambda x, y: cosh(x)),
    ("cosh", "(exp(x) + exp(-x))/2", lambda x, y: sinh(x)),
    ("tanh", "sinh(x)/cosh(x)", lambda x, y: 1 - _square(y)),
    ("arcsin", "the inverse of sin", lambda x, y: _over(sqrt(1 - _square(x)))),
    ("arccos", "the inverse of cos", lambda x, y: -_over(sqrt(1 - _square(x)))),
    ("arctan", "the inverse of tan", lambda x, y: _over(1 + _square(x))),
    ("sigmoid", "1/(1 + exp(-x))", lambda x, y: y * (1 - y)),
    ("log_sigmoid", "-log(1 + exp(-x))", lambda x, y: sigmoid(-x)),
    ("softplus", "log(1 + exp(x))", lambda x, y: sigmoid(x)),
    ("relu", "x*step(x)", lambda x, y: step(x)),
    ("leaky_relu", "x above zero, else x/100", _leaky),
    ("elu", "x above zero, else exp(x) - 1", lambda x, y: exp(operation("minimum")(x, lift(0)))),
    ("silu", "x/(1 + exp(-x))", lambda x, y: sigmoid(x) + y * (1 - sigmoid(x))),
    ("gelu", "x*(1 + erf(x/sqrt(2)))/2", _gelu),
    (
        "erf",
        "2/sqrt(pi) times the integral of exp(-t**2) from 0 to x",
        lambda x, y: 2 * exp(-_square(x)) / sqrt(operation("pi")()),
    ),
    ("lgamma", "the logarithm of |gamma(x)|", lambda x, y: digamma(x)),
    ("digamma", "the derivative of lgamma", None),
]

for row in FUNCTIONS:
    register(Entrywise(*row))
register(Applied(), call=None)
