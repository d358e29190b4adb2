"""One answer's text to a tree, and a tree to an expression with checked shapes.

A text is an expression of the language, or a formula as LaTeX has it; both become the
same tree, which points into the text. Names that the answers define are put in place in
the tree. A tree whose shapes do not fit is kept with what is wrong: it is graded too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product as combinations

from matcalc.declaration import scope_of
from matcalc.declaration.calls import FORMS
from matcalc.declaration.expressions import Reader, Scope
from matcalc.declaration.limits import Limits
from matcalc.declaration.syntax import parse
from matcalc.declaration.text import Text
from matcalc.declaration.tree import Kind, Node
from matcalc.derivation.derivation import Derivation
from matcalc.errors import InputError, ManyErrors, ShapeError
from matcalc.expressions.build import gradient
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, Shape, is_vector
from matcalc.grading.latex_atoms import UNKNOWN_SIZE
from matcalc.grading.latex_names import Vocabulary
from matcalc.grading.latex_reader import FormulaReader
from matcalc.grading.latex_tokens import is_formula
from matcalc.network.network import Network

LEFT = re.compile(
    r"\s*(?:(?P<whole>[A-Za-z]\w*)|grad\((?P<grad>\w+)\)|d(?P<of>\w+)\s*/\s*d(?P<wrt>\w+))\s*=(?!=)"
)
DIAGONAL = "·"
"Behind the name of a Jacobian: its condensed form, as it stands beside ⊙."
MOST_SIZES = 400
"Ways of choosing the sizes that a formula leaves open that are tried."


@dataclass(frozen=True)
class Side:
    """One side of an answer: its tree, and its expression or why it has none."""

    source: Text
    tree: Node
    expr: Expr | None
    misfit: ShapeError | None = None
    aliased: tuple[str, ...] = ()
    "Names that stand in it as dZ."
    wanted: Shape | None = None
    "The shape that the answer should have."

    @property
    def gradients(self) -> set[str]:
        """The nodes whose gradients are used by name, whether or not the shapes fit."""
        if self.expr is not None:
            return {s.name for s in self.expr.free if s.op.name == "grad"}
        calls = [n for n in walk(self.tree) if n.kind is Kind.CALL and n.text == "grad"]
        return {call.parts[0].text for call in calls} | set(self.aliased)

    @property
    def text(self) -> str:
        return " ".join(self.source.text[self.tree.start : self.tree.stop].split())


class Symbols(Mapping[str, Expr]):
    """The names in an answer: the network's, dZ for grad(Z), and local Jacobians."""

    def __init__(self, d: Derivation, names: Mapping[str, Expr]) -> None:
        self.d, self.names = d, names

    def __getitem__(self, name: str) -> Expr:
        if name in self.names:
            return self.names[name]
        if name.startswith("∂") and "/∂" in name:
            of, wrt = name.removesuffix(DIAGONAL)[1:].split("/∂")
            jacobian = self.d.jacobian(of, wrt)
            short = jacobian.short if name.endswith(DIAGONAL) else None
            return jacobian.form if short is None else short
        target = alias(name, self.names)
        if target is None:
            raise KeyError(name)
        return gradient(self.names[target])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def alias(name: str, names: Mapping[str, object]) -> str | None:
    """The name whose gradient dZ, grad_Z or delta_Z is, where it is no name itself."""
    for prefix in ("grad_", "delta_", "dL_d", "d"):
        rest = name.removeprefix(prefix)
        if rest != name and rest in names:
            return rest
    return None


class AnswerScope(Scope):
    """Refuses a name with a word on what answers may define."""

    def missing(self, name: str) -> InputError:
        error = super().missing(name)
        if error.mend.startswith("Declare it first"):
            rest = error.mend.removeprefix("Declare it first.")
            define = "Define it beside the answers, as in let: {delta: Z - Y}."
            error.mend = f"{define}{rest}"
        return error


class AnswerReader:
    """Reads the texts of one set of answers, all against one derivation."""

    def __init__(self, d: Derivation, limits: Limits | None = None) -> None:
        self.d, self.limits = d, limits or Limits()
        self.abbreviations: dict[str, tuple[Text, Node]] = {}
        base = scope_of(d.network)
        symbols = Symbols(d, base.symbols)
        self.scope = AnswerScope(symbols, base.dims, base.functions, base.convention)

    @property
    def vocabulary(self) -> Vocabulary:
        network = self.d.network
        names = [*network.variable, *network.equation]
        shape = network.declared_shape
        turned = {n for n in names if self.d.layout.transposes_gradient(shape(n))}
        return Vocabulary(
            frozenset(names) | frozenset(self.abbreviations),
            frozenset(self.scope.functions),
            frozenset(self.scope.dims),
            frozenset(f"d{n}" for n in names if f"d{n}" not in names),
            self.d.of,
            frozenset(turned),
            frozenset(local_jacobians(network)),
        )

    # -- texts to trees -------------------------------------------------------------------

    def sides(self, source: Text) -> list[Node]:
        """The trees between the equals signs; what stands left of the first may be a name."""
        trees = self._trees(source)
        for tree in trees:
            self._check_gradients(source, tree)
        return trees

    def _trees(self, source: Text) -> list[Node]:
        if is_formula(source.text):
            return self._formula(source)
        # 2 x and A_1*Z_2 are no expressions of the language here, but they are formulas.
        try:
            trees = list(self._language(source))
        except InputError as refused:
            try:
                return self._formula(source)
            except InputError:
                raise refused from None
        if not all(self._is_known(n.text) for t in trees for n in walk(t) if n.kind is Kind.NAME):
            with suppress(InputError):
                return self._formula(source)
        return trees

    def _is_known(self, name: str) -> bool:
        scope = self.scope
        places = (scope.symbols, self.abbreviations, scope.dims, scope.functions, FORMS)
        return any(name in place for place in places)

    def _formula(self, source: Text) -> list[Node]:
        return FormulaReader(source, self.vocabulary, self.limits).formula()

    def _language(self, source: Text) -> Iterator[Node]:
        match = LEFT.match(source.text)
        start = 0
        if match:
            named = match["whole"] or match["grad"] or match["wrt"]
            stop = match.end() - 1
            node = Node(Kind.NAME, 0, stop, text=named)
            if not match["whole"]:
                node = Node(Kind.CALL, 0, stop, [node], text="grad")
            yield node
            start = match.end()
        shifted = replace_start(source, start)
        yield parse(shifted, self.limits)

    def _check_gradients(self, source: Text, tree: Node) -> None:
        for node in walk(tree):
            if node.kind is Kind.CALL and node.text == "grad" and node.parts:
                named = node.parts[0]
                if named.text in self.abbreviations:
                    source.refuse(
                        f"{named.text} is an abbreviation, not a node",
                        named.start,
                        named.stop,
                        "grad( ) is for a node or a variable of the network.",
                    )
            if node.kind is Kind.CALL and node.text == "d":
                source.refuse(
                    "d(Z) is a change, not a gradient", node.start, node.stop, "Write grad(Z)."
                )

    # -- trees to expressions -------------------------------------------------------------

    def side(self, source: Text, tree: Node, wanted: Shape | None = None) -> Side:
        """A side of an answer, which should have the shape ``wanted``."""
        tree = _with_diagonals(self.expanded(tree))
        try:
            expr = self.expression(source, tree, wanted=wanted)
            return Side(source, tree, expr, wanted=wanted)
        except ShapeError as misfit:
            names = self.scope.symbols.names  # type: ignore[attr-defined]
            found = [alias(n.text, names) for n in walk(tree) if n.kind is Kind.NAME]
            used = tuple(name for name in found if name is not None)
            return Side(source, tree, None, misfit, used, wanted)

    def expanded(self, tree: Node) -> Node:
        """The tree with what the abbreviations stand for in their place."""
        change = {
            node: grouped(self.abbreviations[node.text][1], node)
            for node in walk(tree)
            if node.kind is Kind.NAME and node.text in self.abbreviations
        }
        return substituted(tree, change)

    def expression(
        self,
        source: Text,
        tree: Node,
        scope: Scope | None = None,
        wanted: Shape | None = None,
    ) -> Expr:
        """The expression; sizes that a formula leaves open are those that fit, and that give
        the shape that is wanted, where several do."""
        scope = scope or self.scope
        unknown = [n for n in walk(tree) if n.kind is Kind.NAME and n.text == UNKNOWN_SIZE]
        if not unknown:
            return self._read(source, tree, scope)
        first: ShapeError | None = None
        fitting: Expr | None = None
        for tried, sizes in enumerate(combinations(self._sizes(), repeat=len(unknown))):
            if tried > MOST_SIZES:
                break
            named = [grouped(size, n) for n, size in zip(unknown, sizes, strict=True)]
            try:
                change = dict(zip(unknown, named, strict=True))
                found = self._read(source, substituted(tree, change), scope)
            except ShapeError as error:
                first = first or error
                continue
            if wanted is None or found.shape == wanted:
                return found
            fitting = fitting or found
        if fitting is not None:
            return fitting
        raise first or ShapeError(
            "a vector of ones has no size here", mend="Write its size: \\mathbf{1}_N."
        )

    def _sizes(self) -> list[Node]:
        """The sizes that a formula may leave open: the dimensions, and what shapes have."""
        network = self.d.network
        shapes = [v.shape for v in network.variables] + [e.shape for e in network.equations]
        sizes = [str(size) for shape in shapes for size in shape if size != ONE]
        return [parse(Text(size), self.limits) for size in dict.fromkeys([*network.dims, *sizes])]

    def _read(self, source: Text, tree: Node, scope: Scope) -> Expr:
        try:
            return Reader(source, scope, reading_back=True).read(tree)
        except ManyErrors as found:
            # Several misfits are one answer whose shapes do not fit.
            if all(isinstance(error, ShapeError) for error in found.errors):
                raise found.errors[0] from None
            raise

    # -- abbreviations --------------------------------------------------------------------

    def define(self, name: str, source: Text, refuse: None = None) -> None:
        """Take ``name: text`` as an abbreviation for the answers that follow."""
        trees = self.sides(source)
        tree = self.expanded(trees[-1])
        # It is read once by itself, so that its mistakes are reported where they are.
        self.side(source, tree)
        self.abbreviations[name] = (source, tree)


def local_jacobians(network: Network) -> Iterator[tuple[str, str]]:
    """(of, wrt) where a formula may multiply by the Jacobian: vectors and numbers."""
    for equation in network.equations:
        for s in equation.expr.free:
            if _thin(equation.shape) and _thin(s.shape):
                yield equation.name, s.name


def _thin(shape: Shape) -> bool:
    return not shape or is_vector(shape)


def _with_diagonals(tree: Node) -> Node:
    """Notes write ∇_A L ⊙ ∇_Z A, and mean the diagonal of the Jacobian as a vector."""
    change = {
        part: replace(part, text=part.text + DIAGONAL)
        for node in walk(tree)
        if node.kind is Kind.CALL and node.text == "hadamard"
        for part in node.parts
        if part.kind is Kind.NAME and part.text.startswith("∂")
    }
    return substituted(tree, change)


def walk(tree: Node) -> Iterator[Node]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.parts))
        stack.extend(node.keywords.values())


def substituted(tree: Node, change: Mapping[Node, Node]) -> Node:
    """The tree with nodes replaced; what does not change is shared."""
    if not change:
        return tree
    if tree in change:
        return change[tree]
    parts = [substituted(part, change) for part in tree.parts]
    if all(a is b for a, b in zip(parts, tree.parts, strict=True)):
        return tree
    return replace(tree, parts=parts)


def grouped(tree: Node, at: Node) -> Node:
    """A copy of a tree whose every piece stands where ``at`` does."""
    parts = [grouped(part, at) for part in tree.parts]
    return replace(tree, parts=parts, start=at.start, stop=at.stop, grouped=True)


def replace_start(source: Text, start: int) -> Text:
    """The source with what stands before ``start`` blanked out, so that places stay."""
    if not start:
        return source
    return replace(source, text=" " * start + source.text[start:])
