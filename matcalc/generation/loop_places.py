"""Where the values of a template are kept in code with loops: members of families in
dictionaries by index, gradients and caches under the same keys."""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.depth.contributions import family_of
from matcalc.depth.index import Index, split_member
from matcalc.depth.template import Loop, Template
from matcalc.expressions.expr import Expr

EACH = "_k"
"The index of what runs over all members; no name of a network starts with an underscore."


class Places:
    """``local`` gives every name its identifier inside of functions."""

    def __init__(self, template: Template, local: Mapping[str, str]) -> None:
        self.template, self.local = template, local

    def index(self, index: Index) -> str:
        base = self.local.get(index.base, index.base)
        if not base:
            return str(index.shift)
        sign = "+" if index.shift > 0 else "-"
        return f"{base} {sign} {abs(index.shift)}" if index.shift else base

    def span(self, first: Index, last: Index) -> str:
        return f"range({self.index(first)}, {self.index(last + 1)})"

    def head(self, loop: Loop, backwards: bool) -> str:
        """The line that a loop starts with."""
        span = self.span(loop.first, loop.last)
        if loop.down != backwards:
            span = f"reversed({span})"
        return f"for {self.local[loop.variable]} in {span}:"

    def access(self, name: str) -> str:
        """A member, a plain name or a sum over members, as code."""
        total = self.template.total.get(name)
        if total is not None:
            value = f"{self.local[family_of(total.of.name)]}[{EACH}]"
            each = f"np.sum({value})" if total.of.shape else value
            return f"sum({each} for {EACH} in {self.span(total.first, total.last)})"
        found = split_member(name)
        if found is None:
            return self.local[name]
        return f"{self.local[found[0]]}[{self.index(found[1])}]"

    def key(self, name: str) -> str:
        """The key of its gradient and of its cache, between [ and ]."""
        found = split_member(name)
        return f'"{name}"' if found is None else f'"{found[0]}", {self.index(found[1])}'

    def target(self, s: Expr) -> str:
        """The key as a value."""
        key = self.key(s.name)
        return f"({key})" if "," in key else key
