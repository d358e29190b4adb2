"""What may be a name, and which known name was probably meant."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from matcalc.declaration.text import clip
from matcalc.errors import nearest

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

USUAL_NAMES = {
    "T": "A.T",
    "I": "eye(n)",
    "acos": "arccos",
    "argmax": "argmax_one_hot",
    "asin": "arcsin",
    "atan": "arctan",
    "concat": "hstack",
    "concatenate": "hstack",
    "dot": "A*B",
    "frobenius": "norm",
    "identity": "eye",
    "inverse": "inv",
    "ln": "log",
    "logistic": "sigmoid",
    "matmul": "A*B",
    "multiply": "hadamard",
    "otimes": "kron",
    "outer": "x*y.T",
    "pow": "power",
    "swish": "silu",
    "tr": "trace",
}
"What other notations call the forms of the language."


def check_name(name: str, reserved: Iterable[str]) -> tuple[str, str] | None:
    """What is wrong with a new name and how to mend it, or None."""
    if not NAME.fullmatch(name):
        return f"{clip(name) or 'an empty text'} is not a name", (
            "A name is a letter from A to Z or a to z, followed by letters, digits and _."
        )
    if keyword.iskeyword(name):
        return f"{name} is a keyword of Python", "Choose another name."
    if name in reserved:
        return f"{name} is a name of the expression language", "Choose another name."
    return None


def nearest_mend(name: str, known: Iterable[str], otherwise: str) -> str:
    """A sentence that offers the nearest known name, or else what is known."""
    known = list(known)
    found = nearest(name, known)
    if found:
        return f"Did you mean {found}?"
    if known and len(known) <= 12:
        return f"{otherwise} Known here: {', '.join(known)}.".strip()
    return otherwise
