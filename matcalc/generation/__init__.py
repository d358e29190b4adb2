"""NumPy code: readable modules for networks, kernels for single closed forms."""

from matcalc.generation.module import codegen

__all__ = ["codegen"]
