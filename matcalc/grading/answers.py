"""A reader's answers: from a YAML file, from NAME=EXPR arguments, from a function's results.

The file is a mapping of names to formulas, or a list of formulas that say on their left
what they are; ``let:`` beside ``answers:`` defines abbreviations. An answer that is left
empty is kept as one not given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from matcalc.declaration import DEFAULT, read_text
from matcalc.declaration.calls import RESERVED
from matcalc.declaration.mistakes import Enough, Mistakes
from matcalc.declaration.names import check_name, nearest_mend
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tree import Kind, Node
from matcalc.declaration.yaml_source import read
from matcalc.declaration.yaml_tree import Mapping as YamlMapping
from matcalc.declaration.yaml_tree import Node as YamlNode
from matcalc.declaration.yaml_tree import Scalar
from matcalc.declaration.yaml_tree import Sequence as YamlSequence
from matcalc.derivation.derivation import Derivation
from matcalc.errors import InputError
from matcalc.grading.latex_names import Vocabulary
from matcalc.grading.reading import AnswerReader, Side
from matcalc.network.network import Kind as VariableKind

EXAMPLE = "Write answers: and under it a line such as W: X.T*grad(Z)."
MOST_MISTAKES = 20
KEY = re.compile(
    r"(?:grad\((?P<grad>.+)\)|(?:dL?_?/?d|∂L/∂)(?P<d>.+)"
    r"|\\nabla_\{?(?P<nabla>[^{}\s]+)\}?\s*\w*"
    r"|\\d?frac\{\s*(?:\\partial|d)\s*\w+\s*\}\{\s*(?:\\partial|d)\s*(?P<frac>.+)\})"
)


@dataclass(frozen=True)
class Answer:
    """The gradient by ``target`` as someone found it: a formula, or arrays.

    ``left`` is what the formula itself says on its left that it is, where that is another
    name. ``values`` are a function's results at the points, or what went wrong there;
    ``label`` then says which function it was.
    """

    target: str
    sides: tuple[Side, ...] = ()
    left: str | None = None
    values: Sequence[Any] | str | None = None
    label: str = ""
    single: bool = False
    "Whether the function computes in single precision."

    @property
    def side(self) -> Side | None:
        """The last side: the result."""
        return self.sides[-1] if self.sides else None

    @property
    def text(self) -> str:
        return self.side.text if self.side else self.label

    @property
    def is_given(self) -> bool:
        return self.side is not None or self.values is not None


@dataclass
class AnswersReader:
    """Collects answers from several places; each name may be answered once."""

    d: Derivation
    answers: dict[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reader = AnswerReader(self.d)
        self.mistakes = Mistakes(MOST_MISTAKES)

    # -- a file ---------------------------------------------------------------------------

    def file(self, path: str | os.PathLike[str]) -> None:
        """Read a file of answers; ``-`` is standard input."""
        text, file = read_text(path)
        root = read(text, file, DEFAULT)
        if root is None:
            raise InputError(f"{file}: the file is empty", mend=EXAMPLE)
        with suppress(Enough):
            self._root(root)
        self.mistakes.raise_any()

    def _root(self, root: YamlNode) -> None:
        sections: Mapping[str, YamlNode] = {}
        if isinstance(root, YamlMapping):
            keys = {key.text for key, _ in root.entries}
            nested = any(k.text == "answers" and not isinstance(v, Scalar) for k, v in root.entries)
            if nested or (keys & {"answers", "let"} and not keys & set(self._names())):
                for key, _ in root.entries:
                    if key.text not in ("answers", "let", "name"):
                        with self.mistakes.collecting():
                            mend = nearest_mend(key.text, ("answers", "let", "name"), "")
                            key.refuse(f"there is no section {clip(key.text)}", mend=mend)
                sections = {key.text: node for key, node in root.entries}
        if not sections:
            self._answers(root)
            return
        if "let" in sections:
            self._let(sections["let"])
        if "answers" not in sections:
            raise InputError("there are no answers", mend=EXAMPLE, place=root.place())
        self._answers(sections["answers"])

    def _let(self, node: YamlNode) -> None:
        if isinstance(node, Scalar) and node.is_empty:
            return
        if not isinstance(node, YamlMapping):
            mend = "Write let: {delta: Z - Y}."
            raise InputError("let has entries name: formula", mend=mend, place=node.place())
        for key, value in node.entries:
            with self.mistakes.collecting():
                name = key.text.lstrip("\\").replace("_", "")
                name = key.text if key.text.isidentifier() else name
                wrong = check_name(name, RESERVED)
                if name in self._names() or name in self.d.network.dims:
                    wrong = f"{name} is a name of the network", "Choose another name."
                if wrong:
                    key.refuse(wrong[0], mend=wrong[1])
                self.reader.define(name, _formula(value))

    def _answers(self, node: YamlNode) -> None:
        if isinstance(node, YamlMapping):
            for key, value in node.entries:
                with self.mistakes.collecting():
                    target = self.target(key.text, key)
                    if isinstance(value, Scalar) and value.is_empty:
                        self.add(Answer(target), key)
                    else:
                        self.formula(_formula(value), target, key)
        elif isinstance(node, YamlSequence):
            for item in node.items:
                with self.mistakes.collecting():
                    self.formula(_formula(item))
        else:
            mend = EXAMPLE
            raise InputError("answers are name: formula", mend=mend, place=node.place())

    # -- arguments ------------------------------------------------------------------------

    def arguments(self, texts: Iterable[str]) -> None:
        """NAME=EXPR, each."""
        for text in texts:
            name, _, formula = text.partition("=")
            source = Text(" " * (len(name) + 1) + formula, f"<{name.strip()}>")
            target = self.target(name.strip(), Text(text, "<answer>"))
            if formula.strip():
                self.formula(source, target)
            else:
                self.add(Answer(target), Text(text, "<answer>"))

    # -- one answer -----------------------------------------------------------------------

    def formula(self, source: Text, target: str | None = None, key: Text | None = None) -> None:
        """An answer from its text; without a target, its left side says what it is."""
        trees = self.reader.sides(source)
        left = None
        if len(trees) > 1 and (found := self._left(trees[0])):
            left, trees = found, trees[1:]
        if target is None:
            if left is None:
                source.refuse("the formula does not say what it is", mend=_LEFT)
            target = self.target(left, source)
        shape = self.d.layout.gradient_shape(self.d.network.declared_shape(target))
        sides = tuple(self.reader.side(source, tree, shape) for tree in trees)
        self.add(Answer(target, sides, left if left != target else None), key or source)

    def _left(self, tree: Node) -> str | None:
        """The name that a left side is about: W, dW, grad(W), or 1 for ∇_L L."""
        while tree.kind is Kind.TRANSPOSE:
            tree = tree.parts[0]
        if tree.kind is Kind.CALL and tree.text == "grad":
            return tree.parts[0].text
        if tree.kind is Kind.NUMBER and tree.value == 1:
            return self.d.of
        return self._named(tree.text) if tree.kind is Kind.NAME else None

    def add(self, answer: Answer, at: Text) -> None:
        if answer.target in self.answers:
            at.refuse(f"{answer.target} is answered twice", mend="Remove one of them.")
        self.answers[answer.target] = answer

    def add_result(self, answer: Answer, file: str) -> None:
        """An answer that a function of a file gave."""
        if answer.target in self.answers:
            raise InputError(
                f"{file}: {answer.target} is answered already", mend="Leave one of them out."
            )
        self.answers[answer.target] = answer

    def target(self, text: str, at: Text) -> str:
        """The name whose gradient is meant by W, dW, grad(W), ∂L/∂W or the LaTeX of it."""
        network = self.d.network
        name = self._named(text)
        if name is None:
            mend = nearest_mend(text, [*self._names(), "answers", "let"], "")
            at.refuse(f"the network has no {clip(text)}", mend=mend)
        if name == network.loss:
            at.refuse(f"{name} is the loss itself", mend="Its own gradient is 1.")
        if name in network.variable and network.variable[name].kind is VariableKind.CONSTANT:
            mend = "Answer for inputs, parameters and nodes."
            at.refuse(f"{name} is a constant and gets no gradient", mend=mend)
        if name in network.outputs:
            at.refuse(
                f"the gradient by the output {name} is given",
                mend=f"It is grad({name}); answer for what comes before.",
            )
        return name

    def _named(self, text: str) -> str | None:
        words = Vocabulary(frozenset(self._names()))
        text = text.strip().strip("$").strip()
        candidates = [text]
        match = KEY.fullmatch(text)
        if match:
            candidates.append(next(group for group in match.groups() if group))
        for candidate in candidates:
            plain = re.sub(r"\\[a-zA-Z]*(?=[{\s])|[{}\\\s]", "", candidate)
            found = words.find_written(plain) if plain else None
            if found is not None:
                return found
        return None

    def _names(self) -> list[str]:
        return [*self.d.network.variable, *self.d.network.equation]


_LEFT = "Write W = ..., or \\frac{\\partial L}{\\partial W} = ..."


def _formula(node: YamlNode) -> Scalar:
    if not isinstance(node, Scalar):
        mend = "Put it in quotes where it contains , or : or starts with a bracket."
        raise InputError("an answer is a formula", mend=mend, place=node.place())
    return node
