"""The sections of a file with families: sizes, and variables with an index.

dims: {N: 3, m: [2, 5, 4, 3]}      parameters: {W[n]: [m[n], m[n-1]]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from matcalc.declaration.dimensions import DimensionReader, FamilySizes
from matcalc.declaration.families import Family, Span
from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import Mistakes
from matcalc.declaration.names import check_name
from matcalc.declaration.network_file import KINDS, RESERVED, NetworkFile
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import Text
from matcalc.declaration.variables import VariableReader
from matcalc.declaration.yaml_tree import Mapping, Node, Scalar, Sequence
from matcalc.depth.index import Index, member
from matcalc.depth.template import Declared
from matcalc.errors import InputError
from matcalc.network.network import Convention

KEY = re.compile(r"([A-Za-z]\w*)\s*\[([^\[\]]*)\]", re.ASCII)


class FamiliesFile(NetworkFile):
    """``depths`` are the dimensions at which loops end, which count steps."""

    def __init__(self, root: Mapping, limits: Limits, sizes: Map[str, int]) -> None:
        super().__init__(root, limits, sizes)
        self.size_families: dict[str, tuple[int, ...]] = {}
        self.families: dict[str, Family] = {}
        self.letters: set[str] = set()
        self.depths: tuple[str, ...] = ()

    # -- dims -------------------------------------------------------------------

    def size(self, name: str, node: Node) -> int:
        if not isinstance(node, Sequence):
            return super().size(name, node)
        self.broken.add(name)
        mistakes = Mistakes(len(node.items) + 1)
        sizes: tuple[int, ...] = ()
        for item in node.items:
            with mistakes.collecting():
                sizes += (super().size(name, item),)
        mistakes.raise_any()
        if not sizes:
            node.refuse(f"{name} has no sizes", f"Write {name}: [2, 5, 4, 3], from 0 on.")
        self.broken.discard(name)
        self.size_families[name] = sizes
        return sizes[0]

    def read_dims(self) -> None:
        for key, node in self.section("dims"):
            if isinstance(node, Sequence) and key.text in self.sizes:
                message = f"{key.text} is a list of sizes, not one"
                raise InputError(f"--dims: {message}", mend="Change the list in the file.")
        super().read_dims()
        for name in self.size_families:
            del self.dims[name]

    def sizes_for(self, *letters: str) -> FamilySizes:
        steps = (*self.depths, *letters)
        return FamilySizes(self.dims, self.size_families, steps, self.broken)

    def find_depths(self, entries: list[tuple[Scalar, Node]]) -> tuple[str, ...]:
        """The dimensions that stand at the ends of loops."""
        words = [re.fullmatch(r"for\s+\S+\s+in\s+(.*)", key.text.strip()) for key, _ in entries]
        ends = [match[1] for match in words if match]
        names = [name for end in ends for name in re.findall(r"[A-Za-z]\w*", end)]
        return tuple(dict.fromkeys(name for name in names if name in self.dims))

    # -- variables ----------------------------------------------------------------

    def declarations(self, convention: Convention) -> list[Declared]:
        found = []
        for section, kind in KINDS.items():
            for key, node in self.section(section):
                match = KEY.fullmatch(key.text.strip())
                if match is None:
                    reader = VariableReader(self.sizes_for(), convention, self.limits)
                    read = partial(reader.read, key.text, kind, node)
                    plain = self.declare(key, node, f"one of the {section}", read)
                    found += [Declared(plain)] if plain is not None else []
                    continue
                with self.reading(match[1]):
                    found.append(self.member_of(key, match, kind, node, convention))
        return found

    @contextmanager
    def reading(self, name: str) -> Any:
        """Note a mistake, and that the name is not known because of it."""
        before = len(self.mistakes.errors)
        with self.mistakes.collecting():
            yield
            return
        if len(self.mistakes.errors) > before:
            self.broken.add(name)

    def member_of(
        self, key: Scalar, match: re.Match[str], kind: Any, node: Node, convention: Convention
    ) -> Declared:
        """``W[n]: shape`` for every n, or ``x[0]: shape`` for one."""
        family = self.family(key, match[1])
        inside = match[2].strip()
        if re.fullmatch(r"[A-Za-z]\w*", inside) and inside not in self.dims:
            self.claim_letter(key, inside)
            reader = VariableReader(self.sizes_for(inside), convention, self.limits)
            variable = reader.read(member(match[1], Index(inside)), kind, node)
            if family.every is not None or family.spans:
                key.refuse(f"{match[1]} is declared already, on line {family.line}")
            if variable.value is not None:
                key.refuse(
                    "a family of variables has no value", mend="Leave it out, or write [0], [1]."
                )
            family.every, family.letter = variable, inside
            return Declared(variable, inside)
        index = self.index(key, match, ())
        if family.every is not None:
            key.refuse(f"{match[1]} is declared for every index already, on line {family.line}")
        reader = VariableReader(self.sizes_for(), convention, self.limits)
        variable = reader.read(member(match[1], index), kind, node)
        try:
            family.define(Span(index, index, variable.symbol.shape))
        except InputError as error:
            raise error.at(key.place()) from None
        return Declared(variable)

    def family(self, key: Scalar, name: str) -> Family:
        """The family of that name; made and its name taken where it is new."""
        if name not in self.families:
            wrong = check_name(name, RESERVED)
            if wrong:
                key.refuse(wrong[0], mend=wrong[1])
            if name in self.taken:
                what, line = self.taken[name]
                key.refuse(f"{name} is {what} already, on line {line}", mend="Choose another name.")
            self.taken[name] = ("a family", key.line + 1)
            self.families[name] = Family(name, key.line + 1)
        return self.families[name]

    def index(self, key: Scalar, match: re.Match[str], letters: tuple[str, ...]) -> Index:
        """The index in a key; refusals point at the key."""
        text = Text(match[2], key.file)
        reader = DimensionReader(text, {})
        try:
            return reader.index(parse(text, self.limits), (*self.depths, *letters))
        except InputError as error:
            error.place = key.place()
            raise

    def claim_letter(self, key: Scalar, letter: str) -> None:
        wrong = check_name(letter, RESERVED)
        if wrong:
            key.refuse(wrong[0], mend=wrong[1])
        if letter in self.taken and letter not in self.letters:
            what, line = self.taken[letter]
            key.refuse(f"{letter} is {what} already, on line {line}", mend="Take another letter.")
        self.letters.add(letter)
        self.taken.setdefault(letter, ("a variable that counts steps", key.line + 1))

    def ranged(self, d: Declared) -> Declared | None:
        """A declared family with the range of its members: those that are used."""
        if not d.letter:
            return d
        family = self.families[d.family]
        found = family.range()
        if found is not None:
            return replace(d, first=found[0], last=found[1])
        if not self.mistakes.errors:
            used = " and ".join(f"{a}..{b}" for a, b in dict.fromkeys(family.uses))
            what = f"is used for {used}" if used else "is never used"
            self.mistakes.add(
                InputError(
                    f"{d.variable.name} {what}: which ones there are does not follow",
                    mend="Use it in a loop; its members are those that are used.",
                    place=self.key_place(d),
                )
            )
        return None

    def key_place(self, d: Declared) -> Any:
        for section in KINDS:
            for key, _ in self.section(section):
                if key.text.replace(" ", "") == d.variable.name:
                    return key.place()
        return None
