"""The gallery of identities: reads ``identities.yml``, writes the table in ``README.md``.

python -m derivations.gallery.write
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from matcalc.checking import check
from matcalc.declaration import parse
from matcalc.declaration.one_expression import one_expression
from matcalc.derivation import Derivation, derive
from matcalc.network.network import Convention, Equation, Network
from matcalc.printing.language import write
from matcalc.printing.markdown import inline

HERE = Path(__file__).parent
TABLE = HERE / "README.md"

HEAD = """\
# A gallery of gradients

{count} identities of the kind that the Matrix Cookbook lists, each derived by matcalc and
checked on numbers. Written by `make derivations` from `identities.yml`, which also
has the form that a textbook prints; the tests hold the two against each other, by
value and by the number of operations. $`f`$ is the expression itself, and $`L`$ is a loss
that comes after the last node."""


@dataclass(frozen=True)
class Identity:
    """One row: the gradient of ``of`` by ``wrt``, and the textbook's ``form``."""

    of: str
    variables: tuple[str, ...]
    wrt: str
    form: str
    nodes: dict[str, str] = field(default_factory=dict)
    convention: Convention = Convention.ROW

    @property
    def name(self) -> str:
        return f"d {self.of} / d {self.wrt} ({', '.join(self.variables)})"

    @property
    def network(self) -> Network:
        """The expression as a network; ``nodes`` stand before it."""
        equations: list[Equation] = []
        whole = None
        for name, text in [*self.nodes.items(), ("f", self.of)]:
            known = [f"{e.name}:{e.shape[0]},{e.shape[1]}" for e in equations]
            one = one_expression(text, [*self.variables, *known], convention=self.convention)
            equations.append(Equation(name, one.equations[0].expr, text))
            whole = whole or one
        assert whole is not None
        last = equations[-1]
        return replace(
            whole,
            equations=tuple(equations),
            loss=None if last.shape else last.name,
            outputs=(last.name,) if last.shape else (),
        )

    def derivation(self) -> Derivation:
        return derive(self.network, self.wrt)


def identities() -> Iterator[tuple[str, Identity]]:
    """Every identity with the heading that it stands under."""
    groups: dict[str, list[dict[str, Any]]] = yaml.safe_load(
        (HERE / "identities.yml").read_text(encoding="utf-8")
    )
    for group, rows in groups.items():
        for row in rows:
            yield (
                group,
                Identity(
                    row["of"],
                    tuple(row["with"].split()),
                    row["wrt"],
                    row["form"],
                    row.get("nodes", {}),
                    Convention(row.get("convention", "row")),
                ),
            )


def table() -> str:
    """The README: one row per identity. Raises RuntimeError where a check fails."""
    rows = list(identities())
    lines = [HEAD.format(count=len(rows))]
    shown = ""
    for group, identity in rows:
        if group != shown:
            lines += ["", f"## {group}", ""]
            lines += ["| expression | by | gradient | as read |", "| --- | --- | --- | --- |"]
            shown = group
        lines.append(_row(identity))
    return "\n".join(lines) + "\n"


def _row(identity: Identity) -> str:
    d = identity.derivation()
    report = check(d, jacobians=False)
    if not report.ok:
        raise RuntimeError(f"{identity.name}: " + "; ".join(row.name for row in report.failed))
    partial = d[identity.wrt]
    nodes = "".join(f", `{name} = {text}`" for name, text in identity.nodes.items())
    assumed = "".join(
        f", {v.name} {' and '.join(sorted(v.assume)).replace('_', ' ')}"
        for v in d.network.variables
        if v.assume
    )
    form = inline(d.latex(partial.form)).replace("|", r"\vert ")
    source = write(partial.form, d.network.convention)
    return f"| `{identity.of}`{nodes}{assumed} | `{identity.wrt}` | {form} | `{source}` |"


def expected(identity: Identity, d: Derivation) -> Any:
    """The textbook's form, in the names of the derivation's network."""
    return parse(identity.form, d.network)


def main() -> None:
    text = table()
    if not TABLE.exists() or TABLE.read_text(encoding="utf-8") != text:
        TABLE.write_text(text, encoding="utf-8")
        print(f"wrote {TABLE.relative_to(HERE.parent.parent)}")


if __name__ == "__main__":
    main()
