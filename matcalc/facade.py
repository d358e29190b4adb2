"""What Python callers use beside ``derive`` and ``load``: networks from SymPy, codegen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matcalc.derivation import Derivation
from matcalc.network.network import Network as EngineNetwork


def Network(equations: Mapping[str, Any], **options: Any) -> EngineNetwork:  # noqa: N802
    """A network from SymPy expressions.

    ``equations`` maps a node's name to its expression, in order; later ones use earlier
    nodes as a MatrixSymbol or Symbol of that name. Options: ``inputs``, ``parameters``,
    ``constants`` (symbols), ``loss`` or ``outputs``, ``dims``, ``convention``, ``layout``,
    ``name``. Raises InputError, as a file would.
    """
    from matcalc.sympy_bridge import network_from_sympy

    return network_from_sympy(equations, **options)


def codegen(source: EngineNetwork | Derivation, *, unroll: bool = False) -> str:
    """The text of a NumPy module with forward, backward, loss_and_grads, train_step.

    A network with loops becomes a module with loops, unless it is to be unrolled.
    """
    from matcalc.generation import codegen as generate
    from matcalc.generation.loops import codegen_loops

    network = source.network if isinstance(source, Derivation) else source
    if network.template is not None and not unroll:
        return codegen_loops(network.template)
    return generate(network)
