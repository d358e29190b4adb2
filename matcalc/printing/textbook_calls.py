"""Textbook notation of functions, reductions, losses, blocks and the rest.

Losses are written as what they are defined to be (½‖A - B‖² for sse(A, B)), where that
repeats no operand; otherwise as a function.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc.expressions.build import add, apply, broadcast, dimension, mul, power, size_of, vec
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, is_vector, lift, matrix_shape, operation
from matcalc.expressions.operation import REGISTRY
from matcalc.printing.parts import bare, spread_bare
from matcalc.printing.textbook import TextbookPrinter
from matcalc.printing.textbook_algebra import WRITERS as ALGEBRA
from matcalc.printing.walker import ATOM, POWER, Piece, Writer
from matcalc.simplify.parts import is_zero

USUAL_EPS = Fraction(1, 100_000)
ONE_PIECE: Piece = ("1", ATOM)


# -- functions of every entry ---------------------------------------------------------


def _call(p: TextbookPrinter, e: Expr) -> Piece:
    """Operands that the language broadcasts to each other are written bare."""
    return p.call(p.head(e.op.name), *map(p.text, _as_read(e)))


def _as_read(e: Expr) -> list[Expr]:
    same = all(arg.shape == e.args[0].shape for arg in e.args)
    return spread_bare(e.args) if same else list(e.args)


def _exp_minus_one(p: TextbookPrinter, e: Expr) -> Piece:
    return p.sum_of([p.piece(apply("exp", e.args[0])), p.negated(ONE_PIECE)])


def _log_one_plus(p: TextbookPrinter, e: Expr) -> Piece:
    inner, _ = p.sum_of([ONE_PIECE, p.piece(e.args[0])])
    return p.call(p.head("log"), inner)


def _log_sigmoid(p: TextbookPrinter, e: Expr) -> Piece:
    return p.call(p.head("log"), p.text(apply("sigmoid", e.args[0])))


def _log_gamma(p: TextbookPrinter, e: Expr) -> Piece:
    gamma, _ = p.call(p.head("gamma"), p.text(e.args[0]))
    return p.head("log") + p.bars(gamma), POWER


def _absolute(p: TextbookPrinter, e: Expr) -> Piece:
    return p.bars(p.text(e.args[0])), ATOM


def _step(p: TextbookPrinter, e: Expr) -> Piece:
    return p.brackets(p.text(e.args[0]) + p.above_zero), ATOM


def _applied(p: TextbookPrinter, e: Expr) -> Piece:
    function, order = e.data
    built_in = function.body is None and function.name in REGISTRY
    head = p.head(function.name) if built_in else p.function_name(function.name)
    return p.call(p.primed(head, order) if order else head, p.text(e.args[0]))


def _extreme(p: TextbookPrinter, e: Expr) -> Piece:
    """max(max(A, B), C) is the largest of the three."""
    operands = list(e.args)
    while operands[0].op is e.op:
        operands[:1] = operands[0].args
    return p.call(p.head(e.op.name), *map(p.text, spread_bare(operands)))


def _where(p: TextbookPrinter, e: Expr) -> Piece:
    mask, a, b = map(p.text, spread_bare(e.args))
    return p.call(p.head("where"), mask + p.above_zero, a, b)


# -- along an axis --------------------------------------------------------------------


def _reduction(p: TextbookPrinter, e: Expr) -> Piece:
    return p.call(p.head(e.op.name), p.text(e.args[0]), axis=e.data[0])


def _sum(p: TextbookPrinter, e: Expr) -> Piece:
    """The sum of all entries of A ∘ B is their inner product."""
    (a,), (axis,) = e.args, e.data
    pair = a.op.name == "hadamard" and len(a.args) == 2 and axis is None
    if pair and all(bare(f).shape == a.shape for f in a.args):
        return p.piece(operation("inner")(*a.args))
    return _reduction(p, e)


def _norm(p: TextbookPrinter, e: Expr) -> Piece:
    (a,), (axis,) = e.args, e.data
    if axis is not None:
        return _reduction(p, e)
    vector = not a.shape or is_vector(a.shape)
    return p.norm(p.text(a), "vector" if vector else "matrix"), ATOM


def _norm1(p: TextbookPrinter, e: Expr) -> Piece:
    (a,), (axis,) = e.args, e.data
    if axis is not None:
        return _reduction(p, e)
    vector = not a.shape or is_vector(a.shape)
    return p.norm(p.text(a if vector else vec(a)), "1"), ATOM


def _largest(p: TextbookPrinter, e: Expr) -> Piece:
    largest, _ = p.call(p.head("argmax"), p.text(e.args[0]), axis=e.data[0])
    return p.call(p.head("onehot"), largest)


def _softmax(p: TextbookPrinter, e: Expr) -> Piece:
    """The axis is shown where it is not the convention's own."""
    axis = None if e.data[0] == p.convention.axis else e.data[0]
    return p.call(p.head("softmax"), p.text(e.args[0]), axis=axis)


def _log_softmax(p: TextbookPrinter, e: Expr) -> Piece:
    return p.call(p.head("log"), p.text(operation("softmax")(*e.args, data=e.data)))


def _normalised(p: TextbookPrinter, e: Expr) -> Piece:
    axis, eps = e.data
    head = p.head("layernorm" if axis == p.convention.axis else "batchnorm")
    more = [] if eps == USUAL_EPS else [p.epsilon + p.number(eps, beyond=1)[0]]
    return p.call(head, p.text(e.args[0]), *more)


# -- scalars of matrices ----------------------------------------------------------------


def _inner(p: TextbookPrinter, e: Expr) -> Piece:
    if not e.args[0].shape:
        return p.piece(mul(*e.args))
    return p.angles(p.comma.join(map(p.text, spread_bare(e.args)))), ATOM


def _log_determinant(p: TextbookPrinter, e: Expr) -> Piece:
    determinant = p.text(operation("det")(*e.args))
    return p.head("log") + p.bars(determinant), POWER


def _difference(e: Expr) -> Expr:
    """A - B; the sign is taken into a number that is repeated, and A - 0 is A."""
    a, b = e.args
    if is_zero(bare(b)):
        return a
    if b.op.name == "broadcast" and not b.args[0].shape:
        return add(a, broadcast(mul(-1, b.args[0]), a.shape))
    return add(a, mul(-1, bare(b) if bare(b).shape == a.shape else b))


def _squares(e: Expr) -> Expr:
    """The sum of the squared differences of two operands."""
    difference = _difference(e)
    return power(operation("norm")(difference, data=(None,)) if difference.shape else difference, 2)


def _half_of_squares(p: TextbookPrinter, e: Expr) -> Piece:
    return p.piece(mul(lift(Fraction(1, 2)), _squares(e)))


def _mean_of_squares(p: TextbookPrinter, e: Expr) -> Piece:
    count = dimension(size_of(e.args[0].shape))
    return p.piece(mul(power(count, -1), _squares(e)) if e.args[0].shape else _squares(e))


def _cross_entropy(p: TextbookPrinter, e: Expr) -> Piece:
    probability, target = e.args
    return p.piece(mul(-1, operation("inner")(target, apply("log", probability))))


def _softmax_cross_entropy(p: TextbookPrinter, e: Expr) -> Piece:
    logits, target = e.args
    log_probability = operation("log_softmax")(logits, data=e.data)
    return p.piece(mul(-1, operation("inner")(target, log_probability)))


# -- arrangement ------------------------------------------------------------------------


def _beside(p: TextbookPrinter, e: Expr) -> Piece:
    return p.stacked([p.text(arg) for arg in e.args], below_each_other=False), ATOM


def _below(p: TextbookPrinter, e: Expr) -> Piece:
    lengths = {len(arg.args) if arg.op.name == "hstack" else 0 for arg in e.args}
    if len(lengths) == 1 and 0 not in lengths:  # rows of entries, or of blocks that align
        return p.grid([[p.text(cell) for cell in arg.args] for arg in e.args]), ATOM
    return p.stacked([p.text(arg) for arg in e.args], below_each_other=True), ATOM


def _block(p: TextbookPrinter, e: Expr) -> Piece:
    first_row, last_row, first_column, last_column = e.data
    rows, columns = matrix_shape(e.args[0])
    return p.block(
        p.inside(e.args[0], ATOM),
        _slice(p, first_row, last_row, rows),
        _slice(p, first_column, last_column, columns),
    )


def _slice(p: TextbookPrinter, start: Dimension, stop: Dimension, size: Dimension) -> str:
    if stop == start + ONE:
        return p.size(start)
    first = p.size(start) if start.terms else ""
    return f"{first}:{'' if stop == size else p.size(stop)}"


CALLS = (
    *("exp", "log", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
    *("arcsin", "arccos", "arctan", "erf", "digamma"),
    *("sigmoid", "softplus", "relu", "leaky_relu", "elu", "silu", "gelu"),
    *("stop_gradient", "binary_cross_entropy", "trace", "det"),
    *("diag", "diagonal", "tril", "triu", "vec"),
)
"Operations that are written as functions of their operands."

WRITERS: dict[str, Writer] = {
    **ALGEBRA,
    **dict.fromkeys(CALLS, _call),
    **dict.fromkeys(("mean", "var", "std", "max", "logsumexp"), _reduction),
    "expm1": _exp_minus_one,
    "log1p": _log_one_plus,
    "log_sigmoid": _log_sigmoid,
    "lgamma": _log_gamma,
    "abs": _absolute,
    "step": _step,
    "function": _applied,
    "maximum": _extreme,
    "minimum": _extreme,
    "where": _where,
    "sum": _sum,
    "norm": _norm,
    "norm1": _norm1,
    "argmax_one_hot": _largest,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "layernorm": _normalised,
    "batchnorm": _normalised,
    "inner": _inner,
    "logdet": _log_determinant,
    "sse": _half_of_squares,
    "mse": _mean_of_squares,
    "cross_entropy": _cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "hstack": _beside,
    "vstack": _below,
    "block": _block,
}
