"""Hostile files at the command, in processes of their own: time, memory and message."""

import numpy as np
import pytest

from tests.hostile import FILES, MEGABYTES, SECONDS, arguments, bomb
from tests.running import run_apart

PATIENCE = 2
"How much longer than an idle machine one that does other things may take."


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_in_time(tmp_path, name):
    data, words, more = arguments(name)
    done = run_apart("derive", "-", "-o", "out.txt", *more, stdin=data, cwd=tmp_path)
    assert done.seconds < PATIENCE * SECONDS and done.megabytes < MEGABYTES
    assert done.out == "" and "Traceback" not in done.err and "a mistake" not in done.err
    if words is None and done.code == 0:
        return
    assert done.code == 2 and (words or "--limit") in done.err
    assert len(done.err) < 4000 and list(tmp_path.iterdir()) == []


def test_values_that_unpack_to_a_gigabyte(tmp_path):
    (tmp_path / "net.yaml").write_text("inputs: {s: []}\nnetwork: {L: s*s}")
    (tmp_path / "in.npz").write_bytes(bomb())
    done = run_apart("eval", "net.yaml", "--values", "in.npz", cwd=tmp_path)
    assert done.code == 2 and "values_bytes" in done.err and done.megabytes < MEGABYTES


def test_values_that_would_run_code(tmp_path):
    (tmp_path / "net.yaml").write_text("inputs: {s: []}\nnetwork: {L: s*s}")
    np.savez(tmp_path / "in.npz", s=np.array([print], dtype=object))
    done = run_apart("eval", "net.yaml", "--values", "in.npz", cwd=tmp_path)
    assert done.code == 2 and "plain arrays" in done.err


def test_limits_can_be_raised(tmp_path):
    (tmp_path / "net.yaml").write_text("inputs: {s: []}\nnetwork:\n  L: " + "+".join("s" * 10_500))
    assert "more than 10000 pieces" in run_apart("derive", "net.yaml", cwd=tmp_path).err
    done = run_apart("derive", "net.yaml", "--limit", "pieces=30_000", cwd=tmp_path)
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("setting", "words"),
    [("piecs=3", "Did you mean pieces?"), ("pieces=x", "has no number"), ("pieces=0", "no number")],
)
def test_what_is_no_limit(tmp_path, setting, words):
    done = run_apart("derive", "net.yaml", "--limit", setting, cwd=tmp_path)
    assert done.code == 2 and words in done.err
