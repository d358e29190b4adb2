"""Second derivatives against the complex step of the gradient.

When a variable moves a complex step away, every node is evaluated anew by its definition
and every gradient by its equation; what becomes of the imaginary part is the change of the
gradient. The equations are the ones that ``check`` has held against the definitions, so no
rule for a second derivative has a hand in the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from matcalc.checking.reference import Reference, length
from matcalc.checking.report import Report, Row
from matcalc.checking.run import find_point
from matcalc.checking.values import Values
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.hessian import Hessian, hessians
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes

BUDGET = 20_000
"Equation evaluations that one dense Hessian's reference may take at one point."


def check_hessians(
    d: Derivation,
    forms: Iterable[Hessian] | None = None,
    *,
    points: int = 2,
    seed: int = 0,
) -> Report:
    """Every Hessian (those of the derivation where none are given) and its product."""
    wanted = hessians(d) if forms is None else tuple(forms)
    sizes = distinct_sizes(d.network)
    worst: dict[tuple[str, str], Row] = {}
    for k in range(points):
        rng = np.random.default_rng([seed, k])
        with np.errstate(all="ignore"):
            reference = find_point(d.network, sizes, rng)
            for h in wanted:
                for row in hessian_rows(h, reference, rng):
                    key = (row.kind, row.name)
                    if key not in worst or not row.error <= worst[key].error:
                        worst[key] = row
    return Report(tuple(worst.values()), points, sizes)


def hessian_rows(h: Hessian, reference: Reference, rng: np.random.Generator) -> Iterator[Row]:
    """The product along a random direction, by its equations and in closed form; then the
    matrix, where the budget allows."""
    d, name = h.derivation, h.wrt if h.symmetric else f"{h.wrt} by {h.other}"
    here = reference.point[h.change.other]
    direction = rng.normal(size=np.shape(here))
    known = dict(reference.point) | {h.change.direction: direction}
    known |= {gradient(d.network.symbol(n)): g for n, g in reference.upstream.items()}
    expected = moved_gradient(h, reference, direction)
    values, kind = Values(known, reference.env), "Hessian product"
    yield values.form(kind, f"{name}, equations", h.change.substituted(), expected)
    if not h.has_form:
        return
    yield values.form(kind, name, h.product, expected)
    if np.size(here) * (len(d.network.equations) + len(h.change.gradients)) <= BUDGET:
        matrix = reference_matrix(h, reference)
        yield values.form("Hessian", name, h.form, matrix)


def moved_gradient(h: Hessian, reference: Reference, direction: Any) -> Any:
    """d(grad(wrt)) when ``other`` moves along the direction."""
    network, other = h.derivation.network, h.change.other
    here = reference.point[other]
    step = length(here, direction)
    moved = _moved(reference, h.other, step * direction)
    # The gradients were derived without what is assumed about the variable that moves.
    moved[h.change.free] = moved[other]
    for name, value in reference.upstream.items():
        moved[gradient(network.symbol(name))] = value
    for name, equation in h.change.gradients.items():
        if name not in network.outputs:
            symbol = gradient(network.symbol(name))
            moved[symbol] = evaluate(equation.expr, moved, reference.env)
    target = gradient(h.change.wrt)
    return np.imag(moved[target]) / step


def _moved(reference: Reference, name: str, step: Any) -> dict[Expr, Any]:
    """Every value when one variable or node is a complex step away."""
    symbol, start = reference.network.symbol(name), reference.position.get(name, -1) + 1
    point = {**reference.point, symbol: reference.point[symbol] + 1j * step}
    for equation in reference.network.equations[start:]:
        point[equation.symbol] = evaluate(equation.expr, point, reference.env)
    return point


def reference_matrix(h: Hessian, reference: Reference) -> Any:
    """The Hessian column by column, arranged in the layout."""
    order: Any = "C" if h.derivation.network.convention is Convention.ROW else "F"
    here = np.asarray(reference.point[h.change.other])
    columns = []
    for k in range(here.size):
        direction = np.zeros(here.size)
        direction[k] = 1.0
        moved = moved_gradient(h, reference, direction.reshape(here.shape, order=order))
        columns.append(np.reshape(moved, -1, order=order))
    matrix = np.stack(columns, axis=1)
    if not h.shape:
        return matrix[0, 0]
    return matrix if h.derivation.layout.jacobian == "numerator" else matrix.T
