"""How a name of a network file is read by a mathematician: a stem and its subscripts.

    W1 → W, 1      x_in → x, in      sigma2 → σ, 2      W1_out → W, 1, out
    logits → logits      conv2d → conv2d      x_ → x_ (nothing to read into it)
    W[n+1] → W, n+1 (a member of a family)

Python's keyword ``lambda`` cannot be a name; ``lambda_`` and ``lambda_1`` stand for λ.
"""

from __future__ import annotations

import re

NAMES = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta",
    "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron", "pi",
    "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
VARIANTS = {"varepsilon": "ϵ", "vartheta": "ϑ", "varrho": "ϱ", "varsigma": "ς", "varphi": "ϕ"}
SMALL = dict(zip(NAMES, "αβγδεζηθικλμνξοπρστυφχψω", strict=True))
GREEK = {**SMALL, **{name.title(): letter.upper() for name, letter in SMALL.items()}, **VARIANTS}
"Names of Greek letters, with the letter."

_MEMBER = re.compile(r"([A-Za-z]\w*)\[([A-Za-z0-9_+-]+)\]", re.ASCII)
_FIRST = re.compile(r"([A-Za-z]+)(\d*)")


def split_name(name: str) -> tuple[str, list[str]]:
    """The stem and the subscripts; the whole name and none where it has no such form."""
    of = _MEMBER.fullmatch(name)
    if of is not None:
        stem, indices = split_name(of[1])
        return stem, [*indices, of[2]]
    first, *rest = name.split("_")
    if first == "lambda" and rest == [""]:
        return "lambda", []
    match = _FIRST.fullmatch(first)
    if match is None or not all(part.isalnum() and part.isascii() for part in rest):
        return name, []
    stem, index = match.groups()
    return stem, [index, *rest] if index else rest
