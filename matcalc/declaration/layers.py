"""``layers:``, a shorthand for those who think in layers, written out as sections.

    layers: [affine: 64, relu, affine: 10, softmax_cross_entropy]

becomes parameters W1, b1, ..., nodes Z1, A1, ... and a loss L in the file's convention. The
tree of the file is rewritten before it is read; what a layer stands for has its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from matcalc.declaration.calls import ENTRYWISE, LOSSES
from matcalc.declaration.mistakes import Mistakes
from matcalc.declaration.names import named, nearest_mend
from matcalc.declaration.text import clip
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.errors import InputError

SIZED = ("affine", "linear")
SHAPED = ("softmax", "log_softmax", "layernorm", "batchnorm")
EXAMPLE = "Write layers: [affine: 64, relu, affine: 10, softmax_cross_entropy]."


def without_layers(root: Mapping) -> Mapping:
    """The tree with ``layers`` written out; the same tree where there are none."""
    node = root.get("layers")
    return root if node is None else _Layers(root, node).written_out()


@dataclass
class _Layers:
    root: Mapping
    node: Node
    parameters: list[tuple[Scalar, Node]] = field(default_factory=list)
    equations: list[tuple[Scalar, Node]] = field(default_factory=list)
    sizes: list[tuple[Scalar, Node]] = field(default_factory=list)

    def written_out(self) -> Mapping:
        if not isinstance(self.node, Sequence) or not self.node.items:
            raise InputError("layers are a list", mend=EXAMPLE, place=self.node.place())
        if self.root.get("network") is not None:
            raise InputError(
                "a file has layers or a network, not both",
                mend="matcalc show prints layers as a network, to go on from.",
                place=self.node.place(),
            )
        convention = self.root.get("convention")
        self.row = not (isinstance(convention, Scalar) and convention.text.strip() == "column")
        name, shape = self.input()
        self.value, self.width = name, shape[1 if self.row else 0]
        self.samples = shape[0 if self.row else 1]
        self.targets: list[tuple[Scalar, Node]] = []
        mistakes = Mistakes(len(self.node.items) + 1)
        for k, item in enumerate(self.node.items):
            with mistakes.collecting():
                self.layer(item, last=k == len(self.node.items) - 1)
        mistakes.raise_any()
        return self.merged()

    def input(self) -> tuple[str, list[Node]]:
        """The one input that the first layer takes, and its shape."""
        section = self.root.get("inputs")
        entries = section.entries if isinstance(section, Mapping) else []
        if len(entries) != 1:
            raise InputError(
                f"layers start from one input, not from {len(entries)}",
                mend="Write inputs: {X: [N, D]}.",
                place=self.node.place(),
            )
        key, node = entries[0]
        shape = node.get("shape") if isinstance(node, Mapping) else node
        if not isinstance(shape, Sequence) or len(shape.items) not in (1, 2):
            raise InputError(
                f"{clip(key.text)} has no shape with samples",
                mend="Write inputs: {X: [N, D]}.",
                place=node.place(),
            )
        one = Scalar(
            "1", key.file, document=key.document, line=key.line, column=key.column, style=""
        )
        items: list[Node] = list(shape.items)
        if len(items) == 1:
            items = [one, *items] if self.row else [*items, one]
        return key.text, items

    # -- layers ---------------------------------------------------------------

    def layer(self, item: Node, last: bool) -> None:
        name, size = self.parts(item)
        known = (*SIZED, *SHAPED, *LOSSES, *ENTRYWISE)
        if name.text not in known and not self.declares("functions", name.text):
            name.refuse(
                f"there is no layer {named(name.text)}",
                mend=nearest_mend(name.text, known, f"{EXAMPLE[:-1]}, or any entrywise function."),
            )
        if name.text in SIZED:
            self.affine(name, size, bias=name.text == "affine")
            return
        if size is not None:
            name.refuse(f"{name.text} has no size", mend=f"Write {name.text} alone.")
        if name.text in LOSSES:
            self.loss(name, last)
        else:
            self.node_of(name, "A", f"{name.text}({self.value})")

    def parts(self, item: Node) -> tuple[Scalar, Scalar | None]:
        """The kind of a layer, and its size."""
        if isinstance(item, Scalar):
            return replace(item, text=item.text.strip()), None
        if isinstance(item, Mapping) and len(item.entries) == 1:
            key, value = item.entries[0]
            if isinstance(value, Scalar):
                return key, value
        raise InputError("a layer is a name, or name: size", mend=EXAMPLE, place=item.place())

    def affine(self, name: Scalar, size: Scalar | None, bias: bool) -> None:
        if size is None or size.is_empty:
            name.refuse(f"{name.text} needs the size of its result", mend=f"Write {name.text}: 64.")
        k = 1 + sum(key.text.startswith("W") for key, _ in self.parameters)
        out = size.text.strip()
        if out.isdecimal():
            self.sizes.append((self.text(size, f"H{k}"), size))
            out = f"H{k}"
        elif out.isidentifier() and not self.declares("dims", out):
            size.refuse(
                f"{out} is not a dimension", mend="Declare it under dims:, or give a number."
            )
        new = self.text(size, out)
        shape = [self.width, new] if self.row else [new, self.width]
        self.parameters.append((self.text(name, f"W{k}"), self.sequence(name, shape)))
        product = f"{self.value}*W{k}" if self.row else f"W{k}*{self.value}"
        if bias:
            one = self.text(name, "1")
            sides: list[Node] = [one, new] if self.row else [new, one]
            self.parameters.append((self.text(name, f"b{k}"), self.sequence(name, sides)))
            product += f" + b{k}"
        self.width = new
        self.node_of(name, "Z", product)

    def loss(self, name: Scalar, last: bool) -> None:
        if not last:
            name.refuse(f"{name.text} is a loss and not the last layer", mend="Put it last.")
        section = self.root.get("constants")
        entries = section.entries if isinstance(section, Mapping) else []
        target = entries[0][0].text if entries else "Y"
        if not entries:
            sides = [self.samples, self.width] if self.row else [self.width, self.samples]
            self.targets.append((self.text(name, target), self.sequence(name, sides)))
        expression = self.text(name, f"{name.text}({self.value}, {target})")
        self.equations.append((self.text(name, "L"), expression))

    def node_of(self, at: Scalar, letter: str, expression: str) -> None:
        """The next node: Z1 of the first affine layer, A1 of what follows on it."""
        k = 1 + sum(key.text.startswith(letter) for key, _ in self.equations)
        name = f"{letter}{k}"
        self.equations.append((self.text(at, name), self.text(at, expression)))
        self.value = name

    def declares(self, section: str, name: str) -> bool:
        found = self.root.get(section)
        return isinstance(found, Mapping) and found.get(name) is not None

    # -- the tree -------------------------------------------------------------

    def text(self, at: Scalar, text: str) -> Scalar:
        return replace(at, text=text)

    def sequence(self, at: Scalar, items: list[Node]) -> Sequence:
        return Sequence(at.document, at.line, at.column, items=items)

    def merged(self) -> Mapping:
        """The root without ``layers``, and with what they stand for in its sections."""
        more = {
            "dims": self.sizes,
            "parameters": self.parameters,
            "constants": self.targets,
            "network": self.equations,
        }
        root = Mapping(self.root.document, self.root.line, self.root.column, self.root.size)
        key_at: Scalar = next(key for key, _ in self.root.entries if key.text == "layers")
        for key, node in self.root.entries:
            if key.text == "layers":
                continue
            if key.text in more and isinstance(node, Mapping):
                added = more.pop(key.text)
                self.refuse_taken(node, added)
                node = replace(node, entries=[*node.entries, *added])
            elif key.text in more and isinstance(node, Scalar) and node.is_empty:
                continue
            root.entries.append((key, node))
        for name, entries in more.items():
            if entries:
                new = Mapping(key_at.document, key_at.line, key_at.column, entries=entries)
                root.entries.append((self.text(key_at, name), new))
        return root

    def refuse_taken(self, node: Mapping, added: list[tuple[Scalar, Node]]) -> None:
        for key, _ in added:
            old = next((own for own, _ in node.entries if own.text == key.text), None)
            if old is not None:
                self.clash(old, key)

    def clash(self, old: Scalar, new: Scalar) -> NoReturn:
        old.refuse(
            f"{old.text} is what the layers use, on line {new.line + 1}",
            mend="Choose another name, or write the network out.",
        )
