"""The sections of a network file: which there are, their entries, and its settings.

A mistake is put down and the reading goes on: with no entries where a section is not one,
with the section that was meant where its name is almost right, with the default (or the
choice that was meant) where a setting is none of its choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import Mistakes
from matcalc.declaration.names import GLUED, named, nearest_mend
from matcalc.declaration.text import clip
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar
from matcalc.errors import InputError, nearest

Entries = list[tuple[Scalar, Node]]
KEYS = (
    "name",
    "convention",
    "layout",
    "dims",
    "inputs",
    "parameters",
    "constants",
    "functions",
    "network",
    "layers",
    "loss",
    "outputs",
)
USUAL_KEYS = {
    **dict.fromkeys(("params", "weights", "variables"), "parameters"),
    **dict.fromkeys(("nodes", "model", "equations", "graph"), "network"),
    **dict.fromkeys(("dimensions", "sizes", "shapes"), "dims"),
    **dict.fromkeys(("consts", "targets", "data"), "constants"),
}
"What other files call the sections."
LAYOUTS = ("denominator", "numerator", "mixed")
LAYOUT_PARTS = {
    "vector_gradient": ("shape", "transpose"),
    "matrix_gradient": ("shape", "transpose"),
    "jacobian": ("denominator", "numerator"),
}
"For each part of a layout its choices, the default first."
EXAMPLES = {
    "dims": "Write dims: {N: 4, D: 3}.",
    "inputs": "Write inputs: {X: [N, D]}.",
    "parameters": "Write parameters: {W: [D, H]}.",
    "constants": "Write constants: {Y: [N, H]}.",
    "functions": "Write functions: {swish: x*sigmoid(x)}.",
    "network": "Write network: and under it a line such as L: sum(X).",
}
"What to write where a section is not right or not there."


class Sections:
    def __init__(self, root: Mapping, limits: Limits) -> None:
        self.root = root
        self.mistakes = Mistakes(limits.mistakes)
        self.entries: dict[str, Node] = {}
        "The sections by name."
        self.broken: set[str] = set()
        "Names that are declared, but wrong: their uses are skipped."
        self.repeated: set[str] = set()
        "Names that are declared twice."

    def known_sections(self) -> None:
        """Find the sections by name. One whose name is almost right is still read."""
        entries, unknown = self.entries, []
        for key, node in self.root.entries:
            if key.text in KEYS:
                entries[key.text] = node
            else:
                unknown.append((key, node))
        for key, node in unknown:
            meant = USUAL_KEYS.get(key.text.lower()) or nearest(key.text, KEYS)
            mend = f"Did you mean {meant}?" if meant else nearest_mend("", KEYS, "")
            self.mistake(key, f"there is no section {named(key.text)}", mend)
            if meant and meant not in entries:
                entries[meant] = node
            elif isinstance(node, Mapping):
                self.broken.update(name.text for name, _ in node.entries)

    def section(self, name: str) -> Iterator[tuple[Scalar, Node]]:
        """The entries of a section that is a mapping; none where it is empty."""
        node = self.entries.get(name)
        if node is None or (isinstance(node, Scalar) and node.is_empty):
            return iter(())
        if not isinstance(node, Mapping):
            message = f"{name} has entries of the form name: value"
            glued = isinstance(node, Scalar) and GLUED.match(node.text)
            mend = "YAML needs a space after the colon." if glued else EXAMPLES[name]
            self.mistakes.add(InputError(message, mend=mend, place=node.place()))
            return iter(())
        self.repeated |= node.repeated
        return iter(node.entries)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """A setting that is one of some words; the first is the default."""
        node = self.entries.get(name)
        if node is None or (isinstance(node, Scalar) and node.is_empty):
            return choices[0]
        with self.mistakes.collecting():
            return chosen(name, node, choices)
        meant = nearest(node.text.strip(), choices) if isinstance(node, Scalar) else None
        return meant or choices[0]

    def title(self) -> str:
        node = self.entries.get("name")
        if node is None:
            return ""
        if isinstance(node, Scalar):
            return " ".join(node.text.split())
        message = "the name of a network is a text"
        self.mistakes.add(InputError(message, mend="Write name: MLP.", place=node.place()))
        return ""

    def layout(self) -> Any:
        node = self.entries.get("layout")
        if not isinstance(node, Mapping):
            return self.choice("layout", LAYOUTS)
        layout = {part: choices[0] for part, choices in LAYOUT_PARTS.items()}
        for key, value in node.entries:
            with self.mistakes.collecting():
                if key.text not in LAYOUT_PARTS:
                    mend = nearest_mend(key.text, LAYOUT_PARTS, "")
                    key.refuse(f"a layout has no {clip(key.text)}", mend=mend)
                layout[key.text] = chosen(key.text, value, LAYOUT_PARTS[key.text])
        return layout

    def mistake(self, key: Scalar, message: str, mend: str = "") -> None:
        self.mistakes.add(InputError(message, mend=mend, place=key.place()))


def chosen(name: str, node: Node, choices: tuple[str, ...]) -> str:
    text = node.text.strip() if isinstance(node, Scalar) else "a collection"
    if text in choices:
        return text
    raise InputError(
        f"{name} is {' or '.join(choices)}, not {clip(text) or 'nothing'}",
        mend=nearest_mend(text, choices, ""),
        place=node.place(),
    )
