"""Results to standard output or whole into a file; everything else to standard error."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from matcalc.errors import InputError


def emit(text: str, path: str | None) -> None:
    """Write a result; a file appears complete or not at all."""
    if path is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    data = text if text.endswith("\n") else text + "\n"
    write_whole(path, lambda f: Path(f).write_text(data, encoding="utf-8"))


def write_whole(path: str, write: Callable[[str], object]) -> None:
    """Have ``write`` fill a file beside ``path``, then put it in its place. A link stays a
    link: what it points to is replaced."""
    target = Path(path)
    if "\0" in path or not path:
        raise InputError(f"{path!r} is no path", mend="Name a file after -o.")
    try:
        if target.is_dir():
            raise InputError(f"{path} is a directory", mend="Name a file after -o.")
        if target.exists() and not target.is_file():
            _write_through(target, write)
            return
        if target.is_symlink():
            target = Path(os.path.realpath(target))
            os.stat(target.parent)
            if target.is_symlink():
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        handle, name = tempfile.mkstemp(dir=target.parent or ".", prefix=".matcalc-")
        os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        write(name)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)
        os.replace(name, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _unwritable(path: str, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"cannot write {path}: {reason}", mend="Name another file after -o.")


def _write_through(target: Path, write: Callable[[str], object]) -> None:
    """Into a device or a pipe, such as /dev/null: they are written to, never replaced."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        write(str(whole))
        with open(target, "wb") as stream:
            stream.write(whole.read_bytes())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def note(text: str) -> None:
    """A line for the person at the terminal, not part of the result."""
    click.echo(text, err=True)


class Progress:
    """A line on the terminal that is overwritten, shown only where someone watches."""

    def __init__(self, before: str = "") -> None:
        self.before, self.shown = before, False

    def __call__(self, text: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{self.before}{text}", nl=False, err=True)
            self.shown = True

    def done(self) -> None:
        if self.shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def is_colourful() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
