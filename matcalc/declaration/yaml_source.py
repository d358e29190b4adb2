"""YAML as a tree of raw text with positions.

Nothing is resolved: ``on``, ``1e-3`` and ``~`` are the characters that stand in the
file, and their meaning is decided by whoever knows what should stand there. The tree is
built from the parser's events without recursion, so depth cannot exhaust the stack.
Refused: tags, merge keys, duplicate keys, keys that are not plain text, a second
document, aliases that expand past a limit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from matcalc.declaration.limits import Limits
from matcalc.declaration.mistakes import together
from matcalc.declaration.text import clip
from matcalc.declaration.yaml_tree import LINE_BREAK, Document, Mapping, Node, Scalar, Sequence
from matcalc.errors import InputError

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOT_TEXT = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"Control characters, and those that cannot be seen or make a text look other than it is read."
DEEPEST = 50
MANY = "Keep large values out of the file, or raise the limit with --limit items=N."
MEMBER = re.compile(r"(?<=[A-Za-z0-9_])\[([A-Za-z0-9_+ -]+)\]")
SHIELDS = "\ue000\ue001"
"Stand for [ and ] of m[n-1] while YAML is parsed: in a list it would start another list."


def decode(data: bytes, file: str) -> str:
    """The bytes of a file as text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{file}: line {line} is not UTF-8 text (byte {error.start} of the file)",
            mend="Save the file as UTF-8.",
        ) from None


def read(
    text: str, file: str, limits: Limits, repeated: list[InputError] | None = None
) -> Node | None:
    """The tree of the one document in the text, or None where it is empty.

    Duplicate keys are refused; where ``repeated`` is given, they are put there instead, for
    who goes on to find other mistakes.
    """
    if len(text) > limits.file_bytes:
        raise too_large(file, limits)
    document = Document(file, text.removeprefix("\ufeff"))
    _refuse_control_characters(document)
    composer = Composer(document, limits)
    try:
        for event in yaml.parse(_shielded(document.text), Loader=LOADER):
            composer.take(event)
    except yaml.YAMLError as error:
        raise together([*composer.repeated, _syntax_error(error, document)]) from None
    except InputError as error:
        raise together([*composer.repeated, error]) from None
    if repeated is not None:
        repeated.extend(composer.repeated)
    elif composer.repeated:
        raise together(composer.repeated)
    return composer.root


def _shielded(text: str) -> str:
    """The text with the brackets of members replaced, character by character."""
    if any(sign in text for sign in SHIELDS):
        return text
    return MEMBER.sub(lambda m: f"{SHIELDS[0]}{m[1]}{SHIELDS[1]}", text)


def too_large(file: str, limits: Limits) -> InputError:
    return InputError(
        f"{file}: more than {limits.file_bytes} bytes, the limit for a file",
        mend="Keep large values out of the file.",
    )


def _refuse_control_characters(document: Document) -> None:
    bad = NOT_TEXT.search(document.text)
    if bad:
        before = LINE_BREAK.split(document.text[: bad.start()])
        raise InputError(
            f"the character {_called(bad[0])} is no text",
            mend="Remove it; a network file is plain UTF-8 text.",
            place=document.place(len(before) - 1, len(before[-1])),
        )


def _called(character: str) -> str:
    """U+200B ZERO WIDTH SPACE."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()


class Composer:
    """Builds the tree from events, with a stack of the collections still open."""

    def __init__(self, document: Document, limits: Limits) -> None:
        self.document = document
        self.limits = limits
        self.root: Node | None = None
        self.stack: list[Opened] = []
        self.anchors: dict[str, Node | None] = {}
        self.expanded = 0
        self.repeated: list[InputError] = []
        self.items = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        handler = HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def document_start(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse(event, "a second document starts here", "Keep one network to a file.")

    def scalar(self, event: Any) -> None:
        self.refuse_tag(event)
        line, column = event.start_mark.line, event.start_mark.column
        if event.anchor:
            line, column = self.after_anchor(line, column)
        bad = NOT_TEXT.search(event.value)
        if bad:
            self.refuse(event, f"the escaped {_called(bad[0])} is no text", "Remove it.")
        scalar = Scalar(
            event.value.replace(SHIELDS[0], "[").replace(SHIELDS[1], "]"),
            self.document.file,
            document=self.document,
            line=line,
            column=column,
            style=event.style or "",
        )
        if event.anchor:
            self.anchors[event.anchor] = scalar
        self.add(scalar)

    def after_anchor(self, line: int, column: int) -> tuple[int, int]:
        """Where a text starts whose anchor stands here."""
        lines = self.document.lines
        anchor = re.match(r"&\S+\s*", lines[line][column:])
        column += len(anchor[0]) if anchor else 0
        if column < len(lines[line]) or line + 1 >= len(lines):
            return line, column
        return line + 1, len(lines[line + 1]) - len(lines[line + 1].lstrip())

    def start(self, event: Any) -> None:
        self.refuse_tag(event)
        if len(self.stack) >= DEEPEST:
            self.refuse(event, f"YAML nested more than {DEEPEST} deep", "Use fewer brackets.")
        kind = Mapping if isinstance(event, yaml.MappingStartEvent) else Sequence
        mark = event.start_mark
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(Opened(kind(self.document, mark.line, mark.column), event.anchor))

    def end(self, event: Any) -> None:
        opened = self.stack.pop()
        if opened.anchor:
            self.anchors[opened.anchor] = opened.node
        self.add(opened.node)

    def alias(self, event: Any) -> None:
        name = event.anchor
        if name not in self.anchors:
            self.refuse(
                event,
                f"*{name} refers to &{name}, which is not there",
                "A text that starts with * is a YAML alias: put it in quotes.",
            )
        node = self.anchors[name]
        if node is None:
            self.refuse(event, f"*{name} stands inside of what it refers to", "Remove it.")
        self.expanded += node.size
        if self.expanded > self.limits.file_bytes:
            most = self.limits.file_bytes
            self.refuse(event, f"aliases expand to more than {most} characters", "Use fewer.")
        if not isinstance(node, Scalar):
            self.items += node.size // 2
        if self.items > self.limits.items:
            most = self.limits.items
            self.refuse(event, f"aliases expand to more than {most} names and numbers", MANY)
        self.add(node)

    def add(self, node: Node) -> None:
        """Put a finished node where it belongs."""
        self.items += 1
        if self.items > self.limits.items:
            message = f"more than {self.limits.items} names, numbers and texts"
            raise InputError(message, mend=MANY, place=node.place())
        if not self.stack:
            self.root = None if isinstance(node, Scalar) and node.is_empty else node
            return
        opened = self.stack[-1]
        opened.node.size += node.size
        if isinstance(opened.node, Sequence):
            opened.node.items.append(node)
        elif opened.key is None:
            opened.key = self.check_key(opened, node)
        else:
            if opened.seen[opened.key.text] is opened.key:
                opened.node.entries.append((opened.key, node))
            opened.key = None

    def check_key(self, opened: Opened, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise InputError(
                "a key must be a name, not a collection", mend="Write name: ...", place=node.place()
            )
        if node.text == "<<" and not node.style:
            node.refuse("merge keys (<<) are not supported", mend="Write the entries out.")
        assert isinstance(opened.node, Mapping)
        first = opened.seen.get(node.text)
        if first is None:
            opened.seen[node.text] = node
            return node
        again = "a second time" if node.text not in opened.node.repeated else "once more"
        message = f"{clip(node.text)} is here {again}; the first is on line {first.line + 1}"
        if len(self.repeated) < self.limits.mistakes:
            mend = "Rename or remove one of them."
            self.repeated.append(InputError(message, mend=mend, place=node.place()))
        opened.node.repeated.add(node.text)
        return node

    def refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self.refuse(event, f"the tag {clip(event.tag)} is not allowed", "Remove the tag.")

    def refuse(self, event: Any, message: str, mend: str = "") -> NoReturn:
        mark, end = event.start_mark, event.end_mark
        length = end.column - mark.column if end.line == mark.line else 1
        place = self.document.place(mark.line, mark.column, length)
        raise InputError(message, mend=mend, place=place)


@dataclass
class Opened:
    """A collection whose end has not come yet; a mapping's key waits for its value."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    seen: dict[str, Scalar] = field(default_factory=dict)


HANDLERS: dict[type, Callable[[Composer, Any], None]] = {
    yaml.DocumentStartEvent: Composer.document_start,
    yaml.ScalarEvent: Composer.scalar,
    yaml.SequenceStartEvent: Composer.start,
    yaml.MappingStartEvent: Composer.start,
    yaml.SequenceEndEvent: Composer.end,
    yaml.MappingEndEvent: Composer.end,
    yaml.AliasEvent: Composer.alias,
}


def _syntax_error(error: yaml.YAMLError, document: Document) -> InputError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    context, opened = getattr(error, "context", None) or "", getattr(error, "context_mark", None)
    if opened and mark and opened.line < mark.line:
        if "simple key" in context:
            mark = opened  # the line that was to be a key, not the one where that was noticed
        elif "flow" in context:
            problem += f", for the bracket on line {opened.line + 1}"
    place = document.nearest_place(mark.line, mark.column) if mark else None
    if place and place.text[: place.column].strip(" ") == "\t":
        return InputError("a tab in the indentation", mend="Indent with spaces.", place=place)
    if "nesting depth" in problem:  # newer parsers have a limit of their own
        message = f"YAML nested more than {DEEPEST} deep"
        return InputError(message, mend="Use fewer brackets.", place=place)
    before = document.lines[place.line - 2].lstrip() if place and place.line > 1 else ""
    if " #" in before and "key" in problem:
        mend = "A comment ends the text before it: put it behind the last line of the text."
        return InputError(f"this is not YAML: {clip(problem, 100)}", mend=mend, place=place)
    if "',' or " in problem:
        mend = "Close what is open, put commas between entries, and quotes around an expression"
        mend += " that has a comma, [ or : within { }."
        return InputError(f"this is not YAML: {clip(problem, 100)}", mend=mend, place=place)
    return InputError(
        f"this is not YAML: {clip(problem, 100)}",
        mend="Check the indentation, and put a text in quotes where it contains ': ' or"
        " ' #', or starts with one of * & ! % @ ` | > [ {.",
        place=place,
    )
