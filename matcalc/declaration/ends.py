"""Where a network ends: its loss, or the outputs that take a loss's place."""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.declaration.mistakes import Mistakes, Skipped
from matcalc.declaration.names import named, nearest_mend
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.errors import InputError, Place
from matcalc.expressions.expr import write_shape
from matcalc.network.network import Equation

Ends = tuple[str | None, tuple[str, ...]]


class EndsReader:
    """``kinds`` says what other names are; nodes in ``broken`` are wrong themselves."""

    def __init__(
        self, equations: list[Equation], kinds: dict[str, tuple[str, int]], broken: set[str]
    ) -> None:
        self.nodes = {equation.name: equation for equation in equations}
        self.kinds = kinds
        self.broken = broken

    def read(self, loss: Node | None, outputs: Node | None, last: str, place: Place) -> Ends:
        """The loss and the outputs; without either, the loss is the last node."""
        if loss is not None and outputs is not None:
            raise InputError(
                "a network has a loss or outputs, not both",
                mend="Remove one of them.",
                place=outputs.place(),
            )
        if outputs is not None:
            return None, self.outputs(outputs)
        if loss is not None:
            return self.loss(loss), ()
        if last not in self.nodes:
            raise Skipped
        shape = self.nodes[last].shape
        if shape:
            raise InputError(
                f"there is no loss: the last node {last} is {write_shape(shape)}, not a scalar",
                mend=f"Add a scalar node, as in sum({last}), or write outputs: [{last}].",
                place=place,
            )
        return last, ()

    def loss(self, node: Node) -> str:
        name = self.node_name(node)
        shape = self.nodes[name].shape
        if shape:
            raise InputError(
                f"the loss {name} is {write_shape(shape)}, not a scalar",
                mend=f"Write a scalar node, as in sum({name}), or outputs: [{name}].",
                place=node.place(),
            )
        return name

    def outputs(self, node: Node) -> tuple[str, ...]:
        if isinstance(node, Mapping):
            node.refuse("outputs are a list of nodes", "Write outputs: [A, B].")
        items = node.items if isinstance(node, Sequence) else [node]
        names: dict[str, Node] = {}
        mistakes = Mistakes(len(items) + 1)
        for item in items:
            with mistakes.collecting():
                name = self.node_name(item)
                if name in names:
                    message = f"{name} is an output twice"
                    raise InputError(message, mend="Name it once.", place=item.place())
                names[name] = item
        mistakes.raise_any()
        if len(names) < len(items):
            raise Skipped
        if not names:
            raise InputError("there is no output", mend="Name a node.", place=node.place())
        fed = fed_by_output(self.nodes.values(), names)
        if fed:
            first, second = fed
            raise InputError(
                f"the output {first} feeds the output {second}",
                mend="An output may not feed another: leave one of them out.",
                place=names[second].place(),
            )
        return tuple(names)

    def node_name(self, node: Node) -> str:
        if not isinstance(node, Scalar):
            message = "the name of a node belongs here"
            mend = "Write loss: L, or outputs: [A, B]."
            raise InputError(message, mend=mend, place=node.place())
        name = node.text.strip()
        if name in self.nodes:
            return name
        if name in self.broken:
            raise Skipped
        what, _ = self.kinds.get(name, ("", 0))
        message = f"{name} is {what}, not a node" if what else f"there is no node {named(name)}"
        mend = nearest_mend(name, self.nodes, "Name a node of the network.")
        raise InputError(message, mend=mend, place=node.place())


def fed_by_output(equations: Iterable[Equation], outputs: Iterable[str]) -> tuple[str, str] | None:
    """Two outputs of which the first leads to the second."""
    names = set(outputs)
    source: dict[str, str] = {}
    for equation in equations:
        for used in equation.expr.free:
            from_output = used.name if used.name in names else source.get(used.name)
            if from_output:
                if equation.name in names:
                    return from_output, equation.name
                source[equation.name] = from_output
    return None
