"""Sizes in SymPy to and from Dimensions.

A Dimension becomes an evaluated SymPy polynomial, so that ``D + 1`` and ``1 + D`` are the
same size to SymPy too. The other way, anything but a polynomial with integer
coefficients is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from matcalc.declaration.dimensions import LARGEST_DEGREE
from matcalc.errors import InputError
from matcalc.expressions.dimension import Dimension, Monomial

SYMPY_SIZE = "A size is an integer, a Symbol, or + - * of them."


def size_symbol(name: str) -> Any:
    """The Symbol of a dimension that no SymPy user has declared."""
    return sympy.Symbol(name, integer=True, positive=True)


def dimension_to_sympy(dimension: Dimension, symbols: Mapping[str, Any]) -> Any:
    """The size as SymPy has it; ``symbols`` are those that a user declared, by name."""
    if dimension.constant is not None:
        return sympy.Integer(dimension.constant)
    terms = []
    for monomial, coefficient in dimension.terms:
        factors = [symbols.get(name) or size_symbol(name) for name in monomial]
        terms.append(sympy.Mul(coefficient, *factors))
    return sympy.Add(*terms)


def dimension_from_sympy(size: Any) -> Dimension:
    """The polynomial that a SymPy size is; its names are those of the Symbols."""
    size = sympy.sympify(size, strict=True)
    if size.is_Integer:
        return Dimension.of(int(size))
    if size.is_Symbol:
        return Dimension.of(size.name)
    if any(not _small_power(power) for power in size.atoms(sympy.Pow)):
        raise not_a_size(size)
    terms: dict[Monomial, int] = {}
    for term in sympy.Add.make_args(sympy.expand(size)):
        coefficient, names = 1, []
        for factor in sympy.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if factor.is_Integer:
                coefficient *= int(factor)
            elif base.is_Symbol and exponent.is_Integer and exponent > 0:
                names += [base.name] * int(exponent)
            else:
                raise not_a_size(size)
        monomial = tuple(sorted(names))
        terms[monomial] = terms.get(monomial, 0) + coefficient
    return Dimension(terms)


def not_a_size(size: Any) -> InputError:
    return InputError(f"{size} is not a size", mend=SYMPY_SIZE)


def _small_power(power: Any) -> bool:
    """Whether expanding it ends soon."""
    exponent = power.exp
    return exponent.is_Integer and 0 < exponent <= LARGEST_DEGREE
