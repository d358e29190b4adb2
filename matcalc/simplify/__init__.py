"""Simplification: a table of named rewrites, applied until none applies.

Each rewrite is an identity that the tests check on numbers, and each makes the
expression smaller or moves it towards one fixed arrangement, so that the end is reached.
"""

from matcalc.simplify import (
    entrywise,
    expansion,
    means,
    products,
    reductions,
    structure,
    sums,
    transposes,
)
from matcalc.simplify.engine import REWRITES, simplify

__all__ = [
    "REWRITES",
    "entrywise",
    "expansion",
    "means",
    "products",
    "reductions",
    "simplify",
    "structure",
    "sums",
    "transposes",
]
