"""``matcalc``: the group of commands, each loaded only when it is called."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

import matcalc
from matcalc.errors import MatcalcError, nearest, printable
from matcalc.threads import ONE_THREAD

COMMANDS = {
    "derive": "Every partial of a network, with shapes and the derivation.",
    "diff": "The gradient or Jacobian of one expression, no file needed.",
    "check": "Hold every claim of the derivation against numbers.",
    "codegen": "Write a NumPy module with the forward and backward functions.",
    "eval": "The loss and every gradient at given values.",
    "trace": "The graph with the value and gradient at each node.",
    "grade": "Say what is right or wrong with your own derivatives.",
    "exercise": "A sheet with blanks to fill in, and the answers file for grade.",
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
    for name, threads in ONE_THREAD.items():
        os.environ.setdefault(name, threads)
    _open_streams()
    try:
        sys.exit(group(prog_name="matcalc", standalone_mode=False))
    except click.ClickException as error:
        error.message = "\n".join(map(printable, error.message.splitlines()))
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", 130)
    except MatcalcError as error:
        _fail(str(error), 2)
    except RecursionError:
        _fail("the input is nested too deeply", 2)
    except MemoryError:
        _fail("there is not enough memory for this", 2)
    except BrokenPipeError:
        _drop_output()  # whoever read it has stopped
        sys.exit(1)
    except OSError as error:
        _drop_output()
        _fail(f"cannot write the output: {error.strerror}", 2)
    except Exception as error:
        _fail(f"a mistake in matcalc: {_where(error)}", 1)


def _open_streams() -> None:
    """What whoever started this has closed: reading finds nothing, writing a result fails."""
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY))
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that Python does not try it again at its end."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _where(error: Exception) -> str:
    """What happened and in which line, for a report."""
    import traceback

    at = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(at.filename).name}:{at.lineno}, in {at.name}"
    return printable(f"{type(error).__name__}: {error} ({place})")


def _fail(message: str, code: int) -> None:
    click.echo(f"matcalc: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
