"""A sheet of exercises from a network: what is given, what is asked, room to write.

The answers file that goes with it has an empty entry for each question. Neither has a
solution in it unless that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.derivation.derivation import Derivation
from matcalc.derivation.results import Partial
from matcalc.expressions.expr import write_shape
from matcalc.network.network import Kind
from matcalc.printing import document, markdown
from matcalc.printing.document import DocumentWriter, shape_latex
from matcalc.printing.language import write
from matcalc.printing.latex import name_latex
from matcalc.printing.outline import (
    conventions,
    function_texts,
    layout_words,
    title,
    variable_words,
)

LATEX_BLANK = r"\underline{\hspace{75mm}}"
MARKDOWN_BLANK = r"\_" * 40


def questions(d: Derivation) -> list[Partial]:
    """What is asked, from the loss backwards, the variables last; given gradients left out."""
    return [p for name, p in d.partials.items() if name not in d.network.outputs]


def task(d: Derivation) -> str:
    """What is to be done, in a sentence or two."""
    given = [f"∂{d.of}/∂{name}" for name in d.network.outputs]
    if given:
        verb = "is" if len(given) == 1 else "are"
        start = f"The gradient {' and '.join(given)} {verb} given."
    else:
        start = f"The loss is {d.of}."
    return (
        f"{start} Find the gradients below, from the last to the first. Each may be written"
        " with those that were found before it."
    )


# -- Markdown -----------------------------------------------------------------------------------


def write_markdown_sheet(d: Derivation, *, solutions: bool = False) -> str:
    return "\n".join(_markdown(d, solutions))


def _markdown(d: Derivation, solutions: bool) -> Iterator[str]:
    writer = DocumentWriter(d)
    yield f"# {markdown.escape(title(d))}: {'solutions' if solutions else 'exercise'}"
    yield from ("", f"{conventions(d)}: {markdown.prose(layout_words(d))}.")
    if texts := function_texts(d, name_latex, writer.latex):
        yield from ("", f"Functions of one entry: {', '.join(map(markdown.inline, texts))}.")
    yield from ("", "| given | shape | |", "| --- | --- | --- |")
    for v in d.network.variables:
        words = markdown.escape(variable_words(v))
        name = markdown.inline(name_latex(v.name))
        yield f"| {name} | {markdown.sizes(v.shape)} | {words} |"
    yield from ("", "| node | definition | shape |", "| --- | --- | --- |")
    for e in d.network.equations:
        formula = f"{name_latex(e.name)} = {writer.latex(e.expr)}"
        yield f"| `{e.name}` | {markdown.inline(formula)} | {markdown.sizes(e.shape)} |"
    yield from ("", markdown.escape(task(d)))
    for number, p in enumerate(questions(d), 1):
        left = markdown.inline(d.latex_partial(p))
        yield ""
        if solutions:
            yield f"{number}. {left} = {markdown.inline(writer.latex(p.form))}"
            yield f"   (`{write(p.form, d.network.convention)}`)"
        else:
            yield f"{number}. {left} = {MARKDOWN_BLANK} ({markdown.sizes(p.shape)})"


# -- LaTeX --------------------------------------------------------------------------------------


def write_latex_sheet(d: Derivation, *, solutions: bool = False) -> str:
    writer = DocumentWriter(d)
    kind = "Solutions" if solutions else "Exercise"
    lines = [
        document.PREAMBLE + r"\begin{document}",
        rf"{{\centering\LARGE {document.escape(title(d))}\par}}",
        rf"{{\centering {kind}\par}}\bigskip",
        *writer.introduction(),
        *writer.forward(),
        r"\section*{Backward}",
        document.escape(task(d).replace("∂", "")) if not d.network.outputs else _given(d),
        *_blanks(d, writer, solutions),
        r"\end{document}",
    ]
    return "\n".join(lines)


def _given(d: Derivation) -> str:
    """The task, with the given gradients as formulas."""
    _, _, rest = task(d).partition("given. ")
    given = [rf"${d.latex_partial(d.partials[name])}$" for name in d.network.outputs]
    verb = "is" if len(given) == 1 else "are"
    return f"The gradient {' and '.join(given)} {verb} given. {document.escape(rest)}"


def _blanks(d: Derivation, writer: DocumentWriter, solutions: bool) -> Iterator[str]:
    yield r"\begin{enumerate}\setlength{\itemsep}{12pt}"
    for p in questions(d):
        left = rf"\displaystyle {d.latex_partial(p)} ="
        shape = rf"\hfill\mbox{{\small${shape_latex(p.shape)}$}}"
        right = rf"${writer.latex(p.form)}$" if solutions else LATEX_BLANK
        yield rf"\item ${left}$ {right}{shape}"
    yield r"\end{enumerate}"


# -- the answers file ------------------------------------------------------------------------------


def write_answers_file(d: Derivation, *, solutions: bool = False) -> str:
    """A file to fill in, for ``matcalc grade``; quoted where a solution would need it."""
    asked = questions(d)
    lines = [
        f"# Answers for: {title(d)}",
        "# Write each gradient in the language of the network file, with grad(Z) for one that",
        "# you have found already, or in LaTeX between single quotes. Then: matcalc grade.",
        "# An abbreviation of your own goes under let:, as in  let: {delta: Z - Y}",
        "answers:",
    ]
    width = max((len(p.wrt) for p in asked), default=0)
    for p in asked:
        text = f'"{write(p.form, d.network.convention)}"' if solutions else ""
        entry = f"  {p.wrt + ':':<{width + 1}} {text}".rstrip()
        lines.append(f"{entry:<{width + 8}}  # {_comment(d, p)}")
    return "\n".join(lines) + "\n"


def _comment(d: Derivation, p: Partial) -> str:
    variable = d.network.variable.get(p.wrt)
    kind = variable.kind.value if variable and variable.kind is not Kind.CONSTANT else "node"
    return f"{write_shape(p.shape)}, {kind}"
