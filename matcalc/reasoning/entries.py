"""Expressions entry by entry, with open indices: (A B)_ij = Σ_k A_ik B_kj, and so on.

``entry_of`` writes one entry of an expression in entries of its symbols. What has no such
form (an inverse, a determinant, a softmax) stays whole: its own entry, (A⁻¹)_ij, is a name
as good as any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from matcalc.errors import CannotDerive
from matcalc.expressions.build import broadcast, dimension, hadamard, mul, power, size_of, total
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, lift, matrix_shape, operation
from matcalc.expressions.operation import Operation
from matcalc.network.network import Network
from matcalc.operations.entrywise import Entrywise
from matcalc.operations.notation import LETTERS, Index, Position, delta, entry, sum_over


class Letters:
    """Letters for indices, none of which the network uses as a name."""

    def __init__(self, network: Network) -> None:
        taken = {*network.variable, *network.equation, *network.dims}
        free = [letter for letter in LETTERS if letter not in taken]
        self._free = iter(free)

    def new(self, size: Dimension) -> Position:
        """An index over ``size`` values; None where there is only one."""
        if size == ONE:
            return None
        letter = next(self._free, None)
        if letter is None:
            raise CannotDerive("there are not enough letters for so many indices")
        return Index(letter, size)

    def pair(self, e: Expr) -> tuple[Position, Position]:
        rows, columns = matrix_shape(e)
        return self.new(rows), self.new(columns)


Rule = Callable[[Expr, Position, Position, Letters], Expr]


def entry_of(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    """Entry (i, j) of an expression; of a scalar, the scalar in entries."""
    rule = RULES.get(e.op.name)
    if rule is None and isinstance(e.op, Entrywise):
        rule = _entrywise
    return entry(e, i, j) if rule is None else rule(e, i, j, letters)


def spelled_out(e: Expr) -> Expr:
    """By its definition, for an operation whose entries are made of those of its operand."""
    definition = DEFINITIONS.get(e.op.name)
    return e if definition is None or not e.args[0].shape else definition(e)


def _softmax(e: Expr) -> Expr:
    grown = operation("exp")(e.args[0])
    return hadamard(grown, power(broadcast(total(grown, e.data[0]), e.shape), -1))


def _log_softmax_spelled(e: Expr) -> Expr:
    a, axis = e.args[0], e.data[0]
    return a - broadcast(operation("log")(total(operation("exp")(a), axis)), e.shape)


def _log_of_sum(e: Expr) -> Expr:
    return operation("log")(total(operation("exp")(e.args[0]), e.data[0]))


def _root_of_squares(e: Expr) -> Expr:
    return operation("sqrt")(total(power(e.args[0], 2), e.data[0]))


def _normalised(e: Expr) -> Expr:
    (a,), (axis, eps) = e.args, e.data
    centred = a - broadcast(operation("mean")(a, data=(axis,)), e.shape)
    variance = operation("mean")(power(centred, 2), data=(axis,))
    scale = operation("sqrt")(variance + broadcast(lift(eps), variance.shape))
    return hadamard(centred, power(broadcast(scale, e.shape), -1))


DEFINITIONS: dict[str, Callable[[Expr], Expr]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax_spelled,
    "logsumexp": _log_of_sum,
    "norm": _root_of_squares,
    "layernorm": _normalised,
    "batchnorm": _normalised,
}


def bound(indices: Iterable[Position]) -> tuple[Index, ...]:
    return tuple(index for index in indices if isinstance(index, Index))


def _summed(e: Expr, letters: Letters, i: Position = None, j: Position = None) -> Expr:
    """The sum of the entries of e over the sides that are not given."""
    rows, columns = matrix_shape(e)
    own = [letters.new(rows) if i is None else i, letters.new(columns) if j is None else j]
    new = [p for p, given in zip(own, (i, j), strict=True) if given is None]
    return sum_over(entry_of(e, own[0], own[1], letters), bound(new))


def _add(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return e.op(*(entry_of(arg, i, j, letters) for arg in e.args))


def _hadamard(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return mul(*(entry_of(arg, i, j, letters) for arg in e.args))


def _entrywise(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return e.op.rebuild(e, tuple(entry_of(arg, i, j, letters) for arg in e.args))


def _mul(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    scalars = [entry_of(f, None, None, letters) for f in e.args if not f.shape]
    matrices = [f for f in e.args if f.shape]
    inner = [letters.new(f.shape[1]) for f in matrices[:-1]]
    ends = [i, *inner, j]
    factors = [entry_of(f, ends[k], ends[k + 1], letters) for k, f in enumerate(matrices)]
    whole = [*scalars, *(f for f in factors if f is not lift(1))]
    return sum_over(mul(*whole) if whole else lift(1), bound(inner))


def _transpose(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return entry_of(e.args[0], j, i, letters)


def _broadcast(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    rows, columns = matrix_shape(e.args[0])
    return entry_of(e.args[0], None if rows == ONE else i, None if columns == ONE else j, letters)


def _sum(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    """Along axis 0 the column stays, along axis 1 the row."""
    axis = e.data[0]
    return _summed(e.args[0], letters, i if axis == 1 else None, j if axis == 0 else None)


def _mean(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    rows, columns = matrix_shape(e.args[0])
    count = {None: rows * columns, 0: rows, 1: columns}[e.data[0]]
    return mul(power(dimension(count), -1), _sum(e, i, j, letters))


def _trace(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    k = letters.new(matrix_shape(e.args[0])[0])
    return sum_over(entry_of(e.args[0], k, k, letters), bound([k]))


def _inner(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return _summed(hadamard(*e.args), letters)


def _diag(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    column = matrix_shape(e.args[0])[1] == ONE
    value = entry_of(e.args[0], i if column else None, None if column else i, letters)
    return mul(value, delta(i, j))


def _diagonal(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return entry_of(e.args[0], i, i, letters)


def _ones(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return lift(1)


def _zeros(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return lift(0)


def _eye(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return delta(i, j)


def _itself(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    return e


def _squares(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    a, b = e.args
    rows, columns = letters.pair(a)
    difference = entry_of(a, rows, columns, letters) - entry_of(b, rows, columns, letters)
    total = sum_over(power(difference, 2), bound([rows, columns]))
    scale = lift(2) if e.op.name == "sse" else dimension(size_of(a.shape))
    return mul(power(scale, -1), total)


def _cross_entropy(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    p, y = e.args
    whole = operation("log")(p) if e.op.name == "cross_entropy" else _log_softmax(e, p)
    return -_summed(hadamard(y, whole), letters)


def _log_softmax(e: Expr, z: Expr) -> Expr:
    return operation("log_softmax")(z, data=e.data)


def _solve(e: Expr, i: Position, j: Position, letters: Letters) -> Expr:
    a, b = e.args
    k = letters.new(matrix_shape(a)[0])
    inverse: Operation = operation("inv")
    return sum_over(mul(entry(inverse(a), i, k), entry_of(b, k, j, letters)), bound([k]))


RULES: dict[str, Rule] = {
    **dict.fromkeys(("number", "pi", "dim"), _itself),
    "ones": _ones,
    "zeros": _zeros,
    "eye": _eye,
    "add": _add,
    "mul": _mul,
    "hadamard": _hadamard,
    "transpose": _transpose,
    "broadcast": _broadcast,
    "diag": _diag,
    "diagonal": _diagonal,
    "sum": _sum,
    "mean": _mean,
    "trace": _trace,
    "inner": _inner,
    "solve": _solve,
    **dict.fromkeys(("sse", "mse"), _squares),
    **dict.fromkeys(("cross_entropy", "softmax_cross_entropy"), _cross_entropy),
    **dict.fromkeys(("function", "power", "maximum", "minimum", "where"), _entrywise),
    "stop_gradient": _entrywise,
}
