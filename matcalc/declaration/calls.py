"""The calls of the language: how many operands each has, its options, what it builds.

One table, FORMS, is the whole of it; the names of the language are its keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.declaration.broadcasting import product, spread_all, spread_to
from matcalc.declaration.text import clip
from matcalc.declaration.tree import Kind, Node
from matcalc.errors import InputError
from matcalc.expressions.build import change, divide, gradient, hadamard, power
from matcalc.expressions.expr import Expr, lift, operation
from matcalc.expressions.operation import LANGUAGE, REGISTRY
from matcalc.operations.entrywise import FUNCTIONS, Entrywise, Function, derivative_of

if TYPE_CHECKING:
    from matcalc.declaration.expressions import Reader

EPS = Fraction(1, 100_000)
HIGHEST_DERIVATIVE = 6

Build = Callable[["Reader", "Arguments", list[Expr]], Expr]


@dataclass(frozen=True)
class Form:
    """A call ``name(leading..., operands..., options...)``.

    Leading arguments are no expressions (sizes, a function's name); options follow the
    operands or are named. ``most`` is None where any number of operands may be given.
    """

    build: Build
    least: int = 1
    most: int | None = 1
    leading: int = 0
    options: tuple[str, ...] = ()
    entrywise: bool = False
    printed: bool = False
    instead: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call, sorted."""

    form: Form
    name: str
    leading: list[Node]
    operands: list[Node]
    options: dict[str, Node]
    unnamed: frozenset[str] = frozenset()
    "The options that are given by their place."


def bind(form: Form, node: Node) -> Arguments:
    """Sort a call's arguments, or refuse a wrong number of them."""
    first = form.leading
    last = len(node.parts) if form.most is None else first + form.most
    leading, operands, more = node.parts[:first], node.parts[first:last], node.parts[last:]
    unknown = [key for key in node.keywords if key not in form.options]
    if unknown:
        message = f"{node.text} has no option {clip(unknown[0])}"
        more_words = f" Its option is {form.options[0]}." if form.options else ""
        raise InputError(message, mend=signature(form, node) + more_words)
    options = dict(zip(form.options, more, strict=False))
    twice = [key for key in options if key in node.keywords]
    too_many = len(more) > len(form.options) or bool(twice)
    too_few = len(leading) < form.leading or len(operands) < form.least
    if too_few or too_many:
        count = len(node.parts) + (0 if too_few else len(node.keywords))
        mend = signature(form, node)
        raise InputError(f"{node.text} is called with {_count(count)}", mend=mend)
    given = {**options, **node.keywords}
    return Arguments(form, node.text, leading, operands, given, frozenset(options))


def signature(form: Form, node: Node) -> str:
    """How the call is written, as a mend."""
    known = REGISTRY.get(LANGUAGE.get(node.text, ""))
    text = form.signature or (known.summary if known else f"{node.text}(Z)")
    return f"Write {text}" if text.endswith(".") else f"Write {text}."


def _count(n: int) -> str:
    return "one argument" if n == 1 else f"{n or 'no'} arguments"


# -- what the forms build -------------------------------------------------------


def plain(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    return operation(LANGUAGE[arguments.name])(*values)


def constant(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    """ones, zeros, eye, commutation: their arguments are sizes."""
    mend = "A matrix has at least one row and one column."
    sizes = tuple(reader.sizes.at_least(node, 1, mend) for node in arguments.leading)
    for node, size in zip(arguments.leading, sizes, strict=True):
        reader.refuse_large(node, size)
    e = operation(LANGUAGE[arguments.name])(data=sizes)
    if e.shape:
        return e
    return lift(0 if arguments.name == "zeros" else 1)


def pi_called(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    raise InputError("pi is a number, not a function", mend="Write pi.")


def entrywise_product(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    factors = spread_all("hadamard(A, B)", values)
    return hadamard(*factors) if factors[0].shape else product(*factors)


def quotient(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    a, b = spread_all("divide(A, B)", values)
    if not a.shape:
        return product(a, power(b, -1))
    one = values[0].op.name == "number" and values[0].data[0] == 1
    return power(b, -1) if one else divide(a, b)


def entrywise_power(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    if values[1].shape:
        values = spread_all("power(A, p)", values)
    return power(*values)


def extremum(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    first, *rest = spread_all(f"{arguments.name}(A, B)", values)
    for other in rest:
        first = operation(arguments.name)(first, other)
    return first


def choice(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    return operation("where")(*spread_all("where(M, A, B)", values))


def reduction(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    if arguments.name == "max" and arguments.unnamed and not values[0].shape:
        message = "the second argument of max is an axis, which a number does not have"
        mend = "For the larger of two write maximum(A, B)."
        raise reader.refuse(arguments.options["axis"], message, mend)
    return operation(arguments.name)(*values, data=(axis_of(reader, arguments, None),))


def along_axis(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    axis = axis_of(reader, arguments, reader.scope.convention.axis)
    return operation(arguments.name)(*values, data=(axis,))


def normalisation(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    axis = reader.scope.convention.axis
    axis = axis if arguments.name == "layernorm" else 1 - axis
    return operation(arguments.name)(*values, data=(axis, eps_of(reader, arguments)))


def loss(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    a, b = values
    b = spread_to(f"{arguments.name}(A, B)", b, a.shape)
    data = (reader.scope.convention.axis,) if arguments.name == "softmax_cross_entropy" else ()
    return operation(arguments.name)(a, b, data=data)


def named(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    """grad(Z) and d(Z): of a variable or node."""
    (node,) = arguments.leading
    if node.kind is not Kind.NAME:
        message = f"{reader.words(node)} is not a name"
        raise reader.refuse(node, message, "Write the name of a node.")
    symbol = reader.scope.symbols.get(node.text)
    if symbol is None:
        error = reader.scope.missing(node.text)
        raise error.at(reader.source.place(node.start, node.stop))
    return gradient(symbol) if arguments.name == "grad" else change(symbol)


def derivative(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    (node,), order = arguments.leading, order_of(reader, arguments)
    name = node.text
    function = reader.scope.functions.get(name)
    if function is None and name in FORMS and isinstance(REGISTRY.get(name), Entrywise):
        if name not in WITHOUT_DERIVATIVE:
            return derivative_of(name, values[0], order)
        function = Function(name)
    if node.kind is not Kind.NAME or function is None:
        mend = "Write the name of an entrywise function."
        raise reader.refuse(node, f"{reader.words(node)} is no entrywise function", mend)
    return operation("function")(*values, data=(function, order))


# -- options --------------------------------------------------------------------


def axis_of(reader: Reader, arguments: Arguments, default: int | None) -> int | None:
    node = arguments.options.get("axis")
    if node is None:
        return default
    if node.kind is not Kind.NUMBER or node.value not in (0, 1):
        mend = "Write axis=0 (over rows) or axis=1 (over columns), or leave it out."
        if arguments.name == "max":
            mend += " For the larger of two write maximum(A, B)."
        raise reader.refuse(node, f"{reader.words(node)} is not an axis", mend)
    return int(node.value)


def eps_of(reader: Reader, arguments: Arguments) -> Fraction:
    node = arguments.options.get("eps")
    if node is None:
        return EPS
    if node.kind is Kind.MINUS and node.parts[0].kind is Kind.NUMBER:
        raise reader.refuse(node, f"{reader.words(node)} is less than 0", "Write eps=1e-5.")
    if node.kind is not Kind.NUMBER:
        raise reader.refuse(node, f"{reader.words(node)} is not a number", "Write eps=1e-5.")
    return node.value


def order_of(reader: Reader, arguments: Arguments) -> int:
    node = arguments.options.get("order")
    if node is None:
        return 1
    if node.kind is not Kind.NUMBER or node.value not in range(1, HIGHEST_DERIVATIVE + 1):
        mend = f"Write an integer from 1 to {HIGHEST_DERIVATIVE}."
        raise reader.refuse(node, f"{reader.words(node)} is not an order", mend)
    return int(node.value)


# -- the table ------------------------------------------------------------------

ENTRYWISE = tuple(name for name, _, _ in FUNCTIONS)
WITHOUT_DERIVATIVE = {name for name, _, rule in FUNCTIONS if rule is None}
REDUCTIONS = ("sum", "mean", "var", "std", "max", "logsumexp", "norm", "norm1")
LOSSES = ("sse", "mse", "cross_entropy", "softmax_cross_entropy", "binary_cross_entropy")
ONE_MATRIX = (
    *("trace", "det", "logdet", "inv", "transpose"),
    *("diag", "diagonal", "tril", "triu", "vec"),
)

FORMS: dict[str, Form] = {
    **{name: Form(plain, entrywise=True) for name in ENTRYWISE},
    **{name: Form(plain) for name in ONE_MATRIX},
    **{name: Form(reduction, options=("axis",)) for name in REDUCTIONS},
    **{name: Form(loss, 2, 2) for name in LOSSES},
    **{name: Form(constant, 0, 0, leading=2) for name in ("ones", "zeros", "commutation")},
    **{name: Form(normalisation, options=("eps",)) for name in ("layernorm", "batchnorm")},
    **{name: Form(along_axis, options=("axis",)) for name in ("softmax", "log_softmax")},
    **{name: Form(plain, 2, 2) for name in ("inner", "solve", "kron")},
    **{name: Form(plain, 1, None) for name in ("hstack", "vstack")},
    **{name: Form(extremum, 2, None, entrywise=True) for name in ("maximum", "minimum")},
    "eye": Form(constant, 0, 0, leading=1),
    "pi": Form(pi_called, 0, None),
    "hadamard": Form(entrywise_product, 2, None, entrywise=True),
    "divide": Form(quotient, 2, 2, entrywise=True, signature="divide(A, B), entry by entry"),
    "power": Form(entrywise_power, 2, 2, entrywise=True, signature="power(A, p), entry by entry"),
    "where": Form(choice, 3, 3, entrywise=True),
    "stop_gradient": Form(plain, entrywise=True),
    "argmax_one_hot": Form(
        reduction, options=("axis",), printed=True, instead="Use max(A, axis=1), or a constant."
    ),
    "grad": Form(
        named,
        0,
        0,
        leading=1,
        printed=True,
        instead="Gradients are what matcalc derives from the network.",
        signature="grad(Z), the gradient with respect to a node",
    ),
    "d": Form(
        named,
        0,
        0,
        leading=1,
        printed=True,
        instead="If d is a factor, write d*( ).",
        signature="d(Z), the change of a node",
    ),
    "D": Form(
        derivative,
        leading=1,
        options=("order",),
        entrywise=True,
        printed=True,
        instead="If D is a factor, write D*( ).",
        signature="D(f, Z) or D(f, Z, 2)",
    ),
}

RESERVED = frozenset(FORMS) - {"d", "D"}
"Names that nothing else may have; a dimension D is no derivative."
