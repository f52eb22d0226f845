"""A file is written whole or not at all, and in a folder of all no other user can get at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from simpsh.base.atomic_write import replace_file, write_whole
from simpsh.base.errors import SimpshError
from tests.support.shells import PROJECT, run_command

NAMESPACE = ["unshare", "-m"]


def test_only_its_owner_may_read_it_unless_it_is_asked_for(tmp_path):
    path = tmp_path / "file"
    for mode, wanted in ((0o600, 0o600), (0o644, 0o644)):
        replace_file(str(path), "x", mode)
        assert path.stat().st_mode & 0o777 == wanted
    write_whole(str(path), "y")
    assert path.stat().st_mode & 0o777 == 0o600
    before = os.umask(0o027)
    try:
        replace_file(str(path), "z", None)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text() == "z"
    assert os.listdir(tmp_path) == ["file"]


def test_its_name_is_not_known_before_and_what_cannot_be_replaced_stays(tmp_path, monkeypatch):
    opened = []
    real = os.open

    def noted(path, flags, mode=0o777, **more):
        opened.append((path, flags))
        return real(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", noted)
    for _ in range(2):
        write_whole(str(tmp_path / "grades.csv"), "x")
    (first, flags), (second, _) = opened
    assert first != second
    assert str(os.getpid()) not in os.path.basename(first).split("-")
    assert os.path.dirname(first) == str(tmp_path)
    assert flags & os.O_EXCL
    assert flags & os.O_NOFOLLOW
    (tmp_path / "folder").mkdir()
    with pytest.raises(SimpshError, match=r"folder: Is a directory$"):
        write_whole(str(tmp_path / "folder"), "x")
    assert sorted(os.listdir(tmp_path)) == ["folder", "grades.csv"]


FULL = """
import os, sys
sys.path.insert(0, PROJECT)
from simpsh.base.atomic_write import write_whole
from simpsh.base.errors import SimpshError
write_whole("kept", "old")
try:
    while True:
        with open("filler", "ab", buffering=0) as file:
            if file.write(bytes(4096)) < 4096:
                break
except OSError:
    pass
for name in ("kept", "new"):
    try:
        write_whole(name, "x" * 9000)
    except SimpshError as problem:
        print(problem)
print(open("kept").read(), sorted(os.listdir()))
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="root is needed")
def test_a_full_disk_leaves_no_empty_file(tmp_path):
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    (tmp_path / "disk").mkdir()
    (tmp_path / "full.py").write_text(FULL.replace("PROJECT", repr(PROJECT)))
    command = (
        f"mount -t tmpfs -o size=64k none {tmp_path}/disk && cd {tmp_path}/disk && "
        f"exec {sys.executable} -B {tmp_path}/full.py"
    )
    done = run_command([*NAMESPACE, "sh", "-c", command])
    assert done.stdout.splitlines() == [
        "kept: No space left on device",
        "new: No space left on device",
        "old ['filler', 'kept']",
    ], done.stderr
