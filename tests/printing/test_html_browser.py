"""The page of HTML in a real browser: every position of the switch, at two widths, on paper."""

import re

import pytest

import matcalc as mc
from matcalc.network.network import Convention
from matcalc.printing import html_choices
from matcalc.printing.html_choices import Choice
from matcalc.printing.html_page import write_page
from tests.browser import needs_chromium
from tests.chromium import Chromium

pytestmark = needs_chromium

ATTENTION = """
name: "Attention </title><script>document.title = 'broken'</script>"
dims: {T: 4, D: 3, d: 5, E: 2}
inputs: {X: [T, D]}
parameters: {Wq: [D, d], Wk: [D, d], Wv: [D, E]}
constants: {Y: [T, E]}
network:
  S: (X*Wq)*(X*Wk).T/sqrt(d)
  P: softmax(S)
  O: P*(X*Wv)
  L: sse(O, Y)
"""
LAYER = """
name: A layer
layout: {vector_gradient: transpose}
dims: {N: 3, D: 2, H: 4}
inputs: {X: [N, D]}
parameters: {W: [D, H], b: [1, H]}
network: {Z: X*W + b, L: sum(sigmoid(Z))}
"""
POSITIONS = """((every) => {
  const group = (name) => [...document.querySelectorAll(`input[name=${name}]`)];
  for (const one of document.querySelectorAll("details")) one.open = true;
  const found = [];
  let count = 0;
  const all = (name) => (group(name).length ? group(name) : [{id: "", click() {}}]);
  for (const c of all("c")) for (const l of all("l")) for (const s of all("s")) {
    if (count++ % every) continue;
    for (const radio of [c, l, s]) radio.click();
    const steps = [...document.querySelectorAll(".step, .sized, p, table, figure, h3")];
    found.push({
      at: [c.id, l.id, s.id],
      width: document.documentElement.scrollWidth,
      outside: steps.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length,
      steps: steps.filter((e) => e.offsetParent).length,
    });
  }
  return found;
})"""
"Opens everything, goes through every so manieth position, and measures."
SEEN = "document.querySelector('article .step').checkVisibility()"
TEXT = "document.querySelector('main').innerText"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")

    def write(name, text, wrt=None, **options):
        net = mc.loads(text)
        target = folder / f"{name}.html"
        target.write_text(write_page(net, mc.derive(net, wrt, **options)), encoding="utf-8")
        return target

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_choices, "NODES_OF_ALL", 3)
        attention = write("attention", ATTENTION)
    return {
        "attention": attention,
        "layer": write("layer", LAYER),
        "other": write("other", LAYER, convention="column", layout="numerator", style="chain"),
    }


@pytest.mark.parametrize(
    "name, width, every, count",
    [
        ("layer", 390, 1, 40),
        ("layer", 1280, 3, 14),
        ("attention", 390, 1, 5),
        ("attention", 1280, 1, 5),
    ],
)
def test_every_position_of_the_switch_fits(browser, pages, name, width, every, count):
    browser.open(pages[name], width=width)
    found = browser.run(f"{POSITIONS}({every})")
    assert len({tuple(f["at"]) for f in found}) == count
    for f in found:
        assert f["width"] <= width, f
        assert not f["outside"], f
        assert f["steps"] > 20
    assert len({f["steps"] for f in found}) > 3
    assert browser.errors == []
    assert [url.split(":")[0] for url in browser.requests] == ["file"]


def test_a_title_with_markup_is_text(browser, pages):
    browser.open(pages["attention"])
    assert browser.run("document.title").startswith("Attention </title><script>")
    assert "<script>" in browser.run("document.querySelector('h1').textContent")


def test_the_switch_shows_what_a_page_of_its_own_shows(browser, pages):
    """Without script as well: the rules of style alone choose."""
    for script in (True, False):
        browser.open(pages["other"], script=script)
        expected = browser.run(TEXT)
        browser.open(pages["layer"], script=script)
        assert browser.run(TEXT) != expected
        browser.run("['c1', 'l1', 's1'].map((id) => document.getElementById(id).click())")
        assert browser.run(TEXT) == expected
        assert browser.errors == []


def test_the_keyboard_reaches_the_switch_and_sees_where_it_is(browser, pages):
    browser.open(pages["layer"])
    browser.send("Page.bringToFront")
    for key in ("Tab", "ArrowRight"):
        for kind in ("rawKeyDown", "keyUp"):
            code = {"Tab": 9, "ArrowRight": 39}[key]
            browser.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )
    assert browser.run("document.activeElement.id + document.activeElement.checked") == "c1true"
    assert "column" in browser.run(TEXT).lower().split(":")[0]
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_steps_unfold_and_buttons_copy(browser, pages):
    browser.open(pages["layer"])
    assert not browser.run(SEEN)
    assert browser.run("document.querySelectorAll('article details[open]').length") == 0
    browser.run("document.querySelector('article .step').closest('details').firstChild.click()")
    assert browser.run("document.querySelector('article .step').closest('details').open")
    assert browser.run(SEEN)
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    browser._send(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    browser.send("Page.bringToFront")
    label = "Copy NumPy of ∂L/∂W"
    browser.run(
        f"""(async () => {{
          const found = [...document.querySelectorAll('button[aria-label="{label}"]')];
          const button = found.find((one) => one.checkVisibility());
          button.click();
          await new Promise((done) => setTimeout(done, 200));
        }})()"""
    )
    assert browser.run("document.getElementById('said').textContent") == "Copied"
    assert browser.run("navigator.clipboard.readText()") == "X.T @ grad_Z"
    assert browser.errors == []


def test_without_script_there_are_no_buttons_and_all_is_there(browser, pages):
    browser.open(pages["layer"], script=False)
    assert browser.run("[...document.querySelectorAll('button')].every((b) => b.hidden)")
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert "X.T @ grad_Z" in browser.run(TEXT)


def test_paper_shows_the_steps_and_not_the_switch(browser, pages):
    browser.open(pages["layer"], script=False)
    assert not browser.run(SEEN)
    browser.print_mode()
    assert browser.run("getComputedStyle(document.querySelector('.switch')).display") == "none"
    assert browser.run(SEEN)
    colour = browser.run("getComputedStyle(document.body).color")
    assert colour == "rgb(0, 0, 0)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_themes_follow_the_system(browser, pages, scheme):
    browser.open(pages["layer"], scheme=scheme)
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", ground))) > 380
    assert light == (scheme == "light")


def test_pictures_change_with_the_width(browser, pages):
    visible = "['wide', 'tall'].filter((c) => document.querySelector(`.${c}`).checkVisibility())"
    browser.open(pages["layer"], width=390)
    assert browser.run(visible) == ["tall"]
    browser.resize(1280)
    assert browser.run(visible) == ["wide"]


def test_choices_are_named_as_they_are_told_in_progress():
    d = mc.derive(mc.loads(LAYER))
    assert Choice(Convention.ROW, d.layout, "vec").words == "row convention, custom layout, vec"
