"""The documentation is true: its networks derive, and its examples print what it shows.

In a page, a yaml block with a ``network:`` is a file; its first line may name it, as in
``# net.yaml``. A console block shows commands and lines of their output, in order, with
``...`` where lines are left out.
"""

import doctest
import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from matcalc.cli.main import main

import matcalc as mc
from matcalc.declaration.calls import FORMS
from matcalc.errors import InputError
from matcalc.expressions.operation import LANGUAGE

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\S+\.yaml)\n")
WRONG = "wrong.yaml"
"The file that shows what a message looks like."
INCIDENTAL = re.compile(r"\d\.\de[-+]\d\d|\d+(?= claims)")
"Rounding errors, and how many claims there are to check."


def blocks(page, kind):
    return [text for found, text in FENCE.findall(page.read_text("utf-8")) if found == kind]


def networks(page):
    """The complete networks of a page, by file name, or by number where they have none."""
    found = {}
    for text in blocks(page, "yaml"):
        if re.search(r"^network:", text, re.MULTILINE):
            name = FILE_NAME.match(text)
            found[name[1] if name else f"{len(found)}.yaml"] = text
    return found


def commands(page):
    """(arguments, lines shown) of every ``$ matcalc`` derive, check, trace and grade."""
    found = []
    for text in blocks(page, "console"):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            name, *arguments = shlex.split(command)
            if name == "matcalc" and arguments[0] in ("derive", "check", "trace", "grade"):
                found.append((arguments, shown))
    return found


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command beside the files of a page; gives standard output and error."""

    def run(page, arguments):
        monkeypatch.chdir(tmp_path)
        for name, text in networks(page).items():
            Path(name).write_text(text, "utf-8")
        monkeypatch.setattr(sys, "argv", ["matcalc", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr()

    return run


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=f"{page.name}-{name}")
        for page in PAGES
        for name, text in networks(page).items()
        if name != WRONG
    ],
)
def test_networks_are_derived_and_pass_the_check(text):
    report = mc.check(mc.derive(mc.loads(text)), points=2)
    assert report.ok, report.failed


def test_the_wrong_network_is_wrong():
    (text,) = [found[WRONG] for found in map(networks, PAGES) if WRONG in found]
    with pytest.raises(InputError):
        mc.loads(text)


@pytest.mark.parametrize(
    ("page", "arguments", "shown"),
    [
        pytest.param(page, *example, id=f"{page.name}-{k}")
        for page in PAGES
        for k, example in enumerate(commands(page))
    ],
)
def test_commands_print_what_is_shown(page, arguments, shown, run):
    out, err = run(page, arguments)
    lines = iter([comparable(line) for line in (err + out).splitlines()])
    for line in shown:
        if line.strip() not in ("", "..."):
            assert comparable(line) in lines, f"{arguments}: no line {line!r} after the ones before"


def comparable(line):
    """Without the widths of columns, and without numbers that say nothing to a reader."""
    return " ".join(INCIDENTAL.sub("#", line).split())


def test_the_json_that_is_shown_is_part_of_the_real_one(run):
    page = ROOT / "docs" / "json.md"
    ((arguments, _),) = commands(page)
    (shown,) = blocks(page, "json")
    real = json.loads(run(page, arguments).out)
    assert_part_of(json.loads(shown), real)
    mentioned = set(re.findall(r"`(\w+)`", page.read_text("utf-8")))
    fields = set(real) | {key for name in LISTS for entry in real[name] for key in entry}
    assert fields <= mentioned


LISTS = ("variables", "nodes", "partials", "jacobians", "steps")


def assert_part_of(shown, real):
    """Objects may lack keys, the long lists entries; everything that is there is equal."""
    for key, value in shown.items():
        if key not in LISTS:
            assert value == real[key]
            continue
        for entry in value:
            assert any(entry.items() <= dict(other).items() for other in real[key]), entry


@pytest.mark.parametrize("name", ["python.md", "depth.md"])
def test_python_examples(name, tmp_path, monkeypatch):
    page = ROOT / "docs" / name
    monkeypatch.chdir(tmp_path)
    for name, text in networks(page).items():
        Path(name).write_text(text, "utf-8")
    source = "\n".join(blocks(page, "pycon"))
    test = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    assert test.examples
    complaints = []
    doctest.DocTestRunner(verbose=False).run(test, out=complaints.append)
    assert not complaints, "".join(complaints)


@pytest.mark.parametrize("name", sorted({*LANGUAGE, *FORMS}))
def test_every_name_of_the_language_is_explained(name):
    text = (ROOT / "docs" / "language.md").read_text("utf-8")
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), target
