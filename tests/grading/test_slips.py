"""The table of slips against every network in derivations/: each mutant is recognised.

A mutant is made twice: as numbers, by running the way back with the slip in it, and as a
formula, which is put together from the rules with the slip in it, written in the language
and read again. Right is never said of one; it is named where the slip, or one that is
equal to it on this network, is the first finding.
"""

import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import matcalc as mc
from matcalc.declaration.text import Text
from matcalc.derivation import derive
from matcalc.errors import MatcalcError
from matcalc.expressions.build import add, gradient, lift
from matcalc.expressions.expr import postorder, rebuild
from matcalc.grading import relations
from matcalc.grading.answers import Answer, AnswersReader
from matcalc.grading.edits import edits
from matcalc.grading.judge import Judge
from matcalc.grading.slips import WORDS
from matcalc.printing.language import write
from matcalc.simplify import simplify
from tests.grading.networks import NETWORKS, ROOT, network

FILES = sorted((ROOT / "derivations").glob("*/*.yaml"))
NAMES = [str(path.relative_to(ROOT)) for path in FILES]
ALL = bool(os.environ.get("ALL_SLIPS"))
"Every mutant of every gradient: make slips."
EACH = 1_000 if ALL else 1
"Mutants of one slip that are tried for one gradient of one network."
TARGETS = 1_000 if ALL else 4
"Gradients of one network that are tried, from all over it."
LEAST = 0.95


def judge_of(name):
    return Judge(derive(network(name)))


def targets(judge):
    names = [name for name in judge.d.partials if name not in judge.d.network.outputs]
    return names[:: max(1, -(-len(names) // TARGETS))]


def wrong_mutants(judge, target):
    """Some mutants of each slip that differ from what is right, with their values."""
    evidence, seen = judge.evidence, Counter()
    truth = evidence.truth(target)
    for mutant in evidence.mutants(target):
        if seen[mutant.slip] >= EACH:
            continue
        values = evidence.mutant_values(target, mutant, len(evidence.points))
        if values is not None and not relations.equal(values, truth):
            seen[mutant.slip] += 1
            yield mutant, values


def is_equal_to(judge, target, kind, values):
    """Whether some mutant of the slip that was named has these values."""
    found = judge.evidence.matching(target, values, relations.equal)
    return any(mutant.slip == kind for mutant, _ in found)


def written(judge, target, mutant):
    """The local step by ``target`` with the slip in it, in the language; None where the slip
    is further on."""
    tape, symbol = judge.evidence.tape, judge.d.network.symbol(target)
    terms = []
    for equation in tape.path(target):
        if symbol not in equation.expr.free:
            if equation.name in mutant.change.equations:
                return None
            continue
        name = mutant.change.upstream.get(equation.name, equation.name)
        is_loss = name == judge.d.network.loss
        local = {equation.expr: lift(1) if is_loss else gradient(judge.d.network.symbol(name))}
        for node in reversed(list(postorder(equation.expr))):
            for edge in tape.edges_of(equation, node) if node in local else ():
                form = mutant.change.edges.get(edge, edge.form)
                if form is not None:
                    term = rebuild(form, {edge.upstream: local[node]})
                    old = local.get(edge.operand)
                    local[edge.operand] = term if old is None else add(old, term)
        if symbol in local:
            terms.append(local[symbol])
    return write(simplify(add(*terms)), judge.d.network.convention) if terms else None


class Count:
    """How the mutants of the whole table fared."""

    def __init__(self):
        self.named, self.all, self.right, self.lost = Counter(), Counter(), [], defaultdict(list)

    def take(self, where, mutant, verdict, equal):
        self.all[mutant.slip] += 1
        if verdict.is_right:
            self.right.append((where, mutant.slip))
        elif mutant.slip == verdict.kind or equal(verdict.kind):
            self.named[mutant.slip] += 1
        else:
            self.lost[mutant.slip].append((where, verdict.kind))

    @property
    def share(self):
        return self.named.total() / self.all.total()


@pytest.fixture(scope="module")
def judges():
    return {name: judge_of(name) for name in (*NAMES, *NETWORKS)}


def test_every_slip_is_recognised_by_its_numbers(judges):
    count = Count()
    for name, judge in judges.items():
        for target in targets(judge):
            for mutant, values in wrong_mutants(judge, target):
                verdict = judge.verdict(Answer(target, values=values))

                def equal(kind, judge=judge, target=target, values=values):
                    return is_equal_to(judge, target, kind, values)

                count.take((name, target), mutant, verdict, equal)
    assert not count.right
    assert count.share >= LEAST, dict(count.lost)
    assert set(count.all) == set(WORDS)


def test_every_slip_is_recognised_in_a_formula(judges):
    count = Count()
    for name, judge in judges.items():
        for target in targets(judge):
            for mutant, values in wrong_mutants(judge, target):
                text = None if mutant.other else written(judge, target, mutant)
                if text is None:
                    continue
                reader = AnswersReader(judge.d)
                try:
                    reader.formula(Text(text), target)
                except MatcalcError as error:
                    raise AssertionError((name, target, text)) from error
                verdict = judge.verdict(reader.answers[target])

                def equal(kind, judge=judge, target=target, values=values):
                    return is_equal_to(judge, target, kind, values)

                count.take((name, target, text), mutant, verdict, equal)
    assert not count.right
    assert count.share >= LEAST, dict(count.lost)


def test_slips_of_writing_are_recognised_where_shapes_do_not_fit(judges):
    """A transpose, an order, ⊙ for a product: edits of the right text, most of them misfits."""
    named, total, right = 0, 0, []
    for name, judge in judges.items():
        for target in targets(judge):
            reader = AnswersReader(judge.d)
            source = Text(write(judge.d[target].form, judge.d.network.convention))
            (tree,) = reader.reader.sides(source)
            for k, edit in enumerate(edits(tree)):
                try:
                    side = reader.reader.side(source, edit.tree)
                except MatcalcError:
                    continue  # a block that its matrix no longer has
                truth = judge.evidence.truth(target)
                if k > 8 or (side.expr and judge.evidence.holds(side.expr, truth)):
                    continue
                verdict = judge.verdict(Answer(target, (side,)))
                total += 1
                kinds = {finding.kind for finding in verdict.findings}
                named += bool(kinds & {*edit.slips, "layout", "convention"})
                if verdict.is_right:
                    right.append((name, target, source.text))
    assert not right
    assert named / total >= LEAST


@pytest.mark.parametrize("name", NAMES)
def test_what_matcalc_prints_is_right(name):
    """In the language and in LaTeX, in both ways of arranging gradients."""
    for layout in ("denominator", "numerator"):
        d = mc.derive(network(name), layout=layout)
        judge = Judge(d)
        for target in targets(judge):
            form = d[target].form
            for text in (write(form, d.network.convention), d.latex(form)):
                reader = AnswersReader(d)
                try:
                    reader.formula(Text(text), target)
                except MatcalcError:
                    assert "_{[" in text, text  # blocks are not read in formulas
                    continue
                assert judge.verdict(reader.answers[target]).is_right, text


def test_the_folder_is_there():
    assert len(FILES) >= 25 and all(Path(path).exists() for path in FILES)
