"""The loop that applies rewrites, and the table that they are entered in.

A rewrite belongs to one operation, looks at one expression whose operands are simplified
already, and answers with an equal expression or with None. The loop has a stack of its
own: no depth of nesting exhausts Python's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcalc.expressions import work
from matcalc.expressions.expr import Expr

Rule = Callable[[Expr], Expr | None]


@dataclass(frozen=True)
class Rewrite:
    name: str
    "The identity, as it is printed in a derivation."
    operation: str
    apply: Rule


REWRITES: dict[str, list[Rewrite]] = {}
_simplified: dict[Expr, Expr] = {}
_LIMIT = 400_000
FEW = 4
"Operands; a rewrite looks at all, and each beyond these is one more step of work."


def rewrite(name: str, *operations: str) -> Callable[[Rule], Rule]:
    """Enter a rewrite for these operations; earlier entries are tried first."""

    def enter(rule: Rule) -> Rule:
        for operation in operations:
            REWRITES.setdefault(operation, []).append(Rewrite(name, operation, rule))
        return rule

    return enter


def simplify(root: Expr) -> Expr:
    """The expression that no rewrite changes any more."""
    if len(_simplified) > _LIMIT:
        _simplified.clear()
    becomes: dict[Expr, Expr] = {}
    stack = [root]
    while stack:
        e = stack[-1]
        if e in _simplified:
            stack.pop()
            continue
        target = becomes.get(e)
        if target is None:
            missing = [arg for arg in e.args if arg not in _simplified]
            if missing:
                if any(arg in becomes for arg in missing):
                    raise RuntimeError(f"rewrites grow without end at {e!r}")
                stack.extend(missing)
                continue
            target = _once(e)
            becomes[e] = target
            if target is not e and target in becomes and target not in _simplified:
                raise RuntimeError(f"rewrites run in a circle at {e!r}")
        if target is e:
            _simplified[e] = e
        elif target in _simplified:
            _simplified[e] = _simplified[target]
        else:
            stack.append(target)
    return _simplified[root]


def _once(e: Expr) -> Expr:
    """The expression with simplified operands, or after one more rewrite."""
    args = tuple(_simplified[arg] for arg in e.args)
    if args != e.args:
        return e.op.rebuild(e, args)
    scan = max(0, len(e.args) - FEW)
    for entry in REWRITES.get(e.op.name, ()):
        work.spend(scan)
        changed = entry.apply(e)
        if changed is not None and changed is not e:
            return changed
    return e
