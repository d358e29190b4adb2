"""Edge by edge at one point: the upstream gradient, the local one, and what they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.numeric.evaluate import evaluate
from matcalc.tracing.trace import Trace

MOST = 16
"The most entries of a local Jacobian that is worth printing."


@dataclass(frozen=True)
class Local:
    """The use of ``source`` in ``target``, against the direction of the edge.

    ``upstream`` is the gradient by target, ``jacobian`` that of target by source, and
    ``back`` what this use adds to the gradient by source; all as the layout arranges them.
    """

    source: str
    target: str
    upstream: Any
    jacobian: Any
    back: Any


def local_gradients(trace: Trace) -> Iterator[Local]:
    """From the last node to the first; edges along which nothing flows back, and Jacobians
    of more than MOST entries, are left out."""
    d, values = trace.derivation, trace.point.values
    for equation in reversed(trace.network.equations):
        upstream = trace[equation.name].gradient
        for edge in (e for e in trace.edges if e.target == equation.name and e.value is not None):
            size = np.size(values[d.network.symbol(edge.source)]) * np.size(values[equation.symbol])
            if upstream is None or size > MOST:
                continue
            form = d.jacobian(edge.target, edge.source).form
            found = evaluate(form, values, trace.point.env)
            yield Local(edge.source, edge.target, upstream, found, edge.value)
