"""What the names in a formula stand for: W_1 is W1, σ the sigmoid, ReLU relu."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from matcalc.declaration.calls import FORMS
from matcalc.errors import nearest

FONTS = (
    *("\\mathbf", "\\mathrm", "\\mathit", "\\mathsf", "\\mathcal", "\\mathbb", "\\mathscr"),
    *("\\boldsymbol", "\\bm", "\\text", "\\textbf", "\\textrm", "\\textit", "\\operatorname"),
    *("\\operatorname*", "\\vec", "\\underline", "\\pmb", "\\mathtt", "\\texttt"),
)
GREEK_COMMANDS = {
    "\\" + name: name
    for name in (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota"),
        *("kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon"),
        *("phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi"),
        *("Sigma", "Upsilon", "Phi", "Psi", "Omega"),
    )
} | {"\\ell": "ell"}
CALLS = {
    "\\" + name: name
    for name in (
        *("log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos"),
        *("arctan", "det", "max", "min"),
    )
} | {"\\ln": "log", "\\tr": "trace", "\\diag": "diag", "\\softmax": "softmax"}
SPELLED = {
    "tr": "trace",
    "Tr": "trace",
    "ReLU": "relu",
    "Relu": "relu",
    "RELU": "relu",
    "ln": "log",
    "max": "maximum",
    "min": "minimum",
    "sigma": "sigmoid",
    "sgn": "sign",
    "SiLU": "silu",
    "GELU": "gelu",
    "ELU": "elu",
    "Softmax": "softmax",
    "SoftMax": "softmax",
    "onehot": "argmax_one_hot",
}
"How formulas spell the functions of the language."
LOSSES = ("L", "J", "C", "E", "ell", "loss")
"What people call the loss where the network has another name for it, or none."


def call_name(function: str) -> str:
    return SPELLED.get(function, function)


@dataclass(frozen=True)
class Vocabulary:
    """The names of a network, and those that the answers define."""

    names: frozenset[str]
    functions: frozenset[str] = frozenset()
    dims: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()
    "Names such as dZ, for grad(Z)."
    loss: str = "L"
    turned: frozenset[str] = frozenset()
    "Names whose gradient the layout writes transposed."
    jacobians: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    "(of, wrt) of the local Jacobians that a formula may have."

    def find(self, base: str, *subscripts: str) -> str | None:
        """The known name that a base with subscripts stands for."""
        subs = [re.sub(r"[^A-Za-z0-9]", "", sub) for sub in subscripts]
        if not subs:
            spellings = [base]
        else:
            spellings = [base + "".join(subs), "_".join([base, *subs]), base + "_" + "".join(subs)]
        for spelling in spellings:
            if spelling in self.names or spelling in self.dims or spelling in self.aliases:
                return spelling
        return self._other_case(spellings)

    def _other_case(self, spellings: Iterable[str]) -> str | None:
        """W for w, where only one of the two is a name."""
        lower = {spelling.lower() for spelling in spellings}
        found = [name for name in self.names if name.lower() in lower]
        return found[0] if len(found) == 1 else None

    def find_written(self, text: str) -> str | None:
        """The known name that a text such as W_1, Z2 or x_(in) stands for."""
        if text in self.names:
            return text
        base, *subs = [part for part in re.split(r"[_^]", text) if part]
        return self.find(base, *subs)

    def function(self, text: str) -> str | None:
        """The function of a name, where it is one and nothing else."""
        if text in self.functions:
            return text
        if text in self.names:
            return None
        spelled = SPELLED.get(text, text)
        return text if spelled in FORMS and spelled not in ("grad", "d", "D") else None

    def is_loss(self, text: str) -> bool:
        return text == self.loss or (text in LOSSES and text not in self.names)

    def near(self, text: str) -> str:
        """A mend for a name that is not known."""
        close = nearest(text, [*self.names, *self.dims])
        known = ", ".join(sorted(self.names)[:12])
        return f"Did you mean {close}?" if close else f"The network has {known}."
