"""Python's syntax trees of NumPy source: what is read from them without computing."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from matcalc.scheduling.values import Value

Env = Mapping[str, Any]
"Values, or Python literals such as an axis, by the names in a text."


class NotLowered(Exception):
    """The text has a part that no primitive operation stands for."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> ast.expr:
    """The tree of an expression, which nobody changes."""
    return ast.parse(text, mode="eval").body


def copied(node: ast.expr) -> ast.expr:
    """A tree that may be changed."""
    return ast.parse(ast.unparse(node), mode="eval").body


def literal(node: ast.expr, env: Env) -> Any:
    """A Python literal such as an axis, written out or handed over by name."""
    if isinstance(node, ast.Name) and not isinstance(env.get(node.id), Value):
        return env.get(node.id)
    if isinstance(node, ast.Constant):
        return node.value
    raise NotLowered


def is_straight(function: ast.FunctionDef) -> bool:
    """Whether a body is a docstring, assignments and one return."""
    kinds = [type(line) for line in function.body]
    return kinds[-1] is ast.Return and all(k in (ast.Assign, ast.Expr) for k in kinds[:-1])


def templated(tree: ast.expr, env: Env) -> tuple[str, list[Value]]:
    """The source with {0}, {1}, ... for the values in it, and these values."""
    values: list[Value] = []

    class Placed(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            if name.id not in env:
                return name
            found = env[name.id]
            if not isinstance(found, Value):
                return ast.Constant(found)
            if found not in values:
                values.append(found)
            return ast.Name(f"_arg{values.index(found)}_", name.ctx)

    text = ast.unparse(Placed().visit(tree)).replace("{", "{{").replace("}", "}}")
    return re.sub(r"_arg(\d+)_", r"{\1}", text), values
