"""Formulas in MathML: their structure, what hostile names become, how a browser sets them."""

import io
import re
import xml.etree.ElementTree as ET

import pytest

from matcalc.expressions.build import change, gradient, symbol
from matcalc.expressions.dimension import Dimension
from matcalc.printing.mathml import MathMLPrinter, mathml
from matcalc.printing.mathml_markup import STYLE, finished, math, name_mathml
from matcalc.printing.mathml_prose import formula_mathml, sentence_html
from tests.browser import measured, needs_chromium
from tests.printing.test_latex_compiles import NESTINGS, A, s

CORE = {"mrow", "mi", "mo", "mn", "mfrac", "msup", "msub", "msubsup", "msqrt", "mspace"}
CORE |= {"mtable", "mtr", "mtd"}
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "msqrt": 1}


def plain(markup):
    """The markup without attributes, spaces and rows that hold one thing."""
    text = re.sub(r"<(\w+) [^>]*>", r"<\1>", markup)
    return text.replace("<mspace></mspace>", "").replace("\u2061", "").replace("\u2062", "")


def words(markup):
    """What the formula says, without its structure."""
    return "".join(ET.fromstring(markup).itertext()).replace("\u2061", "").replace("\u2062", "")


def well_formed(markup):
    for element in ET.fromstring(markup).iter():
        assert element.tag in CORE, element.tag
        assert len(element) == CHILDREN.get(element.tag, len(element)), element.tag
        if element.tag not in ("mi", "mo", "mn"):
            assert not (element.text or "").strip(), (element.tag, element.text)
        assert not (element.tail or "").strip(), element.tail
    return True


def test_every_operation_is_well_formed(examples):
    assert all(well_formed(mathml(e)) and well_formed(mathml(e.T)) for e in examples)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("X.T*Z1", "X⊤Z1"),
        ("X - (Y - X)", "X−(Y−X)"),
        ("hadamard(Z1, 1 - Z1)", "Z1⊙(1−Z1)"),
        ("inv(S).T", "S−⊤"),
        ("2*3*s", "2⋅3s"),
        ("maximum(-X, Y)", "max(−X,Y)"),
        ("sum(X, axis=0)", "sumi(X)"),
        ("X[0:2, 1]", "X[:2,1]"),
        ("norm(X)", "‖X‖F"),
        ("D(swish, X, 2)", "swish″(X)"),
        ("swish(X)", "swish(X)"),
        ("lambda_1*Sigma", "λ1Σ"),
        ("kron(X, eye(H))", "X⊗IH"),
        ("1/N", "1N"),
    ],
)
def test_what_a_formula_says(read, text, expected):
    assert words(mathml(read(text))).replace("′′", "″") == expected


def test_structure_is_that_of_the_mathematics(read):
    assert "<msup><mi>X</mi><mi>⊤</mi></msup>" in plain(mathml(read("X.T")))
    assert "<msubsup><mi>Z</mi><mn>1</mn><mi>⊤</mi></msubsup>" in plain(mathml(read("Z1.T")))
    assert "<mfrac><mi>s</mi><mi>t</mi></mfrac>" in plain(mathml(read("s/t")))
    assert "<msqrt><mi>s</mi></msqrt>" in plain(mathml(read("sqrt(s)")))
    stack = plain(mathml(read("vstack(u.T, v.T)")))
    assert stack.count("<mtr>") == stack.count("<mtd>") == 2
    fraction = plain(mathml(gradient(symbol("W1", ())), loss="L"))
    below = "<mrow><mi>∂</mi><msub><mi>W</mi><mn>1</mn></msub></mrow>"
    assert f"<mfrac><mrow><mi>∂</mi><mi>L</mi></mrow>{below}</mfrac>" in fraction


def test_brackets_grow_only_around_what_is_tall(read):
    assert 'stretchy="false"' in mathml(read("sin(s)"))
    assert "stretchy" not in mathml(read("sin(s/t)"))


def test_a_minus_is_a_sign_at_the_start_and_a_difference_between():
    assert finished("-1") == '<mo form="prefix">−</mo><mn>1</mn>'
    assert finished("2-1") == "<mn>2</mn><mo>−</mo><mn>1</mn>"
    assert finished("<mo>,</mo>-1").endswith('<mo form="prefix">−</mo><mn>1</mn>')


def test_terms_join_to_the_sum(read):
    e = read("X - Y/s + X")
    terms = MathMLPrinter().term_markup(e)
    assert len(terms) == 3 and all(map(well_formed, terms))
    assert "".join(map(words, terms)) == words(mathml(e))


HOSTILE = [
    "<script>alert(1)</script>",
    "a</mi><mi>b",
    "x&lt;",
    '"onload="',
    "\x00",
    "\n",
    "é",
    "]]>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text(name):
    N = Dimension.of("n")
    for markup in (name_mathml(name), mathml(symbol(name, (N, N)), loss=name)):
        assert well_formed(markup)
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
        assert words(markup) == shown
    assert "<script" not in sentence_html(f"{name} `{name}`")


def test_differentials_stand_apart_from_their_neighbours():
    N = Dimension.of("n")
    a, b = symbol("A", (N, N)), symbol("B", (N, N))
    for e, spaces in ((a * b, 0), (a * change(b), 1), (change(a) * b, 1), (a * change(b) * a, 2)):
        assert mathml(e).count("<mspace") == spaces


def test_names_are_read_as_mathematicians_do():
    assert name_mathml("W1") == "<msub><mi>W</mi><mn>1</mn></msub>"
    assert words(name_mathml("W1_out")) == "W1,out"
    assert name_mathml("sigma2") == "<msub><mi>σ</mi><mn>2</mn></msub>"
    assert name_mathml("logits") == "<mi>logits</mi>"
    assert name_mathml("Sigma") == '<mi mathvariant="normal">Σ</mi>'


@pytest.mark.parametrize(
    "text, expected",
    [
        ("⟨G, A dX B⟩ = ⟨Aᵀ G Bᵀ, dX⟩", "⟨G,AdXB⟩=⟨A⊤GB⊤,dX⟩"),
        ("d(Aᵏ) = Σ Aⁱ dA Aᵏ⁻¹⁻ⁱ", "d(Ak)=∑AidAAk−1−i"),
        ("∂L/∂x = (∂z/∂x)ᵀ ∂L/∂z", "∂L/∂x=(∂z/∂x)⊤∂L/∂z"),
        ("W1_out < 3", "W1,out<3"),
        ("1 − A∘²", "1−A⊙2"),
        ("s^(t − 1) · A^∘(s − 1)", "st−1·A⊙s−1"),
        ("𝟏_(m×n)/(m · n)", "𝟏m×n/(m·n)"),
        ("I_m ⊗ 𝟏_pᵀ", "Im⊗𝟏p⊤"),
        ("a^(b", "a^(b"),
        ("I_(n · n) + 1/√(2 · π)", "In·n+1/2·π"),
    ],
)
def test_formulas_in_sentences(text, expected):
    assert well_formed(formula_mathml(text)) and words(formula_mathml(text)) == expected


def test_scripts_of_formulas_in_sentences():
    assert "<msup><mi>A</mi><mrow><mo>⊙</mo><mn>2</mn></mrow></msup>" in plain(
        formula_mathml("A∘²")
    )
    assert "<msub><mn>𝟏</mn><mrow>" in plain(formula_mathml("𝟏_(m×n)"))
    assert "<msup><mi>e</mi><msup>" not in plain(formula_mathml("e^(x)"))


def test_sentences_escape_their_words():
    assert sentence_html("a < b & `x`").startswith("a &lt; b &amp; <math><mrow><mi>x</mi>")


@pytest.mark.parametrize("nesting", NESTINGS.values(), ids=list(NESTINGS))
def test_nesting_stays_below_what_browsers_read(nesting):
    e = A if nesting in list(NESTINGS.values())[-3:] else s
    for _ in range(200):
        e = nesting(e)
    depth = deepest = 0
    for event, _ in ET.iterparse(io.StringIO(mathml(e)), events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    assert deepest < 300, "Chromium stops at 512, the page around it included"


@needs_chromium
def test_chromium_sets_every_operation_as_mathematics(examples, tmp_path):
    formulas = [mathml(e) for e in examples]
    body = f"<style>{STYLE}</style>" + "".join(f"<p>{math(f)}</p>" for f in formulas)
    box = "(e => {const r = e.getBoundingClientRect(); return [r.width, r.height]})"
    script = f"[...document.querySelectorAll('math')].map(e => [{box}(e), e.namespaceURI])"
    found = measured(body, script, folder=tmp_path)
    assert len(found) == len(formulas)
    for (width, height), namespace in found:
        assert 3 < width < 400 and 5 < height < 120
        assert namespace.endswith("MathML")


@needs_chromium
def test_chromium_raises_exponents_and_lowers_indices(read, tmp_path):
    body = math(mathml(read("W1.T*X.T/s")))
    script = (
        "['⊤', '1', 'W', 's'].map(t => [...document.querySelectorAll('mi, mn')]"
        ".findLast(e => e.textContent == t).getBoundingClientRect()).map(r => (r.top + r.bottom)/2)"
    )
    above, below, base, under = measured(body, script, folder=tmp_path)
    assert above < base < below and base < under
