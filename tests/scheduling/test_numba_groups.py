"""What the compiled target writes; numba is not needed for that."""

import re

import pytest

import matcalc as mc
from matcalc.scheduling import workspace, workspace_module
from tests.networks import deep


@pytest.fixture(autouse=True)
def numba_is_there(monkeypatch):
    monkeypatch.setattr(workspace, "find_spec", lambda name: True)


def steps(source):
    """The bodies of the functions of arrays, by number."""
    parts = re.split(r"def _step(\d+)\(", source.partition("def _compute")[0])[1:]
    return dict(zip(map(int, parts[::2]), parts[1::2], strict=True))


def written(text):
    network = mc.loads(text) if isinstance(text, str) else text
    return workspace_module(network, target="numba")


def test_layers_share_their_functions():
    few, many = (written(deep(n)) for n in (4, 40))
    assert steps(few) == steps(many)
    compiled = [
        source[source.index("@intrinsic") : source.index("def _lasting")] for source in (few, many)
    ]
    assert compiled[0] == compiled[1]


def test_a_softmax_and_its_loss_are_one_pass_over_the_rows():
    source = written(
        "dims: {N: 4, C: 3}\nparameters: {Z: [N, C]}\n"
        "constants: {Y: {shape: [N, C], assume: [one_hot, row_stochastic]}}\n"
        "network:\n  L: softmax_cross_entropy(Z, Y)\n"
    )
    (first, *others) = steps(source).values()
    assert first.count("for _i") == 1 and first.count("for _j") == 3
    assert not any("for " in other.partition("@")[0] for other in others)


def test_what_is_read_for_each_row_is_read_before_its_entries():
    source = written(
        "dims: {N: 4, C: 3}\ninputs: {X: [N, C], v: [N, 1]}\nnetwork:\n"
        "  E: divide(X, v*ones(1, C))\n  L: sum(exp(E))\n"
    )
    (body,) = (body for body in steps(source).values() if "_exp(" in body)
    row, entries = body.split("for _j")
    assert re.search(r"_h0 = _a\d\[_i, 0\]\n", row) and "/ _h0" in entries


def test_a_sum_over_the_batch_is_taken_where_its_terms_are_made():
    source = written(
        "dims: {N: 4, D: 3}\ninputs: {X: [N, D]}\nparameters: {W: [D, D], b: [1, D]}\n"
        "network:\n  A: tanh(X*W + b)\n  L: sum(square(A))\n"
    )
    assert any("_tanh" in body and "+=" in body for body in steps(source).values())


def test_every_product_has_operands_in_place():
    """Transposes are views, which BLAS takes as they are."""
    source = written(deep(3))
    products = re.findall(r"_product\((.*)\)\n", source.partition("def _step0")[2])
    assert products
    assert all(re.fullmatch(r"_a\d+(\.T)?, _a\d+(\.T)?, _a\d+", text) for text in products)


def test_only_functions_that_are_called_come_along():
    source = written("dims: {N: 2}\ninputs: {X: [N, N]}\nnetwork:\n  L: sum(X)\n")
    assert "def _exp(" not in source and "def _product" not in source
    compile(source, "generated", "exec")
