"""How SymPy's scalars are read: numbers, Symbols, operators, functions of one number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import sympy
from sympy.codegen.cfunctions import Sqrt
from sympy.core.function import AppliedUndef

from matcalc.declaration.broadcasting import negate, product
from matcalc.declaration.calls import FORMS as CALLS
from matcalc.declaration.calls import RESERVED
from matcalc.declaration.names import check_name
from matcalc.errors import InputError
from matcalc.expressions.build import add, apply, dimension, power
from matcalc.expressions.expr import Expr, lift, operation, write_shape
from matcalc.expressions.operation import REGISTRY
from matcalc.operations.entrywise import Entrywise, Function, derivative_of
from matcalc.sympy_bridge.entrywise import FUNCTION, NAME, Defined
from matcalc.sympy_bridge.forms import Args, Form, first_arg, no_args, refused
from matcalc.sympy_bridge.from_matrices import named
from matcalc.sympy_bridge.named_formulas import case_of, log_of, maximum_of, power_of

if TYPE_CHECKING:
    from matcalc.sympy_bridge.from_sympy import Reader


# -- leaves ---------------------------------------------------------------------


def _rational(reader: Reader, node: Any, args: Args) -> Expr:
    return lift(Fraction(node.p, node.q))


def _float(reader: Reader, node: Any, args: Args) -> Expr:
    """The decimal that was written, where double precision tells: 0.1 is one tenth."""
    if not node.is_finite:
        raise InputError(f"{node} is not a number")
    exact = sympy.Rational(node)
    short = Fraction(repr(float(node))) if abs(node) < 1e308 else None
    if short is not None and sympy.Float(str(float(node)), precision=node._prec) == node:
        return lift(short)
    return lift(Fraction(exact.p, exact.q))


def _symbol(reader: Reader, node: Any, args: Args) -> Expr:
    if node in reader.bound:
        return reader.bound[node]
    if node.name not in reader.scope.symbols and node.name in reader.scope.dims:
        return dimension(node.name)
    found = named(reader, node.name)
    if found.shape:
        raise InputError(
            f"{node.name} is {write_shape(found.shape)}",
            mend=f'Write MatrixSymbol("{node.name}", {found.shape[0]}, {found.shape[1]}).',
        )
    return found


# -- operators ------------------------------------------------------------------


def scalars(build: Callable[..., Expr]) -> Callable[[Reader, Any, Args], Expr]:
    """A form's build from a function of scalars; a matrix among them is refused."""

    def checked(reader: Reader, node: Any, args: Args) -> Expr:
        for arg in args:
            if arg.shape:
                name = type(node).__name__
                raise InputError(
                    f"{name} takes a number, not {write_shape(arg.shape)}",
                    mend=f"For every entry of a matrix write A.applyfunc({name}).",
                )
        return build(*args)

    return checked


# -- functions ------------------------------------------------------------------


def _builtin(name: str) -> Form:
    return Form(scalars(lambda x: apply(name, x)))


def _reciprocal(name: str) -> Form:
    return Form(scalars(lambda x: power(apply(name, x), -1)))


def _own(reader: Reader, node: Any, args: Args) -> Expr:
    """A function that to_sympy named: of the language, or of the user with its formula."""
    return _derived(reader, node, args[0], 0)


def _undefined(reader: Reader, node: Any, args: Args) -> Expr:
    if len(args) != 1:
        raise InputError(
            f"{node.func.__name__} takes {len(args)} arguments",
            mend="A function of the network takes one, and works entry by entry.",
        )
    return scalars(lambda x: _derived(reader, node, x, 0))(reader, node, args)


def _derived(reader: Reader, node: Any, x: Expr, order: int) -> Expr:
    """The order-th derivative at x of the function that ``node`` applies."""
    name = NAME.get(node.func) or node.func.__name__
    function = reader.scope.functions.get(name) or getattr(node.func, "declaration", None)
    if function is None and isinstance(REGISTRY.get(name), Entrywise):
        return derivative_of(name, x, order)
    if function is None:
        function = abstract(name)
    return operation("function")(x, data=(function, order))


def abstract(name: str) -> Function:
    """A function that is known by its name only."""
    if name in CALLS:
        raise InputError(
            f"{name} belongs to the language", mend=f"Use matcalc.sympy_bridge.calls.{name}."
        )
    wrong = check_name(name, RESERVED)
    if wrong:
        raise InputError(wrong[0], mend=wrong[1])
    return Function(name)


def _polygamma(reader: Reader, node: Any, args: Args) -> Expr:
    order = node.args[0]
    if not (order.is_Integer and order >= 0):
        raise InputError(f"{order} is no order of a derivative")
    if order == 0:
        return apply("digamma", args[0])
    return operation("function")(args[0], data=(Function("digamma"), int(order)))


# -- derivatives of functions ---------------------------------------------------


def _derivative_operands(node: Any) -> Iterable[Any]:
    """The argument of f in f'(x); anything else is worked out first."""
    return [node.expr.args[0]] if _is_plain(node) else [_worked_out(node)]


def _derivative(reader: Reader, node: Any, args: Args) -> Expr:
    if not _is_plain(node):
        return args[0]
    return _derived(reader, node.expr, args[0], int(node.derivative_count))


def _is_plain(node: Any) -> bool:
    """Whether it is f(x) derived in x."""
    return (
        isinstance(node, sympy.Derivative)
        and (isinstance(node.expr, AppliedUndef | Defined) or node.expr.func in NAME)
        and node.expr.args == (node.variables[0],)
        and len(set(node.variables)) == 1
    )


def _at_point_operands(node: Any) -> Iterable[Any]:
    if _is_plain(node.expr) and node.variables == node.expr.variables[:1]:
        return node.point
    return [_worked_out(node)]


def _at_point(reader: Reader, node: Any, args: Args) -> Expr:
    if _is_plain(node.expr) and node.variables == node.expr.variables[:1]:
        return _derived(reader, node.expr.expr, args[0], int(node.expr.derivative_count))
    return args[0]


def _worked_out(node: Any) -> Any:
    if node.has(sympy.MatrixExpr):
        raise InputError(
            "a derivative by or of a matrix, which SymPy may work out wrongly",
            mend="Write the network without it: matcalc differentiates.",
        )
    done = node.doit()
    if done.has(type(node)):
        raise InputError("a derivative that SymPy leaves as it is")
    return done


# -- cases ----------------------------------------------------------------------


def _case_operands(node: Any) -> Iterable[Any]:
    """value, left, right of each condition, and the last value."""
    last = node.args[-1][1]
    if last != sympy.true and sympy.Or(*(c for _, c in node.args)) != sympy.true:
        raise InputError("Piecewise without a case for the rest", mend="Add (0, True).")
    parts: list[Any] = []
    for value, condition in node.args[:-1]:
        if type(condition) not in CONDITIONS:
            raise InputError(
                f"the condition {condition}", mend="A condition compares: x > 0, x <= y."
            )
        parts += [value, condition.lhs, condition.rhs]
    return [*parts, node.args[-1][0]]


def _cases(*args: Expr, conditions: list[Any]) -> Expr:
    result = args[-1]
    for k, condition in reversed(list(enumerate(conditions))):
        value, left, right = args[3 * k : 3 * k + 3]
        larger, holds = CONDITIONS[type(condition)]
        mask = _difference(left, right) if larger else _difference(right, left)
        result = case_of(mask, *((value, result) if holds else (result, value)))
    return result


def _difference(a: Expr, b: Expr) -> Expr:
    zero = lift(0)
    return a if b is zero else negate(b) if a is zero else a - b


def _piecewise(reader: Reader, node: Any, args: Args) -> Expr:
    conditions = [condition for _, condition in node.args[:-1]]
    return scalars(lambda *parts: _cases(*parts, conditions=conditions))(reader, node, args)


CONDITIONS: dict[type, tuple[bool, bool]] = {
    sympy.StrictGreaterThan: (True, True),
    sympy.StrictLessThan: (False, True),
    sympy.GreaterThan: (False, False),
    sympy.LessThan: (True, False),
}
"Whether left > right (else right > left) decides, and whether the case holds where it does."

SCALAR_FORMS: dict[type, Form] = {
    sympy.Rational: Form(_rational, no_args),
    sympy.Float: Form(_float, no_args),
    type(sympy.pi): Form(lambda reader, node, args: operation("pi")(), no_args),
    type(sympy.E): Form(lambda reader, node, args: apply("exp", lift(1)), no_args),
    sympy.Symbol: Form(_symbol, no_args),
    sympy.Add: Form(scalars(add)),
    sympy.Mul: Form(scalars(product)),
    sympy.Pow: Form(scalars(power_of)),
    **{f: _builtin(name) for name, f in FUNCTION.items() if not issubclass(f, Defined)},
    sympy.log: Form(scalars(log_of)),
    sympy.loggamma: _builtin("lgamma"),
    sympy.Heaviside: Form(scalars(lambda x: apply("step", x)), first_arg),
    sympy.polygamma: Form(_polygamma, lambda node: node.args[1:]),
    Sqrt: _builtin("sqrt"),
    sympy.sec: _reciprocal("cos"),
    sympy.csc: _reciprocal("sin"),
    sympy.cot: _reciprocal("tan"),
    sympy.sech: _reciprocal("cosh"),
    sympy.csch: _reciprocal("sinh"),
    sympy.coth: _reciprocal("tanh"),
    sympy.erfc: Form(scalars(lambda x: 1 - apply("erf", x))),
    Defined: Form(_own),
    AppliedUndef: Form(_undefined),
    sympy.Max: Form(scalars(maximum_of)),
    sympy.Min: Form(scalars(lambda *args: reduce(operation("minimum"), args))),
    sympy.Piecewise: Form(_piecewise, _case_operands),
    sympy.Derivative: Form(_derivative, _derivative_operands),
    sympy.Subs: Form(_at_point, _at_point_operands),
    sympy.Sum: refused(
        "a Sum over indices is not taken",
        "SymPy makes one of (x.T*y)[0, 0]: write x.T*y, Trace(A.T*B), or calls.sum(A).",
    ),
}
