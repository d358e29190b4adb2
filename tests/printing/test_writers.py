"""Every operation has a writer in every printer, whatever its operands look like."""

import pytest

import matcalc.operations  # noqa: F401, fills the registry
from matcalc.expressions.build import add, mul, power, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.expressions.expr import lift, operation, postorder
from matcalc.expressions.operation import REGISTRY
from matcalc.network.network import Convention
from matcalc.printing.language import LanguagePrinter
from matcalc.printing.latex import LatexPrinter
from matcalc.printing.unicode import UnicodePrinter

PRINTERS = [LanguagePrinter, LatexPrinter, UnicodePrinter]
N = Dimension.of("n")
A = symbol("A", (N, N))
s = symbol("s", ())


@pytest.mark.parametrize("printer", PRINTERS)
def test_every_operation_has_a_writer_and_every_writer_an_operation(printer):
    assert set(printer.writers) == set(REGISTRY)


def test_the_examples_have_every_operation(examples):
    assert {node.op.name for e in examples for node in postorder(e)} == set(REGISTRY)


@pytest.mark.parametrize("convention", Convention)
@pytest.mark.parametrize("printer", PRINTERS)
def test_every_example_is_written(printer, convention, examples):
    for e in examples:
        text, transposed = printer(convention).text(e), printer(convention).text(e.T)
        assert text.strip() == text and "\n" not in text
        assert len(transposed) >= len(text) - 1


NESTINGS = {
    "sums and products": lambda x: mul(s, add(x, s)),
    "fractions": lambda x: power(add(x, lift(1)), -1),
    "powers": lambda x: power(s, x),
    "functions": lambda x: operation("tanh")(x),
    "roots": lambda x: operation("sqrt")(x),
    "transposes": lambda x: mul(A, x).T,
    "stacks": lambda x: operation("block")(operation("vstack")(x, A), data=(N - N, N, N - N, N)),
}


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("nesting", NESTINGS.values(), ids=list(NESTINGS))
def test_deep_nesting_needs_no_recursion(printer, nesting):
    e = A if nesting in (NESTINGS["transposes"], NESTINGS["stacks"]) else s
    for _ in range(2000):
        e = nesting(e)
    assert len(printer().text(e)) > 2000


@pytest.mark.parametrize("printer", PRINTERS)
def test_sums_of_thousands_of_terms(printer):
    terms = [mul(k + 2, symbol(f"W{k}", (N, N)), A) for k in range(5000)]
    text = printer().text(add(*terms))
    assert text.count("+") == 4999


def test_the_terms_of_a_sum_are_where_a_line_may_break(read):
    e = read("X - 2*Y + 1")
    for printer in (LatexPrinter(), UnicodePrinter()):
        terms = printer.terms(e)
        assert len(terms) == 3 and "".join(terms) == printer.text(e)
        assert printer.terms(e.args[0]) == ["X"]
