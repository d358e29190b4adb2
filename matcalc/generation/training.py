"""One step of gradient descent as a function of the generated module."""

from __future__ import annotations

from matcalc.generation.body import indented
from matcalc.generation.entrance import Entrance, declared
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.wording import docstring, listed
from matcalc.network.network import Kind, Network

RATE = "learning_rate"


def train_step(network: Network, entrance: Entrance) -> str:
    """The source of train_step: forward, backward, and w - learning_rate dL/dw for every
    parameter. Nothing for a network without a loss or without parameters."""
    parameters = [v for v in network.variables if v.kind is Kind.PARAMETER]
    if not network.loss or not parameters:
        return ""
    own = Identifiers(network.variable)
    rate, loss, gradients = (own.fresh(name) for name in (RATE, "value", "gradients"))
    call, alias = "loss_and_grads", []
    if call in network.variable:  # an argument of that name hides the function
        call, alias = f"_{call}", [f"_{call} = {call}", "", ""]
    comma = ", " if network.variables else ""
    head = f"def train_step({entrance.signature()}{comma}{rate}=0.1):"
    words = (
        f"{network.loss}, and the parameters after one step of gradient descent, by name.\n\n"
        f"Each parameter w becomes w - {rate} * d{network.loss}/dw:"
        f" {listed([declared(v) for v in parameters])}."
        " What is passed in stays as it is."
    )
    assumed = [v.name for v in parameters if v.assume]
    if assumed:
        words += f" A step does not keep what is assumed of {listed(assumed)}."
    rows = [f'    "{v.name}": {v.name} - {rate} * {gradients}["{v.name}"],' for v in parameters]
    lines = [
        f"{loss}, {gradients} = {call}({', '.join(entrance.names)})",
        f"return {loss}, {{",
        *rows,
        "}",
    ]
    return "\n".join([*alias, *indented([head], 0), *docstring(words), *indented(lines), ""])
