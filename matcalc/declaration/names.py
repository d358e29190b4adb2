"""What may be a name, and which known name was probably meant."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from matcalc.declaration.text import clip
from matcalc.errors import nearest

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
GLUED = re.compile(r"[A-Za-z][A-Za-z0-9_]*:\S")
"name:value, which YAML takes for one text."

USUAL_NAMES = {
    "T": "A.T",
    "I": "eye(n)",
    "PI": "pi",
    "Pi": "pi",
    "acos": "arccos",
    "argmax": "max(A, axis=1), or a constant",
    "argmin": "max(-A, axis=1), or a constant",
    "asin": "arcsin",
    "atan": "arctan",
    "concat": "hstack",
    "concatenate": "hstack",
    "dot": "A*B",
    "e": "exp(1)",
    "frobenius": "norm",
    "identity": "eye",
    "inverse": "inv",
    "ln": "log",
    "log10": "log(x)/log(10)",
    "log2": "log(x)/log(2)",
    "logistic": "sigmoid",
    "matmul": "A*B",
    "min": "minimum(A, B), or -max(-A) for the smallest entry",
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
        mend = "A name is a letter from A to Z or a to z, followed by letters, digits and _."
        if GLUED.match(name):
            mend = "YAML needs a space after the colon."
        return f"{clip(name) or 'an empty text'} is not a name", mend
    if keyword.iskeyword(name):
        return f"{name} is a keyword of Python", "Choose another name."
    if name in reserved:
        return f"{name} is a name of the expression language", "Choose another name."
    return None


def named(text: str) -> str:
    """A name as a message gives it, also where there is none."""
    return clip(text) or "without a name"


def nearest_mend(name: str, known: Iterable[str], otherwise: str) -> str:
    """A sentence that offers the nearest known name, or else what is known."""
    known = list(known)
    found = nearest(name, known)
    if found:
        return f"Did you mean {found}?"
    if known and len(known) <= 12:
        return f"{otherwise} Known here: {', '.join(known)}.".strip()
    return otherwise
