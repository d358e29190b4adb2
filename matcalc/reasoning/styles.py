"""The ways of reasoning by name, and what is said where one does not reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from matcalc.errors import InputError, nearest
from matcalc.reasoning import chain, differential, explicit, index, vec
from matcalc.reasoning.step import CannotArgue, Step, Use


@dataclass(frozen=True)
class Style:
    """A way of reasoning: its name, what it does in a line, and how it argues a use."""

    name: str
    summary: str
    steps: Callable[[Use], tuple[Step, ...]]


STYLES = {
    style.name: style
    for style in (
        Style(
            "differential", "dL = ⟨G, dZ⟩: factors move until dX stands alone", differential.steps
        ),
        Style("chain", "a product of Jacobians in the layout's order", chain.steps),
        Style("index", "one entry as a sum, its derivative with δ", index.steps),
        Style("vec", "vec(ABC) = (Cᵀ ⊗ A) vec(B), and back", vec.steps),
        Style("explicit", "small sizes, every entry written out", explicit.steps),
    )
}
DEFAULT = "differential"


def as_style(name: str) -> Style:
    if name in STYLES:
        return STYLES[name]
    near = nearest(name, STYLES)
    raise InputError(
        f"there is no style {name}",
        mend=f"Did you mean {near}?" if near else f"Choose from {', '.join(STYLES)}.",
    )


def argue(style: str, use: Use) -> tuple[Step, ...]:
    """The steps for one use; those that would show the same on both sides are left out.

    Where the style does not reach, the first step says why, and the way over differentials
    takes its place.
    """
    try:
        return _telling(use, STYLES[style].steps(use))
    except CannotArgue as reason:
        instead = _telling(use, differential.steps(use))
        if not instead:
            return ()
        first = replace(instead[0], text=f"{reason} {instead[0].text}".strip())
        return (first, *instead[1:])


def _telling(use: Use, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    shown = use.d.shown_claim
    return tuple(s for s in steps if shown(s.claim[0]) is not shown(s.claim[1]))
