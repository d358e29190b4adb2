"""The tree of a network file with loops and families to a Template, and its Network.

What the sections have in common with any network file is read as there. Everything is
checked once, for every depth: names, shapes and the indices that are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from matcalc.declaration.dimensions import DimensionReader
from matcalc.declaration.ends import EndsReader
from matcalc.declaration.equations import read_equation
from matcalc.declaration.families import Span
from matcalc.declaration.families_file import KEY, FamiliesFile
from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import Enough, Skipped
from matcalc.declaration.network_file import KINDS
from matcalc.declaration.syntax import parse
from matcalc.declaration.template_scope import Header, TemplateScope
from matcalc.declaration.text import Text, clip
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.depth.index import Index, as_index, member, moved, split_member, surely, unrolled_name
from matcalc.depth.template import Declared, Item, Loop, Template, Total
from matcalc.errors import InputError
from matcalc.expressions.expr import write_shape
from matcalc.network.network import Convention, Equation, Network

LOOP = re.compile(r"for\s+(\S+)\s+in\s+(.+?)\s*\.\.\s*(.+)")
LOOP_MEND = "Write for n in 1..N: and the equations of a step under it."
INDEXED = (*KINDS, "network")


def is_template(root: Mapping) -> bool:
    """Whether a file has loops or families."""
    for key, node in root.entries:
        if not isinstance(node, Mapping):
            continue
        if key.text in INDEXED and any(_is_indexed(name.text) for name, _ in node.entries):
            return True
    return False


def _is_indexed(key: str) -> bool:
    return bool(KEY.fullmatch(key.strip())) or key.startswith("for ")


class TemplateFile(FamiliesFile):
    def sections(self) -> Network | None:
        self.known_sections()
        convention = Convention(self.choice("convention", ("row", "column")))
        layout, title = self.layout(), self.title()
        self.read_dims()
        entries = list(self.section("network"))
        self.depths = self.find_depths(entries)
        declared = self.declarations(convention)
        functions = self.functions()
        scope = TemplateScope(
            {d.variable.name: d.variable.symbol for d in declared if not _is_member(d)},
            self.sizes_for(),
            {function.name: function for function in functions},
            convention,
            broken=self.broken,
            families=self.families,
            depths=self.depths,
        )
        items = self.items(entries, scope)
        declared = [d for d in map(self.ranged, declared) if d is not None]
        totals = [self.total(name, scope) for name in scope.totals]
        if self.mistakes.errors:
            return None
        dims = {n: s for n, s in self.dims.items() if s is not None and n not in self.depths}
        template = Template(
            tuple(declared),
            tuple(items),
            tuple(totals),
            {n: self.dims[n] or 1 for n in self.depths},
            dims,
            self.size_families,
            convention=convention,
            layout=layout,
            name=title,
            functions=tuple(functions),
        )
        return self.ended(template, entries)

    # -- equations ------------------------------------------------------------------

    def items(self, entries: list[tuple[Scalar, Node]], scope: TemplateScope) -> list[Item]:
        scope.nodes = {
            key.text: node
            for key, node in entries
            if isinstance(node, Scalar) and not KEY.fullmatch(key.text.strip())
        }
        items: list[Item] = []
        count = 0
        for key, node in entries:
            with self.mistakes.collecting():
                if key.text.startswith("for "):
                    with self.defining(node):
                        loop = self.loop(key, node, scope)
                    items.append(loop)
                    steps = loop.steps({n: self.dims[n] or 1 for n in self.depths})
                    count += len(loop.equations) * len(steps)
                else:
                    items.append(self.outside(key, node, scope))
                    count += 1
            if count > self.limits.nodes:
                self.mistake(key, f"more than {self.limits.nodes} nodes", "Take fewer steps.")
                raise Enough
        return items

    @contextmanager
    def defining(self, node: Node) -> Iterator[None]:
        """Where a loop is wrong, what it defines is not known because of that."""
        try:
            yield
        except (InputError, Skipped):
            for key, _ in node.entries if isinstance(node, Mapping) else ():
                self.broken.add(key.text.partition("[")[0].strip())
            raise

    def outside(self, key: Scalar, node: Node, scope: TemplateScope) -> Equation:
        """An equation outside of loops: a plain name, or one member."""
        scope.loop, scope.dims = None, self.sizes_for()
        match = KEY.fullmatch(key.text.strip())
        if match is None:
            read = partial(read_equation, key.text, node, scope, self.limits)
            equation = self.declare(key, "a node", read)
            if equation is None:
                raise Skipped
            scope.symbols[key.text] = equation.symbol  # type: ignore[index]
            return equation
        try:
            family = self.family(key, match[1])
            index = self.index(key, match, ())
            equation = read_equation(member(match[1], index), node, scope, self.limits)
            family.define(Span(index, index, equation.shape))
        except (InputError, Skipped) as error:
            self.broken.add(match[1])
            if isinstance(error, InputError):
                error.at(key.place())
            raise
        return equation

    def loop(self, key: Scalar, node: Node, scope: TemplateScope) -> Loop:
        header = self.header(key, node)
        scope.loop, scope.body, scope.promised = header, {}, {}
        scope.dims = self.sizes_for(header.variable)
        assert isinstance(node, Mapping)
        for name in header.targets:
            self.family(key, name)
        found = []
        for inner, value in node.entries:
            family = KEY.fullmatch(inner.text.strip())
            assert family is not None
            try:
                index = Index(header.variable, header.targets[family[1]])
                equation = read_equation(member(family[1], index), value, scope, self.limits)
                scope.body[equation.name] = equation.symbol
                found.append(equation)
            except InputError as error:
                raise error.at(inner.place()) from None
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

    def total(self, name: str, scope: TemplateScope) -> Total:
        family = self.families[name]
        found = family.range()
        letter = family.letter or next((s.letter for s in family.spans if s.letter), "n")
        if found is None:
            self.mistakes.add(InputError(f"which members {name} has does not follow"))
            raise Enough
        of = family.symbol(Index(letter), *found)
        return Total(f"sum({name}[:])", of, letter, *found)

    # -- ends -----------------------------------------------------------------------

    def ended(self, template: Template, entries: list[tuple[Scalar, Node]]) -> Network | None:
        """The template with its loss or outputs, unrolled at the file's depth."""
        with self.mistakes.collecting():
            try:
                network = template.unrolled()
            except InputError as error:
                raise error.at(self.entries.get("dims", self.root).place()) from None
            self.refuse_clashes(network)
            if not entries:
                self.refuse_empty()
            last = entries[-1][0]
            names = _both_names(template)
            reader = EndsReader(list(network.equations), self.taken, self.broken)
            if last.text.startswith("for ") and not {"loss", "outputs"} & set(self.entries):
                last.refuse(
                    "there is no loss: the network ends in a loop",
                    mend="Add a scalar node after it, or write outputs: [x[N]].",
                )
            loss, outputs = (self.renamed(self.entries.get(k), names) for k in ("loss", "outputs"))
            back = {unrolled: own for own, unrolled in names.items()}
            ends = reader.read(loss, outputs, names.get(last.text, last.text), last.place())
            done = replace(
                template,
                loss=back.get(ends[0], ends[0]) if ends[0] else None,
                outputs=tuple(back.get(n, n) for n in ends[1]),
            )
            return done.unrolled()
        return None

    def renamed(self, node: Node | None, names: dict[str, str]) -> Node | None:
        """Where ends are named: x[N] as it is called in the unrolled network."""
        if isinstance(node, Scalar):
            text = node.text.replace(" ", "")
            return replace(node, text=names.get(text, node.text))
        if isinstance(node, Sequence):
            items = [self.renamed(item, names) or item for item in node.items]
            return Sequence(node.document, node.line, node.column, node.size, items)
        return node

    def place_of(self, name: str) -> Any:
        """Where a plain name is declared or defined."""
        for section in ("dims", "functions", *INDEXED):
            for key, _ in self.section(section):
                if key.text == name:
                    return key.place()
        return self.root.place()

    def refuse_clashes(self, network: Network) -> None:
        """Unrolled names have to differ from all others."""
        seen = set(self.dims) | {f.name for f in network.functions} | set(network.dims)
        every = [*(v.name for v in network.variables), *(e.name for e in network.equations)]
        for name in every:
            if name in seen:
                raise InputError(
                    f"unrolled, two things are called {name}",
                    mend="Rename one of them: members are called W1, W2 and so on.",
                    place=self.place_of(name),
                )
            seen.add(name)


def _is_member(d: Declared) -> bool:
    return split_member(d.variable.name) is not None


def _both_names(template: Template) -> dict[str, str]:
    """Single members by their names in the file, such as x[N], and unrolled."""
    found: dict[str, str] = {}
    for loop, equation in template.equations():
        name, index = split_member(equation.name) or ("", Index(""))
        if not name:
            continue
        if loop is None:
            found[equation.name] = unrolled_name(name, index.number(template.depths))
            continue
        for end in (loop.first, loop.last):
            at = end + index.shift
            found[member(name, at)] = unrolled_name(name, at.number(template.depths))
    return found


def read_template(root: Mapping, limits: Limits, sizes: Map[str, int]) -> Network:
    """The network of a file with loops, unrolled; its template stands beside it."""
    return TemplateFile(root, limits, sizes).read()
