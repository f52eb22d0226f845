"""No submission stops the class: whatever is handed in, it is that submission's failure alone."""

from __future__ import annotations

import os
import socket
import tempfile
from functools import partial
from pathlib import Path

import pytest

from simpsh.base.own_directory import own_directory, remove_tree
from simpsh.grade.classes.submissions import SubmissionRefused, content_of, copy_into
from simpsh.process.worker import in_own_process
from tests.grade.sandbox.hostile_class import deep_folder


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


def test_a_tree_deeper_than_any_path_is_removed():
    place = Path(tempfile.mkdtemp())
    deep_folder(place / "x", 3000)
    (place / "x" / "closed").mkdir(mode=0)
    remove_tree(str(place))
    assert not place.exists()
