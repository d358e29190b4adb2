"""The report of a check as data (see docs/json.md)."""

from __future__ import annotations

import json
import math
from typing import Any

import matcalc
from matcalc.checking.report import Report, Row


def report_data(report: Report) -> dict[str, Any]:
    """The report as dictionaries, lists, numbers and strings."""
    return {
        "ok": report.ok,
        "points": report.points,
        "sizes": dict(report.sizes),
        "max_error": _number(report.max_error),
        "chance": report.chance,
        "claims": [_claim(row) for row in report.rows],
        "passed_over": [_about(row) for row in report.passed_over],
        "not_met": [
            {"kink": side.kink, "node": side.node, "function": side.function, "side": side.side}
            for side in report.unmet
        ],
    }


def write_report_json(report: Report, pattern: dict[str, Any] | None = None) -> str:
    data: dict[str, Any] = {"matcalc": matcalc.__version__, **report_data(report)}
    if pattern is not None:
        data["pattern"] = pattern
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)


def _claim(row: Row) -> dict[str, Any]:
    verdict = "ok" if row.ok else "undecided" if row.undecided else "wrong"
    return {**_about(row), "verdict": verdict, "error": _number(row.error)}


def _about(row: Row) -> dict[str, Any]:
    return {"kind": row.kind, "name": row.name, "detail": row.detail}


def _number(error: float) -> float | None:
    """JSON has no infinity."""
    return error if math.isfinite(error) else None
