"""Identifiers in generated code: the user's names wherever they can stay."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from matcalc.expressions.operation import LANGUAGE, REGISTRY

OURS = frozenset(
    {"np", "math", "special", "cache", "dout", "dtype", "result"}
    | {
        "forward",
        "backward",
        "loss_and_grads",
        "train_step",
        "commute",
        "gram",
        "polygamma",
        "each",
    }
)
RESERVED = (
    frozenset(keyword.kwlist)
    | frozenset(keyword.softkwlist)
    | frozenset(dir(builtins))
    | frozenset(LANGUAGE)
    | frozenset(REGISTRY) - {"d", "symbol", "dim", "number", "block"}
    | OURS
)
"Names with a meaning of their own in generated code."

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Identifiers:
    """Hands out names that mean nothing else: with an underscore where a word is reserved,
    with a number where it is taken."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def fresh(self, wish: str) -> str:
        if not WORD.fullmatch(wish):
            wish = re.sub(r"[^A-Za-z0-9_]", "_", wish)
            wish = wish if WORD.fullmatch(wish) else f"x{wish}"
        name, turn = f"{wish}_" if wish in RESERVED else wish, 1
        while not self.is_free(name):
            turn += 1
            name = f"{wish}_{turn}"
        self.taken.add(name)
        return name

    def is_free(self, name: str) -> bool:
        """Whether the name means nothing yet."""
        return name not in self.taken and name not in RESERVED
