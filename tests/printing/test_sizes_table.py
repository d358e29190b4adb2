"""The table of sizes: there where a network has enough kinds, and right."""

import matcalc as mc
from matcalc.printing.document import write_document
from matcalc.printing.sizes_table import latex_table, markdown_table, sizes_table, text_table

NETWORK = """
convention: column
layout: numerator
dims: {n: 2, m: 3}
inputs: {s: [], v: [n, 1]}
parameters: {M: [m, n]}
network: {a: s*v, b: M*a, C: b*v.T, l: sum(C)}
"""


def test_each_jacobian_stands_in_its_cell():
    d = mc.derive(mc.loads(NETWORK))
    table = {
        (row, column): [(j.of, j.wrt) for j in cell]
        for row, cells in sizes_table(d)
        for column, cell in zip(("number", "vector", "matrix"), cells, strict=True)
    }
    assert table["vector", "number"] == [("a", "s")]
    assert table["vector", "vector"] == [("a", "v"), ("b", "a")]
    assert table["vector", "matrix"] == [("b", "M")]
    assert table["matrix", "vector"] == [("C", "v"), ("C", "b")]
    assert table["number", "matrix"] == [("l", "C")]
    assert table["matrix", "number"] == table["matrix", "matrix"] == []
    text = "\n".join(text_table(d))
    assert "∂b/∂M m×(m*n)" in text and "∂C/∂b (m*n)×m" in text
    assert "| a vector | `∂a/∂s`: n × 1 |" in "\n".join(markdown_table(d))
    assert r"$\partial b / \partial M$: $m \times (m n)$" in "\n".join(latex_table(d))


def test_few_kinds_need_no_table():
    d = mc.derive(mc.loads("dims: {n: 2}\ninputs: {x: [n, 1]}\nnetwork: {y: tanh(x), l: sum(y)}"))
    assert sizes_table(d) == [] and text_table(d) == []
    assert [*markdown_table(d)] == [*latex_table(d)] == []


def test_numbers_do_not_run_together_in_a_size():
    d = mc.derive(mc.loads("inputs: {X: [2, 3]}\nnetwork: {Y: tanh(X)}\noutputs: [Y]"))
    page = write_document(d, jacobians=True)
    assert r"{(2 \cdot 3) \times (2 \cdot 3)}" in page
