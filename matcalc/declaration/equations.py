"""The entries of ``network:`` and ``functions:`` as equations and functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import Skipped
from matcalc.declaration.text import clip
from matcalc.declaration.yaml_tree import Node, Scalar
from matcalc.errors import InputError
from matcalc.expressions.expr import Expr, postorder
from matcalc.network.network import Equation
from matcalc.operations.entrywise import Function, X

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
ABSTRACT = "abstract"


@dataclass
class FileScope(Scope):
    """The names above a node; it also knows those below, and those whose entry is wrong."""

    nodes: dict[str, Scalar] = field(default_factory=dict)
    "Every node's expression, also of those below."
    broken: set[str] = field(default_factory=set)
    reading: str = ""

    def missing(self, name: str) -> InputError:
        if name in self.broken:
            raise Skipped
        if name not in self.nodes:
            return super().missing(name)
        if name == self.reading:
            return InputError(
                f"{name} is defined in terms of itself", mend="Give the result a name of its own."
            )
        cycle = find_cycle(self.reading, name, self.nodes)
        if cycle:
            self.broken.update(cycle)
            return InputError(
                f"the definitions go in a circle: {' → '.join(cycle)}",
                mend="A node can only use what stands above it.",
            )
        line = self.nodes[name].line + 1
        return InputError(
            f"{name} is used before it is defined, on line {line}", mend=f"Move {name} up."
        )

    def missing_function(self, name: str) -> InputError:
        if name in self.broken:
            raise Skipped
        return super().missing_function(name)


@dataclass
class BodyScope(Scope):
    """Inside of a user's function: x and the functions above."""

    symbols: dict[str, Expr] = field(default_factory=lambda: {"x": X})
    entrywise: bool = True
    broken: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    "Those of all functions of the file."
    reading: str = ""

    def missing(self, name: str) -> InputError:
        mend = "A function knows x, numbers, pi and other functions."
        if name.lower() == ABSTRACT:
            mend = f"Write {self.reading}: {ABSTRACT}, and nothing else."
        return InputError(f"there is no {clip(name)} in a function", mend=mend)

    def missing_function(self, name: str) -> InputError:
        if name == self.reading:
            message, mend = f"{name} calls itself", "It can call the functions above it."
            return InputError(message, mend=mend)
        if name in self.broken:
            raise Skipped
        if name in self.names:
            message = f"the function {name} is used before it is defined"
            return InputError(message, mend=f"Move {name} up; functions cannot go in a circle.")
        if name.lower() == ABSTRACT:
            return self.missing(name)
        return super().missing_function(name)


def read_equation(name: str, node: Node, scope: FileScope, limits: Limits) -> Equation:
    source = expression_text(name, node)
    scope.reading = name
    expr = parse_expression(source, scope, limits=limits)
    return Equation(name, expr, " ".join(source.text.split()))


def read_function(name: str, node: Node, scope: BodyScope, limits: Limits) -> Function:
    source = expression_text(name, node)
    if source.text.strip() == ABSTRACT:
        return Function(name)
    scope.reading = name
    body = parse_expression(source, scope, limits=limits)
    function = Function(name, body)
    pieces, depth = written_out(function)
    if pieces > limits.pieces or depth > limits.depth:
        source.refuse(
            f"{name} has more than {limits.pieces} pieces, or is nested more than"
            f" {limits.depth} deep, with the functions in it written out",
            mend="Call other functions less often.",
        )
    return function


def expression_text(name: str, node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        raise InputError(
            f"{clip(name)} is a collection, where an expression belongs",
            mend="Write name: expression; put it in quotes where it starts with [ or {.",
            place=node.place(),
        )
    return node


@lru_cache(maxsize=1024)
def written_out(function: Function) -> tuple[int, int]:
    """How many pieces it has with the functions in it written out, and how deep they nest."""
    if function.body is None:
        return 1, 0
    pieces, deepest = 0, 0
    for e in postorder(function.body):
        pieces += 1
        if e.op.name == "function":
            more, depth = written_out(e.data[0])
            pieces, deepest = pieces + more, max(deepest, depth + 1)
    return pieces, deepest


def find_cycle(start: str, through: str, nodes: dict[str, Scalar]) -> list[str] | None:
    """The shortest way start → through → ... → start along the names that nodes use."""
    came_from = {through: start}
    queue = [through]
    for name in queue:
        for used in words(nodes[name]):
            if used == start:
                path = [start, name]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if used in nodes and used not in came_from:
                came_from[used] = name
                queue.append(used)
    return None


def words(node: Scalar) -> Iterable[str]:
    return WORD.findall(node.text)
