"""``matcalc diff``: one expression, as a shell sees it."""

import json
import subprocess
import sys

import pytest
from matcalc.cli.diff import command, expression_last

LOGISTIC = "sum(log(1 + exp(-hadamard(y, X*w))))"
SHAPES = ("-v", "X:N,D", "-v", "w:D,1", "-v", "y:N,1")


def diff(*args, stdin=None, cwd=None):
    line = [sys.executable, "-m", "matcalc.cli.main", "diff", *map(str, args)]
    return subprocess.run(line, input=stdin, capture_output=True, text=True, cwd=cwd)


def derived(*args, **more):
    done = diff(*args, "--format", "json", **more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def partial(*args, **more):
    (found,) = derived(*args, **more)["partials"]
    return found


def test_a_scalar_has_its_gradient_with_steps_and_check():
    done = diff(LOGISTIC, "--wrt", "w", *SHAPES)
    assert done.returncode == 0 and done.stderr == ""
    assert "-X.T*hadamard(y, sigmoid(-hadamard(y, X*w)))" in done.stdout
    assert "Checked on numbers" in done.stdout and "moves across" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_is_that_of_derive():
    data = derived(LOGISTIC, "--wrt", "w", *SHAPES)
    assert data["loss"] == "f" and data["convention"] == "row"
    assert [(v["name"], v["kind"]) for v in data["variables"]] == [
        ("X", "constant"),
        ("w", "input"),
        ("y", "constant"),
    ]
    (found,) = data["partials"]
    assert found["of"] == "f" and found["wrt"] == "w" and found["shape"] == ["D", "1"]
    assert len(set(data["dims"].values())) == len(data["dims"])
    assert data["steps"]


def test_anything_else_has_its_jacobian():
    done = diff("X*W", "--wrt", "W", "-v", "X:N,D", "-v", "W:D,H")
    assert "kron(X.T, eye(H))" in done.stdout and "→  Xᵀ" in done.stdout
    assert "df = X · dW" in done.stdout and "∂L" not in done.stdout
    assert not any(line.endswith(" ") for line in done.stdout.splitlines())
    (found,) = derived("X*W", "--wrt", "W", "-v", "X:N,D", "-v", "W:D,H")["jacobians"]
    assert found["expr"] == "kron(X.T, eye(H))" and found["condensed"] == "X.T"


@pytest.mark.parametrize(
    ("options", "expr"),
    [
        (["--layout", "numerator"], "A"),
        (["--layout", "denominator"], "A.T"),
        (["--preset", "handwritten"], "A.T"),
        (["--preset", "handwritten", "--layout", "mixed"], "A"),
    ],
)
def test_layouts(options, expr):
    (found,) = derived("A*x", "--wrt", "x", "-v", "A:m,n", "-v", "x:n,1", *options)["jacobians"]
    assert found["expr"] == expr


def test_the_convention_says_how_the_expression_is_written():
    shapes = ("-v", "A:m,n", "-v", "x:n", "--wrt", "x")
    found = derived("logsumexp(A*x)", *shapes, "--convention", "column")
    assert found["convention"] == "column"
    assert found["partials"][0]["expr"] == "A.T*softmax(A*x)"
    assert diff("logsumexp(A*x)", *shapes).returncode == 2  # x is 1×n
    assert partial("x*A*x.T", "-v", "A:n,n", "-v", "x:n", "--wrt", "x")["shape"] == ["1", "n"]


def test_without_wrt_every_variable_is_meant():
    data = derived("s*a.T*x + t", "-v", "a:n,1", "-v", "x:n,1", "-v", "s:", "-v", "t")
    assert [p["wrt"] for p in data["partials"]] == ["a", "x", "s", "t"]


def test_assumptions():
    assert partial("logdet(X)", "-v", "X:n,n:positive_definite")["expr"] == "inv(X)"
    found = partial("x.T*A*x", "--wrt", "x", "-v", "x:n,1", "-v", "A:n,n:symmetric,positive")
    assert found["expr"] == "2*A*x"


def test_the_node_takes_a_name_that_is_free():
    data = derived("f.T*f_", "-v", "f:n,1", "-v", "f_:n,1")
    assert data["loss"] == "f__"


def test_dims_are_sizes_and_names():
    args = ("sum(A)/N", "-v", "A:N,3", "--dims", "N=8")
    assert derived(*args)["dims"] == {"N": 8}
    assert derived("trace(A)/k", "-v", "A:n,n", "--dims", "k=5")["dims"] == {"n": 3, "k": 5}
    sizes = derived("sum(A)", "-v", "A:a,3", "-v", "B:b,c", "--dims", "c=4")["dims"]
    assert sizes == {"a": 5, "b": 6, "c": 4}


def test_like_matlab():
    shapes = ("-v", "X:N,D", "-v", "w:D", "-v", "y:N", "--wrt", "w", "--like-matlab")
    found = partial("sum(log(exp(-y.*(X*w)) + vector(1)))", *shapes)
    assert found["expr"] == "-X.T*hadamard(y, sigmoid(-hadamard(y, X*w)))"


def test_standard_input_and_an_expression_that_starts_with_a_minus():
    assert partial("-", "-v", "x:n,1", stdin="x.T*x\n")["expr"] == "2*x"
    assert partial("-x.T*x", "-v", "x:n,1")["expr"] == "-2*x"
    assert partial("-v.T*v", "-v", "v:n,1")["expr"] == "-2*v"
    assert partial("-vx:n,1", "x.T*x")["expr"] == "2*x"


@pytest.mark.parametrize(
    ("args", "becomes"),
    [
        (["-sum(v)", "-v", "v:n"], ["-v", "v:n", "--", "-sum(v)"]),
        (["x", "-v", "-1"], ["x", "-v", "-1"]),
        (["-"], ["-"]),
        (["--wrt", "x", "--", "-x"], ["--wrt", "x", "--", "-x"]),
        (["--no-check", "-x"], ["--no-check", "--", "-x"]),
    ],
)
def test_what_counts_as_an_expression(args, becomes):
    assert expression_last(args, command.params) == becomes


@pytest.mark.parametrize("form", ["latex", "markdown"])
def test_other_formats(form, tmp_path):
    out = tmp_path / "out"
    done = diff(LOGISTIC, *SHAPES, "--wrt", "w", "--format", form, "-o", out)
    assert done.returncode == 0 and done.stdout == ""
    assert r"\sigma" in out.read_text()


def test_codegen_runs(tmp_path):
    out = tmp_path / "module.py"
    done = diff(
        "norm(A*x - b)**2", "-v", "A:m,n", "-v", "x:n,1", "-v", "b:m,1", "--codegen", "-o", out
    )
    assert done.returncode == 0, done.stderr
    done = subprocess.run([sys.executable, str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["A*z", "-v", "A:m,n"], ["<expression>:1:3", "no z", "-v z:m,n"]),
        (["A*Ax", "-v", "A:m,n"], ["<expression>:1:3", "Did you mean A?"]),
        (["A*x", "-v", "A:m,n", "-v", "x:m,1"], ["<expression>:1:1", "m×n", "m×1"]),
        (["A*foo(x)", "-v", "A:m,n", "-v", "x:m,1"], ["<expression>:1:3", "no function foo"]),
        (["x.T*", "-v", "x:n,1"], ["<expression>:1:4", "nothing follows"]),
        (["", "-v", "x:n,1"], ["there is no expression"]),
        (["x", "-v", "x:n,1", "--wrt", "y"], ["--wrt", "no variable y"]),
        (["1"], ["no variable to differentiate by"]),
        (["x", "-v", "x:n,1,2"], ["<-v>:1:7", "a shape of 3 sizes"]),
        (["x", "-v", "x:n,"], ["<-v>:1:5", "a size is missing"]),
        (["x", "-v", "x:n/2"], ["<-v>:1:3", "not a size"]),
        (["x", "-v", "x:0,n"], ["<-v>:1:3", "less than 1"]),
        (["x", "-v", "2x:n"], ["<-v>:1:1", "not a name"]),
        (["x", "-v", "sum:n"], ["<-v>:1:1", "expression language"]),
        (["x", "-v", "x:sum,1"], ["<-v>:1:1", "sum is a name of the expression language"]),
        (["x", "-v", "n:n"], ["n is a dimension already"]),
        (["x", "-v", "x:n", "-v", "x:n"], ["x is declared twice"]),
        (["x", "-v", "x:n,n:symetric"], ["<-v>:1:7", "Did you mean symmetric?"]),
        (["x", "-v", "x:m,n:symmetric"], ["<-v>:1:7", "square"]),
        (["x", "-v", "x:n,n:symmetric,antisymmetric"], ["nothing is both"]),
        (["x", "-v", "x:n:positive:more"], ["<-v>:1:14", "third :"]),
        (["x", "-v", "x:n", "--dims", "m=3"], ["--dims", "m"]),
        (["x", "-v", "x:n", "--dims", "n=0"], ["--dims", "n cannot be 0"]),
        (["x", "-v", "x:n", "--dims", "n=9999999"], ["--dims", "1000000"]),
        (["x", "-v", "x:n", "--layout", "sideways"], ["no layout sideways"]),
        (["x", "-v", "x:n", "--preset", "nobody"], ["no preset nobody"]),
        (["x", "-v", "x:n", "--codegen", "--format", "json"], ["leave out --format"]),
        (["x'*", "-v", "x:n", "--like-matlab"], ["<expression>:1:3", "nothing follows"]),
        (["x*y", "-v", "x:n", "-v", "y:n", "--like-matlab"], ["<expression>:1:1", "n×1"]),
        (["sum(inv(A - A))", "-v", "A:n,n"], ["every inverse exists", "Give other sizes"]),
    ],
)  # fmt: skip
def test_bad_input_is_one_message(args, words):
    done = diff(*args)
    assert done.returncode == 2 and done.stdout == ""
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_leaves_no_file(tmp_path):
    assert diff("A*z", "-v", "A:m,n", "-o", tmp_path / "out").returncode == 2
    assert list(tmp_path.iterdir()) == []
