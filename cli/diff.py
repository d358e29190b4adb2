"""``matcalc diff``: one expression, its variables on the command line."""

from __future__ import annotations

import re
import sys

import click
from matcalc.cli.checking import checked_page, verified
from matcalc.cli.options import LIMIT, OUTPUT, STYLE, bound_work, chosen_limits, parse_dims
from matcalc.cli.output import emit, is_colourful

from matcalc.errors import InputError

FORMATS = ("text", "latex", "markdown", "html", "json")
STDIN_LIMIT = 4_000_000


class ExpressionCommand(click.Command):
    """Takes ``-x.T*x`` for the expression that it is, not for a bundle of options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, expression_last(args, self.get_params(ctx)))


def expression_last(args: list[str], params: list[click.Parameter]) -> list[str]:
    """The arguments with one that starts with a minus, and is no option, moved behind --."""
    options = {
        name: not (param.is_flag or param.count)
        for param in params
        if isinstance(param, click.Option)
        for name in (*param.opts, *param.secondary_opts)
    }
    kept, moved, rest = [], [], iter(args)
    for arg in rest:
        if arg == "--":
            return [*kept, "--", *moved, *rest]
        if arg.startswith("-") and len(arg) > 1 and not _is_option(arg, options):
            moved.append(arg)
            continue
        kept.append(arg)
        if options.get(arg):
            kept.extend(value for value in [next(rest, None)] if value is not None)
    return [*kept, "--", *moved] if moved else kept


def _is_option(arg: str, options: dict[str, bool]) -> bool:
    if arg.startswith("--"):
        return True
    attached = re.fullmatch(r"-v\s*[A-Za-z]\w*(:.*)?", arg, re.DOTALL)
    return arg in options or bool(attached) or arg.startswith("-o")


@click.command("diff", cls=ExpressionCommand)
@click.argument("expression", metavar="EXPR")
@click.option(
    "-v",
    "--variable",
    "variables",
    multiple=True,
    metavar="X:N,D",
    help="A variable and its shape: X:N,D a matrix, x:N a vector, s a scalar;"
    " A:n,n:symmetric with assumptions (repeatable).",
)
@click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    help="Differentiate by this only (repeatable). Default: all variables.",
)
@click.option(
    "--like-matlab",
    is_flag=True,
    help="EXPR is in the syntax of matrixcalculus.org: ' .* ./ .^ ^ tr norm2; x:N is a column.",
)
@click.option(
    "--convention",
    type=click.Choice(["row", "column"]),
    help="How EXPR is written: with samples as rows (the default) or as columns.",
)
@click.option(
    "--layout",
    metavar="NAME",
    help="denominator (the default), numerator or mixed.",
)
@click.option("--preset", metavar="NAME", help="Convention and layout of a set of notes.")
@click.option("--dims", metavar="N=8,D=3", help="Sizes of dimensions, for checks and code.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How the derivation is written.  [default: text]",
)
@STYLE
@click.option("--codegen", "as_code", is_flag=True, help="Write a NumPy module instead.")
@click.option("--jacobians", is_flag=True, help="The Jacobian as well, where EXPR is a scalar.")
@click.option("--hessian", is_flag=True, help="The second derivative as well (of a scalar).")
@click.option("--no-check", is_flag=True, help="Print without checking on numbers first.")
@LIMIT
@OUTPUT
def command(expression, form, as_code, jacobians, hessian, no_check, output, **options) -> None:
    """The gradient of EXPR (or - for standard input), or its Jacobian if it is no scalar.

    The forms are checked on numbers before they are printed.

    \b
    Examples:
      matcalc diff "norm(A*x - b)**2" --wrt x -v A:m,n -v x:n,1 -v b:m,1
      matcalc diff "logdet(X)" -v X:n,n:positive_definite --format latex
      matcalc diff "trace(X.T*A*X)" -v A:n,n -v X:n,m --style index
      matcalc diff --like-matlab "norm2(A*x - y)^2" --wrt x -v A:m,n -v x:n -v y:m
    """
    if as_code and form:
        raise click.UsageError("--codegen writes a module: leave out --format.")
    if as_code and hessian:
        raise click.UsageError("--codegen writes the gradient's module: leave out --hessian.")
    d = _derivation(expression, **options)
    if hessian and not d.network.loss:
        raise click.UsageError("--hessian needs an EXPR that is a scalar.")
    jacobians = jacobians or not d.network.loss
    if form == "html":
        more = {"jacobians": True, "hessians": hessian, "no_check": no_check}
        emit(checked_page(d.network, d, **more), output)
        return
    report = None if no_check else verified(d, jacobians=jacobians, hessians=hessian)
    if as_code:
        from matcalc.generation import codegen

        emit(codegen(d.network), output)
        return
    from matcalc.printing.one_expression import write_derivative

    colour = output is None and is_colourful()
    more = {"jacobians": jacobians, "hessians": hessian}
    emit(write_derivative(d, form or "text", **more, report=report, colour=colour), output)


def _derivation(
    expression, *, variables, wrt, like_matlab, convention, layout, preset, dims, style
):
    """The derivation that the options ask for; a preset yields to single options."""
    from matcalc.declaration.one_expression import one_expression
    from matcalc.derivation import derive
    from matcalc.layout.layout import as_preset
    from matcalc.network.network import Convention

    if preset:
        found = as_preset(preset)
        convention = convention or found.convention.value
        layout = layout or found.layout
    network = one_expression(
        _read() if expression == "-" else expression,
        variables,
        wrt=wrt,
        convention=Convention(convention or ("column" if like_matlab else "row")),
        dims={} if dims is None else parse_dims(dims),
        like_matlab=like_matlab,
        limits=chosen_limits(),
    )
    bound_work(network)
    return derive(network, layout=layout, style=style or "differential")


def _read() -> str:
    try:
        text = sys.stdin.read(STDIN_LIMIT + 1)
    except UnicodeDecodeError as error:
        raise InputError("<stdin>: not UTF-8 text", mend="Pipe in plain text.") from error
    if len(text) > STDIN_LIMIT:
        raise InputError(
            f"<stdin>: more than {STDIN_LIMIT} characters", mend="Give one expression."
        )
    return text.strip()
