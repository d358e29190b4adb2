"""The page of HTML: what it holds, what it shares, what hostile names become in it."""

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise, product

import numpy as np
import pytest
from matcalc.cli.main import main

import matcalc as mc
from matcalc import checking
from matcalc.checking import check
from matcalc.checking.run import find_point
from matcalc.expressions.build import symbol, total
from matcalc.expressions.dimension import Dimension
from matcalc.layout.layout import LAYOUTS
from matcalc.network.network import Convention, Equation, Kind, Network, Variable
from matcalc.numeric.evaluate import evaluate
from matcalc.printing.html_choices import Choice, choices, fitted
from matcalc.printing.html_forms import numpy_text
from matcalc.printing.html_math import formula, width
from matcalc.printing.html_page import Page, write_page
from matcalc.printing.html_variants import boxes
from matcalc.printing.mathml_prose import sentence_html
from matcalc.reasoning.styles import STYLES
from tests.networks import MLP

VOID = {"meta", "input", "br", "path", "rect", "polygon"}
SMALL = """
name: Small
dims: {N: 3, D: 2, H: 4}
inputs: {X: [N, D]}
parameters: {W: [D, H], b: [1, H]}
network: {Z: X*W + b, L: sum(sigmoid(Z))}
"""


class Reader(HTMLParser):
    """Every element of a page with its attributes, in order, and the text of headings."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found = [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, (tag, self.getpos())

    def all(self, tag):
        return [attributes for found, attributes in self.found if found == tag]


@pytest.fixture(scope="module")
def page():
    net = mc.loads(SMALL)
    return write_page(net, mc.derive(net))


def test_the_page_stands_alone_and_is_well_formed(page):
    reader = Reader(page)
    assert reader.all("html")[0]["lang"] == "en"
    for _, attributes in reader.found:
        assert not {"src", "srcset", "onclick", "action"} & attributes.keys()
        assert attributes.get("href", "#").startswith("#")
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in page and "url(http" not in page


def test_headings_labels_and_captions(page):
    reader = Reader(page)
    levels = [int(tag[1]) for tag, _ in reader.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = [a["id"] for _, a in reader.found if "id" in a]
    assert len(ids) == len(set(ids))
    for tag, attributes in reader.found:
        for name in attributes.get("aria-labelledby", "").split():
            assert name in ids, name
        if attributes.get("role") == "region":
            assert attributes["aria-label"] and attributes["tabindex"] == "0"
        if tag == "button":
            assert attributes["aria-label"].startswith("Copy ") and "hidden" in attributes
    assert len(reader.all("caption")) == len(reader.all("table")) > 0
    assert len(reader.all("legend")) == len(reader.all("fieldset")) == 3


def test_the_switch_starts_at_what_was_asked_for():
    net = mc.loads(SMALL + "layout: {vector_gradient: transpose}")
    d = mc.derive(net, convention="column", layout="mixed", style="vec")
    page = Page(net, d).html()
    checked = [a["id"] for a in Reader(page).all("input") if "checked" in a]
    assert checked == ["c1", "l2", "s3"]
    assert "the file’s own" in page
    own = [a["id"] for a in Reader(Page(net, mc.derive(net)).html()).all("input") if "checked" in a]
    assert own == ["c0", "l3", "s0"]


def test_combinations_share_what_they_have_in_common():
    net = mc.loads(SMALL)
    page = Page(net, mc.derive(net))
    assert len(page.choices) == len(set(page.choices)) == 30
    for choice in page:
        page.add(choice, page.derivation(choice), None)
    sizes = [
        (len(markup), len(found)) for slot in page.variants.slots.values()
        for markup, found in slot.items()
    ]  # fmt: skip
    together, apart = sum(a for a, _ in sizes), sum(a * b for a, b in sizes)
    assert together < apart / 3
    for slot in page.variants.slots.values():
        assert sum(map(len, slot.values())) == len(set().union(*slot.values()))


def test_every_set_is_a_union_of_boxes_that_holds_it_exactly():
    whole = [Choice(c, layout, s) for c, layout, s in product(Convention, LAYOUTS.values(), STYLES)]
    rng = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.9, 1.0):
        found = {c for c in whole if rng.random() < share} or {whole[0]}
        named = boxes(found)
        held = [Choice(*sides) for box in named for sides in product(*box)]
        assert len(held) == len(found) and set(held) == found
    assert len(boxes(whole)) == 1


HOSTILE = ["<script>alert(1)</script>", "</title><b>", "\"'&amp;", "--></style>", "\x00\u202e"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_titles_stay_text(name, page):
    n = Dimension.of("n")
    X = symbol(name, (n, n))
    net = Network(
        variables=(Variable(name, Kind.INPUT, (n, n)),),
        equations=(Equation("Z", X * X, name), Equation("L", total(X * X), name)),
        loss="L",
        dims={"n": 2},
        name=name,
    )
    text = write_page(net, mc.derive(net, layout="numerator"))
    tags = {tag for tag, _ in Reader(text).found}
    assert tags <= {tag for tag, _ in Reader(page).found} | {"msub", "polygon"}
    assert text.count("<script") == text.count("</style>\n</head>") == 1
    assert name not in text


def test_numpy_texts_compute_the_gradient():
    net = mc.loads(MLP)
    for layout in ("denominator", "numerator"):
        d = mc.derive(net, layout=layout)
        reference = find_point(d.network, dict(d.network.dims), np.random.default_rng(0))
        known = dict(reference.point) | reference.gradients(list(d.gradients))
        names = {s.name if s.op.name == "symbol" else f"grad_{s.name}": v for s, v in known.items()}
        for p in d.partials.values():
            text = numpy_text(d, p.form)
            found = eval(text, {"np": np, **d.network.dims, **names})
            assert np.allclose(found, evaluate(p.form, known, reference.env)), text


def test_abstract_functions_have_no_numpy_and_no_values():
    net = mc.loads(SMALL.replace("sigmoid(Z)", "f(Z)") + "functions: {f: abstract}")
    page = write_page(net, mc.derive(net))
    assert "Shapes alone: f is abstract" in page and "<svg" in page
    assert "‖" not in re.sub("<desc.*?</desc>", "", page).split("Backward")[0].split("<svg")[1]


def test_large_networks_hold_what_fits():
    def deep(count):
        lines = ["dims: {N: 2, H: 3}", "inputs: {X: [N, H]}", "network:", "  A0: tanh(X)"]
        lines += [f"  A{k}: tanh(A{k - 1})" for k in range(1, count - 1)]
        return mc.loads("\n".join([*lines, f"  L: sum(A{count - 2})"]))

    for count, combinations in ((20, 30), (21, 5), (41, 1)):
        net = deep(count)
        found = choices(net, mc.derive(net, style="chain"))
        assert len(found) == len(list(found)) == combinations
        assert next(iter(found)).style == "chain"
        assert (f"{count} equations" in found.reason) == (combinations < 30)
    net = deep(41)
    text = write_page(net, mc.derive(net, ["X"]))
    assert "holds one convention, layout and style" in text
    assert "radio" not in text.split("<script>")[0].split("</style>")[1]


def test_long_formulas_leave_room_for_fewer_combinations():
    net = mc.loads(SMALL)
    found = choices(net, mc.derive(net, style="vec"))
    for size, combinations in ((10_000, 30), (1_000_000, 5), (9_000_000, 1)):
        kept = fitted(found, size)
        assert len(kept) == combinations and kept.chosen == found.chosen
        assert ("formulas are long" in kept.reason) == (combinations < 30)


def test_deep_nesting_is_measured():
    assert width("<msqrt>" * 5000 + "<mi>a</mi>" + "</msqrt>" * 5000) == 1


def test_long_formulas_break_and_wide_ones_scroll():
    short = formula(["<mi>A</mi>", "<mo>=</mo><mi>B</mi>"], "A")
    assert short.count("<math") == 1 and "tabindex" not in short
    word = "<mi>a</mi>" * 15
    long = formula([word, f"<mo>+</mo>{word}"], "A")
    assert long.count("<math") == 2 and "tabindex" not in long
    assert '<mo form="infix">+</mo>' in long
    assert 'role="region" tabindex="0" aria-label="A &amp; B" style="--letters: 45">' in formula(
        [word * 3], "A & B"
    )
    assert width("<mfrac><mi>a</mi><mrow><mi>b</mi><mi>c</mi></mrow></mfrac>") == 2


def test_no_line_ends_between_a_formula_and_its_full_stop():
    assert sentence_html("see `A`.").endswith("</math>.</span>")
    assert "nb" not in sentence_html("see `A` there")


def test_colours_can_be_read_in_both_themes():
    css = files("matcalc.printing").joinpath("page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", css)
    assert len(blocks) == 3
    for block in blocks:
        colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
        for below, above in product(
            ("paper", "card"), ("ink", "soft", "accent", "mc-value", "mc-gradient")
        ):
            assert contrast(colour[below], colour[above]) >= 4.5, (below, above)


def contrast(a, b):
    lights = sorted((luminance(a), luminance(b)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    r, g, b = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


# -- from the command line ---------------------------------------------------------


@pytest.fixture
def run(monkeypatch):
    """A command in this process; its exit code."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["matcalc", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            return end.code or 0
        return 0

    return command


def test_derive_and_diff_write_pages(run, tmp_path, capsys):
    net, out = tmp_path / "net.yaml", tmp_path / "out.html"
    net.write_text(SMALL)
    assert run("derive", net, "--format", "html", "-o", out, "--hessians", "--wrt", "b") == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "Second derivatives" in text
    assert "claims at 3 random points" in text and "claims at 1 random point" in text
    assert "Not checked" not in text
    arguments = ("diff", "A*x", "-v", "A:m,n", "-v", "x:n,1", "--wrt", "x", "--format", "html")
    assert run(*arguments) == 0
    shown = capsys.readouterr().out
    assert "Local Jacobians" in shown and "<details open>" in shown


def test_a_combination_that_fails_is_not_printed(run, tmp_path, capsys, monkeypatch):
    def failing(d, **options):
        report = check(d, **options)
        if d.style != "index":
            return report
        return replace(report, rows=(replace(report.rows[0], error=1.0), *report.rows[1:]))

    monkeypatch.setattr(checking, "check", failing)
    net, out = tmp_path / "net.yaml", tmp_path / "out.html"
    net.write_text(SMALL)
    assert run("derive", net, "--format", "html", "-o", out) == 1
    said = capsys.readouterr()
    assert not out.exists() and said.out == ""
    assert "row convention, denominator layout, index" in said.err
