"""Other libraries, each with the function that computes a loss and its gradients.

A peer that is not installed is left out, with a note. Each gets float64, one thread, and
its arrays beforehand; what it returns is turned into NumPy for the comparison alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.works import Work

Run = Callable[[], Any]
Made = tuple[Run, Callable[[Any], list[Any]]]
"A call, and what makes gradients in NumPy of its result."


def torch_eager(work: Work, arrays: Sequence[Any]) -> Made:
    return _torch(work, arrays, compiled=False)


def torch_compiled(work: Work, arrays: Sequence[Any]) -> Made:
    return _torch(work, arrays, compiled=True)


def _torch(work: Work, arrays: Sequence[Any], compiled: bool) -> Made:
    import torch

    torch.set_num_threads(1)
    xp = SimpleNamespace(
        tanh=torch.tanh,
        relu=torch.relu,
        sum=torch.sum,
        softmax=lambda x: torch.softmax(x, 1),
        log_softmax=lambda x: torch.log_softmax(x, 1),
    )
    count = _parameters(work, arrays)
    tensors = [torch.from_numpy(a.copy()) for a in arrays]
    for tensor in tensors[:count]:
        tensor.requires_grad_(True)

    def loss(*values: Any) -> Any:
        return work.loss(xp, *values)

    function = torch.compile(loss) if compiled else loss

    def run() -> Any:
        return torch.autograd.grad(function(*tensors), tensors[:count])

    return run, lambda grads: [g.numpy() for g in grads]


def jax_jit(work: Work, arrays: Sequence[Any]) -> Made:
    import jax

    jax.config.update("jax_enable_x64", True)
    xp = SimpleNamespace(
        tanh=jax.numpy.tanh,
        relu=jax.nn.relu,
        sum=jax.numpy.sum,
        softmax=jax.nn.softmax,
        log_softmax=jax.nn.log_softmax,
    )
    count = _parameters(work, arrays)
    values = [jax.numpy.asarray(a) for a in arrays]
    both = jax.value_and_grad(lambda *a: work.loss(xp, *a), argnums=tuple(range(count)))
    function = jax.jit(both)

    def run() -> Any:
        return jax.block_until_ready(function(*values))

    return run, lambda result: [np.asarray(g) for g in result[1]]


def hips_autograd(work: Work, arrays: Sequence[Any]) -> Made:
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp

    def log_softmax(x: Any) -> Any:
        return x - logsumexp(x, axis=1, keepdims=True)

    xp = SimpleNamespace(
        tanh=anp.tanh,
        relu=lambda x: anp.maximum(x, 0),
        sum=anp.sum,
        softmax=lambda x: anp.exp(log_softmax(x)),
        log_softmax=log_softmax,
    )
    count = _parameters(work, arrays)
    rest = list(arrays[count:])
    function = value_and_grad(lambda parameters: work.loss(xp, *parameters, *rest))
    parameters = list(arrays[:count])
    return lambda: function(parameters), lambda result: list(result[1])


def pytensor_function(work: Work, arrays: Sequence[Any]) -> Made:
    import pytensor
    import pytensor.tensor as pt
    from pytensor.tensor.special import log_softmax, softmax

    xp = SimpleNamespace(
        tanh=pt.tanh,
        relu=lambda x: pt.maximum(x, 0),
        sum=pt.sum,
        softmax=lambda x: softmax(x, axis=1),
        log_softmax=lambda x: log_softmax(x, axis=1),
    )
    count = _parameters(work, arrays)
    # Rows are declared as such, so that they are repeated.
    symbols = [pt.tensor(dtype="float64", shape=(1 if len(a) == 1 else None, None)) for a in arrays]
    loss = work.loss(xp, *symbols)
    function = pytensor.function(symbols, [loss, *pytensor.grad(loss, symbols[:count])])
    function.trust_input = True
    return lambda: function(*arrays), lambda result: list(result[1:])


PEERS: dict[str, Callable[[Work, Sequence[Any]], Made]] = {
    "PyTorch": torch_eager,
    "torch.compile": torch_compiled,
    "JAX jit": jax_jit,
    "PyTensor": pytensor_function,
    "HIPS autograd": hips_autograd,
}


def _parameters(work: Work, arrays: Sequence[Any]) -> int:
    """How many arrays are differentiated by: the constants come last."""
    return len(arrays) - (2 if work.sizes else 1)
