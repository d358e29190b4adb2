"""The syntax of matrixcalculus.org, a part of MATLAB's, translated into matcalc's language.

    translate(Text("norm2(A*x - y)^2"), limits).read(scope, limits)

Operators have MATLAB's precedence: ``'`` and ``^`` bind alike, from left to right, more
tightly than a sign. The translation knows which piece of the source each of its own came
from, so that errors of the language's own reader point at what the user typed. ``sum``
sums everything and ``norm2`` of a matrix is the Frobenius norm, as on that site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.declaration.limits import Limits
from matcalc.declaration.matlab_names import BLOCKS, FUNCTIONS, REFUSED, Token, tokens
from matcalc.declaration.names import nearest_mend
from matcalc.declaration.text import Text, clip
from matcalc.errors import InputError, Place
from matcalc.expressions.expr import Expr

# How tightly a piece of the translation binds.
SUM, MINUS, PRODUCT, POWER, ATOM = range(5)
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "\\": 2, ".*": 2, "./": 2, "^": 4, ".^": 4}
SIGN = 3
ENTRYWISE = {"+", "-", ".*", "./", ".^"}
MOST_CONSTANTS = 50

Span = tuple[int, int]
Output = list[tuple[str, Span]]
"Texts of the translation, each with the part of the source that it stands for."


@dataclass(frozen=True)
class Translation(Text):
    """The text in the language; its places are in the source."""

    source: Text = field(kw_only=True)
    spans: tuple[tuple[int, Span], ...] = ()
    "Where each piece of the text begins, and its part of the source."
    beside: tuple[Translation, ...] = ()
    "What stands beside a vector(c) or matrix(c), which takes its size from there."

    def place(self, start: int = 0, stop: int | None = None) -> Place:
        stop = len(self.text) if stop is None else max(stop, start + 1)
        ends = [begin for begin, _ in self.spans[1:]] + [len(self.text)]
        met = [
            span
            for (begin, span), end in zip(self.spans, ends, strict=True)
            if begin < stop and end > start
        ] or [(len(self.source.text), len(self.source.text))]
        return self.source.place(min(a for a, _ in met), max(b for _, b in met))

    def read(self, scope: Scope, limits: Limits) -> Expr:
        """The expression; errors speak of ' where the language has .T."""
        try:
            for other in self.beside:
                if not parse_expression(other, scope, limits=limits).shape:
                    raise InputError(
                        "vector( ) and matrix( ) take their size from what stands beside"
                        " them, and here that is a scalar",
                        mend="Write the number alone, or ones(n, 1).",
                        place=other.place(),
                    )
            return parse_expression(self, scope, limits=limits)
        except InputError as error:
            error.mend = error.mend.replace(".T", "'").replace("**", "^")
            raise


@dataclass
class Piece:
    """A translated part of the expression. ``constant`` marks vector(c) and matrix(c)."""

    output: Output
    binding: int
    span: Span
    constant: bool = False
    number: bool = False

    def at_least(self, binding: int) -> Output:
        if self.binding >= binding:
            return self.output
        return [("(", self.span), *self.output, (")", self.span)]


def translate(source: Text, limits: Limits) -> Translation:
    """The translation, or an InputError for what has none."""
    return Translator(source, limits).translate()


@dataclass
class Translator:
    source: Text
    limits: Limits
    beside: list[Translation] = field(default_factory=list)
    at: int = 0
    depth: int = 0

    def translate(self) -> Translation:
        self.tokens = tokens(self.source, self.limits)
        if len(self.tokens) == 1:
            self.source.refuse("there is no expression", mend="Write one, as in A*x + b.")
        piece = self.expression(0)
        token = self.token
        if token.kind != "end":
            what = "closes nothing" if token.text == ")" else "cannot stand here"
            self.refuse(token, f"{token.text} {what}", "Write an operator, as in A*x.")
        self.sized(piece)
        return self.finish(piece.output, tuple(self.beside))

    def finish(self, output: Output, beside: tuple[Translation, ...] = ()) -> Translation:
        spans, length = [], 0
        for text, span in output:
            spans.append((length, span))
            length += len(text)
        text = "".join(text for text, _ in output)
        return Translation(
            text, self.source.file, source=self.source, spans=tuple(spans), beside=beside
        )

    # -- grammar --------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def expression(self, least: int) -> Piece:
        """Operators that bind at least as tightly as ``least``, from left to right."""
        self.depth += 1
        if self.depth > self.limits.depth:
            mend = "Give parts names of their own in a network file."
            self.refuse(self.token, f"nested more than {self.limits.depth} deep", mend)
        left = self.signed() if self.token.text in ("+", "-") else self.operand()
        while True:
            token = self.token
            if token.text in ("'", ".'"):
                left = self.transpose(left, self.take())
            elif LEVELS.get(token.text, -1) >= max(least, 1):
                self.take()
                left = self.binary(left, token, self.right(token))
            else:
                self.depth -= 1
                return left

    def right(self, token: Token) -> Piece:
        level = LEVELS[token.text]
        if level < LEVELS["^"]:
            return self.expression(level + 1)
        if self.token.text in ("+", "-"):
            sign = self.take()
            piece = self.operand()
            return self.negated(piece, sign) if sign.text == "-" else piece
        return self.operand()

    def signed(self) -> Piece:
        sign = self.take()
        piece = self.expression(SIGN)
        return self.negated(piece, sign) if sign.text == "-" else piece

    def negated(self, piece: Piece, sign: Token) -> Piece:
        output = [("-", sign.span), *piece.at_least(PRODUCT)]
        return Piece(output, MINUS, (sign.start, piece.span[1]), piece.constant, piece.number)

    def operand(self) -> Piece:
        token = self.take()
        if token.kind == "number":
            return Piece([(token.text, token.span)], ATOM, token.span, number=True)
        if token.kind == "name":
            if self.token.text == "(":
                return self.call(token)
            return Piece([(token.text, token.span)], ATOM, token.span)
        if token.text == "(":
            inner = self.expression(0)
            closing = self.closing(token)
            inner.span = (token.start, closing.stop)
            return inner
        return self.no_operand(token)

    def no_operand(self, token: Token) -> NoReturn:
        before = self.tokens[self.at - 2].text if self.at > 1 else ""
        if token.text in ("'", '"'):
            self.refuse(token, "text in quotes is no expression", "A ' after a matrix transposes.")
        if before == token.text == "*":
            self.refuse(token, "** is no operator here", "Write ^ for a power.")
        if token.kind == "end":
            self.refuse(self.tokens[self.at - 2], f"nothing follows {before}", "Complete it.")
        message = f"{token.text} stands where a value belongs"
        self.refuse(token, message, "Write a variable, a number or a call before it.")

    def closing(self, opened: Token) -> Token:
        if self.token.text != ")":
            if self.token.kind == "end":
                self.refuse(opened, "this ( is never closed", "Close it.")
            mend = "Write an operator, as in A*x."
            self.refuse(self.token, f"{self.token.text} cannot stand here", mend)
        return self.take()

    def call(self, name: Token) -> Piece:
        opened = self.take()
        arguments: list[Piece] = []
        while self.token.text != ")" or arguments:
            arguments.append(self.expression(0))
            if self.token.text != ",":
                break
            self.take()
        span = (name.start, self.closing(opened).stop)
        if name.text in BLOCKS:
            return self.constant(name, arguments, span)
        return Piece(self.called(name, arguments, span), ATOM, span)

    # -- translation ----------------------------------------------------------

    def binary(self, left: Piece, token: Token, right: Piece) -> Piece:
        op, span = token.text, (left.span[0], right.span[1])
        if op in ENTRYWISE and left.constant != right.constant:
            if len(self.beside) == MOST_CONSTANTS:
                self.refuse(token, f"more than {MOST_CONSTANTS} vector( )", "Write numbers.")
            sibling = right if left.constant else left
            self.beside.append(self.finish(list(sibling.output)))
        else:
            self.sized(left)
            self.sized(right)
        if op == ".*" and (left.number or right.number):
            op = "*"
        if op == "./" and right.number:
            op = "/"
        if op in ("+", "-"):
            output = left.output
            output.append((f" {op} ", token.span))
            output.extend(right.at_least(PRODUCT))
            return Piece(output, SUM, span)
        if op in ("*", "/"):
            output = left.at_least(MINUS)
            output.append((op, token.span))
            output.extend(right.at_least(POWER))
            return Piece(output, PRODUCT, span)
        if op == "^":
            output = [*left.at_least(ATOM), ("**", token.span), *right.at_least(ATOM)]
            return Piece(output, POWER, span)
        name = {".*": "hadamard", "./": "divide", ".^": "power", "\\": "solve"}[op]
        between = (", ", token.span)
        output = [(f"{name}(", token.span), *left.output, between, *right.output, (")", token.span)]
        return Piece(output, ATOM, span)

    def transpose(self, piece: Piece, token: Token) -> Piece:
        self.sized(piece)
        inner = piece.at_least(ATOM + 1 if piece.number else ATOM)
        return Piece([*inner, (".T", token.span)], ATOM, (piece.span[0], token.stop))

    def constant(self, name: Token, arguments: list[Piece], span: Span) -> Piece:
        """vector(c) and matrix(c): the number, once something beside it has a size."""
        if len(arguments) != 1:
            mend = f"Write {name.text}(1)."
            self.refuse(name, f"{name.text} is called with {len(arguments)} arguments", mend)
        argument = arguments[0]
        self.sized(argument)
        return Piece(argument.output, argument.binding, span, constant=True)

    def called(self, name: Token, arguments: list[Piece], span: Span) -> Output:
        for argument in arguments:
            self.sized(argument)
        if name.text in REFUSED:
            self.refuse(name, f"{name.text} means something else here", REFUSED[name.text])
        if name.text not in FUNCTIONS:
            mend = nearest_mend(
                name.text,
                FUNCTIONS,
                f"For a product write {clip(name.text)}*( ); entries A(i, j) are A[i, j] in"
                " matcalc's own language, without --like-matlab.",
            )
            self.refuse(name, f"there is no function {clip(name.text)}", mend)
        texts = [argument.output for argument in arguments]
        if name.text == "sum" and len(texts) == 2:
            texts[1] = self.axis(arguments[1])
        output: Output = [(f"{FUNCTIONS[name.text]}(", name.span)]
        for k, text in enumerate(texts):
            output += [(", ", name.span)] if k else []
            output += text
        return [*output, (")", (span[1] - 1, span[1]))]

    def axis(self, argument: Piece) -> Output:
        text = "".join(text for text, _ in argument.output)
        if text not in ("1", "2"):
            self.source.refuse(
                f"sum along {clip(text)}", *argument.span, "Write sum(A, 1) or sum(A, 2)."
            )
        return [(f"axis={int(text) - 1}", argument.span)]

    def sized(self, piece: Piece) -> None:
        """Refuse a vector(c) where nothing says how long it is."""
        if piece.constant:
            self.source.refuse(
                "nothing beside this says what size it has",
                *piece.span,
                "Write ones(n, 1) or ones(m, n), with the dimensions' names.",
            )

    def refuse(self, token: Token, message: str, mend: str) -> NoReturn:
        self.source.refuse(message, token.start, token.stop, mend)
