"""The loops of a network file: their ends, and the equations of one step.

network: {for n in 1..N: {"x[n]": "tanh(x[n-1]*W[n])"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from matcalc.declaration.dimensions import DimensionReader
from matcalc.declaration.equations import read_equation
from matcalc.declaration.families import Span
from matcalc.declaration.families_file import KEY, FamiliesFile
from matcalc.declaration.mistakes import Mistakes, Skipped
from matcalc.declaration.syntax import parse
from matcalc.declaration.template_scope import Header, TemplateScope
from matcalc.declaration.text import Text, clip
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar
from matcalc.depth.index import Index, as_index, member, moved, split_member, surely
from matcalc.depth.template import Loop
from matcalc.errors import InputError
from matcalc.expressions.expr import write_shape
from matcalc.network.network import Equation

LOOP = re.compile(r"for\s+(\S+)\s+in\s+(.+?)\s*\.\.\s*(.+)")
LOOP_MEND = "Write for n in 1..N: and the equations of a step under it."


class LoopsFile(FamiliesFile):
    """Reads a loop with the families that its steps define."""

    def loop(self, key: Scalar, node: Node, scope: TemplateScope) -> Loop:
        header = self.header(key, node)
        scope.loop, scope.body, scope.promised, scope.unread = header, {}, {}, set()
        mistakes = Mistakes(self.limits.mistakes)
        scope.dims = self.sizes_for(header.variable)
        assert isinstance(node, Mapping)
        for name in header.targets:
            self.family(key, name)
        found = []
        for inner, value in node.entries:
            family = KEY.fullmatch(inner.text.strip())
            assert family is not None
            index = Index(header.variable, header.targets[family[1]])
            name = member(family[1], index)
            with mistakes.collecting():
                try:
                    equation = read_equation(name, value, scope, self.limits)
                except (InputError, Skipped) as error:
                    scope.unread.add(name)
                    if isinstance(error, InputError):
                        error.at(inner.place())
                    raise
                scope.body[equation.name] = equation.symbol
                found.append(equation)
        mistakes.raise_any()
        if scope.unread:
            raise Skipped
        for equation, (inner, _) in zip(found, node.entries, strict=True):
            self.define(equation, inner, header, scope)
        return Loop(header.variable, header.first, header.last, tuple(found), header.down)

    def define(self, equation: Equation, key: Scalar, header: Header, scope: TemplateScope) -> None:
        """The members that a loop has defined, and that they are as the steps took them to be."""
        name, index = split_member(equation.name) or ("", Index(""))
        promised = scope.promised.get(name)
        if promised is not None:
            at = (split_member(promised.name) or (name, index))[1]
            steps = at.shift - index.shift
            shape = tuple(
                map(moved(header.variable, Index(header.variable, steps)).size, equation.shape)
            )
            if shape != promised.shape:
                key.refuse(
                    f"{equation.name} is {write_shape(equation.shape)}, so {promised.name} is"
                    f" {write_shape(shape)}; the first step starts with"
                    f" {write_shape(promised.shape)}",
                    mend="The step has to give what the next one takes.",
                )
        renaming = moved(header.variable, Index(header.variable, -index.shift))
        span = Span(
            header.first + index.shift,
            header.last + index.shift,
            tuple(map(renaming.size, equation.shape)),
            header.variable,
        )
        try:
            self.families[name].define(span)
        except InputError as error:
            raise error.at(key.place()) from None

    def header(self, key: Scalar, node: Node) -> Header:
        match = LOOP.fullmatch(key.text.strip())
        if match is None:
            key.refuse("this is no loop", mend=LOOP_MEND)
        if not isinstance(node, Mapping) or not node.entries:
            raise InputError("the loop is empty", mend=LOOP_MEND, place=key.place())
        letter = match[1]
        self.claim_letter(key, letter)
        ends = []
        for text in match.groups()[1:]:
            found = self.end(key, text)
            ends.append(found)
        down = not surely(ends[0], ends[1] + 1) and surely(ends[1], ends[0] + 1)
        first, last = ends[::-1] if down else ends
        if not surely(first, last + 1):
            key.refuse(
                f"whether {ends[0]} comes before {ends[1]} depends on the depth",
                mend="Write 1..N to go up, N..1 to go down.",
            )
        targets = {}
        for inner, _ in node.entries:
            if inner.text.startswith("for "):
                inner.refuse("a loop inside of a loop", mend="Write the inner steps out.")
            parts = KEY.fullmatch(inner.text.strip())
            if parts is None:
                name = clip(inner.text)
                inner.refuse(f"{name} has no index", mend=f"Write {name}[{letter}] in a loop.")
            index = self.index(inner, parts, (letter,))
            if index.base != letter or abs(index.shift) > 1:
                inner.refuse(
                    f"a step defines {parts[1]}[{letter}], [{letter}-1] or [{letter}+1]",
                    mend=f"Write {parts[1]}[{letter}].",
                )
            if parts[1] in targets:
                inner.refuse(f"{parts[1]} is defined twice in a step", mend="Rename one of them.")
            targets[parts[1]] = index.shift
        return Header(letter, first, last, down, targets)

    def end(self, key: Scalar, text: str) -> Index:
        source = Text(text.strip(), key.file)
        try:
            found = as_index(DimensionReader(source, self.dims).read(parse(source, self.limits)))
        except InputError as error:
            error.place = key.place()
            raise
        if found is None:
            key.refuse(f"{clip(text)} is no end of a loop", mend=LOOP_MEND)
        return found

    @contextmanager
    def defining(self, node: Node) -> Iterator[None]:
        """Where a loop is wrong, what it defines is not known because of that."""
        try:
            yield
        except (InputError, Skipped):
            for key, _ in node.entries if isinstance(node, Mapping) else ():
                self.broken.add(key.text.partition("[")[0].strip())
            raise
