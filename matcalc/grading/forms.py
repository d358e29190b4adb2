"""What each slip makes of one edge of the way back: the forms that stand there after it.

``FORMS`` is the table; each entry takes a tape and an edge and yields (form, piece), the
wrong form with UP for what arrives, and the piece of the network that it went wrong on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

from matcalc.errors import ShapeError
from matcalc.expressions.build import dimension, hadamard, mul, power, total
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, is_vector, lift, operation, postorder, rebuild
from matcalc.grading.tape import Edge, Tape
from matcalc.network.network import Convention
from matcalc.operations.algebra import one_like
from matcalc.operations.entrywise import Entrywise
from matcalc.operations.reductions import other_axis
from matcalc.printing.language import write

Forms = Iterator[tuple[Expr, str]]
PATTERN = Callable[[Tape, Edge], Forms]
NEAR = 40
"Names, the nearest in the file, that may stand in place of another."
NORMALISED = ("layernorm", "batchnorm")


def _text(tape: Tape, e: Expr) -> str:
    return write(e, tape.network.convention)


def is_activation(e: Expr) -> bool:
    return isinstance(e.op, Entrywise) or e.op.name == "function"


# -- activations ----------------------------------------------------------------


def activation_missing(tape: Tape, edge: Edge) -> Forms:
    if is_activation(edge.node) or edge.node.op.name in ("softmax", "log_softmax", *NORMALISED):
        yield edge.upstream, _text(tape, edge.node)


def activation_at_output(tape: Tape, edge: Edge) -> Forms:
    """f'(f(Z)): the derivative taken at the function's own value."""
    node, op = edge.node, edge.node.op
    if isinstance(op, Entrywise):
        yield hadamard(edge.upstream, op.derivative(node)), _text(tape, node)
    elif op.name == "function":
        function, order = node.data
        yield hadamard(edge.upstream, op(node, data=(function, order + 1))), _text(tape, node)


def activation_at_input(tape: Tape, edge: Edge) -> Forms:
    """Z(1 − Z) for A(1 − A): the value's formula taken at the argument."""
    node, op = edge.node, edge.node.op
    if isinstance(op, Entrywise):
        wrong = op.derivative(node.args[0], value=node.args[0])
        yield hadamard(edge.upstream, wrong), _text(tape, node)


def function_for_derivative(tape: Tape, edge: Edge) -> Forms:
    if is_activation(edge.node):
        yield hadamard(edge.upstream, edge.node), _text(tape, edge.node)


def softmax_diagonal(tape: Tape, edge: Edge) -> Forms:
    node = edge.node
    if node.op.name == "softmax" and node.shape:
        slope = hadamard(node, one_like(node) - node)
        yield hadamard(edge.upstream, slope), _text(tape, node)


def softmax_missing(tape: Tape, edge: Edge) -> Forms:
    """Z − Y for softmax(Z) − Y, where the loss has the softmax in it."""
    node = edge.node
    if node.op.name == "softmax_cross_entropy" and edge.index == 0 and node.args[0].shape:
        z, y = node.args
        yield mul(edge.upstream, z - y), _text(tape, node)


def statistics_constant(tape: Tape, edge: Edge) -> Forms:
    """Layer or batch normalisation with mean and variance taken for constants."""
    node = edge.node
    if node.op.name in NORMALISED and node.shape:
        x, (axis, eps) = node.args[0], node.data
        variance = operation("var")(x, data=(axis,))
        spread = operation("broadcast")
        small = spread(lift(eps), data=variance.shape) if variance.shape else lift(eps)
        scale = power(operation("sqrt")(variance + small), -1)
        yield hadamard(edge.upstream, spread(scale, data=node.shape)), _text(tape, node)


# -- what is repeated, and summed on the way back -----------------------------------


def repeats(edge: Edge) -> bool:
    """Whether the operand stands several times in the result, by broadcasting."""
    node, operand = edge.node, edge.operand
    if operand.shape == node.shape or not node.shape:
        return False
    if node.op.name == "broadcast":
        return True
    rest = [arg for k, arg in enumerate(node.args) if k != edge.index and arg.shape]
    return node.op.name == "mul" and bool(rest) and all(arg.op.name == "ones" for arg in rest)


def over_samples(tape: Tape, edge: Edge) -> bool:
    """Whether what is repeated is a vector that every sample shares."""
    axis = 0 if tape.network.convention is Convention.ROW else 1
    return bool(edge.operand.shape) and edge.operand.shape[axis] == ONE


def batch_sum_missing(tape: Tape, edge: Edge) -> Forms:
    if repeats(edge) and over_samples(tape, edge):
        yield edge.upstream, _text(tape, edge.operand)


def broadcast_not_undone(tape: Tape, edge: Edge) -> Forms:
    if repeats(edge) and not over_samples(tape, edge):
        yield edge.upstream, _text(tape, edge.operand)
    if edge.node.op.name == "sum" and edge.operand.shape:
        yield edge.upstream, _text(tape, edge.node)


def batch_sum_twice(tape: Tape, edge: Edge) -> Forms:
    if repeats(edge) and edge.operand.shape:
        axis = 0 if edge.operand.shape[0] == ONE else 1
        yield mul(dimension(edge.node.shape[axis]), edge.form), _text(tape, edge.operand)
        yield total(edge.upstream), _text(tape, edge.operand)


def summed_over_wrong_axis(tape: Tape, edge: Edge) -> Forms:
    if repeats(edge) and is_vector(edge.operand.shape):
        axis = 0 if edge.operand.shape[0] == ONE else 1
        yield total(edge.upstream, other_axis(axis)), _text(tape, edge.operand)


def averaged(tape: Tape, edge: Edge) -> Forms:
    if repeats(edge):
        axes = [k for k in (0, 1) if edge.operand.shape[k : k + 1] != edge.node.shape[k : k + 1]]
        sizes = [power(dimension(edge.node.shape[k]), -1) for k in axes]
        yield mul(*sizes, edge.form), _text(tape, edge.operand)


# -- factors ----------------------------------------------------------------------


def factor_lost(tape: Tape, edge: Edge) -> Forms:
    """Each scalar that the rule brings in, left out: 1/N, 2, a minus sign."""
    form = edge.form
    if form.op.name != "mul":
        return
    for k, factor in enumerate(form.args):
        if factor.shape or factor.free:
            continue
        rest = form.args[:k] + form.args[k + 1 :]
        if not rest:
            continue
        if factor.op.name == "number" and factor.data[0] < 0:
            yield mul(lift(-factor.data[0]), *rest), "-1"
            if factor.data[0] == -1:
                continue
            yield mul(-1, *rest), _text(tape, lift(-factor.data[0]))
            continue
        yield mul(*rest), _text(tape, factor)


def power_not_lowered(tape: Tape, edge: Edge) -> Forms:
    node = edge.node
    if node.op.name == "power" and edge.index == 0 and not node.args[1].shape:
        yield mul(node.args[1], hadamard(node, edge.upstream)), _text(tape, node)
    if node.op.name == "square":
        yield mul(2, hadamard(node, edge.upstream)), _text(tape, node)


# -- products -----------------------------------------------------------------------


def factors_order(tape: Tape, edge: Edge) -> Forms:
    for node in postorder(edge.form):
        matrices = [arg for arg in node.args if arg.shape]
        if node.op.name == "mul" and 2 <= len(matrices) <= 4:
            scalars = [arg for arg in node.args if not arg.shape]
            for order in permutations(matrices):
                yield from _same_shape(tape, edge, node, partial(mul, *scalars, *order))


def transpose_missing(tape: Tape, edge: Edge) -> Forms:
    for node in postorder(edge.form):
        if node.op.name == "transpose":
            yield from _same_shape(tape, edge, node, partial(_first, node))
        elif node.shape and (node.op.is_symbol or node.op.name == "hadamard"):
            yield from _same_shape(tape, edge, node, partial(_turned, node))


def product_for_hadamard(tape: Tape, edge: Edge) -> Forms:
    for node in postorder(edge.form):
        if node.op.name == "hadamard" and len(node.args) == 2 and node.shape:
            a, b = node.args
            yield from _same_shape(tape, edge, node, partial(mul, a, b))
            yield from _same_shape(tape, edge, node, partial(mul, b, a))
        matrices = [arg for arg in node.args if arg.shape]
        if node.op.name == "mul" and len(matrices) == 2:
            yield from _same_shape(tape, edge, node, partial(hadamard, *matrices))


def _first(node: Expr) -> Expr:
    return node.args[0]


def _turned(node: Expr) -> Expr:
    return node.T


def _same_shape(tape: Tape, edge: Edge, node: Expr, build: Callable[[], Expr]) -> Forms:
    try:
        new = build()
        form = rebuild(edge.form, {node: new})
    except ShapeError:
        return
    if form.shape == edge.form.shape and form is not edge.form:
        yield form, _text(tape, edge.node)


# -- names ----------------------------------------------------------------------------


def before_after_activation(tape: Tape, edge: Edge) -> Forms:
    """Z1 where A1 = f(Z1) belongs, or the other way round."""
    yield from _swapped(tape, edge, linked=True)


def wrong_name(tape: Tape, edge: Edge) -> Forms:
    """Another variable or node of the same shape."""
    yield from _swapped(tape, edge, linked=False)


def _swapped(tape: Tape, edge: Edge, linked: bool) -> Forms:
    network, pairs = tape.network, tape.graph.activations
    for s in sorted(edge.form.free, key=lambda s: s.name):
        if s.op.name != "symbol":
            continue
        for name in tape.graph.near(s.name, NEAR):
            other = network.symbol(name)
            is_pair = pairs.get(name) == s.name or pairs.get(s.name) == name
            if other is s or other.shape != s.shape or is_pair is not linked:
                continue
            yield rebuild(edge.form, {s: other}), f"{other.name} for {s.name}"


FORMS: dict[str, PATTERN] = {
    "activation-missing": activation_missing,
    "activation-at-output": activation_at_output,
    "activation-at-input": activation_at_input,
    "function-for-derivative": function_for_derivative,
    "softmax-diagonal": softmax_diagonal,
    "softmax-missing": softmax_missing,
    "statistics-constant": statistics_constant,
    "batch-sum-missing": batch_sum_missing,
    "broadcast-not-undone": broadcast_not_undone,
    "batch-sum-twice": batch_sum_twice,
    "wrong-axis": summed_over_wrong_axis,
    "averaged": averaged,
    "factor-lost": factor_lost,
    "power-not-lowered": power_not_lowered,
    "factors-order": factors_order,
    "transpose-missing": transpose_missing,
    "product-for-hadamard": product_for_hadamard,
    "before-after-activation": before_after_activation,
    "wrong-name": wrong_name,
}
