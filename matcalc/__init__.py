"""matcalc: gradients of networks in matrix notation, derived, written and checked.

import matcalc as mc
net = mc.load("net.yaml")
d = mc.derive(net, layout="denominator")
print(d["W1"], d["W1"].shape)
assert mc.check(d).ok
source = mc.codegen(net)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcalc.declaration import load, loads
    from matcalc.derivation import derive
    from matcalc.facade import Network, check, codegen
    from matcalc.tracing import trace

__version__ = "0.1.0"
__all__ = ["Network", "check", "codegen", "derive", "load", "loads", "trace"]

_PLACES = {
    "Network": "matcalc.facade",
    "check": "matcalc.facade",
    "codegen": "matcalc.facade",
    "derive": "matcalc.derivation",
    "load": "matcalc.declaration",
    "loads": "matcalc.declaration",
    "trace": "matcalc.tracing",
}


def __getattr__(name: str) -> Any:
    """Each name is imported when it is first used, so that starting up is quick."""
    if name not in _PLACES:
        raise AttributeError(f"module matcalc has no attribute {name}")
    return getattr(import_module(_PLACES[name]), name)
