"""Findings in words: what was found, where in the derivation, and why it is a slip."""

from __future__ import annotations

from dataclasses import replace

from matcalc.declaration.text import clip
from matcalc.declaration.tree import Kind, Node
from matcalc.derivation.derivation import Derivation
from matcalc.expressions.expr import Expr, write_shape
from matcalc.grading import relations
from matcalc.grading.answers import Answer
from matcalc.grading.edits import Edit
from matcalc.grading.reading import Side
from matcalc.grading.slips import Mutant
from matcalc.grading.tape import Change, Tape
from matcalc.grading.verdict import Finding
from matcalc.grading.words import WORDS
from matcalc.network.network import Convention
from matcalc.printing.language import write

SCALING = ("factor-lost", "batch-sum-twice", "averaged")
"Slips that come out as one factor of the whole."
LONGEST = 60
TRANSPOSES = {
    (False,): "a transpose is missing",
    (True,): "there is a transpose too many",
    (False, False): "two transposes are missing",
}
"How transposes that an edit takes away (True) or adds are told."


class Explainer:
    def __init__(self, d: Derivation, tape: Tape) -> None:
        self.d, self.tape = d, tape

    def line(self, name: str) -> str:
        """An equation as the author wrote it."""
        equation = self.d.network.equation[name]
        text = equation.text or write(equation.expr, self.d.network.convention)
        return f"{name} = {clip(text, LONGEST)}"

    def gradient(self, name: str) -> str:
        return f"∂{self.d.of}/∂{name}"

    # -- slips ----------------------------------------------------------------------------------

    def mutants(self, target: str, found: list[Mutant]) -> list[Finding]:
        """One finding for each slip among them, at the place that comes first."""
        first: dict[str, Mutant] = {}
        for mutant in found:
            known = first.setdefault(mutant.slip, mutant)
            if mutant.uses < known.uses:
                first[mutant.slip] = mutant
        return [self.mutant(target, mutant) for mutant in first.values()]

    def mutant(self, target: str, mutant: Mutant) -> Finding:
        words = WORDS[mutant.slip]
        line = self.line(mutant.at) if mutant.at in self.d.network.equation else mutant.at
        known = {
            "line": line,
            "at": mutant.at,
            "piece": clip(mutant.piece, LONGEST),
            "target": target,
        }
        where = words.where.format(**known)
        if mutant.uses > 1:
            steps = [self.line(name) for name in sorted(mutant.change.equations)]
            where = f"It is at every use, in the steps back through {'; '.join(steps)}."
        return Finding(mutant.slip, words.title, where, words.why.format(**known))

    def another(self, target: str, name: str) -> Finding:
        return self.mutant(target, Mutant("gradient-of-another", Change(), target, name, name))

    def factor(
        self, target: str, scale: relations.Scale, findings: list[Finding], local: bool
    ) -> list[Finding]:
        """Findings that say by which factor the whole is wrong, those that explain it first.

        ``local`` says that the answer starts from a gradient that has been found before.
        """
        title = f"off by a factor of {scale.text}"
        named = [f for f in findings if f.kind in SCALING]
        named += [f for f in findings if f.kind not in SCALING]
        if named:
            return [replace(named[0], title=f"{title}: {named[0].title}"), *named[1:]]
        if scale.text == "-1":
            line = self._first_line(target)
            look = "" if local else f"Look at the differences and minus signs from {line} on."
            bare = Finding(
                "factor",
                "the sign is reversed",
                look,
                "A difference A - B has the derivative 1 by A and -1 by B.",
            )
        else:
            hidden = "" if local else self._hidden(target, scale)
            bare = Finding(
                "factor",
                title,
                f"Multiplied by {scale.inverse} it would be right. {hidden}".strip(),
                "A constant factor of the function is a factor of its derivative.",
            )
        return [bare]

    def _first_line(self, target: str) -> str:
        path = self.tape.path(target)
        return self.line(path[-1].name) if path else target

    def _hidden(self, target: str, scale: relations.Scale) -> str:
        """Where a factor cancels that one may forget: the half in a sum of squares."""
        for equation in self.tape.path(target):
            line = self.line(equation.name)
            if scale.text in ("2", "1/2") and "sse(" in equation.text:
                return f"sse has a factor 1/2, which cancels the 2: see {line}."
            if scale.dims and any(name in equation.text for name in ("mean(", "mse(")):
                return f"An average divides by the number of entries: see {line}."
        return ""

    def edit(self, side: Side, edit: Edit, expr: Expr | None) -> list[Finding]:
        """What an edit of the answer undid, and the answer after it."""
        mended = "" if expr is None else write(expr, self.d.network.convention)
        found = []
        for slip in edit.slips:
            words = WORDS[slip]
            pieces = [self._piece(side, piece) for made, piece in edit.made if made == slip]
            where = f"It is at {' and '.join(dict.fromkeys(pieces))}."
            why = words.why.format(target="it", line="the network", at="it", piece="it")
            title = words.title
            if slip == "transpose-missing":
                extra = [piece.kind is Kind.TRANSPOSE for made, piece in edit.made if made == slip]
                title = TRANSPOSES.get(tuple(sorted(extra)), title)
            found.append(Finding(slip, title, where, why, mended))
        return found

    def _piece(self, side: Side, piece: Node) -> str:
        text = " ".join(side.source.text[piece.start : piece.stop].split())
        return f"`{clip(text, LONGEST)}`"

    # -- shapes ---------------------------------------------------------------------------------

    def misfit(self, side: Side) -> Finding:
        assert side.misfit is not None
        where = side.misfit.message
        if side.misfit.place is not None:
            place = side.misfit.place
            piece = place.text[place.column - 1 : place.column - 1 + place.length]
            where = f"In `{clip(piece, LONGEST)}`: {where}"
        return Finding("shape", "the shapes do not fit", f"{where}.", side.misfit.mend)

    def wrong_shape(self, answer: Answer, found: str) -> Finding:
        shape = self.d.layout.gradient_shape(self.d.network.declared_shape(answer.target))
        return Finding(
            "shape",
            "it has the wrong shape",
            f"It is {found}; {self.gradient(answer.target)} is {write_shape(shape)}.",
            "A gradient has an entry for every entry of what it is taken by.",
        )

    def shape(self, target: str, values: list, truth: list) -> Finding | None:
        """Right entries in a wrong arrangement, where that is what differs."""
        way = relations.summed(values, truth)
        if way is not None:
            row = self.d.network.convention is Convention.ROW
            batch = way == ("rows" if row else "columns")
            slip = "batch-sum-missing" if batch else "broadcast-not-undone"
            over = {"rows": "over its rows", "columns": "over its columns", "all": ""}[way]
            where = f"Summed {over}, it is right." if over else "The sum of its entries is right."
            why = WORDS[slip].why.format(piece=target, line="", at="", target=target)
            return Finding(slip, WORDS[slip].title, where, why)
        if relations.repeated(values, truth):
            title = "the right gradient stands in it several times"
            return Finding("repeated", title, "Its rows, columns or entries are copies.")
        if relations.summed_too_much(values, truth):
            title = "it is summed up too far"
            where = f"It is a sum of entries of {self.gradient(target)}."
            return Finding("batch-sum-twice", title, where, "Entries of the gradient stay apart.")
        if relations.on_diagonal(values, truth):
            title = "a diagonal matrix stands where its diagonal is the gradient"
            return Finding("diagonal", title, "Its diagonal is right.")
        if relations.stacked(values, truth):
            title = "the right entries, stacked into one vector"
            return Finding("stacked", title, f"{self.gradient(target)} is a matrix.")
        return None

    # -- other verdicts ---------------------------------------------------------------------------

    def layout(self, target: str, turned: bool) -> Finding:
        name = "denominator" if turned else "numerator"
        return Finding(
            "layout",
            f"this is the transpose, as the {name} layout has it",
            f"--layout {name} prints it so.",
            self._shape_words(target),
        )

    def _shape_words(self, target: str) -> str:
        shape = self.d.layout.gradient_shape(self.d.network.declared_shape(target))
        return f"In the layout chosen here, {self.gradient(target)} is {write_shape(shape)}."

    def convention(self) -> Finding:
        other = self.d.network.convention.other.value
        samples = f"samples as {other}s"
        return Finding(
            "convention",
            f"this is how the {other} convention has it, with {samples}",
            f"--convention {other} prints it so; this network has samples as"
            f" {self.d.network.convention.value}s.",
            "In the other convention everything is transposed and every product reversed.",
        )

    def carried(self, names: list[str], alone: bool = True) -> Finding:
        found = " and ".join(self.gradient(name) for name in names)
        own = "Its own step is right. " if alone else ""
        return Finding(
            "carried",
            f"it carries on the mistake in {found}",
            f"{own}It follows from your answer for {' and '.join(names)}.",
            "Mend that one, and this one is right too." if alone else "Mend that one first.",
        )

    def assumption(self, words: str) -> Finding:
        size = words.endswith(" is 1")
        return Finding(
            "assumption",
            f"right only if {words}",
            "For a larger size it differs." if size else f"The network does not say that {words}.",
            "" if size else "Declare it with assume: where it is meant to hold.",
        )

    def somewhere(self, places: list[str]) -> Finding:
        return Finding(
            "values",
            "right for some values only",
            f"It is wrong {' and '.join(places[:3])}.",
            "A formula for a gradient holds at every point.",
        )

    def not_finite(self, place: list[int]) -> Finding:
        entry = f"Entry {place}" if place else "The value"
        return Finding(
            "not-finite",
            "it is not finite",
            f"{entry} is NaN or infinite at one of the points, where the gradient is a number.",
            "Look for a division by zero, a logarithm or a root of what is negative, an overflow.",
        )

    def single(self) -> Finding:
        return Finding(
            "undecided",
            "it is computed in single precision",
            "It differs by no more than the rounding of float32, which could hide a mistake.",
            "Compute with the arrays as they are given, in float64.",
        )

    def nearly(self, gap: float) -> Finding:
        return Finding(
            "nearly",
            "right only nearly",
            f"It differs by {gap:.0e} of its largest entry, which is more than rounding.",
            "A small term may be left out, such as an eps, or a number be written too short.",
        )

    def given_values(self) -> Finding:
        return Finding(
            "given-values",
            "right at the values in the file, but not in general",
            "At other values of the inputs and parameters it differs.",
            "A formula for a gradient holds at every point.",
        )

    def left_side(self, answer: Answer) -> Finding:
        named = self.gradient(answer.left or "")
        extra = ", which is 1" if answer.left == self.d.of else ""
        return Finding(
            "left-side",
            "the right side is right, but its left side names another gradient",
            f"It says {named}{extra}; it is {self.gradient(answer.target)}.",
            "The names on both sides say what depends on what.",
        )

    def undecided(self) -> Finding:
        return Finding(
            "undecided",
            "the gradient vanishes at every point that was tried",
            "It is zero there, or too small to be compared.",
            "Write the answer with grad(Z), Z the next node: that step can be judged.",
        )

    def other(self) -> Finding:
        return Finding("other", "no slip that is known explains it")
