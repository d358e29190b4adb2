"""Gradients by the free entries of structured variables, stated beside the others."""

import pytest

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.printing.as_json import as_data
from matcalc.printing.language import write
from matcalc.printing.terminal import write_terminal

TEXT = """
convention: column
dims: {{n: 3}}
inputs: {{x: [n, 1], y: [n, 1], A: {{shape: [n, n], assume: {assume}}}}}
network: {{L: x.T*A*y + trace(A*A)}}
"""

FORMS = {
    "symmetric": "4*A + x*y.T + y*x.T - hadamard(eye(n), 2*A + x*y.T)",
    "antisymmetric": "x*y.T - 4*A - y*x.T",
    "diagonal": "diagonal(2*A + x*y.T)",
}


@pytest.mark.parametrize("assume", FORMS)
def test_both_are_stated_and_checked(assume):
    d = derive(loads(TEXT.format(assume=assume)))
    assert write(d["A"].free_entries.form, d.network.convention) == FORMS[assume]
    report = check(d)
    assert report.ok, report.failed
    assert "free entries" in {row.kind for row in report.rows}
    assert "By its free entries" in write_terminal(d)
    partial = next(p for p in as_data(d)["partials"] if p["wrt"] == "A")
    assert partial["free_entries"]["expr"] == FORMS[assume]


def test_others_have_none():
    d = derive(loads("dims: {n: 3}\ninputs: {A: [n, n]}\nnetwork: {L: trace(A)}"))
    assert d["A"].free_entries is None
