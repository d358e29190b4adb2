"""Forms that are right on paper, written so that they keep their digits.

    exp(A - logsumexp(A))  =  exp(A) / sum(exp(A)),  with the largest entry taken off first

At entries around 1000 the logarithm is rounded to the digits of 1000, which exp would turn
into an error a thousand times as large as need be. What an author writes by hand, such as
log(softmax(Z)), is infinite there, although its value is not. Each form below has an operation
of the language that is equal to it and has no such trouble; ``sound_network`` computes that
instead, through the nodes between, so that the gradients are those of the sound operation too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from matcalc.expressions.build import (
    add,
    apply,
    broadcast,
    dimension,
    hadamard,
    mul,
    size_of,
    total,
    zeros,
)
from matcalc.expressions.expr import Expr, lift, operation, postorder
from matcalc.network.network import Network
from matcalc.simplify import simplify

Look = Callable[[Expr], Expr]
"What a symbol stands for; anything else stands for itself."
Rule = Callable[[Expr, Look], Expr | None]

MOVES = {"transpose", "entry", "block", "vec"}
"An entrywise function may be taken before these or after."


def sound(e: Expr, defined: Mapping[Expr, Expr]) -> Expr:
    """The expression with such forms replaced; ``defined``: what symbols stand for."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e):
        args = tuple(done[arg] for arg in node.args)
        value = node if args == node.args else node.op.rebuild(node, args)
        rule = RULES.get(value.op.name)
        found = rule(value, lambda s: defined.get(s, s)) if rule else None
        done[node] = value if found is None else found
    return done[e]


def sound_network(network: Network) -> Network:
    """The network with such forms replaced in its equations; itself where there are none.

    A form may begin in one node and end in another: log(P) with P = softmax(Z) is computed
    from Z. Nodes keep their names and values; one that nothing rests on any more is not computed.
    """
    defined: dict[Expr, Expr] = {}
    equations = []
    for equation in network.equations:
        found = sound(equation.expr, defined)
        equations.append(equation if found == equation.expr else replace(equation, expr=found))
        defined[equation.symbol] = found
    if tuple(equations) == network.equations:
        return network
    return replace(network, equations=tuple(equations))


def _exponential(e: Expr, look: Look) -> Expr | None:
    """exp(A - logsumexp(A)) over all entries is softmax."""
    if not e.shape:
        return None
    inside = e.args[0]
    for node in postorder(inside):
        value = look(node)
        if value.op.name == "logsumexp" and value.data == (None,) and value.args[0].shape:
            a = value.args[0]
            if simplify(add(inside, broadcast(node, inside.shape))) == simplify(a):
                return operation("softmax")(a, data=(None,))
    return None


def _logarithm(e: Expr, look: Look) -> Expr | None:
    """log of softmax, sigmoid, 1 - sigmoid, exp + exp, and of sums and means of exp."""
    value = _as_a_sum(look(e.args[0]))
    name = value.op.name
    if name in MOVES:
        inner = _logarithm(apply("log", value.args[0]), look)
        return None if inner is None else value.op.rebuild(value, (inner,))
    if name == "softmax" and value.shape:
        return operation("log_softmax")(value.args[0], data=value.data)
    if name == "sigmoid":
        return apply("log_sigmoid", value.args[0])
    if name in ("sum", "mean"):
        return _of_a_sum(value, look)
    if name == "broadcast":
        inner = _logarithm(apply("log", value.args[0]), look)
        return None if inner is None else broadcast(inner, value.shape)
    if name != "add":
        return None
    found = _of_one_and(add(value, mul(-1, broadcast(lift(1), value.shape))), look)
    exponents = _exponents(value.args, look)
    if found is not None or exponents is None:
        return found
    one, other = exponents
    return add(other, apply("softplus", simplify(add(one, mul(-1, other)))))


def _log1p(e: Expr, look: Look) -> Expr | None:
    return _of_one_and(e.args[0], look)


def _of_one_and(rest: Expr, look: Look) -> Expr | None:
    """log(1 + rest)."""
    value = look(simplify(rest))
    if value.op.name == "exp":
        return apply("softplus", value.args[0])
    opposite = look(simplify(mul(-1, value)))
    if opposite.op.name == "sigmoid":
        return apply("log_sigmoid", simplify(mul(-1, opposite.args[0])))
    return None


def _as_a_sum(e: Expr) -> Expr:
    """A product with matrices of ones as the sum that it is, repeated to its shape."""
    if e.op.name != "mul":
        return e
    value = simplify(e)
    if value.op.name != "mul":
        return value if value.op.name == "sum" else e
    factors = list(value.args)
    before = bool(factors) and factors[0].op.name == "ones"
    after = len(factors) > 1 and factors[-1].op.name == "ones"
    inner = factors[before : len(factors) - after]
    if len(inner) != 1 or before == after:
        return e
    if not inner[0].shape:
        return broadcast(inner[0], e.shape)
    return broadcast(total(inner[0], 0 if before else 1), e.shape)


def _sum_of(e: Expr, look: Look) -> Expr | None:
    """The sum that is repeated in e, of what it stands for."""
    value = look(e)
    if value.op.name == "mul" and any(f.op.name == "ones" for f in value.args):
        value = _as_a_sum(mul(*map(look, value.args)))
    if value.op.name == "broadcast":
        return _sum_of(value.args[0], look)
    return total(look(value.args[0]), *value.data) if value.op.name == "sum" else None


def _exponents(terms: Sequence[Expr], look: Look) -> list[Expr] | None:
    """A and B where the terms are exp(A) and exp(B); 1 is exp(0)."""
    if len(terms) != 2:
        return None
    found = []
    for term in map(look, terms):
        if term.op.name == "exp":
            found.append(term.args[0])
        elif simplify(term) == simplify(broadcast(lift(1), term.shape)):
            found.append(zeros(term.shape))
        else:
            return None
    return found


def _of_a_sum(value: Expr, look: Look) -> Expr | None:
    """log(sum(exp(A), axis)), and with the mean in the place of the sum."""
    inner = look(value.args[0])
    if inner.op.name != "exp" or not inner.shape:
        return None
    found = operation("logsumexp")(inner.args[0], data=value.data)
    if value.op.name == "sum":
        return found
    axis = value.data[0]
    count = size_of(inner.shape) if axis is None else inner.shape[axis]
    return add(found, mul(-1, broadcast(apply("log", dimension(count)), found.shape)))


def _cross_entropy(e: Expr, look: Look) -> Expr | None:
    p, y = e.args
    value = look(p)
    if value.op.name == "softmax" and value.shape:
        return operation("softmax_cross_entropy")(value.args[0], y, data=value.data)
    log = _logarithm(apply("log", p), look)
    return None if log is None else mul(-1, operation("inner")(y, log))


def _binary_cross_entropy(e: Expr, look: Look) -> Expr | None:
    p, y = e.args
    value = look(p)
    if value.op.name != "sigmoid":
        return None
    z, inner = value.args[0], operation("inner")
    other = add(broadcast(lift(1), y.shape), mul(-1, y))
    return add(inner(other, apply("softplus", z)), mul(-1, inner(y, apply("log_sigmoid", z))))


def _power(e: Expr, look: Look) -> Expr | None:
    """1/(1 + exp(-A)) is sigmoid(A)."""
    base, exponent = e.args
    if exponent != lift(-1) or base.op.name != "add":
        return None
    rest = look(simplify(add(base, mul(-1, broadcast(lift(1), base.shape)))))
    return apply("sigmoid", simplify(mul(-1, rest.args[0]))) if rest.op.name == "exp" else None


def _product(e: Expr, look: Look) -> Expr | None:
    """exp(A) over its sums is softmax(A), exp(A) sigmoid(-A) is sigmoid(A), and what is left of
    two exponentials over their sum a tanh."""
    for k, factor in enumerate(e.args):
        value = look(factor)
        quotient = QUOTIENTS.get(value.op.name)
        if quotient is None:
            continue
        for m, divisor in enumerate(e.args):
            found = quotient(value, divisor, look) if m != k else None
            if found is not None:
                left = [f for i, f in enumerate(e.args) if i not in (k, m)]
                join = hadamard if e.op.name == "hadamard" else mul
                return join(found, *left) if k < m else join(*left, found)
    return None


def _softmax(exponential: Expr, divisor: Expr, look: Look) -> Expr | None:
    a = exponential.args[0]
    if divisor.op.name == "sigmoid" and divisor.shape == a.shape:
        return apply("sigmoid", a) if simplify(add(divisor.args[0], a)) == zeros(a.shape) else None
    if not a.shape or divisor.op.name != "power" or divisor.args[1] != lift(-1):
        return None
    found = _sum_of(simplify(divisor.args[0]), look)
    if found is None or simplify(found.args[0]) != simplify(exponential):
        return None
    return operation("softmax")(a, data=found.data)


def _tanh(difference: Expr, divisor: Expr, look: Look) -> Expr | None:
    """(exp(A) - exp(B))/(exp(A) + exp(B)) is tanh((A - B)/2)."""
    if divisor.op.name == "sigmoid":
        a = divisor.args[0]
        base = add(broadcast(lift(1), a.shape), apply("exp", simplify(mul(-1, a))))
    elif divisor.op.name == "power" and divisor.args[1] == lift(-1):
        base = look(divisor.args[0])
    else:
        return None
    exponents = _exponents(base.args, look) if base.op.name == "add" else None
    if exponents is None or base.shape != difference.shape:
        return None
    one, other = (apply("exp", a) for a in exponents)
    half = simplify(mul(lift(Fraction(1, 2)), add(exponents[0], mul(-1, exponents[1]))))
    for sign in (1, -1):
        wanted = mul(sign, add(one, mul(-1, other)))
        if simplify(_seen(difference, look)) == simplify(wanted):
            return mul(sign, apply("tanh", half))
    return None


def _ratio(sinh: Expr, divisor: Expr, look: Look) -> Expr | None:
    """sinh(A)/cosh(A) is tanh(A)."""
    if divisor.op.name != "power" or divisor.args[1] != lift(-1):
        return None
    cosh = look(divisor.args[0])
    return apply("tanh", *sinh.args) if cosh.op.name == "cosh" and cosh.args == sinh.args else None


def _seen(e: Expr, look: Look) -> Expr:
    """A sum with what its terms stand for; a minus sign before a term stays."""
    terms = [
        simplify(mul(-1, look(simplify(mul(-1, t))))) if t.op.name == "mul" else look(t)
        for t in e.args
    ]
    return add(*terms)


QUOTIENTS: dict[str, Callable[[Expr, Expr, Look], Expr | None]] = {
    "exp": _softmax,
    "add": _tanh,
    "sinh": _ratio,
}
"By what stands above the line."


RULES: dict[str, Rule] = {
    "exp": _exponential,
    "log": _logarithm,
    "log1p": _log1p,
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _binary_cross_entropy,
    "power": _power,
    "hadamard": _product,
    "mul": _product,
}
