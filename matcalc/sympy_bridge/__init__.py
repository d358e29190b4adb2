"""Networks and results as SymPy expressions. SymPy is imported here and nowhere else.

    network = network_from_sympy({"Z": X*W + OneMatrix(N, 1)*b, "L": sse(Z, Y)}, ...)
    to_sympy(e, network)
    from_sympy(expr, network)

``calls`` has the functions of the language that SymPy lacks (softmax, sse, ...).
"""

from matcalc.sympy_bridge.classes import MatrixFunction, ScalarFunction
from matcalc.sympy_bridge.from_sympy import from_sympy
from matcalc.sympy_bridge.network import network_from_sympy
from matcalc.sympy_bridge.to_sympy import to_sympy

__all__ = ["MatrixFunction", "ScalarFunction", "from_sympy", "network_from_sympy", "to_sympy"]
