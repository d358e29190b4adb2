r"""Expressions in LaTeX, with nothing needed but amsmath, amssymb and bm.

    latex(e, Convention.ROW)       X^{\top} \frac{\partial L}{\partial Z_{1}}

Symbols of one letter are italic, words are upright, digits at the end of a name and what
follows an underscore are subscripts; constant vectors and matrices of ones and zeros are
bold. What is written where, and the parentheses, are in ``textbook``.

    W1, x_in, logits, sigma2     W_{1}, x_{\mathrm{in}}, \mathrm{logits}, \sigma_{2}
    product, quotient            X W, \frac{1}{N} X
    entrywise                    A \odot B, A \oslash B, A^{\odot 2}
    Kronecker                    A \otimes B
    transpose, inverse, power    A^{\top}, A^{-1}, A^{-\top}, A^{2}
    ones, zeros                  \mathbf{1}_{N}, \mathbf{1}_{N}^{\top}, \mathbf{0}_{N\times H}
    identity, commutation        I_{N}, K_{m,n}
    functions                    \sigma(Z), \tanh(Z), \operatorname{ReLU}(Z), e^{x}, \sqrt{x}
    derivatives                  f'(Z), f''(Z), f^{(4)}(Z)
    1 where A > 0, else 0        [A > 0]
    along an axis                \operatorname{sum}_{i}(A) over rows, _{j} over columns
    softmax                      \operatorname{softmax}(Z); _{i}, _{j} where not the default
    argmax_one_hot               \operatorname{onehot}(\operatorname{arg\,max}_{j}(A))
    norms, determinant           \lVert A\rVert_{F}, \lVert x\rVert, \log\lvert\det(A)\rvert
    inner product, trace         \langle A, B\rangle, \operatorname{tr}(A)
    entry, block, stack          A_{[0,\,1:3]}, \begin{bmatrix} A & B \end{bmatrix}
    where, maximum               \operatorname{where}(M > 0, A, B), \max(A, B)
    losses                       \frac{1}{2} \lVert A - B\rVert_{F}^{2}, -\langle Y, \log(P)\rangle
    gradient, change             \frac{\partial L}{\partial Z}, \mathrm{d}Z

Whatever a name contains, only letters, digits and escaped signs reach the output.
A fraction or bracket that holds more than fits a line is written with a slash, or with
brackets of a fixed size: such a line can be broken, and TeX's limit on nesting is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from matcalc.expressions.expr import Expr
from matcalc.network.network import Convention
from matcalc.operations.notation import Index
from matcalc.printing.names import GREEK, split_name
from matcalc.printing.textbook import WORDS, TextbookPrinter
from matcalc.printing.textbook_calls import WRITERS
from matcalc.printing.textbook_notation import WRITERS as NOTATION
from matcalc.printing.walker import ATOM, POWER, PRODUCT, Piece, Writer

LONG = 180
"Characters of LaTeX beyond which a fraction or a growing bracket is too wide."
LATIN_LOOK = {
    "Eta": "H",
    "Rho": "P",
    "Chi": "X",
    "omicron": "o",
    **{name: name[0] for name in ("Alpha", "Beta", "Epsilon", "Zeta", "Iota", "Kappa")},
    **{name: name[0] for name in ("Mu", "Nu", "Omicron", "Tau")},
}
"Greek letters that LaTeX has no command for, because a Latin one looks the same."
COMMANDS = ("log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")
MORE_COMMANDS = ("arcsin", "arccos", "arctan", "det", "max")
HEADS = {
    **{name: f"\\{name}" for name in (*COMMANDS, *MORE_COMMANDS)},
    "maximum": r"\max",
    "minimum": r"\min",
    "sigmoid": r"\sigma",
    "digamma": r"\psi",
    "gamma": r"\Gamma",
    "argmax": r"\operatorname{arg\,max}",
}
ESCAPED = {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim "} | {c: f"\\{c}" for c in "_{}$&#%"}
TALL = (r"\frac", r"\begin", r"\left", r"\Bigl")


def latex(e: Expr, convention: Convention = Convention.ROW, loss: str = "L") -> str:
    """The expression, to be set in mathematics mode. ``loss`` is the name in ∂L/∂Z."""
    return LatexPrinter(convention, loss).text(e)


def name_latex(name: str) -> str:
    """A name: an italic letter, a Greek letter or an upright word, with subscripts."""
    stem, indices = split_name(name)
    if not indices:
        return _symbol(stem)
    return f"{_symbol(stem)}_{{{','.join(map(_symbol, indices))}}}"


def index_latex(text: str) -> str:
    """The index of a member: n, n+1, N-1 or a number."""
    return "".join(_symbol(p) if p.isalnum() else p for p in re.split(r"([+-])", text))


def _symbol(text: str) -> str:
    if re.fullmatch(r"\w+[+-]\d+", text, re.ASCII):
        return index_latex(text)
    if text.isdecimal() and text.isascii():
        return text
    if len(text) == 1 and text.isalpha() and text.isascii():
        return text
    if text in LATIN_LOOK:
        return rf"\mathrm{{{LATIN_LOOK[text]}}}"
    return f"\\{text}" if text in GREEK else rf"\mathrm{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else ESCAPED.get(c, "?") for c in text)


def _exponential(p: LatexPrinter, e: Expr) -> Piece:
    """A power of e where the exponent is a short scalar."""
    exponent = p.text(e.args[0])
    if e.shape or p.is_fraction(p.piece(e.args[0])) or len(exponent) > 60:
        return p.call(p.head("exp"), exponent)
    return p.sup("e", exponent), POWER


LATEX_WRITERS: dict[str, Writer] = {**WRITERS, "exp": _exponential}


class LatexPrinter(TextbookPrinter):
    writers, notation = LATEX_WRITERS, NOTATION
    plus, minus, odot, oslash, otimes = "+", "-", r"\odot", r"\oslash", r"\otimes"
    cross, comma, top, pi = r"\times ", ", ", r"\top", r"\pi"
    ones, zeros = r"\mathbf{1}", r"\mathbf{0}"
    epsilon, above_zero, delta = r"\varepsilon = ", " > 0", r"\delta"

    def name(self, name: str) -> str:
        return name_latex(name)

    def head(self, operation: str) -> str:
        word = WORDS.get(operation, operation)
        return HEADS.get(operation) or rf"\operatorname{{{_escaped(word)}}}"

    def function_name(self, name: str) -> str:
        text = name_latex(name)
        if not text.startswith(r"\mathrm"):
            return text
        return text.replace(r"\mathrm", r"\operatorname", 1)

    def primed(self, head: str, order: int) -> str:
        return head + ("'" * order if order < 4 else f"^{{({order})}}")

    def derivative(self, of: str, wrt: str) -> Piece:
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}", POWER

    def indexed(self, name: str, index: str) -> str:
        stem, indices = split_name(name)
        return f"{_symbol(stem)}_{{{','.join([*map(_symbol, indices), index])}}}"

    def along(self, derivative: Piece, via: str) -> Piece:
        return rf"\left.{derivative[0]}\right|_{{{self.name(via)}}}", POWER

    def summed(self, indices: Sequence[Index], term: str) -> str:
        sums = (rf"\sum_{{{k.letter}=1}}^{{{self.dimension(k.size)[0]}}} " for k in indices)
        return "".join(sums) + term

    def over_steps(self, sign: str, variable: str, ends: tuple[str, str], term: str) -> str:
        below, above = map(index_latex, ends)
        return rf"\{sign}_{{{_symbol(variable)}={below}}}^{{{above}}} {term}"

    def differential(self, name: str) -> Piece:
        text = self.name(name)
        space = r"\," if text.startswith(r"\mathrm") else ""
        return rf"\mathrm{{d}}{space}{text}", POWER

    def sub(self, base: str, index: str) -> str:
        return f"{base}_{{{index}}}"

    def sup(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def entrywise_sup(self, base: str, exponent: Piece) -> str:
        return rf"{base}^{{\odot {self.at_least(exponent, POWER)}}}"

    def root(self, inner: Piece) -> Piece:
        if len(inner[0]) > LONG:
            return self.sup(self.at_least(inner, ATOM), "1/2"), POWER
        return rf"\sqrt{{{inner[0]}}}", POWER

    def fraction(self, above: Sequence[Piece], below: Sequence[Piece]) -> Piece:
        over = self.product_of(above) if above else ("1", ATOM)
        under = self.product_of(below)
        if max(len(over[0]), len(under[0])) > LONG:
            return f"{self.at_least(over, PRODUCT)} / {self.at_least(under, POWER)}", PRODUCT
        return rf"\frac{{{over[0]}}}{{{under[0]}}}", POWER

    def is_fraction(self, piece: Piece) -> bool:
        return any(sign in piece[0] for sign in TALL) or len(piece[0]) > LONG

    def times(self, factors: Sequence[str]) -> str:
        text = factors[0]
        for before, factor in pairwise(factors):
            text += _between(before, factor) + factor
        return text

    def parentheses(self, text: str) -> str:
        return self._delimited("(", text, ")")

    def arguments(self, inner: str) -> str:
        text = self.parentheses(inner)
        # After a function's name \left would open with a space.
        return rf"\!{text}" if text.startswith(r"\left") else text

    def bars(self, inner: str) -> str:
        return self._delimited(r"\lvert ", inner, r"\rvert")

    def norm(self, inner: str, of: str) -> str:
        text = self._delimited(r"\lVert ", inner, r"\rVert")
        index = {"matrix": "F", "1": "1"}.get(of)
        return self.sub(text, index) if index else text

    def angles(self, inner: str) -> str:
        return self._delimited(r"\langle ", inner, r"\rangle")

    def brackets(self, inner: str) -> str:
        return self._delimited("[", inner, "]")

    def _delimited(self, left: str, inner: str, right: str) -> str:
        if not any(sign in inner for sign in TALL):
            return f"{left}{inner}{right}"
        if len(inner) > LONG:
            return rf"\Bigl{left}{inner}\Bigr{right}"
        return rf"\left{left}{inner}\right{right}"

    def stacked(self, cells: Sequence[str], below_each_other: bool) -> str:
        signs = (r"\\", r";\, ") if below_each_other else ("&", r",\, ")
        if sum(map(len, cells)) > 4 * LONG:
            return self.brackets(signs[1].join(cells))
        inner = self.joined(signs[0], cells)
        columns = 1 if below_each_other else len(cells)
        if columns <= 10:
            return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"
        return rf"\left[\begin{{array}}{{*{{{columns}}}{{c}}}} {inner} \end{{array}}\right]"

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        if sum(len(cell) for row in rows for cell in row) > 8 * LONG or len(rows[0]) > 10:
            return super().grid(rows)
        tall = any(r"\frac" in cell for row in rows for cell in row)
        inner = (r" \\[4pt] " if tall else r" \\ ").join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"

    def block(self, base: str, rows: str, columns: str) -> Piece:
        # A second subscript needs braces around the first.
        held = base if len(base) == 1 else f"{{{base}}}"
        if len(base) > LONG:
            held = self.parentheses(base)
        return rf"{held}_{{[{rows},\,{columns}]}}", ATOM


def _between(before: str, factor: str) -> str:
    """What stands between two factors: a dot where digits meet, a space beside a word."""
    mixed_number = before[-1].isdecimal() and re.match(r"\\frac\{\d", factor)
    if factor[0].isdecimal() or mixed_number:
        return r" \cdot "
    words = before.startswith(r"\mathrm") or factor.startswith(r"\mathrm")
    fractions = before.startswith(r"\frac") and factor.startswith(r"\frac")
    return r"\," if words or fractions else " "
