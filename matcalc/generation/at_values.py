"""The loss and its gradients at values from a file: what ``matcalc eval`` computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from matcalc.declaration.assumptions import refuse_given
from matcalc.errors import InputError, ManyErrors, nearest
from matcalc.network.network import Network


def read_values(path: str, most: int = 2**62) -> dict[str, Any]:
    """The arrays of a .npz file of at most so many bytes; nothing pickled is loaded."""
    if not Path(path).is_file():
        found = f"{path} is a directory" if Path(path).is_dir() else f"there is no file {path}"
        raise InputError(found, mend="Name a file that numpy.savez has written.")
    try:
        opened = np.load(path, allow_pickle=False)
        if not hasattr(opened, "files"):
            raise InputError(f"{path} holds one array", mend="Write it with numpy.savez.")
        with opened as file:
            _refuse_large(path, file, most)
            return {name: file[name] for name in file.files}
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{path} is not a .npz file of plain arrays",
            mend="Write it with numpy.savez.",
        ) from error


def _refuse_large(path: str, file: Any, most: int) -> None:
    """A small file can hold large arrays: what it says of them is looked at first."""
    archive = getattr(file, "zip", None)
    size = sum(entry.file_size for entry in archive.infolist()) if archive else 0
    if size > most:
        raise InputError(
            f"{path}: arrays of {size} bytes, where {most} are the limit",
            mend="Raise it with --limit values_bytes=N.",
        )


def evaluate_at(
    network: Network, values: Mapping[str, Any], wrt: Sequence[str] = ()
) -> dict[str, Any]:
    """``loss``, and each gradient in its variable's shape, by variable name.

    Raises InputError where a value is missing, unknown, of a wrong shape, or not as the
    network assumes, and where the network has no loss.
    """
    from matcalc.generation.kernels import load_module

    if network.loss is None:
        raise InputError(
            "the network has outputs and no loss to evaluate",
            mend="Name a loss, or use the module that matcalc codegen writes.",
        )
    names = [v.name for v in network.differentiable]
    if "loss" in names:
        raise InputError("a variable named loss has no place beside the loss", mend="Rename it.")
    for name in wrt:
        if name not in names:
            raise InputError(
                f"--wrt: {name} is no input or parameter", mend=f"Choose from {', '.join(names)}."
            )
    arguments = _arguments(network, values)
    loss, grads = _run(load_module(network), arguments)
    refuse_given(network.variables, values)
    return {"loss": loss} | {name: grads[name] for name in wrt or names}


def _arguments(network: Network, values: Mapping[str, Any]) -> list[Any]:
    errors: list[InputError] = []
    for name in values:
        if name not in network.variable:
            near = nearest(name, network.variable)
            known = ", ".join(network.variable) or "none"
            mend = f"Did you mean {near}?" if near else f"It has {known}."
            errors.append(InputError(f"the network has no variable {name}", mend=mend))
    arguments = []
    for variable in network.variables:
        if variable.name in values:
            try:
                arguments.append(_numeric(variable.name, values[variable.name]))
            except InputError as error:
                errors.append(error)
        elif variable.value is not None:
            arguments.append(variable.value)
        else:
            message = f"there is no value for {variable.name}"
            mend = "Add an array of that name to the file."
            errors.append(InputError(message, mend=mend))
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return arguments


def finite_notes(results: Mapping[str, Any]) -> list[str]:
    """A line for each result that is not finite."""
    bad = [name for name, value in results.items() if not np.all(np.isfinite(value))]
    words = {True: "the loss", False: "the gradient of {}"}
    return [f"{words[n == 'loss'].format(n)} is not finite at these values" for n in bad]


def _numeric(name: str, value: Any) -> Any:
    if not (np.issubdtype(value.dtype, np.number) or value.dtype == bool):
        message = f"the value of {name} is not numeric but {value.dtype}"
        raise InputError(message, mend="Give real numbers.")
    if np.iscomplexobj(value):
        raise InputError(f"the value of {name} is complex", mend="Give real numbers.")
    return value


def _run(module: Mapping[str, Any], arguments: list[Any]) -> tuple[Any, dict[str, Any]]:
    try:
        with np.errstate(all="ignore"):
            loss, grads = module["loss_and_grads"](*arguments)
    except (ValueError, np.linalg.LinAlgError) as error:
        mend = "Change the arrays, or the shapes in the network file."
        raise InputError(str(error), mend=mend) from error
    return np.asarray(loss), {name: np.asarray(g) for name, g in grads.items()}
