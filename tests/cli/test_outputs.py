"""Where results go: links, devices, full disks, folders that may not be written; Ctrl-C."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.networks import MLP
from tests.running import run, run_apart


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(MLP)
    return path


def test_a_link_stays_a_link(net, tmp_path):
    (tmp_path / "real.txt").write_text("before")
    link = tmp_path / "link.txt"
    link.symlink_to("real.txt")
    assert run("derive", net, "-o", link).code == 0
    assert link.is_symlink() and "Backward" in (tmp_path / "real.txt").read_text()


def test_a_link_to_nowhere_and_a_link_to_itself(net, tmp_path):
    (tmp_path / "lost").symlink_to(tmp_path / "no" / "such" / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("lost", "loop"):
        done = run("derive", net, "-o", tmp_path / name)
        assert done.code == 2 and done.out == "" and f"cannot write {tmp_path}" in done.err


def test_a_link_to_a_folder_is_a_folder(net, tmp_path):
    (tmp_path / "folder").symlink_to(tmp_path)
    done = run("derive", net, "-o", tmp_path / "folder")
    assert done.code == 2 and "is a directory" in done.err


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path(net, path):
    done = run("derive", net, "-o", path)
    assert done.code == 2 and "is no path" in done.err


def test_a_device_is_written_to_and_stays_one(net, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    assert run("derive", net, "-o", pipe).code == 0
    assert "Backward" in reader.communicate(timeout=20)[0] and pipe.is_fifo()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_disk_gets_a_message(net):
    done = run("derive", net, "-o", "/dev/full")
    assert done.code == 2 and "No space left" in done.err
    command = [sys.executable, "-m", "matcalc.cli.main", "derive", str(net)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "matcalc: cannot write the output: No space left on device\n"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that nobody may write")
def test_a_folder_that_may_not_be_written(net):
    done = run("derive", net, "-o", "/proc/self/out.txt")
    assert done.code == 2 and "cannot write /proc/self/out.txt" in done.err


def test_an_output_file_is_whole_or_as_before(net, tmp_path, monkeypatch):
    out = tmp_path / "out.txt"
    out.write_text("before")

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    assert run("derive", net, "-o", out).code == 2
    assert out.read_text() == "before" and len(list(tmp_path.iterdir())) == 2


def test_a_reader_that_stops_is_no_mistake(net):
    command = f"{sys.executable} -m matcalc.cli.main derive {net} --format json | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout == "{\n" and done.stderr == ""


def test_an_interrupt_leaves_nothing(tmp_path):
    lines = "".join(f"  A{k + 1}: tanh(A{k})\n" for k in range(3000))
    path = tmp_path / "net.yaml"
    path.write_text(f"inputs: {{s: []}}\nnetwork:\n  A0: s\n{lines}  L: A3000\n")
    command = [sys.executable, "-m", "matcalc.cli.main", "derive", path, "-o", "out.txt"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=20)[1]
    assert process.returncode == 130 and err.strip() == "matcalc: interrupted"
    assert list(tmp_path.iterdir()) == [path]


def test_names_of_files_cannot_command_the_terminal(tmp_path):
    done = run("derive", "\x1b[2J\u202e.yaml")
    assert done.code == 2 and done.err.startswith("matcalc: \\x1b[2J\\u202e.yaml: ")
    done = run("derive", "net.yaml", "--\x1b[2J")
    assert done.code == 2 and "\x1b" not in done.err


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_the_same_bytes_in_any_hash_order(net, monkeypatch, seed):
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    done = run_apart("derive", net, "--format", "json", "--jacobians", "--hessians")
    assert done.code == 0
    assert done.out == run("derive", net, "--format", "json", "--jacobians", "--hessians").out


@pytest.mark.parametrize("name", ["y" * 250, "a\nb"])
def test_any_name_that_the_disk_takes(net, tmp_path, name):
    assert run("derive", net, "-o", tmp_path / name).code == 0
    assert {path.name for path in tmp_path.iterdir()} == {name, "net.yaml"}


def test_a_name_that_is_too_long(net, tmp_path):
    done = run("derive", net, "-o", tmp_path / ("y" * 300))
    assert done.code == 2 and "cannot write" in done.err and "Name another file" in done.err


def test_a_file_that_may_not_be_written_stays(net, tmp_path, monkeypatch):
    out = tmp_path / "out.txt"
    out.write_text("before")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anything
    done = run("derive", net, "-o", out)
    assert done.code == 2 and "Permission denied" in done.err and out.read_text() == "before"


def test_closed_streams(net, tmp_path):
    matcalc = f"{sys.executable} -m matcalc.cli.main"
    for command, code, words in (
        (f"{matcalc} derive - <&-", 2, "the file is empty"),
        (f"{matcalc} derive {net} >&-", 2, "cannot write the output"),
        (f"{matcalc} derive {net} -o {tmp_path}/out.txt >&- <&-", 0, ""),
        (f"{matcalc} derive nothing.yaml 2>&-", 2, ""),
    ):
        done = subprocess.run(command, shell=True, capture_output=True, text=True)
        assert done.returncode == code and words in done.stderr and done.stdout == ""
