r"""The pieces of a formula that are more than a name in brackets: \frac, \nabla, 𝟏, σ'(Z)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc.declaration.text import clip
from matcalc.declaration.tree import Kind, Node
from matcalc.grading.latex_names import FONTS, GREEK_COMMANDS, SPELLED
from matcalc.grading.latex_reader import FormulaReader, applied, call, name, number, product
from matcalc.grading.latex_tokens import Token

UNKNOWN_SIZE = "?"
"The size of a vector of ones, or of an identity, that the formula does not name."
DIFFERENTIALS = ("\\partial", "d")


# -- derivatives ------------------------------------------------------------------------


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
        rest = token.text[1:] + _subscripts(reader)
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
    text += _subscripts(reader)
    for _ in range(wraps):
        reader.expect("}")
    return text + _subscripts(reader)


def _subscripts(reader: FormulaReader) -> str:
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
        above, below = _braced(reader), _braced(reader)
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


def _braced(reader: FormulaReader) -> Node:
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


# -- names, functions, ones -----------------------------------------------------------------


def read_word(reader: FormulaReader) -> Node:
    token = reader.here
    slashed = _differential_quotient(reader)
    if slashed is not None:
        return slashed
    text = _base(reader)
    if text == "1":
        return ones(reader, token)
    words = reader.vocabulary
    if text == "e" and words.find("e") is None and reader.take("^"):
        power = reader.signed_atom()
        return call("exp", [power], token.start, power.stop)
    if words.function(text) and _is_applied(reader):
        return apply(reader, text, token)
    turned = _transposed_first(reader)
    subs = _subscripts(reader)
    stop = reader.tokens[reader.position - 1].stop
    node = _named(reader, text, subs, token, stop)
    return Node(Kind.TRANSPOSE, token.start, stop, [node]) if turned else node


def _differential_quotient(reader: FormulaReader) -> Node | None:
    """dL/dW."""
    here, start = reader.position, reader.here.start
    of = moved(reader)
    if of is not None and reader.vocabulary.is_loss(of) and reader.take("/"):
        wrt = moved(reader)
        if wrt is not None:
            return derivative(reader, of, wrt, start, reader.tokens[reader.position - 1].stop)
    reader.position = here
    return None


def _base(reader: FormulaReader) -> str:
    """The letters of a name: a word, a Greek letter, or what a font is put on."""
    token = reader.here
    reader.position += 1
    if token.text in GREEK_COMMANDS:
        return GREEK_COMMANDS[token.text]
    if token.kind == "word":
        return token.text
    if token.text in FONTS and reader.here.text == "{":
        return reader.subscript()
    inner = reader.take()
    if inner is None or inner.kind not in ("word", "number", "command"):
        reader.refuse(token, f"{clip(token.text)} without a name", "Write \\mathbf{W}.")
    return GREEK_COMMANDS.get(inner.text, inner.text)


def _is_applied(reader: FormulaReader) -> bool:
    return reader.here.text in ("(", "[", "'", "{", "^") or reader.starts_factor()


def apply(reader: FormulaReader, text: str, head: Token) -> Node:
    primes = reader.primes()
    squared = None
    if not primes and reader.here.text == "^" and reader.ahead().kind == "number":
        reader.position += 1
        squared = reader.atom()
    while reader.take("_"):
        reader.subscript()
    argument = reader.argument(head)
    spelled = SPELLED.get(text, text) if text not in reader.vocabulary.functions else text
    if spelled in ("maximum", "minimum") and len(argument) == 1:
        spelled = "max"
    node = applied(spelled, primes, argument, head.start)
    return node if squared is None else call("power", [node, squared], head.start, node.stop)


def _transposed_first(reader: FormulaReader) -> bool:
    """W^\\top_1: the transpose before the subscript."""
    here = reader.position
    if reader.take("^") and reader.is_transpose() and reader.here.text == "_":
        return True
    reader.position = here
    return False


def _named(reader: FormulaReader, text: str, subs: str, token: Token, stop: int) -> Node:
    words = reader.vocabulary
    parts = [part for part in subs.split("_") if part]
    found = words.find(text, *parts)
    if found is not None:
        return name(found, token.start, stop)
    if text == "I" or (text == "Id" and not parts):
        size = parts[0] if parts else UNKNOWN_SIZE
        return call("eye", [name(size, token.start, stop)], token.start, stop)
    if text == "delta" and parts:
        node = words.find_written("_".join(parts))
        if node is not None:
            return call("grad", [name(node, token.start, stop)], token.start, stop)
    if text == "pi" and not parts:
        return name("pi", token.start, stop)
    split = _split(reader, text, parts, token, stop)
    if split is not None:
        return split
    whole = clip(text + subs)
    mend = words.near(text + "".join(parts))
    if text == "delta":
        mend = f"Say what it is, as in let: {{{text + ''.join(parts)}: grad(Z)}}."
    return reader.source.refuse(f"there is no {whole}", token.start, stop, mend)


def _split(
    reader: FormulaReader, text: str, parts: list[str], token: Token, stop: int
) -> Node | None:
    """AB as A times B: known names, the longest first; a subscript belongs to the last."""
    found: list[Node] = []
    rest, at = text, token.start
    while rest:
        for length in range(len(rest), 0, -1):
            last = length == len(rest)
            known = reader.vocabulary.find(rest[:length], *(parts if last else ()))
            if known is not None:
                end = stop if last else at + length
                found.append(name(known, at, end))
                rest, at = rest[length:], at + length
                break
        else:
            return None
    return product(found)


def ones(reader: FormulaReader, token: Token) -> Node:
    """A bold 1: a column of ones, or the indicator of what follows it in brackets."""
    size = UNKNOWN_SIZE
    here = reader.position
    if reader.take("_"):
        inside = _indicator(reader, token)
        if inside is not None:
            return inside
        size = reader.subscript()
    elif reader.here.text in ("(", "[", "{"):
        inside = _indicator(reader, token)
        if inside is not None:
            return inside
        reader.position = here
    stop = reader.tokens[reader.position - 1].stop
    rows, _, columns = size.partition("times")
    shape = [_size(rows, token.start, stop), _size(columns or "1", token.start, stop)]
    return call("ones", shape, token.start, stop)


def _size(text: str, start: int, stop: int) -> Node:
    if text.isdigit():
        return number(Fraction(text), start, stop)
    return name(text, start, stop)


def _indicator(reader: FormulaReader, token: Token) -> Node | None:
    """[Z > 0], which is step(Z)."""
    here = reader.position
    opened = reader.take("(", "[", "{")
    if opened is not None and reader.starts_factor():
        inner = reader.sum()
        if reader.take(">") and reader.take("0"):
            stop = reader.expect({"(": ")", "[": "]", "{": "}"}[opened.text]).stop
            return call("step", [inner], token.start, stop)
    reader.position = here
    return None


def bracket(reader: FormulaReader) -> Node:
    """[Z > 0], or plain brackets."""
    return _indicator(reader, reader.here) or reader.group()


def root(reader: FormulaReader) -> Node:
    start = reader.here.start
    reader.position += 1
    inner = _braced(reader)
    return call("sqrt", [inner], start, inner.stop)


def barred(reader: FormulaReader) -> Node:
    """The adjoint of a node as an overline: its gradient."""
    start = reader.here.start
    mark = reader.here.text.lstrip("\\")
    reader.position += 1
    text = reader.subscript() if reader.here.text == "{" else written_name(reader)
    text += _subscripts(reader)
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


def pairing(reader: FormulaReader) -> Node:
    """⟨A, B⟩, the sum of the products of entries."""
    start = reader.here.start
    reader.position += 1
    left = reader.sum()
    reader.expect(",")
    right = reader.sum()
    return call("inner", [left, right], start, reader.expect("\\rangle").stop)


ATOMS: dict[str, Callable[[FormulaReader], Node]] = {
    "\\frac": fraction,
    "\\partial": partial,
    "\\nabla": nabla,
    "\\sqrt": root,
    "[": bracket,
    "\\langle": pairing,
    **dict.fromkeys(("\\bar", "\\overline", "\\hat", "\\widehat", "\\tilde"), barred),
}
