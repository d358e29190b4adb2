"""The order in which commuting terms and factors are written.

Upstream gradients first, changes last, then what is shorter, then by name and place;
equal on every run.
"""

from __future__ import annotations

import hashlib
from typing import Any

from matcalc.expressions import work
from matcalc.expressions.dimension import natural
from matcalc.expressions.expr import Expr, walk

Key = tuple[Any, ...]
Names = tuple[tuple[str, int], ...]
_MOST = 200_000
_known: dict[Expr, tuple[Names, str]] = {}
"The names and the digest of what has been asked for, and of everything within it."


def key(e: Expr) -> Key:
    """What expressions are sorted by; each part of one is looked at once, for all that share it."""
    if e not in _known:
        if len(_known) > _MOST:
            _known.clear()
        for node in walk(e, _known):
            work.spend(1 + len(node.args))
            _known[node] = (_names(node), _digest(node))
    return (_rank(e), e.pieces, *_known[e])


def _rank(e: Expr) -> int:
    core = e.args[0] if e.op.name in ("transpose", "block") else e
    if core.op.name == "number" and core.data[0].denominator != 1:
        return 3
    return {"number": 0, "grad": 0, "d": 2}.get(core.op.name, 1)


def _names(e: Expr) -> Names:
    if e.op.is_symbol:
        return (natural(e.name),)
    found: list[tuple[str, int]] = []
    for arg in e.args:
        if len(found) >= 8:
            break
        found.extend(_known[arg][0])
    if e.op.name == "block":  # entries of one array in the order of reading
        found.extend(("", d.constant or 0) for d in e.data)
    return tuple(found[:8])


def _digest(e: Expr) -> str:
    data = [str(sorted(d)) if isinstance(d, frozenset) else str(d) for d in e.data]
    text = "|".join([e.op.name, *data, *(_known[arg][1] for arg in e.args)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
