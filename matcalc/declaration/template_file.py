"""The tree of a network file with loops and families to a Template, and its Network.

What the sections have in common with any network file is read as there. Everything is
checked once, for every depth: names, shapes and the indices that are used.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace
from functools import partial
from typing import Any

from matcalc.declaration.ends import EndsReader
from matcalc.declaration.equations import read_equation
from matcalc.declaration.families import Span
from matcalc.declaration.families_file import KEY
from matcalc.declaration.limits import Limits
from matcalc.declaration.loops_file import LoopsFile
from matcalc.declaration.mistakes import Enough, Skipped
from matcalc.declaration.network_file import KINDS
from matcalc.declaration.template_scope import TemplateScope
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.depth.index import Index, member, split_member, unrolled_name
from matcalc.depth.template import Declared, Item, Template, Total
from matcalc.errors import InputError
from matcalc.network.network import Convention, Equation, Network

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


class TemplateFile(LoopsFile):
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

    def outside(self, key: Scalar, node: Node, scope: TemplateScope) -> Equation:
        """An equation outside of loops: a plain name, or one member."""
        scope.loop, scope.dims = None, self.sizes_for()
        match = KEY.fullmatch(key.text.strip())
        if match is None:
            read = partial(read_equation, key.text, node, scope, self.limits)
            equation = self.declare(key, node, "a node", read)
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
