"""The nodes that a formula's reader builds: the language's own, placed in the formula."""

from __future__ import annotations

from fractions import Fraction

from matcalc.declaration.tree import Kind, Node
from matcalc.grading.latex_names import call_name


def number(value: Fraction, start: int, stop: int) -> Node:
    return Node(Kind.NUMBER, start, stop, value=value)


def name(text: str, start: int, stop: int) -> Node:
    return Node(Kind.NAME, start, stop, text=text)


def call(function: str, parts: list[Node], start: int, stop: int) -> Node:
    return Node(Kind.CALL, start, stop, parts, text=function)


def product(parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    signs = ["", *("*" for _ in parts[1:])]
    return Node(Kind.PRODUCT, parts[0].start, parts[-1].stop, parts, signs=signs)


def applied(function: str, primes: int, argument: list[Node], start: int) -> Node:
    """f(Z), or D(f, Z, k) for a function with primes."""
    stop = argument[-1].stop + 1
    if not primes:
        return call(call_name(function), argument, start, stop)
    parts = [name(function, start, start + 1), *argument[:1]]
    if primes > 1:
        parts.append(number(Fraction(primes), start, start + 1))
    return call("D", parts, start, stop)
