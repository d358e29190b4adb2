"""The gallery: matcalc's gradients against the forms that textbooks print.

The expected forms were written by hand. Each has to agree in value at sizes that all
differ, and matcalc's form may have no more operations than the textbook's, except those
in LONGER, which fail this test as soon as they become short.
"""

import numpy as np
import pytest

from derivations.gallery.write import TABLE, expected, identities, table
from matcalc.checking import check
from matcalc.expressions.build import gradient
from matcalc.expressions.operation import Environment
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import sample
from matcalc.printing.language import write
from tests.counting import operations

ROWS = [identity for _, identity in identities()]
LONGER = {
    "d trace(A*X**2) / d X (A:n,n, X:n,n)",
    "d trace(A*X*B*X) / d X (A:n,m, X:m,n, B:n,m)",
    "d trace(A*X)/trace(X) / d X (A:n,n, X:n,n)",
    "d det(A*X*B) / d X (A:n,n, X:n,n, B:n,n)",
    "d det(X**3) / d X (X:n,n)",
    "d logdet(A*X*B) / d X (A:n,n, X:n,n, B:n,n)",
    "d trace(inv(X)*A) / d X (A:n,n, X:n,n)",
    "d sum(inv(X)) / d X (X:n,n)",
    "d x.T*x/(x.T*A*x) / d x (A:n,n:positive_definite, x:n,1)",
    "d x.T*A*x/(x.T*x) / d x (A:n,n:symmetric, x:n,1)",
    "d trace(diag(x)*A*diag(x)) / d x (A:n,n, x:n,1)",
    "d trace(kron(X, B)) / d X (X:n,n, B:p,p)",
}
"Names of identities whose form is known to be longer than the textbook's."


def agree(identity, d):
    """Whether both forms have the same values, with any upstream gradients."""
    rng = np.random.default_rng(0)
    network = d.network
    env = Environment(network.dims)
    style = "positive" if "log" in identity.of or "sqrt" in identity.of else "normal"
    drawn = sample(network, network.dims, rng, style)
    values = {network.symbol(name): value for name, value in drawn.items()}
    for equation in network.equations:
        values[equation.symbol] = evaluate(equation.expr, values, env)
        shape = tuple(size.size(network.dims) for size in equation.shape)
        values[gradient(equation.symbol)] = rng.normal(size=shape) if shape else 1.0
    ours, theirs = d[identity.wrt].form, expected(identity, d)
    assert ours.shape == theirs.shape
    return np.allclose(
        evaluate(ours, values, env), evaluate(theirs, values, env), rtol=1e-8, atol=1e-10
    )


@pytest.mark.parametrize("identity", ROWS, ids=lambda identity: identity.name)
def test_identity(identity):
    d = identity.derivation()
    report = check(d, points=2)
    assert report.ok, report.failed
    assert agree(identity, d)
    ours = write(d[identity.wrt].form, d.network.convention)
    longer = operations(ours) > operations(identity.form)
    if identity.name in LONGER:
        assert longer, f"{ours} is short now: take it off the list"
    else:
        assert not longer, f"{ours} is longer than {identity.form}"


def test_there_are_a_hundred_and_none_twice():
    assert len(ROWS) >= 100
    assert len({identity.name for identity in ROWS}) == len(ROWS)
    assert {identity.name for identity in ROWS} >= LONGER
    assert all(len(set(i.network.dims.values())) == len(i.network.dims) for i in ROWS)


def test_the_table_is_up_to_date():
    assert TABLE.read_text(encoding="utf-8") == table()
