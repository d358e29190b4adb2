"""Builds what is read outside GitHub into build/derivations: a PDF, where pdflatex is
installed, and an HTML page for every stored derivation.

python -m derivations.build
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from derivations.write import HERE, Stored, checked_pattern, stored
from matcalc.printing.document import write_document
from matcalc.printing.pattern_latex import write_pattern_document

BUILD = HERE.parent / "build" / "derivations"


def place(one: Stored, ending: str) -> Path:
    """Where it goes: build/derivations/tum-i2dl/affine.index.pdf."""
    return BUILD / one.target.relative_to(HERE).with_suffix(f".{ending}")


def document(one: Stored) -> str:
    if one.derivation.network.template is not None:
        found, report, depths = checked_pattern(one.path, one.derivation)
        return write_pattern_document(found, report=report, depths=depths)
    return write_document(one.derivation, jacobians=True, report=one.report)


def compile_latex(source: Path) -> list[str]:
    """Runs pdflatex on a file, beside it; what it complains of: errors, overfull lines."""
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name]
    done = subprocess.run(command, cwd=source.parent, capture_output=True, check=False)
    log = done.stdout.decode("utf-8", "replace").splitlines()
    return [line for line in log if line.startswith(("!", "Overfull"))] + (
        [f"pdflatex ended with {done.returncode}"] if done.returncode else []
    )


def pdf(one: Stored) -> list[str]:
    """The PDF of one derivation, where its LaTeX is not that of the last time."""
    source, target = place(one, "tex"), place(one, "pdf")
    text = document(one)
    if target.exists() and source.exists() and source.read_text(encoding="utf-8") == text:
        return []
    source.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    source.write_text(text, encoding="utf-8")
    complaints = compile_latex(source)
    for ending in ("aux", "log"):
        place(one, ending).unlink(missing_ok=True)
    return complaints


def html(one: Stored) -> None:
    """The page of one derivation, as the command line writes it."""
    target = place(one, "html")
    target.parent.mkdir(parents=True, exist_ok=True)
    options = ["--style", one.style, "--jacobians", "--format", "html", "-o", str(target)]
    if one.way == "column":
        options += ["--convention", "column"]
    program = Path(sys.executable).with_name("matcalc")
    subprocess.run([program, "derive", one.path, *options], check=True)


def main() -> int:
    latex = shutil.which("pdflatex")
    if not latex:
        print("no PDFs: pdflatex is not installed (Debian: texlive-latex-base)", file=sys.stderr)
    failed = 0
    for one in stored():
        for complaint in pdf(one) if latex else ():
            print(f"{place(one, 'tex')}: {complaint}", file=sys.stderr)
            failed += 1
        html(one)
    built = ", ".join(
        f"{len(list(BUILD.glob(f'*/*.{ending}')))} {name}"
        for ending, name in (("pdf", "PDFs"), ("html", "pages"))
    )
    print(f"{BUILD.relative_to(HERE.parent)}: {built}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
