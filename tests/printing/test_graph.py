"""Pictures of graphs: geometry without overlaps, texts that fit, names that stay text."""

import re
import time
import xml.etree.ElementTree as ET

import pytest

import matcalc as mc
from matcalc.errors import InputError
from matcalc.expressions.build import symbol
from matcalc.network.network import Equation, Kind, Network, Variable
from matcalc.printing.graph_dot import graph_dot, quoted
from matcalc.printing.graph_layout import layered
from matcalc.printing.graph_svg import graph_svg
from matcalc.tracing import trace
from tests.browser import measured, needs_chromium
from tests.tracing.test_trace import NETWORKS

SVG = "{http://www.w3.org/2000/svg}"
METRICS = {"lead": 40.0, "gap": 30.0, "apart": 20.0, "port": 12.0}


def deep(count):
    """A network of layers with long edges over some of them."""
    lines = ["dims: {N: 3, H: 4}", "inputs: {X: [N, H]}", "parameters:"]
    lines += [f"  W{k}: [H, H]" for k in range(count)]
    lines += ["network:", "  A0: tanh(X*W0)"]
    for k in range(1, count):
        skip = f" + A{max(k - 6, 0)} + X" if k % 3 == 2 else ""
        lines.append(f"  A{k}: tanh(A{k - 1}*W{k}){skip}")
    return mc.loads("\n".join([*lines, f"  L: sum(A{count - 1})"]))


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{SVG}text")]


def sampled(route):
    """Points along an edge: its straight pieces, and the curves between them."""
    for k, (start, end, cross) in enumerate(route):
        if k:
            before, at = route[k - 1][1], route[k - 1][2]
            middle = (before + start) / 2
            for t in (i / 20 for i in range(21)):
                a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
                yield a * before + (b + c) * middle + d * start, (a + b) * at + (c + d) * cross
        yield from ((start + (end - start) * i / 8, cross) for i in range(9))


@pytest.mark.parametrize("count", [1, 5, 30])
def test_boxes_keep_apart_and_edges_go_around_them(count):
    net = deep(count)
    names = [*net.variable, *net.equation]
    sizes = {name: (40.0 + 7 * (k % 5), 20.0 + 9 * (k % 4)) for k, name in enumerate(names)}
    edges = [(s.name, e.name) for e in net.equations for s in sorted(e.expr.free, key=repr)]
    drawing = layered(sizes, edges, **METRICS, late=frozenset(net.variable))
    boxes = {
        name: (main, main + sizes[name][0], cross - sizes[name][1] / 2, cross + sizes[name][1] / 2)
        for name, (main, cross) in drawing.places.items()
    }
    for a, (l1, r1, t1, b1) in boxes.items():
        assert l1 >= 0 and r1 <= drawing.length and t1 >= 0 and b1 <= drawing.width + 1e-6
        for b, (l2, r2, t2, b2) in boxes.items():
            assert a == b or r1 <= l2 or r2 <= l1 or b1 < t2 or b2 < t1, (a, b)
    for (source, target), route in zip(edges, drawing.routes, strict=True):
        assert drawing.places[source][0] < drawing.places[target][0]
        for x, y in sampled(route):
            for name, (left, right, top, bottom) in boxes.items():
                inside = left < x < right and top < y < bottom
                assert name in (source, target) or not inside, (source, target, name)


def test_long_edges_are_straight_and_chains_too():
    sizes = dict.fromkeys("abcd", (10.0, 10.0))
    drawing = layered(sizes, [("a", "b"), ("b", "c"), ("c", "d")], **METRICS)
    assert len({cross for _, cross in drawing.places.values()}) == 1
    crossed = layered(sizes, [("a", "d"), ("b", "c")], **METRICS)
    heights = {name: cross for name, (_, cross) in crossed.places.items()}
    assert (heights["a"] < heights["b"]) == (heights["d"] < heights["c"]), "no crossing"


def test_the_graph_of_the_lecture_has_its_numbers_on_the_wires():
    svg = graph_svg(trace(mc.loads(NETWORKS["graph"])))
    root = ET.fromstring(svg)
    marks = {(t.get("class"), t.text, float(t.get("y"))) for t in root.iter(f"{SVG}text")}
    values = sorted(
        (y, text) for kind, text, y in marks if kind == "graph-value" and text != "value"
    )
    gradients = sorted((y, t) for kind, t, y in marks if kind == "graph-gradient" and " " not in t)
    assert sorted(text for _, text in values) == sorted(["-2", "5", "3", "-4", "-12"])
    assert sorted(text for _, text in gradients) == sorted(["-4", "-4", "-4", "3", "1"])
    assert {"q = x + y", "f = q*z", "x", "y", "z"} <= set(texts(svg))
    for above, below in zip(values, gradients, strict=True):
        assert 15 < below[0] - above[0] < 30, "the gradient stands under its value"


def test_kinds_differ_in_their_outline():
    root = ET.fromstring(graph_svg(trace(mc.loads(NETWORKS["mlp"]))))
    assert len(list(root.iter(f"{SVG}polygon"))) == 5, "four parameters and the key"
    boxes = [r for r in root.iter(f"{SVG}rect") if "graph-box" in r.get("class")]
    looks = {(r.get("class"), float(r.get("rx")) > 0) for r in boxes}
    assert {
        ("graph-box", False),
        ("graph-box graph-constant", False),
        ("graph-box graph-node", True),
    } < looks


def test_screen_readers_hear_what_it_shows():
    root = ET.fromstring(graph_svg(trace(mc.loads(NETWORKS["graph"]))))
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby").split()
    found = {e.get("id"): e.text for e in root.iter() if e.get("id")}
    assert ids == ["graph-title", "graph-desc"]
    assert "q = x + y, scalar, value 3, gradient -4." in found["graph-desc"]


def test_without_values_there_are_shapes_alone():
    svg = graph_svg(mc.derive(mc.loads(NETWORKS["mlp"])))
    assert "N×D" in texts(svg) and "‖" not in svg and 'class="graph-value"' not in svg
    assert svg.count('class="graph-back" d="M') > 5


def test_several_pictures_stand_in_a_page():
    t = trace(mc.loads(NETWORKS["graph"]))
    first, second = (
        set(re.findall(r'(?:id|class)="([^"]*)"', t.svg(prefix=p))) for p in ("a", "b")
    )
    assert not first & second
    for name in ("a b", "", "1a", 'x"', "a<"):
        with pytest.raises(InputError):
            t.svg(prefix=name)


@pytest.mark.parametrize("vertical", [False, True])
def test_200_nodes_take_less_than_a_second(vertical):
    found = trace(deep(99))
    assert len(found.nodes) >= 200
    start = time.process_time()
    graph_svg(found, vertical=vertical)
    assert time.process_time() - start < 1


def test_too_large_graphs_are_refused():
    with pytest.raises(InputError, match="too large to draw"):
        graph_svg(trace(deep(250)))


def hostile(name):
    v = Variable(name, Kind.INPUT, ())
    return Network((v,), (Equation("y", v.symbol + 1), Equation("L", symbol("y", ()) * 2)), "L")


@pytest.mark.parametrize("name", ["</text><script>x</script>", 'a"b', "a&b", "a\\", "é\n", "]]>"])
def test_names_stay_text(name):
    t = trace(hostile(name))
    root = ET.fromstring(graph_svg(t))
    assert not list(root.iter(f"{SVG}script"))
    dot = graph_dot(t)
    assert len(re.findall(r'(?<!\\)(?:\\\\)*"', dot)) % 2 == 0, "quotes are closed"
    assert quoted(name) in dot


def test_dot_has_values_forwards_and_gradients_backwards():
    dot = graph_dot(trace(mc.loads(NETWORKS["graph"])))
    assert '"q" [shape=ellipse, label="q = x + y"];' in dot
    assert '"q" -> "f" [label="3"];' in dot
    assert re.search(r'"f" -> "q" \[label="-4", style=dashed.*constraint=false\];', dot)
    assert "rankdir=LR" in dot and "rankdir=TB" in graph_dot(mc.derive(deep(3)), vertical=True)


BOXES = """(() => {
  const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.right, r.top, r.bottom] };
  return [...document.querySelectorAll('svg')].map(svg => ({
    whole: box(svg),
    nodes: [...svg.querySelectorAll('g > g > title')].map(t => ({
      outline: box(t.nextElementSibling),
      texts: [...t.parentNode.querySelectorAll('text')].map(box)})),
    labels: [...svg.querySelectorAll(':scope > g > text')].map(box)}))
})()"""


def apart(a, b):
    slack = 0.5
    return (
        a[1] <= b[0] + slack or b[1] <= a[0] + slack or a[3] <= b[2] + slack or b[3] <= a[2] + slack
    )


def within(inner, outer):
    return (
        inner[0] >= outer[0] - 0.5
        and inner[1] <= outer[1] + 0.5
        and inner[2] >= outer[2] - 2
        and inner[3] <= outer[3] + 2
    )


@needs_chromium
def test_in_chromium_texts_fit_and_nothing_overlaps(tmp_path):
    traces = [trace(mc.loads(text)) for text in NETWORKS.values()]
    pictures = [
        graph_svg(t, vertical=v, prefix=f"g{k}-{int(v)}", inline=True).replace(
            "max-width: 100%; ", ""
        )
        for k, t in enumerate([*traces, trace(deep(6))])
        for v in (False, True)
    ]
    found = measured("".join(pictures), BOXES, folder=tmp_path)
    assert len(found) == len(pictures)
    for k, svg in enumerate(found):
        assert svg["nodes"] and svg["labels"], k
        for node in svg["nodes"]:
            assert all(within(text, node["outline"]) for text in node["texts"]), k
        things = [node["outline"] for node in svg["nodes"]] + svg["labels"]
        for i, a in enumerate(things):
            assert within(a, svg["whole"]), k
            assert all(apart(a, b) for b in things[:i]), (k, a)
