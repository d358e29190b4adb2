"""What a form is: how one class of SymPy objects is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcalc.errors import InputError
from matcalc.expressions.expr import Expr

if TYPE_CHECKING:
    from matcalc.sympy_bridge.from_sympy import Reader

Args = list[Expr]


def all_args(node: Any) -> Iterable[Any]:
    return node.args


def first_arg(node: Any) -> Iterable[Any]:
    return node.args[:1]


def no_args(node: Any) -> Iterable[Any]:
    return ()


@dataclass(frozen=True)
class Form:
    """``operands`` are the parts of a node that are expressions; ``build`` gets them read."""

    build: Callable[[Reader, Any, Args], Expr]
    operands: Callable[[Any], Iterable[Any]] = all_args


def refused(message: str, mend: str = "") -> Form:
    """The form of what matcalc does not take."""

    def refuse(node: Any) -> Iterable[Any]:
        raise InputError(message, mend=mend)

    return Form(lambda reader, node, args: args[0], refuse)
