"""A network of one expression, whose variables are declared in short texts.

    network = one_expression("x.T*A*x", ["x:n,1", "A:n,n:symmetric"], wrt=["x"])

The dimensions are the names in the shapes. The one node is called ``f``, or ``f_`` where
that is taken; a scalar is the loss, anything else the output. What is differentiated by
is an input, everything else a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcalc.declaration.calls import FORMS, RESERVED
from matcalc.declaration.expressions import Scope, parse_expression
from matcalc.declaration.limits import Limits
from matcalc.declaration.matlab import translate
from matcalc.declaration.mistakes import Mistakes
from matcalc.declaration.names import check_name, named, nearest_mend
from matcalc.declaration.short_variables import ShortVariable, read_variable, split_variable
from matcalc.declaration.text import Text, clip
from matcalc.declaration.tokens import tokens
from matcalc.errors import InputError, nearest
from matcalc.network.network import Convention, Equation, Kind, Network, Variable

FILE = "<expression>"
"What messages call the expression."
SMALLEST = 3


@dataclass
class OneScope(Scope):
    """Names in the expression; one that is missing is to be declared with -v."""

    def missing(self, name: str) -> InputError:
        error = super().missing(name)
        if not error.mend.startswith("Write"):
            near = nearest(name, [*self.symbols, *self.dims])
            guess = f"Did you mean {near}? " if near else ""
            error.mend = f"{guess}Declare it, as in -v {clip(name)}:m,n."
        return error

    def missing_function(self, name: str) -> InputError:
        error = super().missing_function(name)
        if error.mend.startswith("Declare"):
            error.mend = "language.md lists the functions that there are."
        return error


def one_expression(
    expression: str,
    variables: Iterable[str],
    *,
    wrt: Iterable[str] = (),
    convention: Convention = Convention.ROW,
    dims: Mapping[str, int] | None = None,
    like_matlab: bool = False,
    limits: Limits | None = None,
) -> Network:
    """The network; raises InputError, with a place in the expression or in a -v text.

    ``variables`` are texts ``NAME:rows,columns:assumption,...``; ``NAME`` alone is a scalar,
    ``NAME:n`` a vector in the convention's direction. ``dims`` has sizes instead of the
    defaults, which differ from each other. ``wrt`` names variables; none means all.
    """
    limits = limits or Limits()
    texts = list(variables)
    mistakes = Mistakes(limits.mistakes * (len(texts) + 1))
    shorts = []
    for text in texts:
        with mistakes.collecting():
            shorts.append(split_variable(text, limits))
    mistakes.raise_any()
    wanted = _wanted(list(wrt), shorts)
    source = Text(expression, FILE)
    sizes = _sizes(shorts, dims or {}, source, limits)
    declared = []
    for short in shorts:
        kind = Kind.INPUT if short.name in wanted else Kind.CONSTANT
        with mistakes.collecting():
            declared.append(read_variable(short, kind, sizes, convention, limits))
    mistakes.raise_any()
    _check_names(shorts, sizes)
    equation = _equation(source, declared, sizes, convention, like_matlab, limits)
    ends = ((), equation.name) if not equation.shape else ((equation.name,), None)
    return Network(tuple(declared), (equation,), ends[1], ends[0], sizes, convention)


def _equation(
    source: Text,
    variables: list[Variable],
    sizes: Mapping[str, int],
    convention: Convention,
    like_matlab: bool,
    limits: Limits,
) -> Equation:
    scope = OneScope({v.name: v.symbol for v in variables}, sizes, {}, convention)
    name = "f"
    while name in scope.symbols or name in sizes:
        name += "_"
    if like_matlab:
        # What the author typed is not in the language, so the form is written from scratch.
        return Equation(name, translate(source, limits).read(scope, limits))
    return Equation(
        name, parse_expression(source, scope, limits=limits), " ".join(source.text.split())
    )


def _wanted(wrt: list[str], shorts: list[ShortVariable]) -> set[str]:
    names = [short.name for short in shorts]
    mistakes = Mistakes(len(wrt) + 1)
    for name in wrt:
        if name not in names:
            mend = nearest_mend(name, names, f"Declare it, as in -v {clip(name) or 'x'}:m,n.")
            message = f"--wrt: there is no variable {named(name)}"
            mistakes.add(InputError(message, mend=mend))
    mistakes.raise_any()
    if not names:
        raise InputError(
            "there is no variable to differentiate by", mend="Declare one, as in -v x:n,1."
        )
    return set(wrt or names)


def _sizes(
    shorts: list[ShortVariable], given: Mapping[str, int], source: Text, limits: Limits
) -> dict[str, int]:
    """A size for every dimension: as given, else small and unlike all others."""
    names = list(dict.fromkeys(name for short in shorts for name in short.dims))
    for name, size in given.items():
        if name not in names and not _is_used(name, source, limits):
            raise InputError(
                f"--dims: nothing has a dimension {clip(name)}",
                mend=nearest_mend(name, names, "" if names else "There is none."),
            )
        if not 1 <= size <= limits.size:
            raise InputError(
                f"--dims: the size of {name} is {size}", mend=f"Sizes go from 1 to {limits.size}."
            )
    taken = {n for short in shorts for n in short.numbers} | set(given.values())
    sizes, size = {}, SMALLEST
    for name in names:
        if name not in given:
            while size in taken:
                size += 1
            sizes[name] = size
            size += 1
        else:
            sizes[name] = given[name]
    return {**sizes, **{name: size for name, size in given.items() if name not in sizes}}


def _is_used(name: str, source: Text, limits: Limits) -> bool:
    """Whether the expression has the word, other than as a function."""
    words = (text for kind, text, _ in tokens(source, limits) if kind == "name")
    return name not in FORMS and name in words


def _check_names(shorts: list[ShortVariable], sizes: Mapping[str, int]) -> None:
    seen: set[str] = set()
    for short in shorts:
        wrong = check_name(short.name, RESERVED)
        if short.name in sizes:
            wrong = f"{short.name} is a dimension already", "Choose another name."
        if short.name in seen:
            wrong = f"{short.name} is declared twice", "Declare it once."
        if wrong:
            raise InputError(wrong[0], mend=wrong[1], place=short.place(0, len(short.name)))
        seen.add(short.name)
    for short in shorts:
        for name in short.dims:
            wrong = check_name(name, RESERVED)
            if wrong:
                raise InputError(wrong[0], mend=wrong[1], place=short.whole.place())
