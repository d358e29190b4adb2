"""NumPy code: readable modules for networks, kernels for single closed forms."""

from matcalc.codegen.module import codegen

__all__ = ["codegen"]
