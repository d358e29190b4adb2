"""Five ways of reasoning: every claim of every step holds, and all end in the same form."""

from dataclasses import replace

import pytest

from derivations.write import HERE, network_files
from matcalc.checking import check
from matcalc.checking.steps import claims_of
from matcalc.declaration import load, loads
from matcalc.derivation import derive
from matcalc.errors import InputError
from matcalc.expressions.build import mul
from matcalc.operations.examples import EXAMPLES
from matcalc.reasoning.styles import STYLES
from matcalc.simplify import simplify
from tests.networks import cross_entropy, mlp
from tests.operations.test_rules import network as example
from tests.random_networks import random_network

FILES = network_files()
NAMES = [str(path.relative_to(HERE).with_suffix("")) for path in FILES]
LAYOUTS = ("denominator", "numerator", "mixed")


def holds(d, **options):
    report = check(d, points=1, **options)
    assert report.ok, [(row.kind, row.name, row.detail) for row in report.failed[:3]]
    return report


@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_claim_about_the_stored_networks_holds(path, convention):
    network = load(path)
    for style in STYLES:
        # Jacobians are arranged by the layout; the other styles argue in one way for all.
        layouts = LAYOUTS if style == "chain" else LAYOUTS[:1]
        for layout in layouts:
            holds(derive(network, convention=convention, layout=layout, style=style))


CASES = [(name, *case) for name, cases in EXAMPLES.items() for case in cases]


@pytest.mark.parametrize(("name", "expression", "shapes"), CASES)
def test_every_operation_in_every_style(name, expression, shapes):
    for k, style in enumerate(STYLES):
        convention, layout = ("row", "column")[(k + len(expression)) % 2], LAYOUTS[k % 3]
        d = derive(example(expression, shapes, convention), layout=layout, style=style)
        holds(d, jacobians=False)


@pytest.mark.parametrize("seed", range(16))
def test_random_networks(seed):
    network = loads(random_network(seed))
    for k, style in enumerate(STYLES):
        layout = LAYOUTS[(seed + k) % 3]
        holds(derive(network, layout=layout, style=style), jacobians=False, seed=seed)


@pytest.mark.parametrize("style", STYLES)
def test_all_styles_end_in_the_same_form(style):
    d = derive(mlp(), style=style)
    for step in d.steps:
        for use in step.substeps:
            if use.kind != "pullback" or not use.substeps:
                continue
            sides = [step.claim[1] for step in use.substeps]
            wrapped = ("inner", "entry", "rvec", "vec")
            found = {simplify(s.args[0] if s.op.name in wrapped else s) for s in sides}
            contributions = [c.expr for c in d.gradients[step.about].contributions]
            ends = {simplify(c) for c in contributions}
            assert found & (ends | {simplify(c.T) for c in contributions}), use


def flat(steps):
    """Every step by itself, without those within it."""
    for step in steps:
        yield from flat(step.substeps)
        yield replace(step, substeps=())


@pytest.mark.parametrize("style", STYLES)
def test_a_step_that_is_broken_is_caught(style):
    """Every claim of every step, one at a time, off by a factor."""
    right = derive(mlp(), wrt="W1", style=style)
    for step in flat(right.steps):
        broken = [replace(step, rhs=mul(2, step.rhs), shown=None)]
        if step.shown:
            lhs, rhs = step.shown
            broken.append(replace(step, shown=(lhs, mul(2, rhs))))
        for wrong in broken:
            d = derive(mlp(), wrt="W1", style=style)
            d.__dict__["steps"] = (wrong,)
            failed = check(d, points=1, jacobians=False, exact=False).failed
            assert [row.kind for row in failed] == ["step"], wrong


def test_rational_steps_are_checked_exactly():
    d = derive(loads("dims: {m: 2, n: 3}\ninputs: {X: [m, n], W: [n, m]}\nnetwork: {L: sum(X*W)}"))
    report = holds(d)
    claims = sum(1 for top in d.steps for _ in claims_of(top))
    assert sum(row.kind == "exact" for row in report.rows) == claims
    assert 0 < report.chance < 2.0**-50


def test_an_exact_claim_that_is_off_by_a_hair_is_caught():
    """A relative error of 1e-12 is no error in floating point, but one in integers."""
    d = derive(loads("dims: {m: 2, n: 3}\ninputs: {X: [m, n], W: [n, m]}\nnetwork: {L: sum(X*W)}"))
    hair = mul(mul(10**12 + 1, d.steps[0].rhs), 1) / 10**12
    d.__dict__["steps"] = (replace(d.steps[0], rhs=hair), *d.steps[1:])
    assert [row.kind for row in check(d, points=1).failed] == ["exact"]


def test_what_is_not_rational_is_left_to_floating_point():
    d = derive(mlp())
    kinds = {row.name: row.kind for row in check(d, points=1).rows if row.kind == "exact"}
    assert "accumulate at W2: one use" in kinds
    assert "accumulate at Z1: one use" not in kinds  # it rests on A1 being the sigmoid of Z1


def test_an_assumption_is_named_where_it_is_used():
    d = derive(cross_entropy("[row_stochastic]"))
    texts = [step.text for step in d.steps if step.kind == "accumulate"]
    assert any("`Y` is row stochastic" in text for text in texts)


def test_an_unknown_style_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match=r"no style chian.*\n?.*Did you mean chain"):
        derive(mlp(), style="chian")


def test_sizes_are_small_where_entries_are_written_out():
    large = loads("dims: {N: 40, D: 30}\ninputs: {X: [N, D]}\nnetwork: {L: sum(square(X))}")
    assert derive(large, style="explicit").network.dims == {"N": 2, "D": 3}
    small = loads("dims: {N: 3, D: 2}\ninputs: {X: [N, D]}\nnetwork: {L: sum(square(X))}")
    assert derive(small, style="explicit").network.dims == {"N": 3, "D": 2}
    assert derive(large).network.dims == {"N": 40, "D": 30}


@pytest.mark.parametrize(
    "inverse", ["inv(X.T*X)*X.T*y", "solve(X.T*X, X.T*y)", "(X.T*X)**-1*X.T*y"]
)
def test_small_sizes_leave_an_inverse_that_there_is(inverse):
    text = "dims: {N: 7, D: 3}\ninputs: {X: [N, D]}\nconstants: {y: [N, 1]}\n"
    d = derive(loads(f"{text}network: {{b: '{inverse}', L: 'sse(X*b, y)'}}\n"), style="explicit")
    assert d.network.dims == {"N": 3, "D": 2}
    holds(d)


def test_where_there_is_no_inverse_the_sizes_are_named():
    text = "dims: {N: 2, D: 3}\ninputs: {X: [N, D]}\nnetwork: {L: logdet(X.T*X)}\n"
    with pytest.raises(InputError, match="no point with N = 2, D = 3 was found"):
        check(derive(loads(text), style="explicit"))


@pytest.mark.parametrize("style", STYLES)
def test_what_is_stopped_is_no_use(style):
    """A stopped value in a product or a power: no step follows what cannot arrive."""
    text = "inputs: {W: [2, 3]}\nnetwork:\n  L: sum(W)*stop_gradient(sum(W)) + stop_gradient(sum(W))**2\n"
    d = derive(loads(text), style=style)
    assert str(d["W"]) == "stop_gradient(sum(W))*ones(2, 3)"
    assert check(d).ok
