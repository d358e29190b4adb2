"""The tokens of matrixcalculus.org's syntax, and what its functions are called here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcalc.declaration.limits import Limits
from matcalc.declaration.text import Text

SAME = (
    *("exp", "expm1", "log", "log1p", "sqrt", "abs", "sign", "sin", "cos", "tan"),
    *("sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "sigmoid", "relu", "erf"),
    *("sum", "trace", "det", "logdet", "inv", "norm1", "diag", "kron", "transpose"),
    *("ones", "zeros", "eye"),
)
FUNCTIONS = {
    **{name: name for name in SAME},
    "acos": "arccos",
    "asin": "arcsin",
    "atan": "arctan",
    "dot": "inner",
    "gammaln": "lgamma",
    "norm2": "norm",
    "psi": "digamma",
    "tr": "trace",
}
BLOCKS = ("vector", "matrix")
"Constants without a size of their own."
REFUSED = {
    "adj": "Write det(A)*inv(A).",
    "cumsum": "Write a product with a constant matrix.",
    "max": "Leave out --like-matlab and write maximum(A, B), or max(A, axis=0).",
    "mean": "Write sum(A)/n, with the number of entries.",
    "min": "Leave out --like-matlab and write minimum(A, B).",
    "norm": "Write norm2(x), or norm2(A) for the Frobenius norm.",
    "pinv": "Write inv(A'*A)*A'.",
    "std": "Leave out --like-matlab and write std(A), divided by the count.",
    "var": "Leave out --like-matlab and write var(A), divided by the count.",
}
"Functions of MATLAB's that would be read as something else, or that nothing here is."

TOKEN = re.compile(
    r"""(?P<number>(?:\d+(?:\.(?![*/^'\\])\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>\.[*/^'] | [-+*/\\^(),'"])
      | (?P<space>\s+)
      | (?P<foreign>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_COMPARISON = "There are no comparisons in an expression that is differentiated."
FOREIGN = {
    "[": "Leave out --like-matlab and write hstack(A, B) or vstack(A, B).",
    "{": "Write ( ) for brackets.",
    "=": "Write the right side alone.",
    ";": "Write one expression.",
    ":": "Leave out --like-matlab and write A[a:b, c:d] for a block.",
    ".": "Write .* for the entrywise product, ' for the transpose.",
    "’": "Write the plain ' for the transpose.",
    "ᵀ": "Write ' for the transpose.",
    "%": "Leave comments out.",
    "@": "Write * for the product.",
    **dict.fromkeys("·×⋅⊙∘", "Write * for the product, .* for the entrywise one."),
    **dict.fromkeys("−–—", "Write - for minus."),
    **dict.fromkeys("<>~&|!", _COMPARISON),
}


@dataclass(frozen=True)
class Token:
    """``kind`` is "number", "name", "operator" or "end"."""

    kind: str
    text: str
    start: int

    @property
    def stop(self) -> int:
        return self.start + max(len(self.text), 1)

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.stop


def tokens(source: Text, limits: Limits) -> list[Token]:
    """The tokens of the text, and an end."""
    found: list[Token] = []
    for match in TOKEN.finditer(source.text):
        kind, text = match.lastgroup or "", match[0]
        if kind == "space":
            continue
        if kind == "foreign":
            shown = text if text.isprintable() else f"U+{ord(text):04X}"
            source.refuse(
                f"{shown} cannot stand in an expression",
                match.start(),
                match.end(),
                FOREIGN.get(text, "Names have the letters A to Z, a to z, digits and _."),
            )
        if len(found) >= 2 * limits.pieces:
            source.refuse(
                f"the expression has more than {2 * limits.pieces} pieces",
                match.start(),
                match.end(),
                "Split it in a network file.",
            )
        found.append(Token(kind, text, match.start()))
    return [*found, Token("end", "", len(source.text))]
