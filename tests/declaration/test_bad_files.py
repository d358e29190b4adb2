"""Every mistake has a message with its line and column, the piece itself, and a mend."""

import pytest

from matcalc.declaration import load, loads
from matcalc.errors import InputError, ManyErrors, ShapeError

HEAD = "dims: {N: 4, D: 3, H: 5}\ninputs: {X: [N, D], s: []}\nparameters: {W: [D, H], b: [1, H]}\n"
"Three lines that are in order, for networks that start on the fourth."


def node(expression):
    """A file whose expression starts on line 5 in column 6."""
    return f"{HEAD}network:\n  L: {expression}\n"


EXPRESSIONS = [
    # (expression, column in the expression, words)
    ("Q", 1, "there is no Q"),
    ("sum(X1)", 5, "there is no X1", "Did you mean X?"),
    ("sum(x)", 5, "there is no x", "Did you mean X?"),
    ("X**T", 4, "there is no T", "Write A.T"),
    ("ln(s)", 1, "no function ln", "Write log"),
    ("sigmod(X)", 1, "no function sigmod", "Did you mean sigmoid?"),
    ("foo(X)", 1, "no function foo", "functions: {foo: abstract}"),
    ("s(X)", 1, "s is no function", "write s*( )"),
    ("sum", 1, "sum is a function", "sum(A)"),
    ("X + W", 1, "A + B: shapes N×D and D×H do not fit", "a row 1×n"),
    ("X + X + X.T", 1, "shapes N×D and D×N do not fit", "transpose"),
    ("X - b", 1, "A - B: shapes N×D and 1×H do not fit"),
    ("b + X*ones(D, 1)", 1, "shapes 1×H and N×1", "A row beside a column"),
    ("sum(X*X)", 5, "D columns meet N rows", "write .T after it"),
    ("s*X*W*W", 5, "shapes D×H and D×H do not fit", "H columns meet D rows"),
    ("X*N*X", 1, "shapes N×D and N×D do not fit"),
    ("s/X", 1, "division by a matrix, N×D", "divide(A, B)"),
    ("X**2", 1, "the base, N×D, is not square", "power(A, p)"),
    ("eye(N)**s", 1, "needs an integer as its exponent"),
    ("s**X", 1, "a matrix cannot be an exponent"),
    ("inv(X)", 1, "inv(A) needs a square matrix, not N×D", "Write inv(A)"),
    ("trace(X)", 1, "trace(A) needs a square matrix, not N×D"),
    ("diag(X)", 1, "diag(v) needs a vector, not N×D", "diagonal(A)"),
    ("solve(eye(N), W)", 1, "solve(A, B): shapes N×N and D×H do not fit"),
    ("hstack(X, W)", 1, "hstack: shapes N×D and D×H do not fit"),
    ("inner(X, W)", 1, "inner(A, B): shapes N×D and D×H differ"),
    ("sse(X, W)", 1, "sse(A, B): shapes N×D and D×H do not fit"),
    ("sse(s, X)", 1, "shapes scalar and N×D", "Only the second argument is broadcast"),
    ("hadamard(X, W)", 1, "hadamard(A, B): shapes N×D and D×H do not fit"),
    ("maximum(X, X.T)", 1, "maximum(A, B): shapes N×D and D×N do not fit"),
    ("where(X, W, 1)", 1, "where(M, A, B): shapes"),
    ("power(X, W)", 1, "power(A, p): shapes N×D and D×H do not fit"),
    ("sum()", 1, "sum is called with no arguments", "sum(A, axis=0)"),
    ("sum(X, 0, 1)", 1, "sum is called with 3 arguments"),
    ("sum(X, axis=2)", 13, "2 is not an axis", "axis=0 (over rows) or axis=1"),
    ("sum(X, axis=-1)", 13, "-1 is not an axis"),
    ("sum(X, 0, axis=1)", 1, "sum is called with 3 arguments"),
    ("max(X, s)", 8, "s is not an axis", "maximum(A, B)"),
    ("exp(X, s)", 1, "exp is called with 2 arguments", "exp(x)"),
    ("exp(X, axis=0)", 1, "exp has no option axis"),
    ("solve(X)", 1, "solve is called with one argument", "inv(A)*B"),
    ("layernorm(X, eps=s)", 18, "s is not a number", "eps=1e-5"),
    ("ones(N)", 1, "ones is called with one argument", "ones(m, n)"),
    ("ones(N, M)", 9, "M is not a dimension", "Known here: N, D, H"),
    ("ones(N, 0)", 9, "0 is less than 1"),
    ("ones(N, D - 3)", 9, "D - 3 is 0 with D = 3, which is less than 1"),
    ("eye(1.5)", 5, "1.5 is not an integer"),
    ("eye(s)", 5, "s is not a dimension"),
    ("eye(N/2)", 5, "N/2 is not a size"),
    ("X[0]", 1, "an index has two parts, not 1", "A[i, :]"),
    ("X[N, 0]", 3, "index N lies outside of 0 to N - 1"),
    ("X[0, 3]", 6, "index 3 lies outside of 0 to D - 1 with D = 3"),
    ("X[-1, 0]", 3, "-1 is less than 0", "never from the end"),
    ("X[2:1, 0]", 3, "the block 2:1 is empty"),
    ("X[0:9, 0]", 3, "index 8 lies outside of 0 to N - 1 with N = 4"),
    ("X[::2, 0]", 4, "a block has no step"),
    ("X[s, 0]", 3, "s is not a dimension"),
    ("X[]", 3, "missing before ]"),
    ("grad(X)", 1, "grad( ) stands in what matcalc prints"),
    ("d(X)", 1, "d( ) stands in what matcalc prints"),
    ("D(exp, X)", 1, "D( ) stands in what matcalc prints", "D*( )"),
    ("argmax_one_hot(X)", 1, "argmax_one_hot( ) stands in what matcalc prints"),
    ("pi(2)", 1, "pi is a number"),
    ("X.shape", 2, ".shape: only .T can stand after a dot"),
    ("X.t", 2, ".t: only .T"),
    ("np.exp(X)", 3, ".exp: only .T"),
    ("lambda x", 1, "lambda is Python"),
    ("s if s else 1", 3, "if is Python", "where(M, A, B)"),
    ("sum(x for x in X)", 7, "for is Python"),
    ("not s", 1, "not is Python"),
    ("None", 1, "None is Python"),
    ("s == 1", 3, "== is not part of the expression language", "where(M, A, B)"),
    ("s < 1", 3, "< is not part of the expression language"),
    ("s ^ 2", 3, "^ is not part of the expression language", "**"),
    ("s % 2", 3, "% is not part of the expression language"),
    ("s // 2", 3, "// is not part of the expression language"),
    ("f(s := 1)", 5, ":= is not part of the expression language"),
    ("sum(*X)", 5, "* cannot stand here"),
    ("s = 1", 3, "= cannot stand here"),
    ("(s, s)", 3, ", inside of ( )"),
    ("s, s", 2, ", stands outside of brackets"),
    ("s)", 2, ") stands outside of brackets"),
    ("(s + 1", 1, "this ( is never closed"),
    ("sum(X[0, 1)", 11, ") closes a ["),
    ("s +", 3, "nothing follows +"),
    ("s * / 2", 5, "/ cannot stand here"),
    ("2s", 2, "an operator is missing before s", "2*s"),
    ("X W", 3, "an operator is missing before W", "X*W"),
    ("2(s)", 2, "only a function's name can stand before (", "write *"),
    ("sum(X, axis=0, axis=1)", 16, "axis is given twice"),
    ("1j*s", 2, "an operator is missing before j"),
    ("_s", 1, "_s", "letter"),
    ("X'", 2, "' cannot stand in an expression", "A.T"),
    ("σ*s", 1, "GREEK SMALL LETTER SIGMA", "Write the name: sigma"),
    ("Х*W", 1, "CYRILLIC CAPITAL LETTER HA", "letters A to Z"),
    ("s·s", 2, "MIDDLE DOT", "Write * for the product"),
    ("X⊙X", 2, "CIRCLED DOT OPERATOR", "hadamard(A, B)"),
    ("s\\s", 2, "\\ cannot stand in an expression"),
    ("1e400", 1, "a number too large"),
    ("1e-400", 1, "a number too small"),
    ("9" * 301, 1, "a number of more than 300 digits"),
    ("\"f'{s}'\"", 3, "' cannot stand in an expression"),
]


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case[0][:30])
def test_a_bad_expression(case):
    expression, column, *words = case
    with pytest.raises(InputError) as caught:
        loads(node(expression), "net.yaml")
    check(str(caught.value), 5, 5 + column, words)
    assert not isinstance(caught.value, ManyErrors)


FILES = [
    # (file, line, column, words)
    ("", 1, 1, "the file is empty"),
    ("# nothing\n", 1, 1, "the file is empty"),
    ("just text", 1, 1, "has sections"),
    ("- a\n- b", 1, 1, "has sections"),
    ("name: x", 1, 1, "there is no network"),
    ("network:\n", 1, 9, "there is no network"),
    ("network: []", 1, 10, "network has entries of the form name: value"),
    ("a: b: c", 1, 5, "this is not YAML", "quotes"),
    ("dims: [1, 2", 1, 12, "this is not YAML"),
    ("network:\n\tL: 1", 2, 1, "a tab in the indentation", "spaces"),
    ("dims: {N: 4}\nname: a\n---\nname: b", 3, 1, "a second document"),
    ("network: {L: 1}\nname: a\nname: b", 3, 1, "name is here a second time", "line 2"),
    ("network:\n  L: 1\n  M: 2\n  L: 3\n", 4, 3, "L is here a second time", "line 2"),
    ("network: !!map {L: 1}", 1, 10, "the tag", "not allowed"),
    ("network:\n  L: !!python/object/apply:os.system ['x']", 2, 6, "the tag", "python"),
    ("network:\n  L: !x 1", 2, 6, "the tag !x is not allowed"),
    ("network: {<<: {L: 1}}", 1, 11, "merge keys"),
    ("network:\n  ? [a]\n  : 1", 2, 5, "a key must be a name"),
    ("network:\n  L: *X", 2, 6, "*X refers to &X", "quotes"),
    ("network: &a {L: *a}", 1, 17, "stands inside of what it refers to"),
    ("network:\n  L: [1, 2]", 2, 6, "L is a collection", "quotes"),
    ("netwrok: {L: 1}", 1, 1, "there is no section netwrok", "Did you mean network?"),
    ("network: {L: 1}\npreset: x", 2, 1, "there is no section preset", "Known here: name"),
    ("network: {L: 1}\nconvention: rows", 2, 13, "not rows", "Did you mean row?"),
    ("network: {L: 1}\nlayout: numeratr", 2, 9, "not numeratr", "Did you mean numerator?"),
    ("network: {L: 1}\nlayout: {jacobian: shape}", 2, 20, "jacobian is denominator or numerator"),
    ("network: {L: 1}\nlayout: {vector: shape}", 2, 10, "a layout has no vector"),
    ("network: {L: 1}\nname: [a]", 2, 7, "the name of a network is a text"),
    ("network: {L: 1}\ndims: {N: 0}", 2, 11, "the size of N is 0", "from 1 to 1000000"),
    ("network: {L: 1}\ndims: {N: -3}", 2, 11, "the size of N is -3"),
    ("network: {L: 1}\ndims: {N: 2.0}", 2, 11, "the size of N is 2.0"),
    ("network: {L: 1}\ndims: {N: 1000001}", 2, 11, "the size of N is 1000001"),
    ("network: {L: 1}\ndims: {N: [1]}", 2, 11, "the size of N is no number"),
    ("network: {L: 1}\ndims: {2N: 1}", 2, 8, "2N is not a name"),
    ("network: {L: 1}\ndims: {sum: 1}", 2, 8, "sum is a name of the expression language"),
    ("network: {L: 1}\ninputs: {if: []}", 2, 10, "if is a keyword of Python"),
    ("network: {L: 1}\ninputs: {pi: []}", 2, 10, "pi is a name of the expression language"),
    ("network: {L: 1}\ninputs: {grad: []}", 2, 10, "grad is a name of the expression language"),
    ("network: {L: 1}\ninputs: {power: []}", 2, 10, "power is a name of the expression language"),
    ("network: {L: 1}\ninputs: {α: []}", 2, 10, "α is not a name"),
    ("network: {L: 1}\ninputs: {X: N}", 2, 13, "a shape is a list", "[m, n]"),
    ("network: {L: 1}\ninputs: {X: [N]}", 2, 14, "N is not a dimension"),
    ("dims: {N: 4}\nnetwork: {L: 1}\ninputs: {X: [n]}", 3, 14, "n is not a dimension", "mean N?"),
    ("network: {L: 1}\ninputs: {X: [2, 0]}", 2, 17, "0 is less than 1"),
    ("network: {L: 1}\ninputs: {X: [2, -1]}", 2, 17, "-1 is less than 1"),
    ("dims: {N: 1}\nnetwork: {L: 1}\ninputs: {X: [N-1]}", 3, 14, "N-1 is 0 with N = 1"),
    ("dims: {N: 4}\nnetwork: {L: 1}\ninputs: {X: [N/2]}", 3, 14, "N/2 is not a size"),
    ("dims: {N: 4}\nnetwork: {L: 1}\ninputs: {X: [N**2]}", 3, 14, "N**2 is not a size"),
    ("network: {L: 1}\ninputs: {X: [1, 2, 3]}", 2, 13, "a shape of 3 sizes"),
    ("network: {L: 1}\ninputs: {X: [[1]]}", 2, 14, "a size is a name or an integer"),
    ("network: {L: 1}\ninputs: {X: [1000001]}", 2, 14, "1000001 is 1000001", "up to 1000000"),
    ("network: {L: 1}\ninputs: {X: {assume: positive}}", 2, 13, "X has no shape"),
    ("network: {L: 1}\ninputs: {X: {shap: [2]}}", 2, 14, "no shap", "Did you mean shape?"),
    (
        "network: {L: 1}\ninputs: {X: {shape: [2, 2], assume: symetric}}",
        2,
        37,
        "there is no assumption symetric",
        "Did you mean symmetric?",
    ),
    (
        "dims: {N: 2, M: 2}\nnetwork: {L: 1}\ninputs: {X: {shape: [N, M], assume: [orthogonal]}}",
        3,
        38,
        "orthogonal needs a square matrix, not N×M",
    ),
    (
        "network: {L: 1}\ninputs: {X: {shape: [], assume: one_hot}}",
        2,
        33,
        "one_hot needs a vector or a matrix",
    ),
    (
        "network: {L: 1}\ninputs: {X: {shape: [2, 2], assume: [symmetric, antisymmetric]}}",
        2,
        37,
        "nothing is both antisymmetric and symmetric",
    ),
    (
        "network: {L: 1}\ninputs: {X: {shape: [2, 2], value: [[1, 2], [3, 4]], assume: symmetric}}",
        2,
        36,
        "the value of X is not symmetric",
    ),
    (
        "dims: {N: 2}\nnetwork: {L: 1}\ninputs: {X: {shape: [N, 3], value: [[1, 2], [3, 4]]}}",
        3,
        36,
        "the value of X is 2×2, its shape is 2×3 (N×3)",
    ),
    ("network: {L: 1}\ninputs: {X: {shape: [2, 2], value: 1}}", 2, 36, "is a number, its shape"),
    ("network: {L: 1}\ninputs: {X: {shape: [], value: [1, 2]}}", 2, 32, "its shape is a number"),
    ("network: {L: 1}\ninputs: {X: {shape: [2], value: [1, x]}}", 2, 37, "x: not a number"),
    ("network: {L: 1}\ninputs: {X: {shape: [2], value: [1, .nan]}}", 2, 37, "not a number"),
    ("network: {L: 1}\ninputs: {X: {shape: [2], value: [1, 1e999]}}", 2, 37, "too large"),
    (
        "network: {L: 1}\ninputs: {X: {shape: [2, 2], value: [[1, 2], [3]]}}",
        2,
        45,
        "a row of 1 numbers under one of 2",
    ),
    ("network: {L: 1}\ninputs: {X: {shape: [2], flip: no}}", 2, 32, "flip is true or false"),
    ("network: {L: 1}\nfunctions: {f: y + 1}", 2, 16, "there is no y in a function"),
    ("network: {L: 1}\nfunctions: {f: sum(x)}", 2, 16, "sum in a function of one number"),
    ("network: {L: 1}\nfunctions: {f: x.T}", 2, 16, ".T in a function of one number"),
    ("network: {L: 1}\nfunctions: {f: g(x), g: x}", 2, 16, "there is no function g"),
    ("network: {L: 1}\nfunctions: {exp: x}", 2, 13, "exp is a name of the expression language"),
    ("network: {L: 1}\nfunctions: {d: x}", 2, 13, "d is a name of the expression language"),
    (HEAD + "network: {X: s}", 4, 11, "X is one of the inputs already, on line 2"),
    (HEAD + "constants: {W: []}\nnetwork: {L: s}", 4, 13, "W is one of the parameters already"),
    (HEAD + "constants: {N: []}\nnetwork: {L: s}", 4, 13, "N is a dimension already, on line 1"),
    (HEAD + "network:\n  A: B\n  B: s\n", 5, 6, "B is used before it is defined, on line 6"),
    (HEAD + "network:\n  A: s + B\n  B: C\n  C: A\n", 5, 10, "a circle: A → B → C → A"),
    (HEAD + "network:\n  A: A + s\n", 5, 6, "A is defined in terms of itself"),
    (HEAD + "network:\n  A: X\n", 5, 3, "there is no loss: the last node A is N×D"),
    (HEAD + "network:\n  A: X\nloss: A", 6, 7, "the loss A is N×D, not a scalar", "outputs: [A]"),
    (HEAD + "network:\n  A: s\nloss: B", 6, 7, "there is no node B", "Known here: A"),
    (HEAD + "network:\n  A: s\nloss: s", 6, 7, "s is one of the inputs, not a node"),
    (HEAD + "network:\n  A: s\nloss: A\noutputs: [A]", 7, 10, "a loss or outputs, not both"),
    (HEAD + "network:\n  A: s\noutputs: []", 6, 10, "there is no output"),
    (HEAD + "network:\n  A: s\noutputs: [A, A]", 6, 14, "A is an output twice"),
    (
        HEAD + "network:\n  A: s\n  B: A\n  C: B\noutputs: [A, C]",
        8,
        14,
        "output A feeds the output C",
    ),
    # Texts over several lines, in quotes and in blocks: the piece is still found.
    (HEAD + "network:\n  A: X*W +\n     b +\n     Q\n", 7, 6, "there is no Q"),
    (HEAD + "network:\n  A: >-\n    X*W +\n    Q\n", 7, 5, "there is no Q"),
    (HEAD + "network:\n  A: |\n    X*W\n    + Q\n", 7, 7, "there is no Q"),
    (HEAD + "network:\n  A: 'X*W + Q'\n", 5, 13, "there is no Q"),
    (HEAD + 'network:\n  A: "X*W\n    + Q"\n', 6, 7, "there is no Q"),
    (HEAD + 'network:\n  A: "X*W\\x20+ Q"\n', 5, 6, "there is no Q"),
    (HEAD + "# é — 𝔸\nnetwork: {L: s, 'M': s, c: 'Q'}\n", 5, 29, "there is no Q"),
]


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0][-40:])
def test_a_bad_file(case):
    text, line, column, *words = case
    with pytest.raises(InputError) as caught:
        loads(text, "net.yaml")
    check(str(caught.value), line, column, words)
    assert not isinstance(caught.value, ManyErrors)


def check(message, line, column, words):
    """The message names the place, has the words, underlines the piece, and has a mend."""
    head, *more = message.splitlines()
    assert head.startswith(f"net.yaml:{line}:{column}: ")
    for word in words:
        assert word in message
    assert more[-1].startswith("  ") and more[-1].endswith((".", "?", "T"))
    if len(more) > 1:
        assert set(more[1].strip()) == {"^"}


def test_independent_mistakes_are_reported_together_and_what_follows_is_not():
    text = (
        HEAD + "network:\n  A: X*W + Q\n  B: A*2\n  sum: s\n  C: X*X\n  D1: sum(B) + C\n"
        "  E: foo(X)\nloss: E\n"
    )
    with pytest.raises(ManyErrors) as caught:
        loads(text, "net.yaml")
    places = [(error.place.line, error.place.column) for error in caught.value.errors]
    assert places == [(5, 12), (7, 3), (8, 6), (10, 6)]
    assert isinstance(caught.value.errors[2], ShapeError)
    assert str(caught.value).count("net.yaml:") == 4


def test_mistakes_in_several_sections_are_in_the_order_of_the_file():
    text = "network: {L: sum(X + c)}\ninputs: {X: [N, K], c: [M]}\ndims: {N: 0, M: 2}\nlos: L\n"
    with pytest.raises(ManyErrors) as caught:
        loads(text, "net.yaml")
    assert [error.place.line for error in caught.value.errors] == [2, 3, 4]


def test_a_circle_is_reported_once():
    with pytest.raises(InputError) as caught:
        loads("network: {A: B, B: C, C: A, L: A}")
    assert not isinstance(caught.value, ManyErrors)


def test_at_most_twenty_mistakes_are_reported():
    text = "network:\n" + "".join(f"  A{k}: Q{k}\n" for k in range(100))
    with pytest.raises(ManyErrors) as caught:
        loads(text)
    assert len(caught.value.errors) == 20


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="directory"):
        load(tmp_path)
    with pytest.raises(InputError, match="null byte"):
        load("a\0b")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"name: a\nnetwork: {L: 1}\n# \xe9")
    with pytest.raises(InputError, match="line 3 is not UTF-8"):
        load(latin)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"network: {L: 1}\n#" + b" " * 4_000_000)
    with pytest.raises(InputError, match="more than 4000000 bytes"):
        load(large)
