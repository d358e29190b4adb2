"""``matcalc grade``: a reader's own derivatives, judged one by one."""

from __future__ import annotations

import re
import sys

import click
from matcalc.cli.options import DIMS, LIMIT, NETWORK, OUTPUT, derivation, layout_options
from matcalc.cli.output import emit, is_colourful

from matcalc.errors import InputError

ANSWER = re.compile(r"\s*[\\∂A-Za-z][^=]*=.*", re.DOTALL)


@click.command("grade")
@NETWORK
@click.argument("answers", metavar="[ANSWERS.yaml] [NAME=EXPR ...]", nargs=-1)
@click.option(
    "--code",
    metavar="FILE.py",
    help="Run the functions of this file, in a process of their own, and judge their results.",
)
@click.option(
    "--time-limit",
    "seconds",
    type=click.IntRange(1, 3600),
    default=20,
    show_default=True,
    help="Seconds that the functions of --code may take.",
)
@click.option(
    "--hint-level",
    "level",
    type=click.IntRange(0, 3),
    default=2,
    show_default=True,
    help="How much to tell: 0 the verdict, 1 its kind, 2 where and why, 3 the solution.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the verdicts are written.",
)
@layout_options
@DIMS
@LIMIT
@OUTPUT
def command(net, answers, code, seconds, level, form, dims, output, **layout) -> None:
    """Say what is right or wrong with your own derivatives of the network NET.

    An answer is an expression of the language, with grad(Z) for what you have found
    before, or a LaTeX formula. Answers are compared on numbers with what is right and
    with what is usually got wrong. Exit code 0 only when all are right.

    \b
    Examples:
      matcalc grade net.yaml answers.yaml
      matcalc grade net.yaml W2="A1.T*(Z2 - Y)" b2="Z2 - Y" --hint-level 1
      matcalc grade net.yaml 'W2=A_1^\\top (Z_2 - Y)'
      matcalc grade net.yaml --code my_backward.py --format json
    """
    from matcalc.grading.answers import AnswersReader
    from matcalc.grading.grade import grade
    from matcalc.grading.judge import Judge
    from matcalc.printing.verdicts import write_grades, write_grades_json

    inline = [text for text in answers if ANSWER.fullmatch(text) and "/" not in text.split("=")[0]]
    files = [text for text in answers if text not in inline]
    if net == "-" and "-" in files:
        message = "the network and the answers cannot both come from standard input"
        raise InputError(message, mend="Name a file for one of them.")
    d = derivation(net, dims=dims, wrt=(), **layout)
    reader = AnswersReader(d)
    for file in files:
        reader.file(file)
    reader.arguments(inline)
    judge = Judge(d, reader.reader)
    if code:
        from matcalc.grading.code import code_answers

        for answer in code_answers(code, judge.evidence, seconds):
            reader.add_result(answer, code)
    if not reader.answers:
        raise InputError(
            "there is nothing to grade",
            mend="Give a file of answers, NAME=EXPR, or --code FILE.py; matcalc exercise NET"
            " writes a sheet to fill in.",
        )
    grades = grade(d, reader.answers.values(), judge=judge)
    if form == "json":
        emit(write_grades_json(grades, level), output)
    else:
        emit(write_grades(grades, level, output is None and is_colourful()), output)
    if not grades.all_right:
        sys.exit(1)
