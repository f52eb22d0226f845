"""No submission stops the class: whatever is handed in, it is that submission's failure alone."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest

from simpsh.base.own_directory import own_directory, remove_tree
from simpsh.course.run import worker_process
from simpsh.course.run.worker_process import in_own_process
from simpsh.grade.classes.submission_tree import SubmissionRefused, content_of, copy_into
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.trace.tracer.traced_run import why_not
from tests.grade.confinement import accepted
from tests.grade.two_children import RIGHT
from tests.support.shells import run_command

SIMPSH = [sys.executable, "-P", "-m", "simpsh", "grade"]


def deep(path: Path, depth: int) -> None:
    """Make folders that lie in one another; a path would become too long for a call."""
    path.mkdir()
    folder = os.open(path, os.O_PATH)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=folder)
        inside = os.open("deeper", os.O_PATH, dir_fd=folder)
        os.close(folder)
        folder = inside
    os.close(folder)


@pytest.fixture
def handed(tmp_path):
    place = tmp_path / "submissions"
    place.mkdir()
    yield place
    # pytest's own removal is recursive.
    remove_tree(str(place))


@pytest.mark.slow
def test_the_class_goes_on(tmp_path, handed):
    if why_not():
        pytest.skip("no process may be traced here")
    (handed / "a_good.py").write_text(RIGHT)
    deep(handed / "b_deep", 1500)
    with open(handed / "c_sparse.py", "wb") as file:
        file.truncate(300 << 30)
    os.mkfifo(handed / "d_fifo")
    (handed / "e_link").symlink_to("/proc/kmsg")
    (handed / "f_many").mkdir()
    for number in range(10_050):
        (handed / "f_many" / f"{number}").touch()
    (handed / "g\nline\x1b.py").write_text(RIGHT)
    (handed / "z").mkdir()
    (handed / "z" / "two-children.py").write_text(RIGHT)
    os.mkfifo(handed / "z" / "pipe")
    (handed / "z" / "log.c").symlink_to("/proc/kmsg")
    argv = [*SIMPSH, *accepted(), "--exercise", "two-children", "-j", "2", "submissions"]
    done = run_command(argv, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {
        one["name"]: one
        for one in (json.loads(path.read_text()) for path in (tmp_path / "results").iterdir())
    }
    assert {name: one["problem"] for name, one in found.items() if one["problem"]} == {
        "b_deep": "its folders are more than 64 deep",
        "c_sparse.py": "it has 300 GiB; all of a submission may have 256 MiB",
        "d_fifo": "it is a FIFO; a submission is a file or a folder",
        "e_link": "it is a symbolic link; a submission is a file or a folder",
        "f_many": "it has more than 10000 files and folders",
    }
    good = {"a_good.py", "g\nline\x1b.py", "z"}
    assert {name for name, one in found.items() if one["points"] == one["of"]} == good
    assert sum(one["points"] == 0 for one in found.values()) == 5
    before = {path: path.stat().st_ino for path in (tmp_path / "results").iterdir()}
    again = run_command(argv, cwd=tmp_path)
    assert again.stdout == done.stdout
    assert {path: path.stat().st_ino for path in (tmp_path / "results").iterdir()} == before


def test_what_is_left_out_of_a_copy_is_named(tmp_path, monkeypatch):
    place = tmp_path / "mine"
    (place / "sub").mkdir(parents=True)
    (place / "a.py").write_text("pass\n")
    os.mkfifo(place / "pi\npe")
    # A socket's name has 107 bytes at most: too few for some temporary directories.
    monkeypatch.chdir(place / "sub")
    with socket.socket(socket.AF_UNIX) as here:
        here.bind("s")
    (place / "link").symlink_to("/proc/kmsg")
    (tmp_path / "copy").mkdir()
    target, left_out = copy_into(str(place), "mine", str(tmp_path / "copy"), 1)
    assert left_out == (
        "pi\\npe was left out: it is a FIFO",
        "sub/s was left out: it is a socket",
    )
    assert sorted(os.listdir(target)) == ["a.py", "link", "sub"]
    assert os.readlink(f"{target}/link") == "/proc/kmsg"
    assert content_of(str(place), 1) != content_of(target, 1)


def test_the_sum_of_all_files_counts(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(bytes(400_000))
    assert content_of(str(tmp_path), 2)
    with pytest.raises(SubmissionRefused, match=r"2 has 0\.3815 MiB; all of a submission may have"):
        content_of(str(tmp_path), 1)


def test_what_an_ordinary_grader_may_not_read_is_said():
    def look(path: str) -> str:
        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        try:
            return content_of(path, 1)
        except SubmissionRefused as refusal:
            return str(refusal)

    with own_directory("simpsh-test-") as folder:
        os.chmod(folder, 0o755)
        secret = Path(folder, "secret.txt")
        secret.write_text("x")
        secret.chmod(0)
        said = in_own_process(partial(look, folder), 10)
    assert said == "secret.txt cannot be read: Permission denied"


def test_only_a_regular_file_is_read(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "file").write_text("abc")
    assert read_beginning(str(tmp_path / "file"), 2) == b"ab"
    for name, words in (("fifo", "a FIFO"), ("link", "a symbolic link")):
        with pytest.raises(OSError, match=f"it is {words}"):
            read_beginning(str(tmp_path / name), 2)
    with pytest.raises(OSError, match="it is a device"):
        read_beginning("/dev/null", 2)


def test_a_tree_deeper_than_any_path_is_removed():
    place = Path(tempfile.mkdtemp())
    deep(place / "x", 3000)
    (place / "x" / "closed").mkdir(mode=0)
    remove_tree(str(place))
    assert not place.exists()


def test_a_worker_that_is_late_is_not_taken_for_one_that_was_ended(monkeypatch):
    monkeypatch.setattr(worker_process, "_GRACE_SECONDS", 0)
    with pytest.raises(worker_process.WorkerLate):
        in_own_process(signal.pause, 1)
    with pytest.raises(worker_process.WorkerBroken, match="was ended"):
        in_own_process(lambda: os.kill(os.getpid(), signal.SIGKILL), 100)
