"""Hessian-vector products at one point, for many directions.

Newton's method and conjugate gradients multiply one Hessian by many directions. Whatever
rests on the point alone is computed when the point is given; a product then does only what
rests on the direction, in arrays that are kept. The results are new arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from matcalc.differentiate.hessian import change_of_gradient, joint_changes
from matcalc.errors import nearest
from matcalc.expressions.build import change
from matcalc.expressions.expr import Expr

if TYPE_CHECKING:
    from matcalc.derivation.derivation import Derivation


class Prepared:
    """The Hessian at a point. Call it with a direction for each of ``by``, in this order or
    by name: it returns the change of the gradient in each of them, as a dictionary.

    A direction has the shape of its variable; ValueError for another, TypeError where one
    is missing. The point's arrays are read on: they must not change as long as this is used.
    """

    def __init__(self, by: Sequence[str], run: Callable[[], Any], arrays: Sequence[Any]) -> None:
        self.by = tuple(by)
        self._run = run
        self._arrays = dict(zip(by, arrays, strict=True))

    def __call__(self, *directions: Any, **named: Any) -> dict[str, Any]:
        if len(directions) > len(self.by):
            raise TypeError(f"{len(directions)} directions for {', '.join(self.by)}")
        given = dict(zip(self.by, directions, strict=False))
        for name in named:
            if name not in self._arrays or name in given:
                why = "twice" if name in given else f"but moves are by {', '.join(self.by)}"
                raise TypeError(f"{name} is given {why}")
        given |= named
        for name, array in self._arrays.items():
            if name not in given:
                raise TypeError(f"the direction of {name} is missing")
            self._take(name, array, np.asarray(given[name]))
        return self._run()  # type: ignore[no-any-return]

    @staticmethod
    def _take(name: str, array: Any, direction: Any) -> None:
        if direction.shape != array.shape and not (array.shape == (1, 1) and direction.size == 1):
            raise ValueError(
                f"a direction of {name} has its shape, {array.shape}; this has {direction.shape}"
            )
        array[...] = direction

    def __repr__(self) -> str:
        return f"<the Hessian at a point: call it with directions of {', '.join(self.by)}>"


@dataclass(frozen=True)
class JointProduct:
    """The Hessian by several variables together, times a direction of each.

    With directions V and W of v and w, the change of grad(v) is ∂²/∂v∂v V + ∂²/∂v∂w W.
    ``equations`` has the changes as named equations, (symbol, right side) in order.
    """

    derivation: Derivation
    by: tuple[str, ...]

    @cached_property
    def equations(self) -> tuple[tuple[Expr, Expr], ...]:
        d = self.derivation
        return joint_changes(d.network, d.names, self.by, d.gradients)

    def at(self, *values: Any, **named: Any) -> Prepared:
        """The Hessian at the point of these arrays of the variables, in declared order or by
        name. Raises TypeError where one is missing."""
        return self._factory.at(values, named)

    @property
    def source(self) -> str:
        """The code that prepares and applies it."""
        return self._factory.source

    @cached_property
    def _factory(self) -> Factory:
        return Factory(self.derivation, self.equations, self.by, self.by)


class Factory:
    """Compiles equations of d(grad(w)) for the variables ``wrt``, in terms of variables, nodes
    and the directions d(u) of ``by``."""

    def __init__(
        self,
        d: Derivation,
        equations: Sequence[tuple[Expr, Expr]],
        wrt: Sequence[str],
        by: Sequence[str],
    ) -> None:
        from matcalc.generation.kernels import kernel_of_several
        from matcalc.generation.library import run
        from matcalc.scheduling.prepared import prepared_source

        self.by = tuple(by)
        symbols = [d.network.symbol(name) for name in by]
        arguments = list(d.arguments)
        self.source = prepared_source(
            d.network,
            equations,
            {name: change_of_gradient(d.network.symbol(name)) for name in wrt},
            arguments,
            [change(s) for s in symbols],
        )
        self._at = run(self.source)["at"]
        moving = [d.in_variables(s) for s in symbols]
        self._given = kernel_of_several([*arguments, *moving], arguments, d.network.dims)

    def at(self, values: Sequence[Any], named: Mapping[str, Any]) -> Prepared:
        """See ``JointProduct.at``."""
        found = self._given(*values, **named)
        count = len(self._given.arguments)
        point, moving = found[:count], found[count:]
        arrays = [np.zeros(np.shape(a) or (1, 1), np.result_type(a)) for a in moving]
        return Prepared(self.by, self._at(*point, *arrays), arrays)


def joint_product(d: Derivation, names: Sequence[str] | None = None) -> JointProduct:
    """By several variables (all that the derivation is by, where none are named); KeyError
    for what is no variable of the derivation."""
    known = [v.name for v in d.network.variables if v.name in d.gradients]
    if names is None:
        names = [name for name in known if name in d.wrt]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near}?" if near else ""
            raise KeyError(f"no second derivative by {name} beside other variables{hint}")
    return JointProduct(d, tuple(dict.fromkeys(names)))
