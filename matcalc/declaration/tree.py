"""The tree of an expression's syntax."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction


class Kind(Enum):
    NUMBER = "number"
    NAME = "name"
    SUM = "sum"
    PRODUCT = "product"
    MINUS = "minus"
    POWER = "power"
    TRANSPOSE = "transpose"
    CALL = "call"
    INDEX = "index"
    SLICE = "slice"


@dataclass(slots=True, eq=False)
class Node:
    """A piece of an expression and where it stands in the text.

    A chain such as ``a - b + c`` is one node: ``signs[k]`` is the operator before part k.
    A call has its positional arguments in ``parts`` and the others in ``keywords``.
    """

    kind: Kind
    start: int
    stop: int
    parts: list[Node] = field(default_factory=list)
    text: str = ""
    signs: list[str] = field(default_factory=list)
    keywords: dict[str, Node] = field(default_factory=dict)
    value: Fraction = Fraction(0)
    bounds: tuple[Node | None, Node | None] = (None, None)
    depth: int = 0
    grouped: bool = False
