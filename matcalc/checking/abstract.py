"""Smooth random functions that stand for abstract ones while a check runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from matcalc.network.network import Network

Abstract = Callable[[Any, int], Any]


def abstract_functions(network: Network, rng: np.random.Generator) -> dict[str, Abstract]:
    """For each abstract function f(x, order): its order-th derivative at x."""
    return {f.name: smooth(rng) for f in network.functions if f.body is None}


def smooth(rng: np.random.Generator, waves: int = 3) -> Abstract:
    """A sum of sines: analytic, and every derivative known."""
    size = rng.uniform(0.5, 1.5, waves)
    speed = rng.uniform(0.5, 1.5, waves)
    phase = rng.uniform(0, 2 * np.pi, waves)

    def function(x: Any, order: int) -> Any:
        # Each derivative of a sine moves its phase by a quarter of a turn.
        waves = zip(size, speed, phase, strict=True)
        return sum(a * w**order * np.sin(w * x + p + order * np.pi / 2) for a, w, p in waves)

    return function
