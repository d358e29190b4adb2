"""What all expression printers share: walking without recursion, and parentheses.

A printer is a table from an operation's name to a *writer*. The walk hands every writer
an expression whose operands have been written already; the writer returns a piece: the
text, and how tightly it binds. Parentheses follow from the bindings alone.

A piece that binds as MINUS starts with the printer's minus sign and with nothing else
that a reader could take for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matcalc.expressions import work
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention

# How tightly a piece binds: a sum, a negated term, a product, a power, an atom.
SUM, MINUS, PRODUCT, POWER, ATOM = range(5)
CHARACTERS = 8
"Written characters that count as one step of work."
Piece = tuple[str, int]
Writer = Callable[[Any, Expr], Piece]


class Printer:
    """Base of all printers; ``writers`` has an entry for every operation, ``notation``
    (where steps are written) for what they are shown with."""

    writers: Mapping[str, Writer]
    notation: Mapping[str, Writer] = {}

    def __init__(self, convention: Convention = Convention.ROW) -> None:
        self.convention = convention
        self.done: dict[Expr, Piece] = {}

    def text(self, e: Expr) -> str:
        return self.piece(e)[0]

    def piece(self, e: Expr) -> Piece:
        """The text of an expression and its binding, computed without recursion."""
        stack = [e]
        while stack:
            node = stack[-1]
            missing = () if node in self.done else [a for a in node.args if a not in self.done]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            if node not in self.done:
                name = node.op.name
                written = (self.writers.get(name) or self.notation[name])(self, node)
                # A shared part is written out wherever it stands, which can double at each node.
                work.spend(len(written[0]) // CHARACTERS)
                self.done[node] = written
        return self.done[e]

    def inside(self, e: Expr, binding: int) -> str:
        """An operand's text, in parentheses where it binds less than ``binding``."""
        return self.at_least(self.piece(e), binding)

    def at_least(self, piece: Piece, binding: int) -> str:
        """A piece's text, in parentheses where it binds less than ``binding``."""
        text, own = piece
        return self.parentheses(text) if own < binding else text

    def parentheses(self, text: str) -> str:
        return f"({text})"
