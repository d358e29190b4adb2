"""Slips of writing, as edits of the tree: a transpose, the order of factors, ⊙ or product.

An edit is its own inverse kind: applied to a right formula it makes the slip, applied to
an answer with the slip it mends it. So answers whose shapes do not fit can be graded too:
the edit that makes them right is what was wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

from matcalc.declaration.calls import FORMS
from matcalc.declaration.tree import Kind, Node
from matcalc.grading.reading import substituted, walk

MOST_TWICE = 1_500
"Pairs of edits that are tried where no single one mends an answer."
PIECES = (Kind.NAME, Kind.CALL, Kind.SUM, Kind.TRANSPOSE)


@dataclass(frozen=True)
class Edit:
    """``made`` has each slip that it undoes, with where; ``tree`` is the result."""

    made: tuple[tuple[str, Node], ...]
    tree: Node

    @property
    def slips(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(slip for slip, _ in self.made))


def edits(tree: Node) -> Iterator[Edit]:
    """Every tree that is one slip of writing away."""
    for node in _operands(tree):
        for slip, new in _of_node(node):
            yield Edit(((slip, node),), substituted(tree, {node: new}))


def edits_twice(tree: Node) -> Iterator[Edit]:
    """Every tree that is two slips of writing away, as far as there are not too many."""
    count = 0
    for first in edits(tree):
        for second in edits(first.tree):
            count += 1
            if count > MOST_TWICE:
                return
            yield Edit((*first.made, *second.made), second.tree)


def _operands(tree: Node) -> Iterator[Node]:
    """The pieces that have a value; sizes, indices and the names in grad( ) have none."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if node.kind is Kind.INDEX:
            stack.append(node.parts[0])
        elif node.kind is Kind.CALL and node.text in FORMS:
            form = FORMS[node.text]
            last = None if form.most is None else form.leading + form.most
            stack.extend(reversed(node.parts[form.leading : last]))
        else:
            stack.extend(reversed(node.parts))


def _of_node(node: Node) -> Iterator[tuple[str, Node]]:
    if node.kind is Kind.TRANSPOSE:
        yield "transpose-missing", node.parts[0]
    elif node.kind in PIECES:
        yield "transpose-missing", Node(Kind.TRANSPOSE, node.start, node.stop, [node])
    if node.kind is Kind.PRODUCT:
        yield from (("factors-order", new) for new in _orders(node))
        yield from (("product-for-hadamard", new) for new in _entrywise(node))
    if node.kind is Kind.CALL and node.text == "hadamard" and len(node.parts) > 1:
        for parts in (node.parts, node.parts[::-1]):
            yield "product-for-hadamard", _product(parts, node)
        if len(node.parts) > 2:
            for k in range(1, len(node.parts)):
                left, right = node.parts[:k], node.parts[k:]
                whole = [_call(left, node), _call(right, node)]
                yield "product-for-hadamard", _product(whole, node)
                yield "product-for-hadamard", _product(whole[::-1], node)


def _orders(node: Node) -> Iterator[Node]:
    """Other orders of the factors: any of up to four, else two neighbours exchanged."""
    parts, divisors = _factors(node)
    if len(parts) <= 4:
        for order in permutations(parts):
            if any(a is not b for a, b in zip(order, parts, strict=True)):
                yield _divided(_product(list(order), node), divisors, node)
        return
    for k in range(len(parts) - 1):
        order = (*parts[:k], parts[k + 1], parts[k], *parts[k + 2 :])
        yield _divided(_product(list(order), node), divisors, node)


def _entrywise(node: Node) -> Iterator[Node]:
    """One ⊙ or several in place of the product signs."""
    parts, divisors = _factors(node)
    count = len(parts)
    if count < 2:
        return
    found = [_call(parts, node)]
    for k in range(1, count) if count > 2 else ():
        left, right = parts[:k], parts[k:]
        found.append(_call([_product(left, node), *right], node))
        found.append(_call([*left, _product(right, node)], node))
        found.append(_product([*left, _call(right, node)], node))
        found.append(_product([_call(left, node), *right], node))
    for new in found:
        yield _divided(new, divisors, node)


def _factors(node: Node) -> tuple[list[Node], list[Node]]:
    """What is multiplied in a product, and what it is divided by."""
    pairs = list(zip(node.signs, node.parts, strict=True))
    multiplied = [part for sign, part in pairs if sign != "/"]
    return multiplied, [part for sign, part in pairs if sign == "/"]


def _divided(whole: Node, divisors: list[Node], at: Node) -> Node:
    if not divisors:
        return whole
    signs = ["", *("/" for _ in divisors)]
    parts = [whole, *divisors]
    return replace(at, kind=Kind.PRODUCT, parts=parts, signs=signs, text="", grouped=True)


def _product(parts: list[Node], at: Node) -> Node:
    if len(parts) == 1:
        return parts[0]
    signs = ["", *("*" for _ in parts[1:])]
    return replace(at, kind=Kind.PRODUCT, parts=list(parts), signs=signs, text="", grouped=True)


def _call(parts: list[Node], at: Node) -> Node:
    if len(parts) == 1:
        return parts[0]
    return replace(at, kind=Kind.CALL, parts=list(parts), signs=[], text="hadamard")


def as_numpy(tree: Node) -> Node | None:
    """The tree with ``*`` and ``**`` entry by entry, where ``@`` shows that it is meant so;
    else None."""
    if not any("@" in node.signs for node in walk(tree) if node.kind is Kind.PRODUCT):
        return None
    return _numpy(tree)


def _numpy(node: Node) -> Node:
    parts = [_numpy(part) for part in node.parts]
    if node.kind is Kind.POWER:
        return replace(node, kind=Kind.CALL, parts=parts, signs=[], text="power")
    if node.kind is not Kind.PRODUCT:
        return replace(node, parts=parts)
    whole = parts[0]
    for sign, part in zip(node.signs[1:], parts[1:], strict=True):
        if sign == "@":
            whole = _product([whole, part], node)
        elif sign == "*":
            whole = _call([whole, part], node)
        else:
            whole = replace(node, parts=[whole, part], signs=["", "/"], grouped=True)
    return whole
