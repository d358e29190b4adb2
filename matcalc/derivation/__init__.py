"""Derivations: partials, Jacobians and steps as data that printers only read."""

from matcalc.derivation.derivation import Derivation, derive
from matcalc.derivation.results import Jacobian, Partial
from matcalc.reasoning.step import Step

__all__ = ["Derivation", "Jacobian", "Partial", "Step", "derive"]
