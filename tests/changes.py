"""How a right expression is made wrong: what every mutant of ``make trust`` is made of."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from matcalc.declaration import loads
from matcalc.errors import MatcalcError
from matcalc.expressions.expr import Expr, postorder, rebuild
from matcalc.linear_maps import local
from matcalc.operations.examples import EXAMPLES
from matcalc.simplify import engine
from matcalc.simplify.parts import filled, is_zero

Change = Callable[[Expr], Iterator[Expr]]
EXAMPLE = [(name, *example) for name, examples in EXAMPLES.items() for example in examples]
"Every operation that has a derivative: its name, an expression and the shapes in it."


def flipped(e: Expr) -> Iterator[Expr]:
    yield -e


def doubled(e: Expr) -> Iterator[Expr]:
    yield 2 * e


def untransposed(e: Expr) -> Iterator[Expr]:
    """A transpose somewhere left away, where the shapes still fit."""
    if e.shape and e.shape[0] == e.shape[1]:
        yield e.T
    for node in postorder(e):
        if node.op.name == "transpose" and node.shape == node.args[0].shape:
            yield rebuild(e, {node: node.args[0]})


def swapped(e: Expr) -> Iterator[Expr]:
    """Two operands of an operation, changed for each other where the shapes still fit."""
    for node in postorder(e):
        if node.op.commutative or len(node.args) < 2 or node.op.name in ("add", "hadamard"):
            continue
        for k in range(len(node.args) - 1):
            args = list(node.args)
            args[k], args[k + 1] = args[k + 1], args[k]
            with fitting():
                other = node.op.rebuild(node, tuple(args))
                if other is not node and other.shape == node.shape:
                    yield rebuild(e, {node: other})


def shortened(e: Expr) -> Iterator[Expr]:
    """A term left out of a sum, or a factor out of an entrywise product."""
    for node in postorder(e):
        if node.op.name in ("add", "hadamard") and len(node.args) > 1:
            for k in range(len(node.args)):
                args = node.args[:k] + node.args[k + 1 :]
                rest = args[0] if len(args) == 1 else node.op.rebuild(node, args)
                if rest.shape == node.shape:
                    with fitting():
                        yield rebuild(e, {node: rest})


def put_in(e: Expr) -> Iterator[Expr]:
    """Ones for zeros, which are wrong in no other way."""
    if is_zero(e):
        yield filled(e.shape)


@contextmanager
def fitting():
    """Shapes that do not fit make no mutant; one that never ends is for the caller to stop."""
    try:
        yield
    except MatcalcError as error:
        if "the limit" in str(error):
            raise


CHANGES: dict[str, Change] = {
    "sign flipped": flipped,
    "factor 2": doubled,
    "transpose dropped": untransposed,
    "operands swapped": swapped,
    "term left out": shortened,
    "1 for 0": put_in,
}


def choose(candidates: Iterator[Expr], which: int, otherwise: Expr) -> Expr:
    """The which-th candidate; the right one where there are not so many."""
    for k, candidate in enumerate(candidates):
        if k == which:
            return candidate
    return otherwise


@contextmanager
def forgotten():
    """Whatever was worked out before is forgotten, and so is what follows."""

    def forget():
        local.local_map.cache_clear()
        engine._simplified.clear()

    forget()
    try:
        yield
    finally:
        forget()


def example_network(expression, shapes):
    return loads(example_text(expression, shapes))


def example_text(expression, shapes) -> str:
    lines = ["dims: {m: 2, n: 3, p: 5, q: 7}", "inputs:"]
    lines += [f"  {name}: [{', '.join(shape)}]" for name, shape in shapes.items()]
    lines += ["functions: {f: abstract}", "network:", f"  Y: {expression}", "outputs: [Y]"]
    return "\n".join(lines)


def transposed(expression: str, shapes: dict) -> tuple[str, dict]:
    """The expression of the transposes of matrices that have the other shape."""
    turned = {name: shape[::-1] for name, shape in shapes.items()}
    for name in (name for name, shape in shapes.items() if shape):
        expression = re.sub(rf"\b{name}\b(?! *=)", f"{name}.T", expression)
    return expression, turned
