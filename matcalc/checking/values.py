"""Forms at one point, held against what they should be.

What a comparison has to know beside the values is worked out only where they are not as
good as equal: how large the numbers on the way were, whose rounding a form carries, and
whether a function was left, as the logarithm is by a negative number.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from matcalc.checking.report import FLOOR, Row, compare
from matcalc.checking.room import Room
from matcalc.expressions.expr import Expr, walk
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate

RISE = 1e6
"How much larger than all that is given a value may be, to count as the size of a form."


class Values:
    """``known`` has the value of every symbol; what is worked out is kept for the next form.
    Forms beyond ``room``, where it is given, are passed over."""

    def __init__(
        self, known: Mapping[Expr, Any], env: Environment, room: Room | None = None
    ) -> None:
        self.known, self.env, self.room = known, env, room
        self._values: dict[Expr, Any] = {}
        self._largest: dict[Expr | None, float] = {None: 1.0}
        "The largest value met in each expression; for None, among all that is given."

    def of(self, form: Expr) -> Any:
        """The value; NaN where a matrix on the way has no inverse."""
        try:
            return evaluate(form, self.known, self.env, self._values)
        except np.linalg.LinAlgError:
            return np.full(tuple(self.env.size(d) for d in form.shape), np.nan)

    def form(self, kind: str, name: str, form: Expr, expected: Any) -> Row:
        """A form against numbers that come from elsewhere."""
        if (row := self.beyond(kind, name, form)) is not None:
            return row
        found = self.of(form)
        row = compare(kind, name, found, expected, partial(self.magnitude, form))
        return self._settled(row, form, expected)

    def sides(self, kind: str, name: str, found: Expr, expected: Expr) -> Row:
        """A form against another one."""
        if (row := self.beyond(kind, name, found, expected)) is not None:
            return row
        one, other = self.of(found), self.of(expected)
        if np.ndim(one) > 2 or np.ndim(other) > 2:  # one may not depend on an open index
            one, other = np.broadcast_arrays(one, other)
        row = compare(kind, name, one, other, partial(self.magnitude, found, expected))
        return self._settled(self._settled(row, found, other), expected, one)

    def beyond(self, kind: str, name: str, *forms: Expr) -> Row | None:
        """A row that says that one of the forms takes too many numbers, if one does."""
        if self.room is None or all(map(self.room.holds, forms)):
            return None
        detail = f"takes more than {self.room.most} numbers"
        return Row(kind, name, 0.0, detail, passed_over=True)

    def magnitude(self, *forms: Expr) -> float:
        """The largest value met in computing the forms.

        What is more than RISE times all that it was computed from, such as the inverse of a
        matrix that has none, is no measure: any difference would pass for rounding beside it.
        """
        largest, given = self._largest, self._largest[None]
        for form in forms:
            for node in walk(form, largest):
                if node not in self._values:  # what was not reached: see ``of``
                    return np.inf
                value = np.abs(self._values[node])
                own = float(np.max(value, initial=0.0) if np.ndim(value) else value)
                largest[node] = max([own, *(largest[arg] for arg in node.args)])
                given = max(given, own) if node.op.is_symbol else given
        largest[None] = given
        return min(max(largest[form] for form in forms), RISE * given)

    def _settled(self, row: Row, form: Expr, other: Any) -> Row:
        """The row; where the form is not a number but ``other`` is, because of a function that
        was left, one that fails for good: that is no rounding, and no other point is needed."""
        if not np.isinf(row.apart) or not np.all(np.isfinite(other)):
            return row
        left = {e: self._values[e] for e in walk(form) if e in self._values and self._leaves(e)}
        if not left:
            return row
        inside: dict[Expr, Any] = {e: np.where(np.isnan(v), 1.0, v) for e, v in left.items()}
        with np.errstate(all="ignore"):
            if not np.all(np.isfinite(evaluate(form, self.known, self.env, inside))):
                return row  # not a number because of something else, too
        names = ", ".join(sorted({e.op.name for e in left}))
        return Row(row.kind, row.name, np.inf, f"is not a number: {names} outside its domain")

    def _leaves(self, e: Expr) -> bool:
        """Whether an operation has no value at numbers, nor at any that are near them."""
        args = [self._values[arg] for arg in e.args]
        bad = np.isnan(self._values[e])
        if not args or not np.any(bad) or not all(np.all(np.isfinite(arg)) for arg in args):
            return False
        near = FLOOR * self.magnitude(e.args[0])
        return all(
            np.array_equal(np.isnan(e.op.evaluate([args[0] + by, *args[1:]], e, self.env)), bad)
            for by in (near, -near)
        )
