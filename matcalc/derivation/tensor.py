"""Expressions and Jacobians at concrete sizes, entry by entry.

An expression becomes an array of scalar expressions in entries of its symbols, such as
``A[0, 0]``; a Jacobian becomes the tensor ∂Y[i, j]/∂X[k, l] itself, which no layout
rearranges and no stacking flattens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.errors import CannotDerive, InputError
from matcalc.expressions.build import add, mul
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import Expr, lift, matrix_shape, operation, postorder
from matcalc.expressions.operation import Environment
from matcalc.linear_maps.maps import Stacking
from matcalc.operations.entrywise import FUNCTIONS
from matcalc.printing.language import write
from matcalc.simplify import simplify
from matcalc.simplify.parts import is_number

if TYPE_CHECKING:
    from matcalc.derivation.results import Jacobian

LIMIT = 4096
"The most entries that an array may have."

Array = Any
"A NumPy array of scalar expressions, with two axes unless said otherwise."
Rule = Callable[..., Array]


def tensor(jacobian: Jacobian, sizes: Mapping[str, int] | None = None) -> Array:
    """∂Y[i, j]/∂X[k, l] as an array of texts, of Y's shape followed by X's.

    ``sizes`` of dimensions stand in for the network's own; a scalar adds no axes.
    """
    convention = jacobian.derivation.network.convention
    return _each(lambda e: write(e, convention), tensor_entries(jacobian, sizes))


def tensor_entries(
    jacobian: Jacobian, sizes: Mapping[str, int] | None = None, *, whole: bool = False
) -> Array:
    """The same as scalar expressions."""
    network, layout = jacobian.derivation.network, jacobian.derivation.layout
    of = network.symbol(jacobian.of).shape
    wrt = network.symbol(jacobian.wrt).shape
    known = _sizes(network.dims, sizes or {})
    turned = layout.transposes_gradient(wrt) if not of else layout.jacobian == "denominator"
    matrix = entries(jacobian.form, known, whole=whole)
    own = matrix.T if turned else matrix
    first, second = (tuple(d.size(known) for d in shape) for shape in (of, wrt))
    if not of or not wrt or network.convention.stacking is Stacking.ROWS:
        return own.reshape(first + second)
    return own.reshape(first[::-1] + second[::-1]).transpose(1, 0, 3, 2)


def entries(
    root: Expr, sizes: Mapping[str, int], *, whole: bool = False, as_written: bool = False
) -> Array:
    """The expression as an array of scalar expressions; a scalar as one entry.

    An operation that has no entries of its own (an inverse, a softmax) is left ``whole`` and
    its entries are taken; else it raises CannotDerive, as does an array on the way of more
    than LIMIT entries. Factors and terms are sorted, unless they are wanted ``as_written``.
    """
    env = Arithmetic(sizes)
    if as_written:
        env.times, env.sum = _times_as_written, _sum_as_written
    done: dict[Expr, Array] = {}
    for node in postorder(root):
        rows, columns = (env.size(d) for d in matrix_shape(node))
        if rows * columns > LIMIT:
            raise CannotDerive(
                f"{rows}×{columns} is more than {LIMIT} entries to write out;"
                " smaller sizes show the pattern as well"
            )
        rule = RULES.get(node.op.name) or (_symbol if whole else None)
        if rule is None:
            raise CannotDerive(f"{node.op.name} cannot be written out entry by entry")
        done[node] = rule(node, [done[arg] for arg in node.args], env)
    return done[root]


def _sizes(dims: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, int]:
    for name, size in sizes.items():
        if size < 1:
            raise InputError(f"the size of {name} is {size}", mend="Sizes are positive.")
        if name not in dims:
            raise InputError(
                f"the network has no dimension {name}",
                mend=f"Its dimensions are {', '.join(dims) or 'none'}.",
            )
    return {**dims, **sizes}


# -- arrays of expressions ----------------------------------------------------------


def _array(rows: Iterable[Iterable[Expr]]) -> Array:
    return np.array([list(row) for row in rows], dtype=object)


def _each(function: Callable[..., Any], *arrays: Array) -> Array:
    """The function of every entry; arrays of one entry are repeated."""
    return np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), dtype=object)


def _times(a: Expr, b: Expr) -> Expr:
    if is_number(a, 0) or is_number(b, 1):
        return a
    if is_number(b, 0) or is_number(a, 1):
        return b
    return simplify(a * b)


def _sum(terms: Iterable[Expr]) -> Expr:
    kept = [term for term in terms if not is_number(term, 0)]
    return simplify(add(*kept)) if kept else lift(0)


def _times_as_written(a: Expr, b: Expr) -> Expr:
    if is_number(a) or is_number(b):
        return _times(a, b)
    return mul(*(f for e in (a, b) for f in (e.args if e.op.name == "mul" else (e,))))


def _sum_as_written(terms: Iterable[Expr]) -> Expr:
    kept = [t for e in terms for t in (e.args if e.op.name == "add" else (e,))]
    kept = [term for term in kept if not is_number(term, 0)]
    return add(*kept) if kept else lift(0)


class Arithmetic(Environment):
    """Sizes, and how entries are multiplied and added up."""

    times: Callable[[Expr, Expr], Expr] = staticmethod(_times)
    sum: Callable[[Iterable[Expr]], Expr] = staticmethod(_sum)


def _product(a: Array, b: Array, env: Arithmetic) -> Array:
    return _array(
        (env.sum(map(env.times, row, column)) for column in b.T)  # each column against this row
        for row in a
    )


# -- one rule for each operation ----------------------------------------------------


def _itself(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return _array([[e]])


def _size(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return _array([[lift(env.size(e.data[0]))]])


def _symbol(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    if not e.shape:
        return _array([[e]])
    rows, columns = (range(env.size(d)) for d in e.shape)
    return _array((_entry(e, i, j) for j in columns) for i in rows)


def _entry(e: Expr, i: int, j: int) -> Expr:
    bounds = (i, i + 1, j, j + 1)
    return operation("block")(e, data=tuple(map(Dimension.of, bounds)))


def _constant(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return _each(lambda value: lift(int(value)), e.op.evaluate([], e, env))


def _add(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return _each(lambda *terms: env.sum(terms), *args)


def _hadamard(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    result = args[0]
    for factor in args[1:]:
        result = _each(env.times, result, factor)
    return result


def _mul(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    scale, chain = _array([[lift(1)]]), None
    for operand, values in zip(e.args, args, strict=True):
        if not operand.shape:
            scale = _each(env.times, scale, values)
        else:
            chain = values if chain is None else _product(chain, values, env)
    return scale if chain is None else _each(env.times, scale, chain)


def _entrywise(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return _each(lambda *operands: simplify(e.op.rebuild(e, operands)), *args)


def _transpose(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return args[0].T


def _broadcast(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return np.broadcast_to(args[0], tuple(env.size(d) for d in e.data))


def _diag(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    values = args[0].reshape(-1)
    places = range(len(values))
    return _array((values[i] if i == j else lift(0) for j in places) for i in places)


def _diagonal(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return np.diagonal(args[0]).reshape(-1, 1)


def _triangle(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    kept = np.tri(*args[0].shape) if e.op.name == "tril" else np.tri(*args[0].shape[::-1]).T
    return _each(lambda keep, value: value if keep else lift(0), kept, args[0])


def _vec(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return args[0].reshape(-1, 1, order="F")


def _kron(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    a, b = args
    rows = product(a, b)
    return _array((env.times(x, y) for x, y in product(left, right)) for left, right in rows)


def _stack(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    return np.concatenate(args, axis=1 if e.op.name == "hstack" else 0)


def _block(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    r0, r1, c0, c1 = (env.size(d) for d in e.data)
    return args[0][r0:r1, c0:c1]


def _total(e: Expr, args: list[Array], env: Arithmetic) -> Array:
    (axis,), (values,) = e.data, args
    if axis is None:
        return _array([[env.sum(values.reshape(-1))]])
    sums = [env.sum(line) for line in (values.T if axis == 0 else values)]
    return _array([sums]) if axis == 0 else _array([s] for s in sums)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("number", "pi"), _itself),
    "dim": _size,
    **dict.fromkeys(("symbol", "grad", "d"), _symbol),
    **dict.fromkeys(("ones", "zeros", "eye", "commutation"), _constant),
    "add": _add,
    "mul": _mul,
    "hadamard": _hadamard,
    **dict.fromkeys((row[0] for row in FUNCTIONS), _entrywise),
    **dict.fromkeys(("function", "power", "maximum", "minimum", "where"), _entrywise),
    "stop_gradient": _entrywise,
    "transpose": _transpose,
    "broadcast": _broadcast,
    "diag": _diag,
    "diagonal": _diagonal,
    **dict.fromkeys(("tril", "triu"), _triangle),
    "vec": _vec,
    "kron": _kron,
    **dict.fromkeys(("hstack", "vstack"), _stack),
    "block": _block,
    "sum": _total,
}
