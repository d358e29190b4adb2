"""A trace as data: nodes, edges and remarks (see docs/tracing.md)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

import matcalc
from matcalc.printing.as_json import shape_data
from matcalc.printing.language import LanguagePrinter
from matcalc.printing.trace_words import computed
from matcalc.tracing.local import local_gradients
from matcalc.tracing.trace import Edge, Node, Trace

MOST = 10_000
"The most entries of an array that are written whole."


def write_trace_json(trace: Trace) -> str:
    return json.dumps(trace_data(trace), ensure_ascii=False, indent=1, allow_nan=False)


def trace_data(trace: Trace) -> dict[str, Any]:
    """The trace as dictionaries, lists, numbers and strings."""
    network = trace.network
    text = LanguagePrinter(network.convention).text
    local = {(e.source, e.target): e.jacobian for e in local_gradients(trace)}
    data: dict[str, Any] = {
        "matcalc": matcalc.__version__,
        "name": network.name,
        "convention": network.convention.value,
        "layout": trace.derivation.layout.spec,
        "dims": dict(trace.sizes),
        "seed": trace.seed,
        "origin": dict(trace.origin),
        "nodes": [_node(trace, n) for n in trace.nodes],
        "edges": [_edge(e, text, local.get((e.source, e.target))) for e in trace.edges],
        "remarks": [{"kind": r.kind, "at": r.at, "text": r.text} for r in trace.remarks],
    }
    return data


def _node(trace: Trace, node: Node) -> dict[str, Any]:
    data = {"name": node.name, "kind": node.kind, "shape": shape_data(node.shape)}
    if node.operands:
        data |= {"expr": computed(trace, node), "operands": list(node.operands)}
    return data | {"value": array_data(node.value), "gradient": array_data(node.gradient)}


def _edge(edge: Edge, text: Any, local: Any | None) -> dict[str, Any]:
    return {
        "from": edge.source,
        "to": edge.target,
        "times": edge.times,
        "contribution": None if edge.form is None else text(edge.form),
        "value": array_data(edge.value),
        "local": array_data(local),
    }


def array_data(value: Any | None) -> Any:
    """A number, nested lists, or for a large array what there is to say of it."""
    if value is None:
        return None
    if np.size(value) > MOST:
        norm = float(np.linalg.norm(np.ravel(value)))
        return {
            "shape": list(np.shape(value)),
            "min": float(np.min(value)),
            "max": float(np.max(value)),
            "norm": norm,
        }
    return np.asarray(value, dtype=float).tolist()
