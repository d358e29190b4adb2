"""Writes the derivation beside each network file of this folder: NAME.yaml, NAME.md.

python -m derivations.write
"""

from __future__ import annotations

import sys
from pathlib import Path

from matcalc.checking import check
from matcalc.declaration import load
from matcalc.derivation import derive
from matcalc.printing.markdown import write_markdown

HERE = Path(__file__).parent


def network_files() -> list[Path]:
    """Every network file, by folder and name."""
    return sorted(HERE.glob("*/*.yaml"))


def derivation(path: Path) -> str:
    """The derivation of a network file as it is stored: what ``matcalc derive FILE
    --jacobians --format markdown`` prints. Raises RuntimeError where its check fails."""
    d = derive(load(path))
    report = check(d)
    if not report.ok:
        raise RuntimeError(f"{path}: " + "; ".join(row.name for row in report.failed))
    return write_markdown(d, jacobians=True, report=report) + "\n"


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
