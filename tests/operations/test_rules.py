"""Every rule of the registry, on numbers, in both conventions and all layouts.

The examples are the registry's own, the judge is the complex step: a rule that is wrong
by a sign, a factor or a transpose cannot pass at sizes that all differ.
"""

from itertools import chain, combinations

import pytest

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions.operation import REGISTRY
from matcalc.operations.examples import CONSTANTS, EXAMPLES, SHOWN_ONLY

CASES = [(name, *example) for name, examples in EXAMPLES.items() for example in examples]


def ones(shapes):
    """Every choice of dimensions that may be 1."""
    names = sorted({d for shape in shapes.values() for d in shape if not d.isdigit()})
    return chain.from_iterable(combinations(names, k + 1) for k in range(len(names)))


AT_ONE = [
    (expression, shapes, one)
    for name, expression, shapes in CASES
    if name != "block"  # what lies outside is refused
    for one in ones(shapes)
]


def network(expression, shapes, convention):
    dims = "{m: 2, n: 3, p: 5, q: 7}"
    lines = [f"convention: {convention}", f"dims: {dims}", "inputs:"]
    lines += [f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items()]
    lines += ["functions: {f: abstract}", "network:", f"  Y: {expression}", "outputs: [Y]"]
    return loads("\n".join(lines))


def test_every_operation_has_an_example():
    assert set(REGISTRY) == {*EXAMPLES, *CONSTANTS, *SHOWN_ONLY}


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("convention", ["row", "column"])
@pytest.mark.parametrize(("name", "expression", "shapes"), CASES)
def test_gradients_and_jacobians(name, expression, shapes, convention, layout):
    d = derive(network(expression, shapes, convention), layout=layout)
    report = check(d, points=2)
    assert report.ok, report.failed
    kinds = {row.kind for row in report.rows}
    assert {"partial", "Jacobian", "step"} <= kinds


@pytest.mark.parametrize(("name", "expression", "shapes"), CASES)
def test_the_other_convention_has_transposed_gradients(name, expression, shapes):
    d = derive(network(expression, shapes, "row"), convention="column")
    report = check(d, points=1)
    assert report.ok, report.failed


@pytest.mark.parametrize(("expression", "shapes", "one"), AT_ONE)
def test_dimensions_of_size_1(expression, shapes, one):
    declared = {v: ["1" if d in one else d for d in shape] for v, shape in shapes.items()}
    report = check(derive(network(expression, declared, "row")), points=1)
    assert report.ok, report.failed
