"""Gradients with the depth as a symbol, held against unrolled networks of several depths."""

from dataclasses import replace
from pathlib import Path

import pytest

from matcalc.checking import check
from matcalc.checking.patterns import check_pattern
from matcalc.declaration import load, loads
from matcalc.depth.index import Index
from matcalc.depth.pattern import Rule, derive_pattern
from matcalc.depth.pieces import _sorted
from matcalc.depth.proofs import proofs
from matcalc.derivation import derive
from matcalc.errors import CannotDerive
from matcalc.expressions.build import mul
from matcalc.layout.layout import LAYOUTS, PRESETS
from matcalc.network.network import Convention
from matcalc.printing.mathml import MathMLPrinter
from matcalc.printing.pattern_outline import PatternLanguage
from matcalc.printing.pattern_text import write_pattern
from tests.pattern.networks import NETWORKS

ROOT = Path(__file__).parents[2]


def pattern(name, layout="denominator", convention=None, **options):
    template = loads(NETWORKS[name]).template
    if convention:
        template = template.convert(Convention(convention))
    return derive_pattern(template, LAYOUTS[layout], **options)


def forms(found):
    """The gradient of each member in the language, by its name."""
    text = PatternLanguage(found.template.convention).text
    return {rule.symbol.name: text(rule.form(found.layout)) for rule in found.ordered()}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_claim_holds_at_the_depths_1_to_6(name):
    report = check_pattern(pattern(name), depths=(1, 2, 5) if name != "layers" else range(1, 7))
    assert report.ok, report.failed
    assert len(report.rows) > 10


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ["layers", "residual", "last", "tied", "linear"])
def test_in_every_layout_and_convention(name, layout, convention):
    report = check_pattern(pattern(name, layout, convention), depths=(1, 2))
    assert report.ok, report.failed


@pytest.mark.parametrize("style", ["chain", "index", "vec"])
@pytest.mark.parametrize("name", ["layers", "recurrent", "penalty"])
def test_in_every_way_of_reasoning(name, style):
    for layout in ("denominator", "numerator"):
        report = check_pattern(pattern(name, layout, style=style), depths=(1, 2))
        assert report.ok, report.failed


@pytest.mark.parametrize("name", NETWORKS)
def test_the_unrolled_network_is_an_ordinary_one(name):
    network = loads(NETWORKS[name])
    assert network.template.unrolled() == network
    report = check(derive(network), points=1, jacobians=False, exact=False)
    assert report.ok, report.failed


def test_a_wrong_pattern_is_found():
    found = pattern("layers")
    rules = found.rules["z"]
    rules[0] = replace(rules[0], expr=mul(2, rules[0].expr))
    report = check_pattern(found, depths=(2,))
    assert [row.name for row in report.failed] == ["z[n]", "start: z[N]", "step: z[n]"]


def test_layers():
    assert forms(pattern("layers")) == {
        "x[N]": "x[N] - y",
        "x[n]": "W[n+1].T*grad(z[n+1])",
        "z[n]": "hadamard(grad(x[n]), 1 - power(x[n], 2))",
        "W[n]": "grad(z[n])*x[n-1].T",
        "b[n]": "grad(z[n])",
        "x[0]": "W[1].T*grad(z[1])",
    }


def test_back_through_time():
    found = forms(pattern("recurrent"))
    slope = "hadamard(grad(h[t]), 1 - power(h[t], 2))"
    assert found["W"] == f"sum({slope}*h[t-1].T for t in 1..T)"
    assert found["U"] == f"sum({slope}*x[t].T for t in 1..T)"
    assert found["b"] == f"sum({slope} for t in 1..T)"
    assert found["l[t]"] == "1/T"
    assert found["h[t]"].endswith("+ W.T*hadamard(grad(h[t+1]), 1 - power(h[t+1], 2))")
    assert "t+1" not in found["h[T]"]


def test_a_weight_that_is_used_after_the_loop_too():
    found = forms(pattern("shared"))
    assert found["W"] == "sum(grad(z[n])*x[n-1].T for n in 1..N) + (W*x[N] - y)*x[N].T"


def test_tied_weights_are_used_in_both_loops():
    rule = next(r for r in pattern("tied").ordered() if r.symbol.name == "W[n]")
    assert [part.equation.name for part in rule.parts] == ["x[n]", "y[n-1]"]
    assert (str(rule.first), str(rule.last)) == ("1", "N")


def test_a_shared_state_collects_from_decoder_and_context():
    rule = next(r for r in pattern("encoder").ordered() if r.symbol.name == "h[S]")
    assert [part.equation.name for part in rule.parts] == ["context", "g[0]"]
    context = next(r for r in pattern("encoder").ordered() if r.symbol.name == "context")
    assert [part.over and part.over[0] for part in context.parts] == ["t"]


def test_a_residual_stream_passes_the_gradient_on():
    assert forms(pattern("residual"))["x[n]"].startswith("grad(x[n+1]) + ")


def test_the_recursion_and_the_product_of_the_notes():
    template = load(ROOT / "derivations" / "handwritten" / "pattern.yaml").template
    recursion, product = proofs(derive_pattern(template, PRESETS["handwritten"].layout))
    language = PatternLanguage(Convention.COLUMN).text
    start, step = recursion.claims
    assert language(start.rhs) == "hadamard(D(sigma, z[N]), x[N] - y)"
    assert language(step.rhs) == "hadamard(D(sigma, z[n]), W[n+1].T*grad(z[n+1]))"
    assert (str(step.first), str(step.last)) == ("1", "N-1")
    found = {claim.rule: language(claim.rhs) for claim in product.claims}
    assert found["one step back"] == "W[N].T*diag(D(sigma, z[N]))*grad(x[N])"
    assert found["two steps back"].startswith("W[N-1].T*diag(D(sigma, z[N-1]))*(W[N].T*diag(")
    assert found["the pattern"] == (
        "product(W[n].T*diag(D(sigma, z[n])) for n in k+1..N)*grad(x[N])"
    )
    assert [c.rule for c in product.claims][3:] == ["base", "step", "hypothesis", "conclusion"]


def test_the_product_follows_the_layout():
    (_, product) = proofs(pattern("layers", "numerator"))
    text = PatternLanguage(Convention.COLUMN).text(product.claims[2].rhs)
    assert text == "grad(x[N]).T*product(diag(1 - power(x[n], 2))*W[n] for n in N..k+1)"


def test_the_product_of_a_deep_linear_network():
    (product,) = proofs(pattern("linear"))
    text = PatternLanguage(Convention.ROW).text(product.claims[2].rhs)
    assert text == "grad(x[N])*product(W[n].T for n in N..k+1)"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_derivation_is_as_long_at_any_depth(name):
    def lines(depth):
        template = loads(NETWORKS[name]).template
        template = replace(template, depths=dict.fromkeys(template.depths, depth))
        text = write_pattern(derive_pattern(template, LAYOUTS["denominator"]))
        return text[text.index("Variables") :]

    assert lines(1) == lines(50)


def test_ends_whose_order_depends_on_the_depth_are_refused():
    with pytest.raises(CannotDerive, match="depends on the depth"):
        _sorted("x", {Index("N"), Index("M")}, 1)


def test_members_that_coincide_at_small_depths_hold_from_a_larger_one():
    text = NETWORKS["layers"].replace("sse(x[N], y)", "sse(x[N], y) + sum(x[1])")
    found = derive_pattern(loads(text).template, LAYOUTS["denominator"])
    assert found.least == 2
    assert check_pattern(found, depths=(1, 2, 3, 4)).points == 3
    assert check_pattern(found, depths=(2, 3)).ok


def test_entries_cannot_be_written_out():
    with pytest.raises(CannotDerive, match="--unroll"):
        pattern("layers", style="explicit")


def test_rules_are_data():
    rule = next(iter(pattern("layers").ordered()))
    assert isinstance(rule, Rule)
    assert rule.family == "x"


def test_large_networks_are_checked_along_directions(monkeypatch):
    monkeypatch.setattr("matcalc.checking.patterns.affordable", lambda d, reference: False)
    found = pattern("recurrent")
    report = check_pattern(found, depths=(2,))
    assert report.ok, report.failed
    assert ("partial", "all") in {(row.kind, row.name) for row in report.rows}
    rules = found.rules["W"]
    rules[0] = replace(rules[0], expr=mul(2, rules[0].expr))
    assert [row.name for row in check_pattern(found, depths=(2,)).failed] == ["W"]


def test_mathml_has_indices_and_sums_over_steps():
    found = pattern("recurrent")
    rule = found.rules["W"][0]
    text = MathMLPrinter(Convention.COLUMN, "L").text(rule.form(found.layout))
    assert "<munderover><mo>∑</mo><mrow><mi>t</mi><mo>=</mo><mn>1</mn></mrow><mi>T</mi>" in text
    assert "<msubsup><mi>h</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow>" in text
