"""A derivation as one HTML file: no network, no script needed, native MathML.

    page = Page(network, d)                 for the derivation ``d`` of ``network``
    for choice in page:                     the asked-for one first
        other = page.derivation(choice)
        page.add(choice, other, report)     after it was checked
    page.html()

The page has a switch between conventions, layouts and styles: radio buttons, and rules of
style that show what belongs to the checked ones (``html_variants``). All of it is worked
out here; what combinations share stands in the file once. Names and texts of the network
are escaped wherever they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files

from matcalc.checking.report import Report
from matcalc.derivation.derivation import Derivation
from matcalc.layout.layout import Layout
from matcalc.network.network import Convention, Network
from matcalc.printing.html_cards import CardWriter
from matcalc.printing.html_choices import NODES_OF_ALL, Choice, choices, fitted
from matcalc.printing.html_graph import graph_slots
from matcalc.printing.html_sections import SectionWriter, check_slot
from matcalc.printing.html_variants import Slot, Variants
from matcalc.printing.mathml_markup import STYLE, characters, math, name_mathml
from matcalc.printing.outline import title
from matcalc.reasoning.styles import DEFAULT, STYLES

FOLDED = (
    ("jacobians", "Local Jacobians", "Every node by its operands"),
    ("hessians", "Second derivatives", "The Hessians and their products"),
)
"Sections that are folded: key, heading, and what is inside."


class Page:
    """``source`` is the network as declared; ``d`` the derivation that is shown first."""

    def __init__(
        self, source: Network, d: Derivation, *, jacobians: bool = False, hessians: bool = False
    ) -> None:
        self.source, self.d = source, d
        self.choices = choices(source, d)
        self.jacobians = jacobians or len(source.equations) <= NODES_OF_ALL
        self.hessians = hessians
        self.variants = Variants(self.choices)
        self._shared: dict[tuple[Convention, Layout], list[Slot]] = {}

    def __iter__(self) -> Iterator[Choice]:
        """The choices, each to be added before the next is asked for: how long the first
        is decides how many more there are."""
        yield self.choices.chosen
        first = sum(len(text) for slot in self.variants.slots.values() for text in slot)
        self.choices = self.variants.choices = fitted(self.choices, first)
        yield from (choice for choice in self.choices if choice != self.choices.chosen)

    def derivation(self, choice: Choice) -> Derivation:
        """The network in this convention, layout and style."""
        return self.d if choice == self.choices.chosen else choice.derive(self.source, self.d.wrt)

    def add(self, choice: Choice, d: Derivation, report: Report | None) -> None:
        """Put a derivation into the page. ``report`` is that of its check, or None."""
        sections = SectionWriter(d)
        self.variants.add(choice, sections.introduction())
        self.variants.add(choice, CardWriter(d).differentials())
        self.variants.add(choice, CardWriter(d).arguments())
        where = (choice.convention, choice.layout)
        if where not in self._shared:
            self._shared[where] = list(self._of_every_style(choice, d, sections))
        self.variants.add(choice, self._shared[where])
        self.variants.add(choice, [check_slot(report)])

    def _of_every_style(
        self, choice: Choice, d: Derivation, sections: SectionWriter
    ) -> Iterator[Slot]:
        """What a convention and layout show in all styles. The picture is at the network's
        own sizes, also where a style takes smaller ones."""
        yield from CardWriter(d).results()
        yield from sections.variables()
        yield from sections.forward()
        yield from graph_slots(self.derivation(replace(choice, style=DEFAULT)), self.source)
        if self.jacobians:
            yield from sections.jacobians()
        if self.hessians:
            yield from sections.hessians()

    # -- the file --------------------------------------------------------------------

    def html(self) -> str:
        body = "\n".join(self._body())
        name = characters(title(self.d))
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{name}</title>\n"
            f"<style>\n{_asset('page.css')}\n{STYLE}\n{self.variants.style()}</style>\n"
            f"</head>\n<body>\n{body}\n<script>\n{_asset('page.js')}</script>\n</body>\n</html>\n"
        )

    def _body(self) -> Iterator[str]:
        yield f"<header>\n<h1>{characters(title(self.d))}</h1>\n</header>"
        yield from self._switch()
        yield "<main>"
        yield f'<section class="about">{self.variants.html("about")}</section>'
        yield _section("variables", "Variables", self.variants.html("variables"))
        forward = f"{self.variants.html('forward')}\n{self.variants.html('differentials')}"
        yield _section("forward", "Forward", forward)
        yield _section("graph", "Graph", self._graph())
        yield _section("backward", "Backward", "\n".join(self._cards()))
        folded = bool(self.d.network.loss)
        for name, head, summary in FOLDED:
            if self.variants.keys(name):
                yield _section(name, head, _details(summary, self.variants.html(name), folded))
        yield _section("check", "Check", self.variants.html("check"))
        yield '</main>\n<p id="said" role="status"></p>'

    def _switch(self) -> Iterator[str]:
        c = self.choices
        conventions = [(x.value, x == c.chosen.convention, _samples(x)) for x in c.conventions]
        layouts = [(_called(x), x == c.chosen.layout, "") for x in c.layouts]
        styles = [(x, x == c.chosen.style, STYLES[x].summary) for x in c.styles]
        groups = (
            ("c", "Convention", conventions),
            ("l", "Layout", layouts),
            ("s", "Style", styles),
        )
        if len(c) > 1:
            yield '<form class="switch" autocomplete="off" aria-label="How it is written"><div>'
            yield from (_radios(*group) for group in groups if len(group[2]) > 1)
            yield "</div></form>"
        if c.reason:
            yield f'<p class="note">{characters(c.reason)}</p>'

    def _graph(self) -> str:
        remarks = self.variants.html("graph", "remarks")
        more = _details("What happens on the way back", remarks) if remarks else ""
        return self.variants.html("graph", "picture") + more

    def _cards(self) -> Iterator[str]:
        names = list(dict.fromkeys(key[1] for key in self.variants.keys("partial")))
        links = " ".join(
            f'<a href="#d{k}">{math(name_mathml(str(name)))}</a>' for k, name in enumerate(names)
        )
        yield f'<nav aria-label="Partials"><span>With respect to</span> {links}</nav>'
        for k, name in enumerate(names):
            yield self._card(k, str(name))

    def _card(self, k: int, name: str) -> str:
        v = self.variants
        symbol = math(name_mathml(name))
        parts = [v.html("partial", name, "form")]
        if v.keys("partial", name, "steps"):
            parts.append(_details("Steps and reasons", v.html("partial", name, "steps")))
        if v.keys("partial", name, "texts"):
            parts.append(_details("As text", v.html("partial", name, "texts")))
        parts.append(v.html("partial", name, "free"))
        kind = self._kind(name)
        return (
            f'<article class="card" id="d{k}" aria-labelledby="h{k}">'
            f'<h3 id="h{k}">With respect to {symbol} <small>{kind}</small></h3>'
            f"{''.join(parts)}</article>"
        )

    def _kind(self, name: str) -> str:
        variable = self.source.variable.get(name)
        return variable.kind.value if variable else "node"


def write_page(
    source: Network,
    d: Derivation,
    reports: Sequence[Report] = (),
    *,
    jacobians: bool = False,
    hessians: bool = False,
) -> str:
    """The page, with a report for each of its choices in order; without reports it says that
    nothing was checked."""
    page = Page(source, d, jacobians=jacobians, hessians=hessians)
    for k, choice in enumerate(page):
        page.add(choice, page.derivation(choice), reports[k] if reports else None)
    return page.html()


def _asset(name: str) -> str:
    return files("matcalc.printing").joinpath(name).read_text(encoding="utf-8")


def _section(name: str, head: str, inner: str) -> str:
    return (
        f'<section class="{name}" aria-labelledby="{name}">\n<h2 id="{name}">{head}</h2>\n'
        f"{inner}\n</section>"
    )


def _details(summary: str, inner: str, folded: bool = True) -> str:
    return (
        f"<details{'' if folded else ' open'}><summary>{summary}</summary>"
        f'<div class="inside">{inner}</div></details>'
    )


def _radios(letter: str, legend: str, options: Sequence[tuple[str, bool, str]]) -> str:
    labels = "".join(
        f'<label{_titled(more)}><input type="radio" name="{letter}" id="{letter}{k}"'
        f"{' checked' * on}>{characters(text)}</label>"
        for k, (text, on, more) in enumerate(options)
    )
    return f"<fieldset><legend>{legend}</legend>{labels}</fieldset>"


def _titled(text: str) -> str:
    return f' title="{characters(text)}"' if text else ""


def _samples(convention: Convention) -> str:
    return f"samples are {convention.value}s"


def _called(layout: Layout) -> str:
    return "the file’s own" if layout.name == "custom" else layout.name
