"""Collects mistakes that do not follow from each other, to be reported together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from matcalc.errors import InputError, ManyErrors


class Skipped(Exception):
    """Something cannot be read because of a mistake that has been reported already."""


class Enough(Exception):
    """There are as many mistakes as are reported at once."""


class Mistakes:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.errors: list[InputError] = []

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Note a mistake made inside and go on after the block."""
        try:
            yield
        except Skipped:
            pass
        except InputError as error:
            self.add(error)

    def add(self, error: InputError) -> None:
        if isinstance(error, ManyErrors):
            for one in error.errors:
                self.add(one)
            return
        if any(str(error) == str(other) for other in self.errors):
            return  # one place in the file may be read more than once
        self.errors.append(error)
        if len(self.errors) >= self.limit:
            raise Enough

    def raise_any(self) -> None:
        """Raise what was collected, in the order of the file."""
        if self.errors:
            raise together(self.errors)


def together(errors: list[InputError]) -> InputError:
    """The mistakes as one error, in the order of the file."""
    errors = sorted(errors, key=_position)
    return errors[0] if len(errors) == 1 else ManyErrors(errors)


def _position(error: InputError) -> tuple[int, int]:
    return (error.place.line, error.place.column) if error.place else (0, 0)
