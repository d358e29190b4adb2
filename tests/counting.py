"""How many operations a form has, as it is printed and as a reader would count.

Each product, quotient, sum, entrywise operation, power, transpose, inverse and function
application counts one. A sign, a number, and matrices of ones, zeros or the identity count
nothing; ``hadamard`` of three has two products.
"""

import ast

CONSTANTS = {"ones", "zeros", "eye", "commutation", "grad"}


def operations(text):
    """The number of operations in a text of the language, which is Python's to ``ast``."""
    return sum(map(_own, ast.walk(ast.parse(text, mode="eval"))))


def _own(node):
    if isinstance(node, ast.BinOp):
        numbers = isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)
        return 0 if numbers or _is_size(node) else 1
    if isinstance(node, ast.Attribute | ast.Subscript):
        return 1
    if isinstance(node, ast.Call):
        name = node.func.id
        if name == "hadamard":
            return len(node.args) - 1
        return 0 if name in CONSTANTS else 1
    return 0


def _is_size(node):
    """Whether it is a product of dimensions, as in N*H: one number."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return bool(names) and names <= {"N", "D", "H", "C", "M", "m", "n", "p", "q"}
