"""A derivation as JSON, in the contract that scripts rest on (see docs/json.md)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

import matcalc
from matcalc.derivation.derivation import Derivation
from matcalc.derivation.hessian import Hessian
from matcalc.derivation.hessian import hessians as hessians_of
from matcalc.derivation.results import Jacobian, Partial
from matcalc.expressions.expr import Shape
from matcalc.printing.language import LanguagePrinter
from matcalc.printing.latex import LatexPrinter
from matcalc.reasoning.step import Step
from matcalc.reasoning.tensors import small_tensor


def write_json(d: Derivation, *, jacobians: bool = False, hessians: bool = False) -> str:
    data = as_data(d, jacobians=jacobians, hessians=hessians)
    return json.dumps(data, ensure_ascii=False, indent=1)


def as_data(d: Derivation, *, jacobians: bool = False, hessians: bool = False) -> dict[str, Any]:
    """The derivation as dictionaries, lists and strings."""
    network, text = d.network, LanguagePrinter(d.network.convention).text
    data: dict[str, Any] = {
        "matcalc": matcalc.__version__,
        "name": network.name,
        "convention": network.convention.value,
        "layout": d.layout.spec,
        "style": d.style,
        "dims": dict(network.dims),
        "variables": [
            {"name": v.name, "kind": v.kind.value, "shape": shape_data(v.shape)}
            for v in network.variables
        ],
        "nodes": [
            {"name": e.name, "shape": shape_data(e.shape), "expr": text(e.expr)}
            for e in network.equations
        ],
        "loss": network.loss,
    }
    if network.outputs:
        data["outputs"] = list(network.outputs)
    data["partials"] = [_partial(p, text) for p in d.partials.values()]
    if jacobians:
        data["jacobians"] = [_jacobian(j, text) for j in d.jacobians]
    if hessians:
        data["hessians"] = [hessian_data(h) for h in hessians_of(d)]
    data["steps"] = [_step(d, step, text) for top in d.steps for step in top.flat()]
    return data


def shape_data(shape: Shape) -> list[str]:
    return [str(size) for size in shape]


def _partial(p: Partial, text: Any) -> dict[str, Any]:
    closed = p.derivation.closed_form(p.wrt)
    free = p.free_entries
    extra = {} if free is None else {"free_entries": {"expr": text(free.form), "text": free.text}}
    return extra | {
        "of": p.of,
        "wrt": p.wrt,
        "shape": shape_data(p.shape),
        "expr": text(p.form),
        # Null where substituting every upstream gradient passes the language's limit.
        "closed_form": None if closed is None else text(p.closed),
        "latex": p.latex(),
    }


def _jacobian(j: Jacobian, text: Any) -> dict[str, Any]:
    return {
        "of": j.of,
        "wrt": j.wrt,
        "shape": list(j.size_texts),
        "expr": text(j.form),
        "condensed": None if j.short is None else text(j.short),
        "reason": j.reason,
        "latex": j.latex(),
        "map": None if j.map is None else text(j.map),
        "tensor": _tensor(j, text),
    }


def _tensor(j: Jacobian, text: Any) -> dict[str, Any] | None:
    """∂Z[i, j]/∂X[k, l] at small sizes, as nested lists; null where it is too large."""
    found = None if j.map is None else small_tensor(j)
    if found is None:
        return None
    sizes, cells = found
    return {"dims": dict(sizes), "entries": np.frompyfunc(text, 1, 1)(cells).tolist()}


def hessian_data(h: Hessian) -> dict[str, Any]:
    """A Hessian or a block; its forms are null where they pass the language's limit."""
    text = LanguagePrinter(h.derivation.network.convention).text
    return {
        "of": h.of,
        "wrt": h.wrt,
        "other": h.other,
        "shape": list(h.size_texts),
        "expr": text(h.form) if h.has_form else None,
        "product": text(h.product) if h.has_form else None,
        "symmetric": h.symmetric,
        "structure": h.structure,
        "reason": " ".join(filter(None, (h.symmetry, h.structure_reason))),
        "latex": h.latex() if h.has_form else None,
    }


def _step(d: Derivation, step: Step, text: Any) -> dict[str, Any]:
    lhs, rhs = text(step.lhs), text(step.rhs)
    latex = LatexPrinter(d.network.convention, d.of).text
    return {
        "kind": step.kind,
        "about": step.about,
        "rule": step.rule,
        "lhs": lhs,
        "rhs": rhs,
        "latex": " = ".join(latex(d.shown_claim(side)) for side in step.claim),
        "text": step.text,
    }
