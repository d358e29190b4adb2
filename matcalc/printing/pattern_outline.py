"""What a written pattern says, whatever the format: its order and its sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from matcalc.checking.report import TOLERANCE, Report
from matcalc.depth.index import Index
from matcalc.depth.pattern import Part, Pattern, Rule
from matcalc.depth.proofs import Claim, Proof, proofs
from matcalc.depth.template import Loop, Template
from matcalc.expressions.build import total
from matcalc.expressions.expr import Expr, Shape, rebuild
from matcalc.operations.notation import NOTATION
from matcalc.printing.language import LanguagePrinter
from matcalc.printing.outline import Line, Said, _lines, rule_words, unmet_words
from matcalc.printing.walker import ATOM, Piece, Writer


@dataclass(frozen=True)
class Head:
    text: str


@dataclass(frozen=True)
class Words:
    """A sentence; formulas stand between backticks. ``remark``: it belongs to the line above."""

    text: str
    remark: bool = True


@dataclass(frozen=True)
class Formula:
    """``left = form``, of ``shape``, for the indices that ``range`` says.

    ``gradient``: the left side is ∂L/∂left. ``typed`` is the form in the language."""

    left: str
    form: Expr
    shape: Shape
    range: str = ""
    typed: str = ""
    gradient: bool = False
    titled: bool = False
    "It starts a part of its own: what is said about one gradient."


@dataclass(frozen=True)
class Argument:
    lines: tuple[Line, ...]


Block = Head | Words | Formula | Argument


class PatternLanguage(LanguagePrinter):
    """The language of network files, with sums and products over steps."""

    notation: Mapping[str, Writer] = MappingProxyType(
        {
            "sum_range": lambda p, e: _over(p, "sum", e),
            "product_range": lambda p, e: _over(p, "product", e),
        }
    )


def _over(p: LanguagePrinter, word: str, e: Expr) -> Piece:
    variable, first, last, *more = e.data
    ends = (first, last) if not more or more[0] else (last, first)
    return f"{word}({p.text(e.args[0])} for {variable} in {ends[0]}..{ends[1]})", ATOM


def blocks(pattern: Pattern) -> Iterator[Block]:
    """The pattern from the variables to the proofs."""
    yield from forward(pattern)
    yield from backward(pattern)
    for proof in proofs(pattern):
        yield from proved(pattern, proof)


def forward(pattern: Pattern) -> Iterator[Block]:
    yield Head("Forward")
    for loop, equation in pattern.template.equations():
        words = ""
        if loop is not None:
            words = range_words(loop.variable, loop.first, loop.last, loop.down)
        form = without_totals(pattern.template, equation.expr)
        yield Formula(equation.name, form, equation.shape, words)


def backward(pattern: Pattern) -> Iterator[Block]:
    yield Head("Backward")
    said = Said()
    for rule in pattern.ordered():
        yield from _rule(pattern, rule, said)


def _rule(pattern: Pattern, rule: Rule, said: Said) -> Iterator[Block]:
    layout = pattern.layout
    form = rule.form(layout)
    typed = PatternLanguage(pattern.template.convention).text(form)
    words = range_words(rule.letter, rule.first, rule.last, True) if rule.letter else ""
    shape = layout.gradient_shape(rule.shape)
    seen = without_totals(pattern.template, form)
    yield Formula(rule.symbol.name, seen, shape, words, typed, True, True)
    if rule.given:
        yield Words(f"Given: `{rule.symbol.name}` is an output.")
        return
    if rule.symbol.name == pattern.template.loss:
        yield Words(f"`{rule.symbol.name}` is the loss: it changes as it changes itself.")
        return
    if not rule.parts:
        yield Words(f"The loss does not depend on `{rule.symbol.name}`.")
    for part in rule.parts:
        yield from _part(pattern, rule, part, said)


def _part(pattern: Pattern, rule: Rule, part: Part, said: Said) -> Iterator[Block]:
    lines = tuple(_lines(pattern.d, part.step.substeps, said))
    how = rule_words(part.step.rule) if part.argued else f"the {part.step.rule}"
    where = f"from the equation of `{part.equation.name}`"
    text = f"By {how}, {where}."
    if part.over:
        text += " " + _sum_words(rule, part)
    elif len(rule.parts) > 1:
        text = f"One of {len(rule.parts)} ways. {text}"
    if not lines:
        text += f" {part.step.text}"
    yield Words(text)
    if lines:
        yield Argument(lines)


def _sum_words(rule: Rule, part: Part) -> str:
    assert part.over is not None
    variable, first, last = part.over
    return (
        f"`{rule.symbol.name}` is the same in every step: a change of it reaches the loss"
        f" along all of them, so the contributions of {variable} = {first}, ..., {last} add up."
    )


def proved(pattern: Pattern, proof: Proof) -> Iterator[Block]:
    yield Head(proof.title)
    yield Words(proof.text, remark=False)
    language = PatternLanguage(pattern.template.convention)
    for claim in proof.claims:
        form = arranged(pattern, claim)
        words = ""
        if claim.letter:
            words = range_words(claim.letter, claim.first, claim.last, True)
        shape = (
            claim.lhs.shape if claim.arranged else pattern.layout.gradient_shape(claim.rhs.shape)
        )
        yield Formula(claim.about, form, shape, words, language.text(form), True)
        yield Words(f"{claim.rule.capitalize()}: {claim.text}")


def arranged(pattern: Pattern, claim: Claim) -> Expr:
    """The right side as the layout has it."""
    if claim.arranged:
        return claim.rhs
    return pattern.layout.gradient(claim.rhs, claim.rhs.shape)


def range_words(letter: str, first: Index, last: Index, down: bool) -> str:
    """``for n = N-1, ..., 1``, in the order in which the steps are met."""
    ends = (last, first) if down else (first, last)
    return f"for {letter} = {ends[0]}, ..., {ends[1]}"


def without_totals(template: Template, e: Expr) -> Expr:
    """sum(l[:]) as a sum over the members."""
    totals = {}
    for s in e.free:
        found = template.total.get(s.name)
        if found:
            term = total(found.of) if found.of.shape else found.of
            data = (found.letter, found.first, found.last)
            totals[s] = NOTATION["sum_range"](term, data=data)
    return rebuild(e, totals)


def variable_rows(pattern: Pattern) -> list[tuple[str, Shape, str]]:
    """Name, shape, and what it is, with the range of a family."""
    rows = []
    for d in pattern.template.declared:
        words = [d.variable.kind.value, *(a.replace("_", " ") for a in sorted(d.variable.assume))]
        if d.letter:
            words.append(range_words(d.letter, d.first, d.last, False))
        rows.append((d.variable.name, d.variable.shape, ", ".join(words)))
    return rows


def depth_words(pattern: Pattern) -> str:
    """For which depths the pattern holds, and what the file has."""
    template = pattern.template
    names = ", ".join(template.depths)
    if not names:
        return "The loops have a fixed number of steps."
    one = len(template.depths) == 1
    holds = f"{names} {'is a symbol' if one else 'are symbols'}"
    start = f"{names} = {pattern.least}" if one else str(pattern.least)
    sizes = {n: str(size) for n, size in {**template.depths, **template.dims}.items()}
    sizes |= {n: f"({', '.join(map(str, found))})" for n, found in template.sizes.items()}
    file = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    return f"{holds}: what follows holds from {start} on. In the file, {file}."


def checked_words(report: Report | None, depths: str, *, figure: bool = True) -> str:
    """How the check went, at which depths."""
    if report is None:
        return "Not checked on numbers."
    error = f"largest relative error {report.max_error:.1e}"
    if not figure:
        error = f"every relative error below {TOLERANCE:.0e}".replace("e-0", "e-")
    return (
        f"Checked on numbers against the unrolled network, {depths}, with sizes that differ:"
        f" {len(report.rows)} claims, each at every index, {error}.{unmet_words(report)}"
    )


def loops_of(template: Template) -> list[Loop]:
    return [item for item in template.items if isinstance(item, Loop)]
