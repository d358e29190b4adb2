r"""Derivatives in a formula: \frac{\partial L}{\partial W}, \nabla_W L, dL/dW, an overline."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.declaration.text import clip
from matcalc.declaration.tree import Kind, Node
from matcalc.grading.latex_names import FONTS, GREEK_COMMANDS
from matcalc.grading.latex_nodes import call, name, number

if TYPE_CHECKING:
    from matcalc.grading.latex_reader import FormulaReader

DIFFERENTIALS = ("\\partial", "d")


def derivative(reader: FormulaReader, of: str, wrt: str, start: int, stop: int) -> Node:
    """∂of/∂wrt: the gradient of the loss, or a local Jacobian."""
    words = reader.vocabulary
    target = words.find_written(wrt)
    if target is None:
        if words.is_loss(of) and words.is_loss(wrt):
            return number(Fraction(1), start, stop)
        reader.source.refuse(f"there is no {clip(wrt)}", start, stop, words.near(wrt))
    if words.is_loss(of):
        node = call("grad", [name(target, start, stop)], start, stop)
        return Node(Kind.TRANSPOSE, start, stop, [node]) if target in words.turned else node
    result = words.find_written(of)
    if result is None:
        reader.source.refuse(f"there is no {clip(of)}", start, stop, words.near(of))
    if (result, target) not in words.jacobians:
        reader.source.refuse(
            f"∂{result}/∂{target} is not a matrix that can be multiplied here",
            start,
            stop,
            "Write out what it is; a local derivative is read for vectors and numbers, by"
            " what the equation uses itself.",
        )
    return name(f"∂{result}/∂{target}", start, stop)


def moved(reader: FormulaReader) -> str | None:
    """The name after ∂ or d, where one stands here: ∂L, dW_1, \\mathrm{d}x."""
    start = reader.position
    token = reader.here
    if token.text == "\\partial":
        reader.position += 1
        return written_name(reader)
    if token.text in FONTS and reader.ahead().text == "{" and reader.ahead(2).text == "d":
        reader.position += 4
        return written_name(reader)
    if token.kind == "word" and token.text.startswith("d"):
        if token.text == "d":
            follows = reader.ahead()
            named = follows.kind == "word" or follows.text in (*FONTS, *GREEK_COMMANDS)
            if not named or "d" in reader.vocabulary.names:
                return None
            reader.position += 1
            return written_name(reader)
        reader.position += 1
        rest = token.text[1:] + subscripts(reader)
        if reader.vocabulary.is_loss(rest) or reader.vocabulary.find_written(rest):
            return rest
    reader.position = start
    return None


def written_name(reader: FormulaReader) -> str:
    """A name as it is written, with its subscript: W_{1}, \\mathcal{L}, \\mathbf{x}."""
    wraps = 0
    while reader.here.text in ("{", *FONTS):
        wraps += reader.here.text == "{"
        reader.position += 1
    token = reader.take()
    if token is None or (token.kind != "word" and token.text not in GREEK_COMMANDS):
        at = token or reader.here
        reader.refuse(
            at, "a name is missing here", "Write it, as in \\frac{\\partial L}{\\partial W}."
        )
    text = GREEK_COMMANDS.get(token.text, token.text)
    text += subscripts(reader)
    for _ in range(wraps):
        reader.expect("}")
    return text + subscripts(reader)


def subscripts(reader: FormulaReader) -> str:
    text = ""
    while True:
        if reader.take("_"):
            text += "_" + reader.subscript()
        elif _is_raised_index(reader):
            reader.position += 1
            text += "_" + reader.subscript()
        else:
            return text


def _is_raised_index(reader: FormulaReader) -> bool:
    """W^{(1)} or W^{[1]}, which is a layer's index and no power."""
    raised = reader.here.text == "^" and reader.ahead().text == "{"
    return raised and reader.ahead(2).text in ("(", "[")


def fraction(reader: FormulaReader) -> Node:
    start = reader.here.start
    reader.position += 1
    found = _derivative_fraction(reader, start)
    if found is not None:
        return found
    digits = reader.here
    if digits.kind == "number" and len(digits.text) == 2 and digits.text.isdigit():
        reader.position += 1
        above, below = (
            number(Fraction(digit), digits.start + k, digits.start + k + 1)
            for k, digit in enumerate(digits.text)
        )
    else:
        above, below = braced(reader), braced(reader)
    return call("divide", [above, below], start, reader.tokens[reader.position - 1].stop)


def _derivative_fraction(reader: FormulaReader, start: int) -> Node | None:
    here = reader.position
    if reader.take("{"):
        if reader.here.text in DIFFERENTIALS and reader.ahead().text == "}":
            reader.refuse(
                reader.here,
                "a derivative of what follows is not carried out",
                "Write its result.",
            )
        of = moved(reader)
        if of is not None and reader.take("}") and reader.take("{"):
            wrt = moved(reader)
            if wrt is not None:
                stop = reader.expect("}").stop
                return derivative(reader, of, wrt, start, stop)
    reader.position = here
    return None


def braced(reader: FormulaReader) -> Node:
    if reader.here.text == "{":
        return reader.group()
    return reader.atom()


def partial(reader: FormulaReader) -> Node:
    """∂L/∂W on one line."""
    start = reader.here.start
    of = moved(reader)
    assert of is not None
    reader.expect("/")
    at = reader.here
    wrt = moved(reader)
    if wrt is None:
        reader.refuse(at, "∂L/ has to be followed by ∂ and a name", "Write ∂L/∂W.")
    return derivative(reader, of, wrt, start, reader.tokens[reader.position - 1].stop)


def nabla(reader: FormulaReader) -> Node:
    """∇_W L, or the Jacobian ∇_Z A."""
    token = reader.here
    reader.position += 1
    if not reader.take("_"):
        reader.refuse(token, "∇ without a subscript", "Write \\nabla_W L.")
    wrt = reader.subscript()
    of = reader.vocabulary.loss
    if reader.here.kind == "word" or reader.here.text in (*FONTS, *GREEK_COMMANDS):
        here = reader.position
        of = written_name(reader)
        if not reader.vocabulary.is_loss(of) and reader.vocabulary.find_written(of) is None:
            reader.position, of = here, reader.vocabulary.loss
    return derivative(reader, of, wrt, token.start, reader.tokens[reader.position - 1].stop)


def differential_quotient(reader: FormulaReader) -> Node | None:
    """dL/dW."""
    here, start = reader.position, reader.here.start
    of = moved(reader)
    if of is not None and reader.vocabulary.is_loss(of) and reader.take("/"):
        wrt = moved(reader)
        if wrt is not None:
            return derivative(reader, of, wrt, start, reader.tokens[reader.position - 1].stop)
    reader.position = here
    return None


def barred(reader: FormulaReader) -> Node:
    """The adjoint of a node as an overline: its gradient."""
    start = reader.here.start
    mark = reader.here.text.lstrip("\\")
    reader.position += 1
    text = reader.subscript() if reader.here.text == "{" else written_name(reader)
    text += subscripts(reader)
    stop = reader.tokens[reader.position - 1].stop
    words = reader.vocabulary
    short = {"overline": "bar", "widehat": "hat", "widetilde": "tilde"}.get(mark, mark)
    for spelling in (f"{text}{short}", f"{text}_{short}", f"{short}_{text}", f"{short}{text}"):
        if words.find_written(spelling):
            return name(words.find_written(spelling) or "", start, stop)
    known = words.find_written(text)
    if short == "bar" and known is not None:
        return call("grad", [name(known, start, stop)], start, stop)
    return reader.source.refuse(f"there is no {short} {clip(text)}", start, stop, words.near(text))
