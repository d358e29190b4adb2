"""What is said about one answer: frozen data that printers read."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcalc.expressions.expr import Shape
from matcalc.grading.relations import Difference

RIGHT = ("right", "right-longer")
ALMOST = {
    "assumption": "right only under an assumption",
    "given-values": "right only at the values in the file",
    "layout": "right in another layout",
    "convention": "right in another convention",
    "left-side": "right, but called by another name",
    "carried": "wrong, because an earlier answer is",
}
"Kinds of verdict between right and wrong, with what is said first."


@dataclass(frozen=True)
class Finding:
    """One slip: its kind, its name in words, where it is, why it is one. ``mended`` is the
    answer without it, in the language, where it is one of writing."""

    kind: str
    title: str
    where: str = ""
    why: str = ""
    mended: str = ""


@dataclass(frozen=True)
class Verdict:
    """On the answer for ``target``. ``kind`` is that of the first finding, or "right",
    "right-longer", "unanswered"; ``findings`` are all that match, the most specific first."""

    target: str
    kind: str
    answer: str
    shape: Shape
    findings: tuple[Finding, ...] = ()
    together: bool = False
    "Whether the findings have to be taken together: several slips in one answer."
    notes: tuple[str, ...] = ()
    answered_shape: str = ""
    difference: Difference | None = None
    departs: str = ""
    "The first step of the derivation from which the answer departs, in words."
    solution: str = ""
    closed: str = ""

    @property
    def is_right(self) -> bool:
        return self.kind in RIGHT

    @property
    def headline(self) -> str:
        """The verdict without its reasons."""
        if self.is_right:
            return "right"
        if self.kind == "unanswered":
            return "no answer yet"
        if self.kind == "undecided":
            return "not decided"
        if self.kind == "shape":
            return "wrong: the shape"
        return ALMOST.get(self.kind, "wrong")


@dataclass(frozen=True)
class Grades:
    """The verdicts on a set of answers, in the order in which they were given."""

    of: str
    name: str
    verdicts: tuple[Verdict, ...]
    points: int
    sizes: tuple[dict[str, int], ...] = field(default=())

    @property
    def right(self) -> int:
        return sum(v.is_right for v in self.verdicts)

    @property
    def all_right(self) -> bool:
        return self.right == len(self.verdicts)
