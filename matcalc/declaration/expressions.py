"""Trees of syntax to typed expressions, broadcasting written out.

Names are looked up in a Scope, calls in the table of ``calls``; shapes are checked as
the expression is built, and an error points at the smallest piece that is wrong. There is
no recursion: a tree may be as deep as its limits allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from matcalc.declaration.broadcasting import Chain, Total, matrix_power, negate
from matcalc.declaration.calls import FORMS, Arguments, Form, bind, signature
from matcalc.declaration.dimensions import DimensionReader, Sizes, bounded, given, size_of
from matcalc.declaration.limits import UNLIMITED, Limits
from matcalc.declaration.mistakes import Skipped, together
from matcalc.declaration.names import USUAL_NAMES, nearest_mend
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tree import Kind, Node
from matcalc.errors import InputError
from matcalc.expressions.build import dimension, power
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Expr, lift, matrix_shape, operation
from matcalc.network.network import Convention
from matcalc.operations.entrywise import Function

COUNTED = "Indices are counted from 0, never from the end."


@dataclass
class Scope:
    """What the names in an expression stand for."""

    symbols: Mapping[str, Expr]
    dims: Sizes = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    convention: Convention = Convention.ROW
    entrywise: bool = False
    "Whether this is the body of a user's function, a scalar expression in x."

    def special(self, reader: Reader, node: Node) -> Expr | None:
        """What a node stands for where it is read as a whole: a member of a family."""
        return None

    def missing(self, name: str) -> InputError:
        """The error for a name that stands for nothing here."""
        known = chain(self.symbols, self.dims)
        usual = USUAL_NAMES.get(name)
        mend = f"Write {usual}." if usual else nearest_mend(name, known, "Declare it first.")
        return InputError(f"there is no {clip(name)}", mend=mend)

    def missing_function(self, name: str) -> InputError:
        """The error for a call of a name that is no function."""
        if name in self.symbols or name in self.dims:
            return InputError(
                f"{clip(name)} is no function", mend=f"For a product write {clip(name)}*( )."
            )
        usual = USUAL_NAMES.get(name)
        known = chain(self.functions, FORMS)
        unknown = f"Declare it, as in functions: {{{clip(name)}: abstract}}."
        mend = f"Write {usual}." if usual else nearest_mend(name, known, unknown)
        return InputError(f"there is no function {clip(name)}", mend=mend)


def parse_expression(
    source: Text | str,
    scope: Scope,
    *,
    reading_back: bool = False,
    limits: Limits | None = None,
) -> Expr:
    """The expression that the text stands for.

    ``reading_back`` admits the forms that matcalc prints and a file may not contain:
    ``grad(Z)``, ``d(Z)``, ``D(f, Z)``, ``argmax_one_hot(A)``.
    """
    source = Text(source) if isinstance(source, str) else source
    limits = limits or Limits()
    root = parse(source, limits)
    return Reader(source, scope, reading_back, limits).read(root)


class Reader:
    """Reads the nodes of one source text, operands before operations."""

    def __init__(
        self, source: Text, scope: Scope, reading_back: bool = False, limits: Limits = UNLIMITED
    ) -> None:
        self.source = source
        self.limits = limits
        self.scope = scope
        self.reading_back = reading_back
        self.sizes = DimensionReader(source, scope.dims)
        self.done: dict[Node, Expr] = {}
        self.arguments: dict[Node, Arguments] = {}
        self.errors: list[InputError] = []
        self.wrong: set[Node] = set()
        "Nodes with a mistake in them, reported here or before."
        self.unknown: set[str] = set()

    def read(self, root: Node) -> Expr:
        """The expression; one InputError with all mistakes that do not follow from others."""
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            try:
                if ready and any(part in self.wrong for part in self.needed(node)):
                    self.wrong.add(node)
                    continue
                found = None if ready else self.scope.special(self, node)
                operands = () if ready or found is not None else self.operands(node)
                if found is not None:
                    self.done[node] = found
                elif operands:
                    stack.append((node, True))
                    stack.extend((operand, False) for operand in reversed(operands))
                else:
                    self.done[node] = self.build(node)
            except (InputError, Skipped) as error:
                self.wrong.add(node)
                self.note(node, error)
                if not ready and self.is_unknown_call(node):
                    stack.extend((part, False) for part in reversed(node.parts))
        if self.errors:
            raise together(self.errors)
        if self.wrong:
            raise Skipped
        return self.done[root]

    def note(self, node: Node, error: InputError | Skipped) -> None:
        """Keep a mistake; a name that is unknown is one mistake, wherever it stands."""
        if isinstance(error, Skipped):
            return
        if node.kind is Kind.NAME:
            if node.text in self.unknown:
                return
            self.unknown.add(node.text)
        error.mend = error.mend or self.usage(node)
        self.errors.append(error.at(self.source.place(node.start, node.stop)))

    def needed(self, node: Node) -> list[Node]:
        """The operands that a node is built from."""
        arguments = self.arguments.get(node)
        return node.parts if arguments is None else arguments.operands

    def is_unknown_call(self, node: Node) -> bool:
        """Whether it is a call of nothing that there is, whose arguments can still be read."""
        known = node.text in FORMS or node.text in self.scope.functions
        return node.kind is Kind.CALL and not known

    def usage(self, node: Node) -> str:
        """A mend for an operation that refused its operands without one."""
        if node in self.arguments:
            return signature(self.arguments[node].form, node)
        return "Check the shapes; .T transposes."

    def operands(self, node: Node) -> list[Node]:
        """The pieces of a node that are expressions themselves."""
        if node.kind is Kind.CALL:
            form = self.form(node)
            arguments = self.arguments[node] = bind(form, node)
            return arguments.operands
        if node.kind is Kind.INDEX:
            return node.parts[:1]
        return node.parts

    def build(self, node: Node) -> Expr:
        return BUILDERS[node.kind](self, node)

    # -- names and numbers ----------------------------------------------------

    def number(self, node: Node) -> Expr:
        return lift(node.value)

    def name(self, node: Node) -> Expr:
        name, scope = node.text, self.scope
        found = scope.symbols.get(name)
        if found is not None:
            return found
        if name in scope.dims:
            return dimension(name)
        if name == "pi":
            return operation("pi")()
        if name in FORMS or name in scope.functions:
            raise InputError(f"{name} is a function", mend=f"Call it, as in {name}(A).")
        raise scope.missing(name)

    # -- operators ------------------------------------------------------------

    def sum(self, node: Node) -> Expr:
        total = Total(self.done[node.parts[0]])
        for sign, part in zip(node.signs[1:], node.parts[1:], strict=True):
            try:
                total.add(sign, self.done[part])
            except InputError as error:
                raise error.at(self.source.place(node.start, part.stop)) from None
        return total.expr()

    def product(self, node: Node) -> Expr:
        product = Chain(self.done[node.parts[0]])
        before = node.parts[0]
        for sign, part in zip(node.signs[1:], node.parts[1:], strict=True):
            factor = self.done[part]
            try:
                product.divide(factor) if sign == "/" else product.multiply(factor)
            except InputError as error:
                start = node.start if sign == "/" else before.start
                raise error.at(self.source.place(start, part.stop)) from None
            before = part if factor.shape else before
        return product.expr()

    def minus(self, node: Node) -> Expr:
        return negate(self.done[node.parts[0]])

    def power(self, node: Node) -> Expr:
        base, exponent = (self.done[part] for part in node.parts)
        if base.shape:
            return matrix_power(base, exponent)
        if exponent.shape:
            raise InputError(
                "a matrix cannot be an exponent",
                mend="Write power(a, P) for powers entry by entry.",
            )
        return power(base, exponent)

    def transpose(self, node: Node) -> Expr:
        self.refuse_in_function(".T")
        return self.done[node.parts[0]].T

    # -- calls ----------------------------------------------------------------

    def form(self, node: Node) -> Form:
        """The form that a call has, or an error where it is none."""
        name = node.text
        if name in self.scope.functions:
            return USER_FUNCTION
        form = FORMS.get(name)
        if form is None:
            error = self.scope.missing_function(name)
            if len(node.parts) != 1 and error.mend.startswith("Declare it, as in functions"):
                error.mend = "A function of your own has one argument: write this with those here."
            raise error
        if form.printed and not self.reading_back:
            raise InputError(
                f"{name}( ) stands in what matcalc prints, not in a network file",
                mend=form.instead,
            )
        if not form.entrywise:
            self.refuse_in_function(name)
        return form

    def call(self, node: Node) -> Expr:
        arguments = self.arguments[node]
        values = [self.done[operand] for operand in arguments.operands]
        e = arguments.form.build(self, arguments, values)
        for size in e.shape:
            bounded(size)
        return e

    def refuse_in_function(self, what: str) -> None:
        if self.scope.entrywise:
            raise InputError(
                f"{what} in a function of one number: everything in it is entrywise",
                mend="Use x, numbers and entrywise functions here, and the rest in a node.",
            )

    # -- blocks ---------------------------------------------------------------

    def index(self, node: Node) -> Expr:
        self.refuse_in_function("[ ]")
        base, bounds = self.done[node.parts[0]], node.parts[1:]
        rows, columns = matrix_shape(base)
        if len(bounds) != 2:
            raise InputError(
                f"an index has two parts, not {len(bounds)}",
                mend="Write A[i, j] for an entry, A[i, :] for a row, A[a:b, c:d] for a block.",
            )
        data = (*self.bounds(bounds[0], rows), *self.bounds(bounds[1], columns))
        return operation("block")(base, data=data) if base.shape else base

    def bounds(self, node: Node, size: Dimension) -> tuple[Dimension, Dimension]:
        """The first index and the one after the last, checked as far as sizes are known."""
        if node.kind is not Kind.SLICE:
            start = self.sizes.at_least(node, 0, COUNTED)
            stop = start + 1
        else:
            first, last = node.bounds
            start = self.sizes.at_least(first, 0, COUNTED) if first else Dimension.of(0)
            stop = self.sizes.at_least(last, 0, COUNTED) if last else size
        length, room = size_of(stop - start, self.scope.dims), size_of(size - stop, self.scope.dims)
        place = self.source.place(node.start, node.stop)
        if room is not None and room < 0:
            raise InputError(
                f"index {stop - ONE} lies outside of 0 to {size - ONE}"
                f"{given(size - stop, self.scope.dims)}",
                mend=COUNTED,
                place=place,
            )
        if length is not None and length < 1:
            raise InputError(
                f"the block {start}:{stop} is empty{given(stop - start, self.scope.dims)}",
                mend="Its end, which is not included, has to be larger than its start.",
                place=place,
            )
        return start, stop

    def refuse_large(self, node: Node, dimension: Dimension) -> None:
        """Refuse a size above the limit, as the shape of a variable does."""
        size, sizes = size_of(dimension, self.scope.dims), self.scope.dims
        if size is not None and size > self.limits.size:
            message = f"{dimension} is {size}{given(dimension, sizes)}"
            raise self.refuse(node, message, f"Sizes go up to {self.limits.size}.")

    # -- for the forms of calls -----------------------------------------------

    def refuse(self, node: Node, message: str, mend: str = "") -> InputError:
        return InputError(message, mend=mend, place=self.source.place(node.start, node.stop))

    def words(self, node: Node) -> str:
        return clip(self.source.text[node.start : node.stop])


def _apply_function(reader: Reader, arguments: Arguments, values: list[Expr]) -> Expr:
    function = reader.scope.functions[arguments.name]
    return operation("function")(*values, data=(function, 0))


USER_FUNCTION = Form(_apply_function, entrywise=True)

BUILDERS: dict[Kind, Callable[[Reader, Node], Expr]] = {
    Kind.NUMBER: Reader.number,
    Kind.NAME: Reader.name,
    Kind.SUM: Reader.sum,
    Kind.PRODUCT: Reader.product,
    Kind.MINUS: Reader.minus,
    Kind.POWER: Reader.power,
    Kind.TRANSPOSE: Reader.transpose,
    Kind.CALL: Reader.call,
    Kind.INDEX: Reader.index,
}
