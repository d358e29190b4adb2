"""Bad files at the command: one message, exit code 2, and nothing else anywhere."""

import pytest

from tests.bad_files import EXPRESSIONS, FILES, MORE, node
from tests.running import run, run_apart

CORPUS = [(node(text), 5, 5 + column, words) for text, column, *words in EXPRESSIONS] + [
    (text, line, column, words) for text, line, column, *words in FILES + MORE
]


def test_the_corpus_is_large():
    assert len({text for text, *_ in CORPUS}) >= 200


def refused(folder, monkeypatch, case, run=run):
    """Run the file; assert that it is refused as it has to be."""
    text, line, column, words = case
    monkeypatch.chdir(folder)
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    done = run("derive", "net.yaml", "-o", "out.txt")
    assert done.code == 2 and done.out == ""
    assert done.err.startswith(f"matcalc: net.yaml:{line}:{column}: ")
    assert all(word in done.err for word in words)
    assert "Traceback" not in done.err
    assert all(c.isprintable() or c == "\n" for c in done.err)
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("k", range(len(CORPUS)))
def test_a_bad_file(tmp_path, monkeypatch, k):
    refused(tmp_path, monkeypatch, CORPUS[k])


@pytest.mark.parametrize("k", [0, 60, 140, 200])
def test_a_bad_file_in_a_process_of_its_own(tmp_path, monkeypatch, k):
    refused(tmp_path, monkeypatch, CORPUS[k], run_apart)
