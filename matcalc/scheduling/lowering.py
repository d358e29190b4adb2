"""NumPy source, as ``generation`` writes it, taken apart into values.

So every operation has its NumPy form in one place. Helper functions that are straight lines
(softmax, sigmoid, a user's own) are opened up, so that forward and backward share what is
inside. What is not recognised stays an expression of NumPy: right, but with arrays of its
own in every call.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from matcalc.expressions.dimension import ONE, Dimension
from matcalc.expressions.expr import Shape
from matcalc.generation.pieces import join
from matcalc.scheduling.syntax import (
    Env,
    NotLowered,
    copied,
    is_straight,
    literal,
    parsed,
    templated,
)
from matcalc.scheduling.values import BINARY, COMPARISONS, FLOAT, TRUTH, UNARY, Graph, Value

OPERATORS: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
}
SAME_SHAPE = {
    "erf",
    "erfc",
    "lgamma",
    "digamma",
    "argmax_one_hot",
    "np.tril",
    "np.triu",
    "np.linalg.inv",
}
"Functions whose result is a new array of the shape of their first operand."
NUMBERS = {"float", "np.float64", "dtype.type"}
FILLED = {"np.zeros", "np.ones", "np.full", "np.eye"}


class Lowering:
    """``sizes``: the dimension that each identifier of a size stands for; ``define``: the
    syntax tree of a helper function by name, or None."""

    def __init__(
        self,
        graph: Graph,
        sizes: Mapping[str, Dimension],
        define: Callable[[str], ast.FunctionDef | None],
    ) -> None:
        self.graph = graph
        self.sizes = sizes
        self.define = define

    def value(self, text: str, env: Env, shape: Shape) -> Value:
        """The value of a text that has this shape."""
        tree = parsed(text)
        try:
            found = self._lower(tree, env)
            if found.shape == shape:
                return found
        except NotLowered:
            pass
        return self._opaque(tree, env, shape, fresh=False)

    def _lower(self, node: ast.expr, env: Env) -> Value:
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise NotLowered
        return handler(node, env)

    # -- leaves ------------------------------------------------------------------

    def _constant(self, node: ast.Constant, env: Env) -> Value:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise NotLowered
        return self.graph.constant(repr(node.value))

    def _name(self, node: ast.Name, env: Env) -> Value:
        found = env.get(node.id)
        if isinstance(found, Value):
            return found
        if node.id in self.sizes:
            return self.graph.constant(node.id)
        raise NotLowered

    def _attribute(self, node: ast.Attribute, env: Env) -> Value:
        if node.attr == "T":
            return self.graph.transpose(self._lower(node.value, env))
        if ast.unparse(node) in ("np.pi", "np.inf", "np.nan"):
            return self.graph.constant(ast.unparse(node))
        raise NotLowered

    # -- operators -----------------------------------------------------------------

    def _unaryop(self, node: ast.UnaryOp, env: Env) -> Value:
        if not isinstance(node.op, ast.USub):
            raise NotLowered
        return self._entrywise("negative", self._lower(node.operand, env))

    def _binop(self, node: ast.BinOp, env: Env) -> Value:
        a, b = self._lower(node.left, env), self._lower(node.right, env)
        if isinstance(node.op, ast.MatMult):
            return self.graph.matmul(a, b)
        op = OPERATORS.get(type(node.op))
        if op is None:
            raise NotLowered
        if op == "power" and b.is_constant and b.data == ("2",) and a.shape:
            return self._entrywise("square", a)
        return self._entrywise(op, a, b)

    def _compare(self, node: ast.Compare, env: Env) -> Value:
        op = OPERATORS.get(type(node.ops[0]))
        if op is None or len(node.ops) > 1:
            raise NotLowered
        a, b = self._lower(node.left, env), self._lower(node.comparators[0], env)
        return self._entrywise(op, a, b)

    def _ifexp(self, node: ast.IfExp, env: Env) -> Value:
        """``... if axis is not None else ...``, where the axis is known."""
        match ast.unparse(node.test).split(" is not "):
            case [name, "None"] if name in env and not isinstance(env[name], Value):
                return self._lower(node.body if env[name] is not None else node.orelse, env)
        raise NotLowered

    def _entrywise(self, op: str, *args: Value) -> Value:
        if all(arg.is_constant for arg in args) and op in CONSTANT:
            texts = [arg.data[0] for arg in args]
            return self.graph.constant(f"({CONSTANT[op].format(*texts)})")
        return self.graph.entrywise(op, *args)

    # -- calls -----------------------------------------------------------------------

    def _call(self, node: ast.Call, env: Env) -> Value:
        name = ast.unparse(node.func)
        ufunc = {"abs": "absolute"}.get(name.removeprefix("np."), name.removeprefix("np."))
        plain = not node.keywords
        if name.startswith("np.") and plain and ufunc in UNARY | BINARY:
            return self._entrywise(ufunc, *(self._lower(arg, env) for arg in node.args))
        if name == "np.where" and plain:
            return self._where(*(self._lower(arg, env) for arg in node.args))
        if name in ("np.var", "np.std"):
            return self._spread(name, node, env)
        if name in ("np.sum", "np.max", "np.mean"):
            return self._reduction(name[3:], node.args[0], node, env)
        if name == "np.vdot":
            a, b = (self._lower(arg, env) for arg in node.args)
            if a.shape == b.shape:
                return self.graph.make("inner", (a, b))
            raise NotLowered
        if name == "np.broadcast_to":
            return self._broadcast(node, env)
        if name.startswith("math.") or name in NUMBERS:
            return self._number(node, env)
        if isinstance(node.func, ast.Attribute) and name.endswith(".sum"):
            return self._reduction("sum", node.func.value, node, env)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            a = self._lower(node.func.value, env)
            if not a.shape:
                raise NotLowered
            return self.graph.make("copy", (a,), (), a.shape)
        if name in FILLED:
            return self._filled(node, env)
        if name in SAME_SHAPE or name == "np.linalg.solve":
            first = self._lower(node.args[-1 if name.endswith("solve") else 0], env)
            if not first.shape and "." in name:
                raise NotLowered
            return self._opaque(node, env, first.shape, fresh=True)
        return self._opened(name, node, env)

    def _number(self, node: ast.Call, env: Env) -> Value:
        """A number that rests on sizes alone."""
        if any(isinstance(n, ast.Name) and n.id in env for n in ast.walk(node)):
            raise NotLowered
        return self.graph.constant(ast.unparse(node))

    def _where(self, mask: Value, first: Value, second: Value) -> Value:
        shape = join(mask.shape, join(first.shape, second.shape))
        if not mask.shape or mask.kind != TRUTH:
            raise NotLowered
        return self.graph.make("where", (mask, first, second), (), shape)

    def _broadcast(self, node: ast.Call, env: Env) -> Value:
        a, shape = self._lower(node.args[0], env), self._shape(node.args[1])
        return a if a.shape == shape else self.graph.make("broadcast", (a,), (), shape, a.kind)

    def _reduction(self, op: str, operand: ast.expr, node: ast.Call, env: Env) -> Value:
        a = self._lower(operand, env)
        given: dict[str | None, Any] = {k.arg: k.value for k in node.keywords}
        axis = literal(given["axis"], env) if "axis" in given else None
        if not a.shape or (axis is not None and "keepdims" not in given):
            raise NotLowered
        if a.op == "broadcast" or a.kind != FLOAT:
            raise NotLowered
        if axis is None:
            if "keepdims" in given or op == "max":
                raise NotLowered
            whole = self.graph.total(a)
            return self._over(whole, a.shape[0] * a.shape[1]) if op == "mean" else whole
        lines = self.graph.reduce("max" if op == "max" else "sum", a, axis)
        return self._over(lines, a.shape[axis]) if op == "mean" else lines

    def _spread(self, name: str, node: ast.Call, env: Env) -> Value:
        """Variance or standard deviation: the mean of squares of what is centred."""
        mean = self._reduction("mean", node.args[0], node, env)
        a = self._lower(node.args[0], env)
        squares = self._entrywise("square", self._entrywise("subtract", a, mean))
        if mean.is_scalar:
            found = self._over(self.graph.total(squares), a.shape[0] * a.shape[1])
        else:
            axis = 0 if mean.shape[0] == ONE else 1
            found = self._over(self.graph.reduce("sum", squares, axis), a.shape[axis])
        return self._entrywise("sqrt", found) if name == "np.std" else found

    def _over(self, a: Value, count: Dimension) -> Value:
        return self._entrywise("divide", a, self.graph.constant(f"float({self._size(count)})"))

    def _filled(self, node: ast.Call, env: Env) -> Value:
        """A constant array, made once."""
        arguments = list(node.args)
        if ast.unparse(node.func) == "np.eye":
            sizes = [self._dimension(arg) for arg in arguments[:2]]
            shape: Shape = (sizes[0], sizes[-1])
        else:
            shape = self._shape(arguments[0])
        if ast.unparse(node.func) == "np.full":
            number = self._lower(arguments[1], env)
            if not number.is_constant:
                return self.graph.make("broadcast", (number,), (), shape)
        return self._opaque(node, env, shape, fresh=True)

    def _opened(self, name: str, node: ast.Call, env: Env) -> Value:
        """A helper's body with the arguments in place of its parameters."""
        function = self.define(name)
        if function is None or not is_straight(function):
            raise NotLowered
        names = [arg.arg for arg in function.args.args]
        inner: dict[str, Any] = {}
        if function.args.defaults:
            last = names[-len(function.args.defaults) :]
            inner = dict(zip(last, map(ast.literal_eval, function.args.defaults), strict=True))
        given = dict(zip(names, node.args, strict=False))
        given |= {str(k.arg): k.value for k in node.keywords}
        for key, value in given.items():
            inner[key] = literal(value, env) if key == "axis" else self._lower(value, env)
        for line in function.body:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                inner[line.targets[0].id] = self._lower(line.value, inner)
            elif isinstance(line, ast.Return) and line.value is not None:
                return self._lower(line.value, inner)
        raise NotLowered

    # -- shapes, and what stays as it is --------------------------------------------------

    def _shape(self, node: ast.expr) -> Shape:
        if not isinstance(node, ast.Tuple):
            raise NotLowered
        return tuple(map(self._dimension, node.elts))

    def _dimension(self, node: ast.expr) -> Dimension:
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return Dimension.of(node.value)
        if isinstance(node, ast.Name) and node.id in self.sizes:
            return self.sizes[node.id]
        if isinstance(node, ast.BinOp):
            a, b = self._dimension(node.left), self._dimension(node.right)
            match node.op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
        raise NotLowered

    def _size(self, d: Dimension) -> str:
        """A dimension in the identifiers of sizes."""
        identifiers = {str(dim): name for name, dim in self.sizes.items()}
        return re.sub(r"[A-Za-z_]\w*", lambda m: identifiers[m[0]], str(d))

    def _opaque(self, node: ast.expr, env: Env, shape: Shape, fresh: bool) -> Value:
        """A NumPy expression as it stands; recognised operands are values of their own."""
        tree, known = copied(node), dict(env)
        if fresh and isinstance(node, ast.Call) and isinstance(tree, ast.Call):
            for k, operand in enumerate(node.args):
                try:
                    known[f"operand {k}"] = self._lower(operand, env)
                    tree.args[k] = ast.Name(f"operand {k}", ast.Load())
                except NotLowered:
                    continue
        template, args = templated(tree, known)
        return self.graph.make("opaque", args, (template, fresh or not shape), shape)


CONSTANT = {
    "negative": "-{}",
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
}
assert COMPARISONS.isdisjoint(CONSTANT)
