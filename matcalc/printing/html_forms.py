"""A form as text to take away: in the language, as NumPy and in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Result
from matcalc.errors import CannotDerive
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import Expr
from matcalc.generation.functions import UserFunctions
from matcalc.generation.identifiers import Identifiers
from matcalc.generation.kernels import argument_name
from matcalc.generation.numpy_code import NumpyWriter
from matcalc.generation.scope import Scope, dimensions_in
from matcalc.printing.language import write
from matcalc.printing.mathml_markup import characters


def numpy_text(d: Derivation, form: Expr) -> str | None:
    """The form as one NumPy expression, where grad(Z) goes by grad_Z and a dimension by its
    own name; None for abstract functions, which have no code."""
    identifiers, network = Identifiers(), d.network
    known = [network.symbol(name) for name in (*network.variable, *network.equation)]
    names = {e: identifiers.fresh(argument_name(e)) for e in known}
    for e in known:
        names[gradient(e)] = identifiers.fresh(argument_name(gradient(e)))
    sizes = {name: identifiers.fresh(name) for name in sorted(dimensions_in(form))}
    used = sorted(form.free & names.keys(), key=argument_name)
    scope = Scope(names, sizes, used, network.dims)
    try:
        return NumpyWriter(scope, UserFunctions(identifiers)).text(form)
    except CannotDerive:
        return None


def forms_html(d: Derivation, result: Result, called: str) -> str:
    """A list of the three texts, each with a button that copies it; ``called`` names the
    result for those who hear the button."""
    rows = (
        ("Expression", write(result.form, d.network.convention)),
        ("NumPy", numpy_text(d, result.form)),
        ("LaTeX", f"{d.latex_partial(result)} = {result.latex()}"),
    )
    return f'<dl class="forms">{"".join(_rows(rows, called))}</dl>'


def _rows(rows: tuple[tuple[str, str | None], ...], called: str) -> Iterator[str]:
    for kind, text in rows:
        if text is None:
            continue
        label = characters(f"Copy {kind} of {called}")
        yield (
            f'<div class="{kind.lower()}"><dt>{kind}</dt><dd><code>{characters(text)}</code></dd>'
            f'<dd class="act"><button type="button" hidden aria-label="{label}">Copy</button>'
            "</dd></div>"
        )
