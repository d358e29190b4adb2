"""The values of what steps name: ∂Z/∂X, single derivatives, contributions of one use.

They come from the complex step through one equation, never from a rule.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np

from matcalc.derivation.derivation import Derivation
from matcalc.expressions.build import change, gradient
from matcalc.expressions.expr import Expr, matrix_shape
from matcalc.expressions.operation import Environment
from matcalc.network.network import Convention

Order = Literal["C", "F"]


class Local(Protocol):
    """Whoever differentiates one equation at a point."""

    env: Environment

    def jacobian(self, expr: Expr, operand: Expr, order: Order) -> Any: ...


class Quantities:
    """Values of a derivation's named quantities at one point, worked out when needed."""

    def __init__(self, d: Derivation, reference: Local, known: dict[Expr, Any]) -> None:
        self.d, self.reference, self.known = d, reference, known
        self.order: Order = "C" if d.network.convention is Convention.ROW else "F"

    def add(self, symbols: frozenset[Expr]) -> None:
        """Put the values of those symbols that are such quantities beside the known ones."""
        for symbol in symbols:
            if symbol not in self.known and symbol.op.name in _VALUES:
                self.known[symbol] = _VALUES[symbol.op.name](self, symbol)

    def _local(self, of: Expr, wrt: Expr, order: Order) -> Any:
        """∂v(of)/∂v(wrt) of the equation of ``of``."""
        return self.reference.jacobian(self.d.network.equation[of.name].expr, wrt, order)

    def tensor(self, symbol: Expr) -> Any:
        _, _, of, wrt = symbol.data
        sides = [n.size(self.reference.env.sizes) for e in (of, wrt) for n in matrix_shape(e)]
        return np.reshape(self._local(of, wrt, "C"), sides)

    def jacobian(self, symbol: Expr) -> Any:
        _, _, of, wrt = symbol.data
        return self.arranged(of, wrt, self._local(of, wrt, self.order))

    def moved(self, symbol: Expr) -> Any:
        _, _, of, wrt = symbol.data
        found = self._local(of, wrt, "C") @ np.reshape(self.known[change(wrt)], -1)
        return np.reshape(found, np.shape(self.known[of]))

    def through(self, symbol: Expr) -> Any:
        _, _, wrt, via = symbol.data
        is_loss = via.name == self.d.network.loss
        arriving = 1.0 if is_loss else self.known[gradient(via)]
        found = self._local(via, wrt, "C").T @ np.reshape(arriving, -1)
        return np.reshape(found, np.shape(self.known[wrt]))

    def arranged(self, of: Expr, wrt: Expr, jacobian: Any) -> Any:
        """∂v/∂v as the layout arranges it, worked out on numbers alone."""
        layout, known = self.d.layout, self.known
        if not of.shape:
            array = np.reshape(jacobian, np.shape(known[wrt]), order=self.order)
            turned = layout.transposes_gradient(self.d.network.declared_shape(wrt.name))
            return array.T if turned else array
        if not wrt.shape:
            derivative = np.reshape(jacobian, np.shape(known[of]), order=self.order)
            return derivative if layout.jacobian == "numerator" else derivative.T
        return jacobian if layout.jacobian == "numerator" else jacobian.T


_VALUES = {
    "tensor": Quantities.tensor,
    "jacobian": Quantities.jacobian,
    "through": Quantities.through,
    "moved": Quantities.moved,
}
