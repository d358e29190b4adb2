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
    if nodes <= NODES_OF_ALL:
        return Choices(chosen, tuple(Convention), layouts, tuple(STYLES))
    reason = f"The network has {nodes} equations, so this page holds one"
    mend = "--convention and --layout make pages of the others."
    if nodes <= NODES_OF_STYLES:
        reason = f"{reason} convention and layout: {mend}"
        return Choices(chosen, (chosen.convention,), (chosen.layout,), tuple(STYLES), reason)
    reason = f"{reason} convention, layout and style: {mend.replace(' and', ',', 1)}"
    reason = reason.replace("--layout make", "--layout and --style make")
    return Choices(chosen, (chosen.convention,), (chosen.layout,), (chosen.style,), reason)
