"""The grammar of expressions: text to a tree of nodes. Nothing is looked up or computed.

The grammar is Python's for the few forms that the language has, with Python's
precedences. It is read by an operator-precedence parser with a stack of its own rather
than by Python's ``ast``, which gives up on sums of some thousand terms and differs from
version to version; so a long chain costs no depth, every refusal can name the piece and a
mend, and there is nothing that could be evaluated.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn

from matcalc.declaration.limits import Limits
from matcalc.declaration.numbers import read_number
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tokens import BINDING, CHOICES, MENDS, POWER, PREFIX, SUM, tokens
from matcalc.declaration.tree import Kind, Node

CLOSING = {")": "(", "]": "["}
NOT_DECIMAL = re.compile("0(x[0-9a-f]{1,30}|o[0-7]{1,30}|b[01]{1,30})", re.IGNORECASE)
UNCLOSED = "Close it. Inside of { } in YAML, an expression with commas needs quotes."


@dataclass(slots=True)
class Operator:
    text: str
    binding: int
    start: int


@dataclass(slots=True)
class Bracket:
    """An open bracket: of a group, of a call (``callee``), of an index (``indexed``)."""

    text: str
    start: int
    owner: Node | None = None
    parts: list[Node] = field(default_factory=list)
    keywords: dict[str, Node] = field(default_factory=dict)
    keyword: Node | None = None
    colons: list[Node | None] = field(default_factory=list)
    "The bounds before each colon of the index that is being read."


def parse(source: Text, limits: Limits) -> Node:
    """The tree of the one expression in the text."""
    return Parser(source, limits).parse()


class Parser:
    """Alternates between wanting an operand and wanting an operator."""

    def __init__(self, source: Text, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.operands: list[Node] = []
        self.stack: list[Operator | Bracket] = []
        self.brackets = 0
        self.wants_operand = True

    def parse(self) -> Node:
        text = ""
        for kind, text, start in tokens(self.source, self.limits):
            if self.wants_operand:
                self.operand(kind, text, start)
            else:
                self.operator(kind, text, start)
        if not text:
            self.source.refuse("there is no expression", mend="Write one, as in X*W + b.")
        if self.wants_operand:
            end = len(self.source.text.rstrip())
            self.refuse(f"nothing follows {text}", end - len(text), end, "Complete it.")
        self.reduce(SUM)
        if self.stack:
            opened = self.stack[-1]
            message = f"this {opened.text} is never closed"
            self.refuse(message, opened.start, opened.start + 1, UNCLOSED)
        return self.operands.pop()

    # -- where an operand may stand -------------------------------------------

    def operand(self, kind: str, text: str, start: int) -> None:
        if kind == "number":
            self.push(Node(Kind.NUMBER, start, start + len(text), value=self.number(text, start)))
        elif kind == "name":
            self.check_name(text, start)
            self.push(Node(Kind.NAME, start, start + len(text), text=text))
        elif text in ("-", "+"):
            self.stack.append(Operator(text, PREFIX, start))
        elif text == "(":
            self.open(Bracket("(", start))
        elif text in (")", "]", ",", ":"):
            self.without_operand(text, start)
        else:
            self.refuse_operator(kind, text, start)

    def without_operand(self, text: str, start: int) -> None:
        """A bound left out, an argument list that ends: the places for no operand."""
        top = self.stack[-1] if self.stack else None
        if isinstance(top, Bracket):
            if top.text == "[" and (text == ":" or (top.colons and text in "],")):
                self.separate(top, None, text, start)
                return
            if top.text == "[" and text == "]" and len(top.parts) > 1:
                self.close(top, start)
                return
            if text == ")" and top.owner is not None and top.text == "(" and not top.keyword:
                self.close(top, start)
                return
        self.refuse(
            f"a name or a number is missing before {text}",
            start,
            start + 1,
            "Remove it, or write what should stand there.",
        )

    def number(self, text: str, start: int) -> Fraction:
        try:
            return read_number(text, self.limits.digits)
        except ValueError as error:
            self.refuse(str(error), start, start + len(text), "Use a number that floats can hold.")

    def check_name(self, text: str, start: int) -> None:
        if text.startswith("_"):
            message, mend = f"{clip(text)} is not a name", "A name starts with a letter."
            self.refuse(message, start, start + len(text), mend)
        if keyword.iskeyword(text) and not self.is_option(text):
            mend = "Write where(M, A, B) for a choice." if text in CHOICES else ""
            self.refuse(
                f"{text} is Python, not part of the expression language",
                start,
                start + len(text),
                mend or "An expression has names, numbers, + - * / **, .T, [ ] and calls.",
            )

    def is_option(self, text: str) -> bool:
        """Whether a word of Python stands where an option's value does: who knows the
        options refuses it."""
        top = self.stack[-1] if self.stack else None
        return isinstance(top, Bracket) and bool(top.keyword) and text in ("True", "False", "None")

    # -- where an operator may stand ------------------------------------------

    def operator(self, kind: str, text: str, start: int) -> None:
        if text in BINDING:
            binding = BINDING[text]
            self.reduce(POWER + 1 if binding == POWER else binding)
            self.stack.append(Operator(text, binding, start))
            self.wants_operand = True
        elif kind == "attribute":
            self.attribute(text, start)
        elif text == "(":
            self.open_call(start)
        elif text == "[":
            self.open(Bracket("[", start, self.operands.pop()))
        elif text in (")", "]", ",", ":"):
            self.reduce(SUM)
            self.in_bracket(text, start)
        elif text == "=":
            self.keyword(start)
        elif kind in ("name", "number"):
            self.check_name(text, start)
            before = self.operands[-1]
            if NOT_DECIMAL.match(self.source.text, before.start):
                whole = NOT_DECIMAL.match(self.source.text, before.start)[0]  # type: ignore[index]
                mend = f"Write {int(whole, 0)}."
                self.refuse(f"{clip(whole)} is not decimal", before.start, start + len(text), mend)
            self.refuse(
                f"an operator is missing before {text}",
                start,
                start + len(text),
                f"For the product write {clip(self.words(before))}*{clip(text)}.",
            )
        else:
            self.refuse_operator(kind, text, start)

    def attribute(self, text: str, start: int) -> None:
        name, stop = text[1:].strip(), start + len(text)
        if name != "T":
            mend = "Write .T for the transpose; functions are called as in sum(A)."
            self.refuse(f".{clip(name)}: only .T can stand after a dot", start, stop, mend)
        inner = self.operands.pop()
        self.push(Node(Kind.TRANSPOSE, inner.start, stop, [inner]))

    def open_call(self, start: int) -> None:
        callee = self.operands[-1]
        if callee.kind is not Kind.NAME or callee.grouped:
            self.refuse(
                "only a function's name can stand before (",
                start,
                start + 1,
                "For a product write *.",
            )
        self.open(Bracket("(", start, self.operands.pop()))

    def keyword(self, start: int) -> None:
        top, name = self.stack[-1] if self.stack else None, self.operands[-1]
        in_call = isinstance(top, Bracket) and top.text == "(" and top.owner is not None
        if not in_call or name.kind is not Kind.NAME or name.grouped or top.keyword:  # type: ignore[union-attr]
            self.refuse_operator("operator", "=", start)
        assert isinstance(top, Bracket)
        if name.text in top.keywords:
            self.refuse(f"{name.text} is given twice", name.start, name.stop, "Remove one.")
        top.keyword = self.operands.pop()
        self.wants_operand = True

    def in_bracket(self, text: str, start: int) -> None:
        top = self.stack[-1] if self.stack else None
        if not isinstance(top, Bracket):
            self.refuse(f"{text} stands outside of brackets", start, start + 1, "Remove it.")
        if text in CLOSING and CLOSING[text] != top.text:
            self.refuse(f"{text} closes a {top.text}", start, start + 1, "Close what was opened.")
        if top.owner is None:
            if text != ")":
                self.refuse(f"{text} inside of ( )", start, start + 1, "Remove it.")
            self.close_group(top, start)
        else:
            self.separate(top, self.operands.pop(), text, start)

    # -- brackets -------------------------------------------------------------

    def open(self, bracket: Bracket) -> None:
        self.brackets += 1
        if self.brackets > self.limits.depth:
            self.too_deep(bracket.start)
        self.stack.append(bracket)
        self.wants_operand = True

    def close_group(self, bracket: Bracket, start: int) -> None:
        self.stack.pop()
        self.brackets -= 1
        inner = self.operands.pop()
        inner.grouped = True
        inner.start, inner.stop = bracket.start, start + 1
        self.push(inner)

    def separate(self, bracket: Bracket, part: Node | None, text: str, start: int) -> None:
        """A comma, colon or closing bracket after ``part`` in a call or an index."""
        if text == ":":
            self.colon(bracket, part, start)
            return
        if bracket.colons:
            first = bracket.colons.pop()
            inside = [n for n in (first, part) if n is not None]
            low = inside[0].start if inside else start - 1
            high = inside[-1].stop if inside else start
            part = Node(Kind.SLICE, low, max(high, low + 1), bounds=(first, part))
        assert part is not None
        if bracket.keyword is not None:
            bracket.keywords[bracket.keyword.text] = part
            bracket.keyword = None
        elif bracket.keywords:
            mend = "Put those without a name first."
            self.refuse("an argument without a name after one", part.start, part.stop, mend)
        else:
            bracket.parts.append(part)
        self.wants_operand = True
        if text != ",":
            self.close(bracket, start)

    def colon(self, bracket: Bracket, part: Node | None, start: int) -> None:
        if bracket.text != "[":
            self.refuse("a colon outside of [ ]", start, start + 1, "Remove it.")
        if bracket.colons:
            self.refuse("a block has no step", start, start + 1, "Write A[a:b, c:d].")
        bracket.colons.append(part)
        self.wants_operand = True

    def close(self, bracket: Bracket, start: int) -> None:
        """The end of a call or an index."""
        self.stack.pop()
        self.brackets -= 1
        owner = bracket.owner
        assert owner is not None
        if bracket.text == "[":
            parts = [owner, *bracket.parts]
            self.push(Node(Kind.INDEX, owner.start, start + 1, parts))
        else:
            call = Node(Kind.CALL, owner.start, start + 1, bracket.parts, text=owner.text)
            call.keywords = bracket.keywords
            self.push(call)

    # -- building -------------------------------------------------------------

    def reduce(self, binding: int) -> None:
        """Apply the pending operators that bind at least as tightly."""
        stack = self.stack
        while stack and isinstance(top := stack[-1], Operator) and top.binding >= binding:
            stack.pop()
            self.apply(top)

    def apply(self, operator: Operator) -> None:
        right = self.operands.pop()
        if operator.binding == PREFIX:
            if operator.text == "-":
                right = Node(Kind.MINUS, operator.start, right.stop, [right])
            self.push(right)
            return
        left = self.operands.pop()
        if operator.binding == POWER:
            self.push(Node(Kind.POWER, left.start, right.stop, [left, right]))
            return
        kind = Kind.SUM if operator.binding == SUM else Kind.PRODUCT
        if left.kind is not kind or left.grouped:
            left = Node(kind, left.start, left.stop, [left], signs=[""], depth=left.depth + 1)
        left.parts.append(right)
        left.signs.append(operator.text)
        left.stop = right.stop
        self.push(left)

    def push(self, node: Node) -> None:
        parts = node.parts[-1:] if node.kind in (Kind.SUM, Kind.PRODUCT) else node.parts
        deepest = max((part.depth + 1 for part in parts), default=0)
        node.depth = max(node.depth, deepest)
        if node.depth > self.limits.depth:
            self.too_deep(node.start)
        self.operands.append(node)
        self.wants_operand = False

    def words(self, node: Node) -> str:
        return self.source.text[node.start : node.stop]

    # -- refusals -------------------------------------------------------------

    def too_deep(self, start: int) -> NoReturn:
        self.refuse(
            f"the expression is nested more than {self.limits.depth} deep",
            start,
            start + 1,
            "Split it: give parts of it names of their own.",
        )

    def refuse_operator(self, kind: str, text: str, start: int) -> NoReturn:
        message = f"{clip(text)} is not part of the expression language"
        if text in BINDING or text in "=:,.([":
            message = f"{clip(text)} cannot stand here"
        wanted = "a name, a number or a bracket" if self.wants_operand else "an operator"
        mend = MENDS.get(text, f"There has to be {wanted}.")
        self.refuse(message, start, start + len(text), mend)

    def refuse(self, message: str, start: int, stop: int, mend: str = "") -> NoReturn:
        self.source.refuse(message, start, stop, mend)
