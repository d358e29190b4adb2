"""A pattern as data: the ``pattern`` object beside the unrolled network's JSON."""

from __future__ import annotations

from typing import Any

from matcalc.checking.steps import claims_of
from matcalc.depth.index import Index
from matcalc.depth.pattern import Pattern, Rule
from matcalc.depth.proofs import proofs
from matcalc.expressions.expr import Expr
from matcalc.printing.as_json import shape_data
from matcalc.printing.latex import LatexPrinter
from matcalc.printing.pattern_outline import PatternLanguage, arranged, loops_of, without_totals


def pattern_data(pattern: Pattern) -> dict[str, Any]:
    """Loops, the gradient of every member, and the proofs, with symbolic indices."""
    template, d = pattern.template, pattern.d
    language = PatternLanguage(template.convention).text
    printer = LatexPrinter(template.convention, d.of)

    def sides(form: Expr) -> dict[str, str]:
        return {"expr": language(form), "latex": printer.text(d.shown(form))}

    return {
        "depths": dict(template.depths),
        "holds_from": pattern.least,
        "variables": [
            {
                "name": v.variable.name,
                "kind": v.variable.kind.value,
                "shape": shape_data(v.variable.shape),
                "for": _range(v.letter, v.first, v.last),
            }
            for v in template.declared
        ],
        "loops": [
            {"for": _range(loop.variable, loop.first, loop.last), "down": loop.down}
            for loop in loops_of(template)
        ],
        "nodes": [
            {
                "name": e.name,
                "shape": shape_data(e.shape),
                "expr": language(without_totals(template, e.expr)),
                "for": _range(loop.variable, loop.first, loop.last) if loop else None,
            }
            for loop, e in template.equations()
        ],
        "partials": [_partial(pattern, rule, sides) for rule in pattern.ordered()],
        "proofs": [
            {
                "title": proof.title,
                "text": proof.text,
                "claims": [
                    {
                        "of": d.of,
                        "wrt": claim.about,
                        "rule": claim.rule,
                        "for": _range(claim.letter, claim.first, claim.last),
                        "holds_from": max(pattern.least, claim.least),
                        **sides(arranged(pattern, claim)),
                        "text": claim.text,
                    }
                    for claim in proof.claims
                ],
            }
            for proof in proofs(pattern)
        ],
    }


def _range(letter: str, first: Index, last: Index) -> dict[str, str] | None:
    if not letter:
        return None
    return {"variable": letter, "first": str(first), "last": str(last)}


def _partial(pattern: Pattern, rule: Rule, sides: Any) -> dict[str, Any]:
    language = PatternLanguage(pattern.template.convention).text
    return {
        "of": pattern.d.of,
        "wrt": rule.symbol.name,
        "for": _range(rule.letter, rule.first, rule.last),
        "shape": shape_data(pattern.layout.gradient_shape(rule.shape)),
        **sides(rule.form(pattern.layout)),
        "steps": [
            {
                "via": part.equation.name,
                "over": _range(*part.over) if part.over else None,
                "kind": step.kind,
                "rule": step.rule,
                "lhs": language(step.lhs),
                "rhs": language(step.rhs),
                "text": step.text,
            }
            for part in rule.parts
            for step, (lhs, _) in claims_of(part.step)
            if lhs is step.lhs and part.argued
        ],
    }
