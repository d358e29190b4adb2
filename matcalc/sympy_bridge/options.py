"""The parameters of operations beside their operands (an axis, an eps) as named options.

In SymPy an option that is left out means what it means in the language: the axis of the
network's convention. What matcalc itself hands to SymPy names every option.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from matcalc.declaration.calls import EPS, REDUCTIONS
from matcalc.errors import InputError
from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention

OVER_AXIS = (*REDUCTIONS, "argmax_one_hot")
ALONG_AXIS = ("softmax", "log_softmax", "softmax_cross_entropy")
NORMALISATIONS = ("layernorm", "batchnorm")

ACCEPTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*OVER_AXIS, *ALONG_AXIS), ("axis",)),
    **dict.fromkeys(NORMALISATIONS, ("axis", "eps")),
}
UNWRITTEN = dict.fromkeys((*NORMALISATIONS, "softmax_cross_entropy"), ("axis",))
"Options that the language leaves to the convention."


def options_of(e: Expr) -> dict[str, Any]:
    """What an operation's data says, by name; an axis that is None is left out."""
    names = ACCEPTED.get(e.op.name, ())
    return {name: value for name, value in zip(names, e.data, strict=True) if value is not None}


def data_of(
    name: str, options: Mapping[str, Any], convention: Convention | None
) -> tuple[Any, ...] | None:
    """The data that the options stand for, or None where only a convention could tell."""
    accepted = ACCEPTED.get(name, ())
    unknown = [option for option in options if option not in accepted]
    if unknown:
        raise InputError(f"{name} has no option {unknown[0]}")
    if not accepted:
        return ()
    axis = options.get("axis")
    if axis is None and name not in OVER_AXIS:
        if convention is None:
            return None
        axis = convention.axis if name != "batchnorm" else 1 - convention.axis
    if axis not in (None, 0, 1):
        raise InputError(f"{axis} is not an axis", mend="Write axis=0 or axis=1.")
    axis = None if axis is None else int(axis)
    return (axis, Fraction(options.get("eps", EPS))) if "eps" in accepted else (axis,)


def written(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the language writes."""
    hidden = UNWRITTEN.get(name, ())
    return {
        option: value
        for option, value in options.items()
        if option not in hidden and not (option == "eps" and value == EPS)
    }
