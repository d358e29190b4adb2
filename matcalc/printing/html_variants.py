"""One page for many choices: what they share is written once.

A page is made of *slots*: a formula, a step, a table, at one place of the page. Every
choice of convention, layout and style fills a slot with its own markup. Markup that several
choices have in common is kept once, with the set of choices that it belongs to; what
belongs to all stands in the page as it is. Equal sets share a class, and a class has one
rule of style, which tells from the radio buttons whether it is shown:

    html:has(#c0:checked):has(#s1:checked, #s3:checked) .v7 { display: block }

A set is written as the fewest boxes of conventions × layouts × styles that a grouping by
styles, then by layouts finds. No script is needed. Without style sheets, or in a browser
without ``:has``, the chosen variant alone is shown: the others carry ``hidden``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from matcalc.printing.html_choices import Choice, Choices

Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Slot:
    """What stands at the place ``key`` for one choice; ``key[0]`` is its section."""

    key: Key
    markup: str


class Variants:
    """The slots of a page, in the order in which they were first filled."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.slots: dict[Key, dict[str, set[Choice]]] = {}
        self.classes: dict[frozenset[Choice], str] = {}

    def add(self, choice: Choice, slots: Iterable[Slot]) -> None:
        for slot in slots:
            self.slots.setdefault(slot.key, {}).setdefault(slot.markup, set()).add(choice)

    def keys(self, *start: Hashable) -> list[Key]:
        """The keys that begin so."""
        return [key for key in self.slots if key[: len(start)] == start]

    def html(self, *start: Hashable) -> str:
        """All slots whose keys begin so, each with its variants."""
        return "\n".join(text for key in self.keys(*start) for text in self._variants(key))

    def _variants(self, key: Key) -> Iterator[str]:
        for markup, found in self.slots[key].items():
            if len(found) == len(self.choices):
                yield markup
                continue
            name = self.classes.setdefault(frozenset(found), f"v{len(self.classes)}")
            hidden = "" if self.choices.chosen in found else " hidden"
            yield f'<div class="v {name}"{hidden}>{markup}</div>'

    def style(self) -> str:
        """The rules for every class that ``html`` has given so far."""
        if not self.classes:
            return ""
        rules = [
            ",\n".join(f"html{self._test(box)} .{name}" for box in boxes(found))
            + " { display: block; }"
            for found, name in self.classes.items()
        ]
        return "@supports selector(:has(a)) {\n.v { display: none; }\n" + "\n".join(rules) + "\n}\n"

    def _test(self, box: Box) -> str:
        c = self.choices
        sides = (("c", c.conventions, box[0]), ("l", c.layouts, box[1]), ("s", c.styles, box[2]))
        return "".join(
            f":has({', '.join(f'#{letter}{all_.index(one)}:checked' for one in some)})"
            for letter, all_, some in sides
            if len(some) < len(all_)
        )


Box = tuple[tuple[Hashable, ...], ...]


def boxes(found: Iterable[Choice]) -> list[Box]:
    """A set of choices as products of conventions, layouts and styles."""
    triples: list[Box] = [((c.convention,), (c.layout,), (c.style,)) for c in found]
    for axis in (2, 1, 0):
        triples = _joined(triples, axis)
    return triples


def _joined(found: list[Box], axis: int) -> list[Box]:
    """Boxes that differ along one axis alone, as one."""
    groups: dict[Box, list[Hashable]] = {}
    for box in sorted(found, key=repr):
        groups.setdefault((*box[:axis], *box[axis + 1 :]), []).extend(box[axis])
    return [(*rest[:axis], tuple(sides), *rest[axis:]) for rest, sides in groups.items()]
