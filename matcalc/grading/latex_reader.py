r"""A formula, as people write it in LaTeX, to the same tree that the language has.

The tree points into the formula, so whatever reads it (names, shapes) refuses pieces of
it. From loose to tight: sums; ⊙ and ⊗; products (``\cdot``, ``\times`` or nothing);
powers, transposes and primes. What stands for a known thing in a way of its own is put in
the language's words: ``\frac{\partial L}{\partial Z}`` is grad(Z), ``\sigma'(Z)`` is
D(sigmoid, Z), a bold 1 is ones(n, 1) with a size that is left to be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import NoReturn

from matcalc.declaration.limits import Limits
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tree import Kind, Node
from matcalc.grading.latex_atoms import ATOMS, apply, ones, read_word
from matcalc.grading.latex_names import CALLS, FONTS, GREEK_COMMANDS, Vocabulary
from matcalc.grading.latex_nodes import call, number, product
from matcalc.grading.latex_tokens import Token, tokens

DEEPEST = 50
"Brackets, fractions and functions in each other; each takes some frames of the stack."
HELP = "The page on grading lists what a formula may have."
LARGE = ("\\sum", "\\prod", "\\int", "\\begin", "\\matrix", "\\\\")
CLOSING = {"(": ")", "[": "]", "{": "}"}
STARTS_NO_FACTOR = {")", "]", "}", "+", "-", "=", ",", "/", "^", "_", "'", "<", ">", "|", "."}


class FormulaReader:
    """Recursive descent; depth is bounded by the limits."""

    def __init__(self, source: Text, vocabulary: Vocabulary, limits: Limits | None = None) -> None:
        self.source, self.vocabulary = source, vocabulary
        self.limits = limits or Limits()
        self.tokens = tokens(source, self.limits)
        self.position, self.depth = 0, 0

    # -- tokens ---------------------------------------------------------------------

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    def ahead(self, count: int = 1) -> Token:
        return self.tokens[min(self.position + count, len(self.tokens) - 1)]

    def take(self, *texts: str) -> Token | None:
        token = self.here
        if token.kind != "end" and (not texts or token.text in texts):
            self.position += 1
            return token
        return None

    def expect(self, text: str) -> Token:
        token = self.take(text)
        if token is None:
            mend = "Close what was opened, or complete it."
            self.refuse(self.here, f"{text} is missing here", mend)
        return token

    def refuse(self, at: Token | Node, message: str, mend: str = HELP) -> NoReturn:
        self.source.refuse(message, at.start, at.stop, mend)

    # -- the formula ------------------------------------------------------------------

    def formula(self) -> list[Node]:
        """The sides of the formula, as they stand between equals signs."""
        sides = [self.side()]
        while self.take("="):
            sides.append(self.side())
        if self.here.kind != "end":
            self.refuse(self.here, f"{clip(self.here.text)} cannot stand here")
        return sides

    def side(self) -> Node:
        if self.here.kind == "end":
            self.refuse(self.here, "there is no formula here", "Write one, as in X^\\top G.")
        return self.sum()

    def sum(self) -> Node:
        first = self.signed()
        parts, signs = [first], [""]
        while sign := self.take("+", "-"):
            parts.append(self.signed() if self.here.text in "+-" else self.entrywise())
            signs.append(sign.text)
        if len(parts) == 1:
            return first
        return Node(Kind.SUM, first.start, parts[-1].stop, parts, signs=signs)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > DEEPEST:
            mend = "Give parts of it names of their own, under let:."
            self.refuse(self.here, f"the formula is nested more than {DEEPEST} deep", mend)
        yield
        self.depth -= 1

    def signed(self) -> Node:
        if sign := self.take("-"):
            with self.deeper():
                inner = self.signed()
            return Node(Kind.MINUS, sign.start, inner.stop, [inner])
        self.take("+")
        return self.entrywise()

    def entrywise(self) -> Node:
        left = self.product()
        while sign := self.take("\\odot", ".*", "\\otimes"):
            right = self.product()
            name = "kron" if sign.text == "\\otimes" else "hadamard"
            if left.kind is Kind.CALL and left.text == name == "hadamard" and not left.grouped:
                left.parts.append(right)
                left.stop = right.stop
            else:
                left = call(name, [left, right], left.start, right.stop)
        return left

    def product(self) -> Node:
        parts = [self.factor()]
        while True:
            if self.take("/"):
                right = self.factor()
                self.refuse_unclear_quotient(right)
                left = product(parts)
                parts = [call("divide", [left, right], left.start, right.stop)]
            elif self.take("\\cdot", "\\times", "*", "@") or self.starts_factor():
                parts.append(self.factor())
            else:
                return product(parts)

    def refuse_unclear_quotient(self, right: Node) -> None:
        """1/2N may be meant as N/2, and as 1/(2N)."""
        touching = (
            right.kind is Kind.NUMBER and self.starts_name() and self.here.start == right.stop
        )
        if touching or (right.kind is Kind.PRODUCT and not right.grouped):
            mend = "Write brackets, as in 1/(2N), or \\frac{1}{2N}."
            self.refuse(right, "it is not clear what is divided by", mend)

    def starts_name(self) -> bool:
        """Whether a name or a number follows, and no function."""
        token = self.here
        if token.text in GREEK_COMMANDS or token.text in FONTS or token.kind == "number":
            return True
        return token.kind == "word" and not self.vocabulary.function(token.text)

    def starts_factor(self) -> bool:
        token = self.here
        if token.kind == "end" or token.text in STARTS_NO_FACTOR:
            return False
        return token.text not in ("\\odot", "\\otimes", ".*", "\\|", "\\rangle", "\\ge", "\\le")

    def factor(self) -> Node:
        node = self.atom()
        while True:
            if prime := self.take("'"):
                node = Node(Kind.TRANSPOSE, node.start, prime.stop, [node])
            elif self.take("^", "**"):
                with self.deeper():
                    node = self.exponent(node)
            elif self.here.text == "\\odot" and self.ahead().text == "^":
                self.position += 2
                power = self.signed_atom()
                node = call("power", [node, power], node.start, power.stop)
            elif self.here.text == "_":
                self.refuse(self.here, "a subscript cannot stand here", HELP)
            else:
                return node

    def exponent(self, base: Node) -> Node:
        """A transpose, an inverse or a power."""
        start = self.position
        if self.is_transpose():
            return Node(Kind.TRANSPOSE, base.start, self.tokens[self.position - 1].stop, [base])
        self.position = start
        braced = self.take("{")
        if self.take("-") and self.is_transpose():
            if braced:
                self.expect("}")
            stop = self.tokens[self.position - 1].stop
            inverse = call("inv", [base], base.start, stop)
            return Node(Kind.TRANSPOSE, base.start, stop, [inverse])
        self.position = start
        if self.take("{"):
            entrywise = self.take("\\odot")
            power = self.sum()
            stop = self.expect("}").stop
        else:
            entrywise, power = self.take("\\odot"), self.signed_atom()
            stop = power.stop
        if entrywise:
            return call("power", [base, power], base.start, stop)
        return Node(Kind.POWER, base.start, stop, [base, power])

    def signed_atom(self) -> Node:
        if sign := self.take("-"):
            inner = self.atom()
            return Node(Kind.MINUS, sign.start, inner.stop, [inner])
        return self.atom()

    def is_transpose(self) -> bool:
        """Read a T, as people write it: T, \\top, {T}, \\mathsf{T}, {\\mathrm T}, t."""
        if self.take("\\top", "T", "t"):
            return True
        wraps = 0
        while self.here.text in ("{", *FONTS):
            wraps += self.here.text == "{"
            self.position += 1
        if not self.take("\\top", "T", "t"):
            return False
        return all(self.take("}") for _ in range(wraps))

    # -- atoms --------------------------------------------------------------------------

    def atom(self) -> Node:
        with self.deeper():
            return self._atom()

    def _atom(self) -> Node:
        token = self.here
        if token.kind == "number":
            self.position += 1
            if token.text == "1" and self.here.text == "_":
                return ones(self, token)
            return number(Fraction(token.text), token.start, token.stop)
        read = ATOMS.get(token.text)
        if read is not None:
            return read(self)
        if token.text in CLOSING:
            return self.group()
        if token.text == "\\|":
            return self.norm()
        if token.kind == "word" or token.text in FONTS or token.text in GREEK_COMMANDS:
            return read_word(self)
        if token.text in CALLS:
            return self.function(CALLS[token.text])
        return self.refuse_atom(token)

    def refuse_atom(self, token: Token) -> Node:
        if token.text in LARGE:
            self.refuse(
                token,
                f"{token.text} is not read in a formula",
                "Write a sum over rows as \\mathbf{1}^\\top G, a product with a vector of ones.",
            )
        if token.kind == "end":
            self.refuse(token, "the formula ends where something should follow", "Complete it.")
        if token.kind == "command":
            self.refuse(token, f"{clip(token.text)} is not read in a formula")
        self.refuse(token, f"{clip(token.text)} cannot stand here")

    def group(self) -> Node:
        opened = self.here
        self.position += 1
        inner = self.sum()
        closed = self.expect(CLOSING[opened.text])
        inner.grouped = True
        inner.start, inner.stop = opened.start, closed.stop
        return inner

    def norm(self) -> Node:
        opened = self.expect("\\|")
        inner = self.sum()
        closed = self.expect("\\|")
        if self.take("_"):
            self.subscript()
        return call("norm", [inner], opened.start, closed.stop)

    def subscript(self) -> str:
        """What stands under or over: a token, or what is in braces, letter by letter."""
        if not self.take("{"):
            token = self.take()
            if token is None:
                self.refuse(self.here, "a subscript is missing", "Complete it.")
            return token.text.lstrip("\\")
        text, depth = "", 1
        while True:
            token = self.take()
            if token is None:
                self.refuse(self.here, "a brace is never closed", "Close it.")
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if not depth:
                return text
            if token.text not in ("{", "}", *FONTS):
                text += token.text.lstrip("\\")

    def function(self, function: str) -> Node:
        """A function that is a command: \\tanh, \\log."""
        head = self.here
        self.position += 1
        return apply(self, function, head)

    def primes(self) -> int:
        count = 0
        while True:
            if self.take("'"):
                count += 1
            elif self.here.text == "^" and self.ahead().text == "'":
                self.position += 1
            elif self.here.text == "^" and self.ahead().text == "{" and self.ahead(2).text == "'":
                self.position += 2
                while self.take("'"):
                    count += 1
                self.expect("}")
            else:
                return count

    def argument(self, head: Token) -> list[Node]:
        """What a function is applied to: in brackets, or the next factor."""
        opened = self.take("(", "[", "{")
        if opened is None:
            if not self.starts_factor():
                self.refuse(head, f"{clip(head.text)} is applied to nothing", "Write f(Z).")
            return [self.bare_argument(head)]
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.option() or self.sum())
        closed = self.expect(CLOSING[opened.text])
        parts[-1].stop = max(parts[-1].stop, closed.start)
        return parts

    def bare_argument(self, head: Token) -> Node:
        """What a function without brackets is applied to: a factor, or one with a number
        before it, as in cos 2x."""
        first = self.factor()
        parts = [first]
        if first.kind is Kind.NUMBER and self.starts_name():
            parts.append(self.factor())
        whole = product(parts)
        if self.starts_name() or (first.kind is Kind.PRODUCT and not first.grouped):
            mend = f"Write brackets, as in {head.text}(Z)."
            self.refuse(head, f"it is not clear how far {clip(head.text)} reaches", mend)
        return whole

    def option(self) -> Node | None:
        """``axis=0`` among the arguments of a call."""
        if self.here.text == "axis" and self.ahead().text == "=":
            self.position += 2
            return self.atom()
        return None
