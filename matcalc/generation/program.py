"""Between expressions and source: which values are computed once and get a name.

A Program is a list of assignments and the results that rest on them; every symbol is an
argument or assigned above. What is planned here is what a scheduler would plan further:
order, lifetimes, buffers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcalc.expressions.build import symbol
from matcalc.expressions.expr import Expr, is_vector, postorder, rebuild
from matcalc.simplify import simplify
from matcalc.simplify.presentation import present

LONGEST = 24
"The weight of one assignment; more is spread over several lines."
WORDY = {"kron": 8, "commutation": 4, "block": 3, "vec": 2}
"Operations that take more room than a piece."
WIDEST = 12
"Operands of one sum, product or stack."

Named = Callable[[Expr], Expr]


@dataclass(frozen=True)
class Program:
    assignments: tuple[tuple[Expr, Expr], ...]
    results: tuple[Expr, ...]


def plan(results: Sequence[Expr], wanted: Collection[Expr], temporary: Named) -> Program:
    """The program for these results.

    Values used more than once, and those that are ``wanted`` by name, are assigned to a
    symbol that ``temporary`` gives for the expression; so are parts of long expressions.
    """
    if not wanted:
        results = _one_way_round(results)
    keep = set(wanted) | _shared(results)
    assignments: list[tuple[Expr, Expr]] = []
    done: dict[Expr, Expr] = {}

    def assign(original: Expr, value: Expr) -> Expr:
        name = temporary(original)
        assignments.append((name, value))
        return name

    for node in postorder_of(results):
        value = node
        args = tuple(done[arg] for arg in node.args)
        if args != node.args:
            value = node.op.rebuild(node, args)
        value = _shortened(value, assign)
        done[node] = assign(node, value) if node in keep else value
    return Program(tuple(assignments), tuple(done[r] for r in results))


def forms_of(e: Expr) -> tuple[Expr, Expr]:
    """How an expression looks once it is simplified, and once it is to be shown."""
    simple = simplify(e)
    return present(simple), simple


def is_matrix(e: Expr) -> bool:
    return bool(e.shape) and not is_vector(e.shape)


def _one_way_round(results: Sequence[Expr]) -> list[Expr]:
    """Where a value and its transpose are both computed, the longer form turns the other."""
    place = {node: k for k, node in enumerate(postorder_of(results))}
    # A form of the transpose has the same symbols, and the shape the other way round.
    alike: dict[tuple, int] = {}
    for node in place:
        alike[node.free, node.shape] = alike.get((node.free, node.shape), 0) + 1
    turned: dict[Expr, Expr] = {}
    for node, k in place.items():
        if not is_matrix(node) or not is_work(node):
            continue
        if alike.get((node.free, node.shape[::-1]), 0) <= (node.shape == node.shape[::-1]):
            continue
        for form in forms_of(node.T):
            if form in place and (form.pieces, place[form]) < (node.pieces, k):
                turned[node] = form.T
    return [rebuild(result, turned) for result in results]


def postorder_of(roots: Iterable[Expr]) -> list[Expr]:
    """Every distinct expression below the roots once, operands first."""
    seen: dict[Expr, None] = {}
    for root in roots:
        if root not in seen:
            for node in postorder(root):
                seen.setdefault(node)
    return list(seen)


def _shared(results: Sequence[Expr]) -> set[Expr]:
    """What is worth computing once because it is used more often."""
    uses: dict[Expr, int] = {}
    for node in postorder_of(results):
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    for result in results:
        uses[result] = uses.get(result, 0) + 1
    formed = _formed_inverses(results)
    return {n for n, count in uses.items() if count > 1 and (is_work(n) or n in formed)}


def _formed_inverses(results: Sequence[Expr]) -> set[Expr]:
    """Inverses that are used other than as a factor, where a system is solved instead."""
    formed: set[Expr] = set()
    for node in postorder_of(results):
        if node.op.name not in ("mul", "transpose"):
            formed |= {_untransposed(arg) for arg in node.args}
    return {e for e in formed | {_untransposed(r) for r in results} if e.op.name == "inv"}


def _untransposed(e: Expr) -> Expr:
    return e.args[0] if e.op.name == "transpose" else e


FREE = {"transpose", "broadcast", "stop_gradient", "diag", "vec", "block", "step"}
"Views, and matrices that a product with them does not form."
CHEAP = {"add", "hadamard", "power", "square", "mul", *FREE}


def is_work(e: Expr) -> bool:
    """Whether an expression costs more than a line that names it."""
    if not e.args or not e.free or _is_better_not_formed(e):
        return False
    if e.op.name == "mul" and sum(1 for f in e.args if f.shape) > 1:
        return any(f.op.name not in ("ones", "eye") for f in e.args)
    if e.op.name in CHEAP:
        return e.pieces > 8 or any(is_work(arg) for arg in e.args if arg.op.name != "transpose")
    return True


def _is_better_not_formed(e: Expr) -> bool:
    """Views, and factors that a product does without: diag(v), inv(A), I ⊗ A."""
    if e.op.name == "kron":
        return any(not arg.free for arg in e.args)
    return e.op.name in FREE or e.op.name == "inv"


def _shortened(e: Expr, assign: Callable[[Expr, Expr], Expr]) -> Expr:
    """The expression with its longest operands assigned, until it fits on a line or two."""
    if len(e.args) > WIDEST and e.op.name in ("add", "hadamard", "mul"):
        e = _grouped(e, assign)
    while weight(e) > LONGEST:
        shorter = _with_longest_named(e, assign)
        if shorter is None:
            break
        e = shorter
    return e


def _with_longest_named(e: Expr, assign: Callable[[Expr, Expr], Expr]) -> Expr | None:
    """The expression with its longest operand by name, or None where none can be named."""
    for arg in sorted((arg for arg in e.args if arg.free), key=weight, reverse=True):
        named = None if weight(arg) == 1 else _named(arg, assign)
        if named is not None:
            return e.op.rebuild(e, tuple(named if a is arg else a for a in e.args))
    return None


@lru_cache(maxsize=4096)
def weight(e: Expr) -> int:
    """How long an expression is when it is written out."""
    if e.pieces > 4 * LONGEST:
        return e.pieces
    return 1 + WORDY.get(e.op.name, 0) + sum(map(weight, e.args))


def _named(e: Expr, assign: Callable[[Expr, Expr], Expr]) -> Expr | None:
    """A name for the expression, or for what is inside where it is better not formed."""
    if _is_better_not_formed(e):
        return _with_longest_named(e, assign)
    return assign(e, e)


def _grouped(e: Expr, assign: Callable[[Expr, Expr], Expr]) -> Expr:
    """A sum or product of many, taken a few at a time."""
    args = list(e.args)
    while len(args) > WIDEST:
        first = e.op(*args[:WIDEST])
        args[:WIDEST] = [assign(first, first)]
    return e.op(*args)


class Temporaries:
    """Symbols for intermediate values, each with a noun that its name is made from.

    The symbols' own names end with a blank: no symbol of a network is the same.
    """

    def __init__(self, prefix: str = "t") -> None:
        self.prefix = prefix
        self.nouns: dict[Expr, str] = {}
        self.of: dict[Expr, Expr] = {}

    def __call__(self, e: Expr) -> Expr:
        if e not in self.of:
            temporary = symbol(f"{self.prefix}{len(self.of)} ", e.shape)
            self.of[e] = temporary
            self.nouns[temporary] = NOUNS.get(e.op.name, "part")
        return self.of[e]


NOUNS = {
    "add": "total",
    "mul": "product",
    "hadamard": "product",
    "softmax": "P",
    "log_softmax": "log_P",
    "exp": "E",
    "inv": "inverse",
    "solve": "solution",
    "power": "powers",
    "sqrt": "roots",
    "sum": "sums",
    "mean": "means",
    "var": "variances",
    "std": "deviations",
    "norm": "norms",
    "max": "tops",
    "where": "chosen",
    "maximum": "larger",
    "minimum": "smaller",
    "logsumexp": "logs",
    "sigmoid": "S",
    "tanh": "T",
    "layernorm": "normed",
    "batchnorm": "normed",
}
