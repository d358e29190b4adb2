"""Writes what is stored beside each network file of this folder, NAME.yaml.

    NAME.md             the derivation, argued as the notes argue
    NAME.STYLE.md       the same argued in another way, or for samples as columns
    NAME.trace.md, .svg values and gradients on the graph, for networks of numbers

python -m derivations.write
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from matcalc.checking import Report, check
from matcalc.checking.patterns import check_pattern
from matcalc.declaration import load
from matcalc.depth.pattern import Pattern, derive_pattern
from matcalc.derivation import Derivation, derive
from matcalc.printing.graph_svg import graph_svg
from matcalc.printing.markdown import write_markdown
from matcalc.printing.pattern_markdown import write_pattern_markdown
from matcalc.printing.trace_markdown import write_trace_markdown
from matcalc.tracing import trace

HERE = Path(__file__).parent

OWN = {
    "mit-6390": "index",
    "cmu-11785": "chain",
    "handwritten": "chain",
    "handwritten/pattern": "differential",
    "handwritten/layer": "vec",
    "handwritten/product": "vec",
    "handwritten/vec": "vec",
    "gatech-4644": "chain",
    "tum-i2dl": "differential",
    "tum-i2dl/entries": "explicit",
}
"How each set of notes argues; a file of its own, where it argues differently there."
MORE = {
    "mit-6390/layer": ("chain",),
    "handwritten/three-layers": ("index",),
    "handwritten/layer": ("explicit",),
    "handwritten/vec": ("explicit",),
    "gatech-4644/classifier": ("explicit",),
    "gatech-4644/fc": ("index",),
    "gatech-4644/images": ("explicit",),
    "tum-i2dl/affine": ("index", "explicit", "column"),
    "tum-i2dl/exercise": ("explicit",),
    "tum-i2dl/sigmoid": ("chain",),
}
"Further ways of reasoning, and ``column`` for the other convention."
TRACED = (
    "gatech-4644/graph",
    "gatech-4644/gates",
    "gatech-4644/duality",
    "gatech-4644/relu",
    "tum-i2dl/exercise",
)
"Networks of numbers, whose values and gradients are stored on the graph."


@dataclass(frozen=True)
class Stored:
    """One derivation of a network file; ``way`` is a style or ``column``, "" for the
    notes' own style."""

    path: Path
    way: str = ""

    @property
    def name(self) -> str:
        """Folder and name, without an ending: tum-i2dl/affine."""
        return name_of(self.path)

    @property
    def target(self) -> Path:
        return self.path.with_suffix(f".{self.way}.md" if self.way else ".md")

    @property
    def style(self) -> str:
        if self.way and self.way != "column":
            return self.way
        return OWN.get(self.name) or OWN[self.path.parent.name]

    @cached_property
    def derivation(self) -> Derivation:
        convention = self.way if self.way == "column" else None
        return derive(load(self.path), style=self.style, convention=convention)

    @cached_property
    def report(self) -> Report:
        """Its check. Raises RuntimeError where that fails."""
        report = check(self.derivation)
        if not report.ok:
            raise RuntimeError(f"{self.path}: " + "; ".join(row.name for row in report.failed))
        return report

    def text(self) -> str:
        """What ``matcalc derive FILE --style STYLE --jacobians --format markdown`` prints; of a
        network with loops, what it prints without --jacobians."""
        if self.derivation.network.template is not None:
            found, report, depths = checked_pattern(self.path, self.derivation)
            return write_pattern_markdown(found, report=report, depths=depths) + "\n"
        return write_markdown(self.derivation, jacobians=True, report=self.report) + "\n"


def network_files() -> list[Path]:
    """Every network file, by folder and name."""
    return sorted(HERE.glob("*/*.yaml"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def stored() -> list[Stored]:
    """Every derivation that is stored, by file, the notes' own way first."""
    return [
        Stored(path, way) for path in network_files() for way in ("", *MORE.get(name_of(path), ()))
    ]


def traces() -> Iterator[tuple[Path, str]]:
    """What ``matcalc trace`` gives for the networks of numbers, in Markdown and SVG."""
    for name in TRACED:
        path = HERE / f"{name}.yaml"
        found = trace(derive(load(path)))
        picture = f"\n\n![The graph, values above and gradients below]({path.stem}.svg)\n"
        yield path.with_suffix(".trace.md"), write_trace_markdown(found) + picture
        yield path.with_suffix(".svg"), graph_svg(found).rstrip() + "\n"


def checked_pattern(path: Path, d: Derivation) -> tuple[Pattern, Report, str]:
    """The pattern of a network with loops, checked at the depths 1, 2 and 3; these in words."""
    found = derive_pattern(d.network.template, d.layout)
    report = check_pattern(found, depths=(1, 2, 3))
    if not report.ok:
        raise RuntimeError(f"{path}: " + "; ".join(row.name for row in report.failed))
    return found, report, f"at {', '.join(found.template.depths)} = 1, 2, 3"


def main() -> None:
    texts = {one.target: one.text() for one in stored()} | dict(traces())
    for target, text in texts.items():
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            print(f"wrote {target.relative_to(HERE.parent)}")
    for target in (*HERE.glob("*/*.md"), *HERE.glob("*/*.svg")):
        if target.name != "README.md" and target not in texts:
            print(f"{target.relative_to(HERE.parent)} has no network file", file=sys.stderr)


if __name__ == "__main__":
    main()
