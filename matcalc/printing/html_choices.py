"""The ways in which a page shows a network: convention, layout and style of reasoning.

A page holds a box of choices: some conventions × some layouts × some styles, the asked-for
one among them. Which box fits is decided from the size of the network before anything is
worked out: all of them, the styles alone, or the asked-for one alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from matcalc.derivation.derivation import Derivation, derive
from matcalc.layout.layout import LAYOUTS, Layout, as_layout
from matcalc.network.network import Convention, Network
from matcalc.reasoning.styles import STYLES

NODES_OF_ALL = 20
"The most equations of a network of which every combination is shown."
NODES_OF_STYLES = 40
"The most of one of which every style is shown."
MOST = 8_000_000
"About how many characters a page may have."
SHARED = 3
"How many times shorter a page is than all of its combinations apart."


@dataclass(frozen=True)
class Choice:
    convention: Convention
    layout: Layout
    style: str

    def derive(self, network: Network, wrt: tuple[str, ...]) -> Derivation:
        return derive(
            network, wrt, convention=self.convention, layout=self.layout, style=self.style
        )

    @property
    def words(self) -> str:
        return f"{self.convention.value} convention, {self.layout.name} layout, {self.style}"


@dataclass(frozen=True)
class Choices:
    """``chosen`` is what a reader sees first. ``reason``: why there are not all."""

    chosen: Choice
    conventions: tuple[Convention, ...]
    layouts: tuple[Layout, ...]
    styles: tuple[str, ...]
    reason: str = ""

    def __iter__(self) -> Iterator[Choice]:
        """The chosen one first, then the others, those of one layout together."""
        yield self.chosen
        for convention, layout, style in product(self.conventions, self.layouts, self.styles):
            choice = Choice(convention, layout, style)
            if choice != self.chosen:
                yield choice

    def __len__(self) -> int:
        return len(self.conventions) * len(self.layouts) * len(self.styles)


def choices(source: Network, d: Derivation) -> Choices:
    """What a page about ``d`` shows. ``source`` is the network as it was declared, whose own
    layout is among the layouts."""
    chosen = Choice(d.network.convention, d.layout, d.style)
    own = as_layout(source.layout)
    layouts = tuple(dict.fromkeys((*LAYOUTS.values(), own, d.layout)))
    nodes = len(source.equations)
    found = Choices(chosen, tuple(Convention), layouts, tuple(STYLES))
    if nodes <= NODES_OF_ALL:
        return found
    return reduced(found, f"The network has {nodes} equations", nodes <= NODES_OF_STYLES)


def reduced(found: Choices, why: str, styles: bool) -> Choices:
    """The chosen combination in every style, or alone."""
    chosen = found.chosen
    what, options = "convention and layout", "--convention and --layout"
    if not styles:
        what = "convention, layout and style"
        options = "--convention, --layout and --style"
    reason = f"{why}, so this page holds one {what}: {options} make pages of the others."
    kept = found.styles if styles else (chosen.style,)
    return Choices(chosen, (chosen.convention,), (chosen.layout,), kept, reason)


def fitted(found: Choices, size: int) -> Choices:
    """The choices that fit a page, when the chosen one alone has ``size`` characters."""
    if size * len(found) <= MOST * SHARED:
        return found
    return reduced(found, "The formulas are long", styles=size * len(found.styles) <= MOST)
