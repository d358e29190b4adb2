"""What is said of a local Jacobian beside its form: every claim is held against numbers."""

from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.checking import run
from matcalc.derivation import results
from matcalc.expressions.build import mul
from matcalc.expressions.expr import lift
from matcalc.printing.as_json import as_data
from matcalc.printing.document import write_document
from matcalc.printing.markdown import write_markdown
from matcalc.printing.terminal import write_terminal

NETWORK = """
dims: {m: 2, n: 3, p: 2}
inputs: {X: [m, n], s: [], c: [1, p]}
parameters: {W: [n, p]}
functions: {f: abstract}
network:
  Y: X*W + c
  A: f(Y)
  T: X.T*X
  P: softmax(c)
  S: s*X
  Q: inv(X*X.T)
outputs: [A, T, P, S, Q]
"""


def said(j):
    return {step.rule for step in j.steps}


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("convention", ["row", "column"])
def test_every_claim_holds_in_every_arrangement(convention, layout):
    d = mc.derive(mc.loads(NETWORK), convention=convention, layout=layout)
    report = mc.check(d, exact=False)
    assert report.ok, report.failed
    claims = [row.name for row in report.rows if row.name.startswith("Jacobian at")]
    for claim in ("linear map", "as a matrix", "the tensor, entry by entry", "in blocks"):
        assert f"Jacobian at Y by W: {claim}" in claims
    assert "Jacobian at P by c: entry by entry" in claims
    assert "Jacobian at A by Y: the tensor, entry by entry" in claims


@pytest.mark.parametrize("rule", ["linear map", "as a matrix", "likewise", "in blocks"])
def test_a_broken_claim_is_caught(rule, monkeypatch):
    def broken(j):
        return tuple(
            replace(s, rhs=mul(lift(2), s.rhs), shown=None) if (s.rule, j.wrt) == (rule, "W") else s
            for s in j.steps
        )

    d = mc.derive(mc.loads(NETWORK))
    steps = {(j.of, j.wrt): broken(j) for j in d.jacobians}
    monkeypatch.setattr(
        results.Jacobian, "steps", property(lambda j: steps[j.of, j.wrt]), raising=True
    )
    report = run.check(d, exact=False)
    assert not report.ok
    assert all(row.name.startswith(f"Jacobian at Y by W: {rule}") for row in report.failed)


def test_a_number_has_no_tensor_and_a_plain_matrix_nothing_to_write_out():
    d = mc.derive(mc.loads("dims: {n: 2, m: 3}\ninputs: {x: [n, 1], s: []}\n"
                           "parameters: {W: [m, n]}\nconvention: column\n"
                           "network: {y: W*x, z: s*y}\noutputs: [z]"))  # fmt: skip
    assert d.jacobian("y", "x").steps == () and str(d.jacobian("y", "x").map) is not None
    assert d.jacobian("z", "s").steps == () and d.jacobian("z", "s").map is None
    assert said(d.jacobian("y", "W")) >= {"linear map", "in blocks", "likewise"}


def test_json_has_the_map_and_the_tensor():
    found = {(j["of"], j["wrt"]): j for j in as_data(load_small(), jacobians=True)["jacobians"]}
    assert found["Y", "W"]["map"] == "X*d(W)"
    assert found["Y", "W"]["tensor"] == {
        "dims": {"N": 2, "D": 2, "M": 1},
        "entries": [[[["X[0, 0]"], ["X[0, 1]"]]], [[["X[1, 0]"], ["X[1, 1]"]]]],
    }
    assert found["L", "Y"]["map"] is None and found["L", "Y"]["tensor"] is None


def load_small():
    return mc.derive(mc.loads("dims: {N: 2, D: 2, M: 1}\ninputs: {X: [N, D]}\n"
                              "parameters: {W: [D, M]}\nnetwork: {Y: X*W, L: sum(Y)}"))  # fmt: skip


def test_a_tensor_that_is_too_large_is_not_written_out():
    d = mc.derive(mc.loads("inputs: {X: [5, 5]}\nparameters: {W: [5, 5]}\n"
                           "network: {Y: X*W}\noutputs: [Y]"))  # fmt: skip
    j = d.jacobian("Y", "W")
    assert said(j) == {"linear map", "as a matrix"}
    assert as_data(d, jacobians=True)["jacobians"][1]["tensor"] is None
    assert j.tensor().shape == (5, 5, 5, 5)


@pytest.mark.parametrize("write", [write_terminal, write_markdown, write_document])
def test_every_page_shows_it(write):
    d = load_small()
    page = write(d, jacobians=True)
    assert "linear map" in page and "the tensor, entry by entry" in page and "in blocks" in page
    assert "linear map" not in write(d)


def test_of_very_many_jacobians_the_first_are_explained():
    layers = "".join(f"  x{k + 1}: tanh(x{k})\n" for k in range(60))
    d = mc.derive(
        mc.loads(f"dims: {{n: 2}}\ninputs: {{x0: [n, 1]}}\nnetwork:\n{layers}outputs: [x60]\n")
    )
    assert len(d.jacobians) == 60 and len(d.explained) == 40
    page = write_terminal(d, jacobians=True)
    assert page.count("entry by entry") == 40
    rows = run.check(d, points=1, exact=False, steps=False).rows
    assert len({row.name.split(":")[0] for row in rows if "entry by entry" in row.name}) == 40
