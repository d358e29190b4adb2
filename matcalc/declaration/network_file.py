"""The tree of a network file to a Network.

Sections are read in the order in which they depend on each other, whatever their order
in the file. A mistake does not end the reading: what depends on it is left out in
silence, and everything that is wrong by itself is reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn, TypeVar

from matcalc.declaration.calls import RESERVED
from matcalc.declaration.ends import Ends, EndsReader
from matcalc.declaration.equations import BodyScope, FileScope, read_equation, read_function
from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import Enough, Skipped, together
from matcalc.declaration.names import NAME, check_name, nearest_mend
from matcalc.declaration.sections import EXAMPLES, KEYS, Entries, Sections
from matcalc.declaration.text import clip
from matcalc.declaration.variables import VariableReader
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar
from matcalc.errors import InputError, Place
from matcalc.network.network import Convention, Equation, Kind, Network, Variable
from matcalc.operations.entrywise import Function

T = TypeVar("T")

KINDS = {"inputs": Kind.INPUT, "parameters": Kind.PARAMETER, "constants": Kind.CONSTANT}
PRINTED = ("d", "D")
"Calls that printed forms have, so no user's function may."


def read_network(
    root: Node | None,
    file: str,
    limits: Limits,
    sizes: Map[str, int],
    repeated: Sequence[InputError] = (),
) -> Network:
    """The network that the tree declares; one InputError with all mistakes otherwise.

    ``sizes`` stand instead of those in the file; ``repeated`` are the keys in the tree that
    have been found to be there twice.
    """
    if root is None:
        raise InputError("the file is empty", mend=EXAMPLES["network"], place=Place(file, 1, 1))
    if not isinstance(root, Mapping):
        raise InputError(
            "a network file has sections, as in network:",
            mend=f"They are {', '.join(KEYS)}.",
            place=root.place(),
        )
    from matcalc.declaration.layers import without_layers
    from matcalc.declaration.template_file import is_template, read_template

    if repeated and (root.repeated or root.get("layers") or is_template(root)):
        raise together(list(repeated))  # what else would be wrong may follow from it
    root = without_layers(root)
    if is_template(root):
        return read_template(root, limits, sizes)
    return NetworkFile(root, limits, sizes).read(repeated)


class NetworkFile(Sections):
    def __init__(self, root: Mapping, limits: Limits, sizes: Map[str, int]) -> None:
        super().__init__(root, limits)
        self.sizes = sizes
        self.limits = limits
        self.taken: dict[str, tuple[str, int]] = {}
        self.cut_off = False
        "Whether the entry that was read last is wrong, perhaps for want of its end."
        self.dims: dict[str, int | None] = {}

    def read(self, repeated: Sequence[InputError] = ()) -> Network:
        network = None
        with suppress(Enough):
            for error in repeated:
                self.mistakes.add(error)
            network = self.sections()
        self.mistakes.raise_any()
        assert network is not None
        return network

    def sections(self) -> Network | None:
        self.known_sections()
        convention = Convention(self.choice("convention", ("row", "column")))
        layout = self.layout()
        title = self.title()
        self.read_dims()
        variables = self.variables(convention)
        functions = self.functions()
        scope = FileScope(
            {variable.name: variable.symbol for variable in variables},
            self.dims,
            {function.name: function for function in functions},
            convention,
            broken=self.broken,
        )
        entries = list(self.section("network"))
        equations = self.equations(entries, scope)
        ends = self.ends(entries, equations)
        if self.mistakes.errors or ends is None:
            return None
        loss, outputs = ends
        sizes = {name: size for name, size in self.dims.items() if size is not None}
        return Network(
            tuple(variables),
            tuple(equations),
            loss,
            outputs,
            sizes,
            convention,
            layout,
            title,
            tuple(functions),
        )

    # -- sections -------------------------------------------------------------

    def read_dims(self) -> None:
        for key, node in self.section("dims"):
            # A wrong size leaves the dimension known, so that nothing else is wrong too.
            self.dims[key.text] = None
            with self.mistakes.collecting():
                self.claim(key, "a dimension")
                self.dims[key.text] = self.sizes.get(key.text) or self.size(key.text, node)
            if key.text in self.repeated:
                self.dims[key.text] = None
        for name in self.sizes:
            if name not in self.dims:
                mend = nearest_mend(name, self.dims, "")
                self.mistakes.add(InputError(f"there is no dimension {name}", mend=mend))

    def size(self, name: str, node: Node) -> int:
        text = node.text.strip() if isinstance(node, Scalar) else ""
        size = int(text) if re.fullmatch("[0-9]{1,300}", text) else 0
        if not 1 <= size <= self.limits.size:
            what = clip(text) if text else "no number"
            message = f"the size of {clip(name)} is {what}, not an integer from 1 to"
            message = f"{message} {self.limits.size}"
            raise InputError(message, mend=f"Write {clip(name)}: 4.", place=node.place())
        return size

    def variables(self, convention: Convention) -> list[Variable]:
        reader = VariableReader(self.dims, convention, self.limits)
        found = []
        for section, kind in KINDS.items():
            entries, most = list(self.section(section)), self.limits.nodes
            if len(entries) > most:
                self.mistake(entries[most][0], f"more than {most} {section}", "Use fewer.")
                raise Enough
            for key, node in entries:
                read = partial(reader.read, key.text, kind, node)
                variable = self.declare(key, node, f"one of the {section}", read)
                if variable is not None:
                    found.append(variable)
        return found

    def functions(self) -> list[Function]:
        functions: dict[str, Function] = {}
        entries = list(self.section("functions"))
        names = {key.text for key, _ in entries}
        scope = BodyScope(functions=functions, broken=self.broken, names=names)
        for key, node in entries:
            read = partial(read_function, key.text, node, scope, self.limits)
            function = self.declare(key, node, "a function", read, (*RESERVED, *PRINTED))
            if function is not None:
                functions[key.text] = function
        return list(functions.values())

    def equations(self, entries: Entries, scope: FileScope) -> list[Equation]:
        if len(entries) > self.limits.nodes:
            key, most = entries[self.limits.nodes][0], self.limits.nodes
            self.mistake(key, f"more than {most} nodes", "Split the network.")
            raise Enough
        scope.nodes = {key.text: node for key, node in entries if isinstance(node, Scalar)}
        found: list[Equation] = []
        symbols: dict[str, Any] = scope.symbols  # type: ignore[assignment]
        for key, node in entries:
            read = partial(read_equation, key.text, node, scope, self.limits)
            equation = self.declare(key, node, "a node", read)
            if equation is not None:
                symbols[key.text] = equation.symbol
                found.append(equation)
        return found

    def declare(
        self,
        key: Scalar,
        node: Node,
        what: str,
        read: Callable[[], T],
        reserved: Iterable[str] = RESERVED,
    ) -> T | None:
        """Take the name and read its entry; where that fails, the uses of it are skipped."""
        is_new = key.text not in self.taken
        cut_off = self.cut_off and isinstance(node, Scalar) and node.is_empty
        self.cut_off = False
        if cut_off and not NAME.fullmatch(key.text):
            return None  # the rest of a text that a comma within { } has cut off
        try:
            self.claim(key, what, reserved)
            if key.text in self.repeated:
                raise Skipped  # which of its entries counts is not known
            return read()
        except Skipped:
            pass
        except InputError as error:
            self.cut_off = True
            self.mistakes.add(error)
        if is_new:
            self.broken.add(key.text)
        return None

    def ends(self, entries: Entries, equations: list[Equation]) -> Ends | None:
        """The loss and the outputs."""
        reader = EndsReader(equations, self.taken, self.broken)
        loss, outputs = self.entries.get("loss"), self.entries.get("outputs")
        with self.mistakes.collecting():
            if not entries:
                self.refuse_empty()
            last = entries[-1][0]
            return reader.read(loss, outputs, last.text, last.place())
        return None

    def refuse_empty(self) -> NoReturn:
        node = self.entries.get("network", self.root)
        if not isinstance(node, Mapping) and not (isinstance(node, Scalar) and node.is_empty):
            raise Skipped  # what stands there has been refused
        raise InputError("there is no network", mend=EXAMPLES["network"], place=node.place())

    def claim(self, key: Scalar, what: str, reserved: Iterable[str] = RESERVED) -> None:
        """Take a name for a dimension, variable, function or node."""
        name = key.text
        wrong = check_name(name, reserved)
        if wrong:
            key.refuse(wrong[0], mend=wrong[1])
        if name in self.taken:
            other, line = self.taken[name]
            key.refuse(f"{name} is {other} already, on line {line}", mend="Choose another name.")
        self.taken[name] = (what, key.line + 1)
