"""Writes the derivation beside each network file of this folder: NAME.yaml, NAME.md.

python -m derivations.write
"""

from __future__ import annotations

import sys
from pathlib import Path

from matcalc.checking import check
from matcalc.checking.patterns import check_pattern
from matcalc.declaration import load
from matcalc.depth.pattern import derive_pattern
from matcalc.derivation import derive
from matcalc.derivation.derivation import Derivation
from matcalc.printing.markdown import write_markdown
from matcalc.printing.pattern_markdown import write_pattern_markdown

HERE = Path(__file__).parent


def network_files() -> list[Path]:
    """Every network file, by folder and name."""
    return sorted(HERE.glob("*/*.yaml"))


def derivation(path: Path) -> str:
    """The derivation of a network file as it is stored: what ``matcalc derive FILE
    --jacobians --format markdown`` prints; of a network with loops, what it prints without
    --jacobians. Raises RuntimeError where its check fails."""
    d = derive(load(path))
    if d.network.template is not None:
        return pattern(path, d) + "\n"
    report = check(d)
    if not report.ok:
        raise RuntimeError(f"{path}: " + "; ".join(row.name for row in report.failed))
    return write_markdown(d, jacobians=True, report=report) + "\n"


def pattern(path: Path, d: Derivation) -> str:
    """The pattern of a network with loops, checked at the depths 1, 2 and 3."""
    found = derive_pattern(d.network.template, d.layout)
    report = check_pattern(found, depths=(1, 2, 3))
    if not report.ok:
        raise RuntimeError(f"{path}: " + "; ".join(row.name for row in report.failed))
    depths = f"at {', '.join(found.template.depths)} = 1, 2, 3"
    return write_pattern_markdown(found, report=report, depths=depths)


def main() -> None:
    for path in network_files():
        text = derivation(path)
        target = path.with_suffix(".md")
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            print(f"wrote {target.relative_to(HERE.parent)}")
    for target in HERE.glob("*/*.md"):
        if target.name != "README.md" and not target.with_suffix(".yaml").exists():
            print(f"{target.relative_to(HERE.parent)} has no network file", file=sys.stderr)


if __name__ == "__main__":
    main()
