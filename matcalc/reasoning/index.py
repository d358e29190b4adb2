"""One entry at a time: Z_ij as a sum, its derivative with δ, the terms that survive, and
the result stacked back into a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from matcalc.errors import CannotDerive
from matcalc.expressions.dimension import ONE
from matcalc.expressions.expr import Expr, lift
from matcalc.linear_maps.composition import Chain, Sum, compose
from matcalc.linear_maps.maps import Identity, LinearMap
from matcalc.linear_maps.placement import (
    Block,
    Devectorization,
    KroneckerFactor,
    Pad,
    Vectorization,
)
from matcalc.operations.notation import delta, entry, slope, sum_over
from matcalc.reasoning.entries import Letters, bound, entry_of, spelled_out
from matcalc.reasoning.step import CannotArgue, Step, Use
from matcalc.reasoning.sums import Term, TooLong, multiplied_out, total, without_delta

KIND = "index style"
SHORT = 30
"Pieces of a gradient without grad(...) that still reads as one line."


def steps(use: Use) -> tuple[Step, ...]:
    try:
        return tuple(Indexed(use).steps())
    except TooLong as error:
        raise CannotArgue("Entry by entry this is a sum of too many terms to read.") from error
    except CannotDerive as error:
        raise CannotArgue(f"Entry by entry this cannot be written: {error}.") from error


class Indexed:
    """A use with its indices: (i, j) for Z, (k, l) for X."""

    def __init__(self, use: Use) -> None:
        self.use = use
        self.letters = Letters(use.d.network)
        self.z, self.x = use.equation.symbol, use.symbol
        self.at_z = self.letters.pair(self.z)
        self.at_x = self.letters.pair(self.x)

    def steps(self) -> Iterator[Step]:
        raw = self.derivative()
        terms = [without_delta(term) for term in raw]
        if not terms:
            raise CannotArgue("No entry depends on it.")
        yield self.forward()
        yield from self.slopes(raw, terms)
        if not self.use.is_loss:
            yield self.chain_rule()
            yield from self.surviving(terms)
        yield self.stacked()
        yield from self.without_names()

    # -- the derivative of an entry ---------------------------------------------------

    def derivative(self) -> list[Term]:
        """∂Z_ij/∂X_kl: every d(X)_ab in the change of Z_ij is δ_ak δ_bl."""
        moved = self.use.d.names.named(readable(self.use.map).apply(self.use.change))
        change = self.use.change

        def has_change(e: Expr) -> bool:
            return change in e.free

        found = multiplied_out(entry_of(moved, *self.at_z, self.letters), has_change)
        return [self._direction(term) for term in found if not self._is_zero(term)]

    def _direction(self, term: Term) -> Term:
        factors: list[Expr] = []
        for factor in term.factors:
            if self.use.change not in factor.free:
                factors.append(factor)
            elif factor is self.use.change:  # a scalar moves by 1
                factors.append(lift(1))
            elif factor.op.name == "entry" and factor.args[0] is self.use.change:
                pairs = zip(factor.data, self.at_x, strict=True)
                factors += [delta(a, k) for a, k in pairs if k is not None]
            else:
                raise CannotDerive("the operand moves within an operation that has no entries")
        return Term(term.indices, tuple(factors))

    @staticmethod
    def _is_zero(term: Term) -> bool:
        return any(f is lift(0) for f in term.factors)

    # -- what is said -----------------------------------------------------------------

    def forward(self) -> Step:
        expr = self.use.equation.expr
        return self.use.step(
            KIND, "one entry", (self.z, expr), self._which(),
            shown=(entry(self.z, *self.at_z), self._spelled(expr)),
        )  # fmt: skip

    def _spelled(self, expr: Expr) -> Expr:
        return entry_of(spelled_out(expr), *self.at_z, self.letters)

    def _which(self) -> str:
        if not self.z.shape:
            return f"`{self.z.name}` is a number already."
        return f"One entry of `{self.z.name}`, as a sum where a product or a sum stands."

    def slopes(self, raw: list[Term], terms: list[Term]) -> Iterator[Step]:
        stacking = self.use.d.network.convention.stacking
        moved = self.use.map.apply(self.use.change)
        matrix = self.use.d.names.tidy(self.use.map.matrix(stacking))
        sides = (stacking.vec(moved), matrix * stacking.vec(self.use.change))
        if not self.z.shape or not self.x.shape:
            sides = (moved, moved)
        name = slope(self.z, self.x, (*self.at_z, *self.at_x))
        before, after = total(raw), total(terms)
        yield self.use.step(
            KIND, "derivative of an entry", sides, self._delta_words(before),
            shown=(name, before),
        )  # fmt: skip
        if after is not before:
            yield self.use.step(
                KIND, "Kronecker delta", sides,
                "A sum over an index that `δ` ties to another keeps the one term where they agree.",
                shown=(name, after),
            )  # fmt: skip

    def _delta_words(self, e: Expr) -> str:
        x = self.x.name
        if not self.x.shape or not any(n.op.name == "delta" for n in _nodes(e)):
            return f"Differentiated by `{x}`, everything else being fixed."
        return (
            f"An entry of `{x}` changes with itself alone: its derivative by another entry is 0,"
            " by itself 1, which is what `δ` says."
        )

    def chain_rule(self) -> Step:
        """∂L/∂X_kl = Σ_ij ∂L/∂Z_ij ∂Z_ij/∂X_kl."""
        upstream = entry(self.use.upstream, *self.at_z)
        name = slope(self.z, self.x, (*self.at_z, *self.at_x))
        every = f"Every entry of `{self.z.name}` may depend on it, so all of them are added up."
        return self.use.step(
            KIND, "chain rule", (self.use.target_in_language, self.use.result),
            every if bound(self.at_z) else "What arrives, times the derivative.",
            shown=(self.target(), sum_over(upstream * name, bound(self.at_z))),
        )  # fmt: skip

    def surviving(self, terms: list[Term]) -> Iterator[Step]:
        upstream = entry(self.use.upstream, *self.at_z)
        full = [term.times(upstream, over=bound(self.at_z)) for term in terms]
        left = [without_delta(term) for term in full]
        sides = (self.use.target_in_language, self.use.result)
        put_in, kept = total(full), total(left)
        yield self.use.step(
            KIND, "substitute", sides, "The derivative in its place.",
            shown=(self.target(), put_in),
        )  # fmt: skip
        if kept is not put_in:
            yield self.use.step(
                KIND, "which terms survive", sides, _survivors(full, left),
                shown=(self.target(), kept),
            )  # fmt: skip

    def stacked(self) -> Step:
        result = self.use.result
        words = "All entries together, as a matrix." if self.x.shape else "The whole of it."
        whole = entry(result, *self.at_x)
        if result.op.name == "mul" and result.shape and len(result.args) > 1:
            words = _product_words(result)
        elif result.op.name == "hadamard":
            words = "A product of entries at the same place is an entry of `⊙`."
        return self.use.step(
            KIND, "stacked back", (self.use.target_in_language, result), words,
            shown=(self.target(), whole),
        )  # fmt: skip

    def without_names(self) -> Iterator[Step]:
        """The entry with what arrives written out, where that is short."""
        closed = self.use.d.closed_form(self.x.name) if self.use.alone else None
        if closed is None or closed is self.use.result or closed.pieces > SHORT:
            return
        with suppress(CannotDerive):
            written = entry_of(spelled_out(closed), *self.at_x, self.letters)
            yield self.use.step(
                KIND, "what arrives, written out", (self.use.target_in_language, closed),
                "The upstream gradient by its own form.",
                shown=(self.target(), written),
            )  # fmt: skip

    def target(self) -> Expr:
        return entry(self.use.target, *self.at_x)


def _product_words(result: Expr) -> str:
    matrices = [f for f in result.args if f.shape]
    if any(f.shape[1] != ONE for f in matrices[:-1]):
        return (
            "A sum over an index that two neighbours share is a matrix product, row by column;"
            " where the order does not fit, a transpose makes it fit."
        )
    return "A column times a row has the product of their entries at each place."


def _survivors(full: list[Term], left: list[Term]) -> str:
    gone = {i.letter for t in full for i in t.indices} - {i.letter for t in left for i in t.indices}
    if not gone:
        return "What `δ` leaves of the sums."
    letters = " and ".join(f"`{letter}`" for letter in sorted(gone))
    word = "index" if len(gone) == 1 else "indices"
    return f"`δ` is 0 but where its indices agree: the sum over the {word} {letters} has one term."


def _nodes(e: Expr) -> set[Expr]:
    seen, stack = {e}, [e]
    while stack:
        for arg in stack.pop().args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return seen


def readable(m: LinearMap) -> LinearMap:
    """The map with what has no entries of its own written as products."""
    if isinstance(m, Chain):
        result: LinearMap = Identity(m.source)
        for part in reversed(m.parts):
            result = compose(readable(part), result)
        return result
    if isinstance(m, Sum):
        return Sum(tuple(readable(term) for term in m.terms))
    if isinstance(m, KroneckerFactor):
        return m.spelled()
    if isinstance(m, Block):
        return m.factors()
    if isinstance(m, Pad):
        return m.adjoint_block().factors().adjoint()
    if isinstance(m, Vectorization | Devectorization):
        raise CannotDerive("vec moves entries to other places")
    return m
