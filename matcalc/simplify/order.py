"""The order in which commuting terms and factors are written.

Upstream gradients first, changes last, then what is shorter, then by name and place;
equal on every run.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from matcalc.expressions.dimension import natural
from matcalc.expressions.expr import Expr, postorder

Key = tuple[Any, ...]
DEEP = 200
"Expressions with fewer pieces are not deep."


@lru_cache(maxsize=200_000)
def key(e: Expr) -> Key:
    for node in postorder(e) if e.pieces > DEEP else ():
        _names(node), _digest(node)  # operands first, so that no depth exhausts the stack
    return (_rank(e), e.pieces, _names(e), _digest(e))


def _rank(e: Expr) -> int:
    core = e.args[0] if e.op.name in ("transpose", "block") else e
    if core.op.name == "number" and core.data[0].denominator != 1:
        return 3
    return {"number": 0, "grad": 0, "d": 2}.get(core.op.name, 1)


@lru_cache(maxsize=200_000)
def _names(e: Expr) -> tuple[tuple[str, int], ...]:
    if e.op.is_symbol:
        return (natural(e.name),)
    found: list[tuple[str, int]] = []
    for arg in e.args:
        if len(found) >= 8:
            break
        found.extend(_names(arg))
    if e.op.name == "block":  # entries of one array in the order of reading
        found.extend(("", d.constant or 0) for d in e.data)
    return tuple(found[:8])


@lru_cache(maxsize=200_000)
def _digest(e: Expr) -> str:
    data = [str(sorted(d)) if isinstance(d, frozenset) else str(d) for d in e.data]
    text = "|".join([e.op.name, *data, *(_digest(arg) for arg in e.args)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
