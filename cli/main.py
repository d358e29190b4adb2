"""``matcalc``: the group of commands, each loaded only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

import matcalc
from matcalc.errors import MatcalcError, nearest

COMMANDS = {
    "derive": "Every partial of a network, with shapes and the derivation.",
    "diff": "The gradient or Jacobian of one expression, no file needed.",
    "check": "Hold every claim of the derivation against numbers.",
    "codegen": "Write a NumPy module with the forward and backward functions.",
    "eval": "The loss and every gradient at given values.",
    "trace": "The graph with the value and gradient at each node.",
    "show": "The network file in full; loops unrolled on request.",
    "rules": "The catalogue of rules: every operation with its derivative.",
}


class LazyGroup(click.Group):
    """Knows its commands by name; imports one only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"matcalc.cli.{name if name != 'eval' else 'evaluate'}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx, args):
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = nearest(args[0], COMMANDS) if args else None
            if near:
                error.message += f" Did you mean {near}?"
            raise


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(matcalc.__version__, prog_name="matcalc")
def group() -> None:
    """Derive the gradients of a network in matrix notation, step by step, and check them.

    A network is a YAML file; `matcalc derive net.yaml` is where to start.
    """


def main() -> None:
    """Run; bad input is one message on standard error and exit code 2."""
    try:
        group(prog_name="matcalc", standalone_mode=True)
    except MatcalcError as error:
        click.echo(f"matcalc: {error}", err=True)
        sys.exit(2)
    except RecursionError:
        click.echo("matcalc: the input is nested too deeply", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
