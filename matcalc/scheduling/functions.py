"""A network as one function of arrays: its ends, and the gradients by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matcalc.differentiate.backward import GradientEquation
from matcalc.errors import InputError
from matcalc.generation import codegen
from matcalc.generation.library import run
from matcalc.network.network import Network
from matcalc.scheduling.workspace import workspace_module


def function_of(
    network: Network,
    wrt: Sequence[str],
    found: Mapping[str, GradientEquation],
    workspace: bool,
    target: str,
) -> Callable[..., Any]:
    """``loss_and_grads`` of the generated module, or ``outputs_and_grads`` where there is no
    loss; ``found`` are the gradients by ``wrt``. See ``Derivation.kernel``."""
    for name in wrt:
        if name in network.equation:
            raise InputError(
                f"{name} is a node, and kernels give gradients by variables",
                mend="Derive by inputs and parameters.",
            )
    if workspace or target != "numpy":
        made = run(workspace_module(network, wrt, target=target, found=found))["Workspace"]()
        method = "loss_and_grads" if network.loss else "outputs_and_grads"
        return getattr(made, method)  # type: ignore[no-any-return]
    return _readable(network, wrt, run(codegen(network)))


def _readable(
    network: Network, wrt: Sequence[str], module: Mapping[str, Any]
) -> Callable[..., Any]:
    seeds = [f"grad_{name}" for name in network.outputs]
    count = len(network.variables)

    def loss_and_grads(*values: Any, **named: Any) -> Any:
        """The loss, and its gradients by name."""
        loss, grads = module["loss_and_grads"](*values, **named)
        return loss, {name: grads[name] for name in wrt}

    def outputs_and_grads(*values: Any, **named: Any) -> Any:
        """The outputs, and the gradients by name, from the gradients that arrive."""
        upstream = dict(zip(seeds, values[count:], strict=False))
        upstream |= {name: named.pop(name) for name in seeds if name in named}
        outputs, cache = module["forward"](*values[:count], **named)
        grads = module["backward"](cache, **upstream)
        return outputs, {name: grads[name] for name in wrt}

    return loss_and_grads if network.loss else outputs_and_grads
