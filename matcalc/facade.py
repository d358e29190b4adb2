"""What Python callers use beside ``derive`` and ``load``: networks from SymPy, check, codegen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matcalc.checking.report import Report
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


def check(
    d: Derivation, *, seed: int = 0, depths: Iterable[int] = range(1, 7), **options: Any
) -> Report:
    """Every claim of a derivation against numbers; of a network with loops, those of its pattern
    as well, at several ``depths``.

    ``options`` are those of matcalc.checking.check: ``points``, ``jacobians``, ``steps``,
    ``exact``, ``tensors``, ``progress``, ``entries``. Raises InputError where no point is found.
    """
    from matcalc.checking import check as at_one_depth

    report = at_one_depth(d, seed=seed, **options)
    if d.network.template is None:
        return report
    from matcalc.checking.patterns import with_pattern

    return with_pattern(report, d, depths, seed)


def codegen(
    source: EngineNetwork | Derivation,
    *,
    unroll: bool = False,
    workspace: bool = False,
    target: str = "numpy",
) -> str:
    """The text of a NumPy module with forward, backward, loss_and_grads, train_step.

    A network with loops becomes a module with loops, unless it is to be unrolled. With
    ``workspace``, or with the target "numba", the module has a class Workspace instead, which
    keeps its arrays from call to call; of a derivation, for the variables that it is by.
    """
    network = source.network if isinstance(source, Derivation) else source
    if workspace or target != "numpy":
        from matcalc.scheduling import workspace_module

        wrt = source.wrt if isinstance(source, Derivation) else None
        return workspace_module(network, wrt, target=target)
    if network.template is not None and not unroll:
        from matcalc.generation.loops import codegen_loops

        return codegen_loops(network.template)
    from matcalc.generation import codegen as generate

    return generate(network)
