"""A file is written whole or not at all, changed under a lock, and used only if it is ours."""

import os
import subprocess
import sys
from contextlib import suppress
from unittest.mock import Mock

import pytest

from simpsh.base import file_store
from simpsh.base.errors import SimpshError
from simpsh.base.file_store import (
    NotTrusted,
    append_own,
    check_trust,
    is_first_time,
    locked,
    read_own,
    replace_file,
    state_path,
    write_whole,
)
from tests.harness.sh import PROJECT, run_command

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


def test_a_lock_that_is_interrupted_leaves_no_descriptor(tmp_path, monkeypatch):
    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(file_store, "lock", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt), locked(str(tmp_path)):
        pass
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_the_temporary_name_is_random_and_removed_if_the_file_cannot_be_replaced(
    tmp_path, monkeypatch
):
    opened = []
    real = os.open

    def noted(path, flags, mode=0o777, **more):
        if flags & os.O_CREAT:
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


@pytest.mark.parametrize("has_renamed", [False, True])
def test_an_interrupt_during_the_rename_stays_an_interrupt(tmp_path, monkeypatch, has_renamed):
    rename = os.replace

    def interrupted(old, new):
        if has_renamed:
            rename(old, new)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_file(str(tmp_path / "file"), "x")
    assert os.listdir(tmp_path) == ["file"] * has_renamed


FULL = """
import os, sys
sys.path.insert(0, PROJECT)
from simpsh.base.file_store import write_whole
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


@pytest.mark.needs("unshare", "root")
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


OTHER = 12345
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def home(tmp_path, monkeypatch):
    path = tmp_path / "home"
    path.mkdir()
    monkeypatch.setenv("HOME", str(path))
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return path


def put(path, text):
    with locked(os.path.dirname(path)):
        with suppress(FileNotFoundError):
            read_own(path)
        replace_file(path, text)


def is_trusted(path):
    try:
        check_trust(path)
    except NotTrusted:
        return False
    return True


@AS_ROOT
@pytest.mark.parametrize(
    "foreign", ["", ".local", ".local/state", ".local/state/simpsh", ".local/state/simpsh/file"]
)
def test_nothing_on_the_way_to_a_file_may_belong_to_another_user(home, foreign):
    path = state_path("file")
    put(path, "mine")
    assert is_trusted(path)
    os.chown(home / foreign, OTHER, OTHER)
    assert not is_trusted(path)
    with pytest.raises(NotTrusted, match=f"^{(home / foreign)}: it belongs to another user"):
        read_own(path)
    with pytest.raises(NotTrusted):
        put(path, "other")
    with pytest.raises(NotTrusted):
        append_own(path, "more")
    assert is_first_time("shown")
    assert is_first_time("shown") is not foreign.endswith("file")
    assert (home / ".local/state/simpsh/file").read_text() == "mine"


@AS_ROOT
def test_a_link_to_a_directory_of_ours_in_another_users_home_is_not_followed(home, tmp_path):
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "file").write_text("secret")
    (home / ".local" / "state").mkdir(parents=True)
    (home / ".local" / "state" / "simpsh").symlink_to(ours)
    # This user made the link, so its target may be anywhere.
    assert read_own(state_path("file")) == b"secret"
    os.chown(home, OTHER, OTHER)
    with pytest.raises(NotTrusted):
        read_own(state_path("file"))


@pytest.mark.parametrize(
    ("mode", "group", "wanted"),
    [(0o600, 0, True), (0o644, 0, True), (0o602, 0, False), (0o660, 999, False)],
)
@AS_ROOT
def test_a_file_that_others_can_write_to_is_rejected(home, mode, group, wanted):
    path = state_path("file")
    put(path, "mine")
    os.chown(path, 0, group)
    os.chmod(path, mode)
    assert is_trusted(path) is wanted
    os.chmod(path, 0o600)
    folder = os.path.dirname(path)
    os.chown(folder, 0, group)
    os.chmod(folder, mode | 0o100)
    assert is_trusted(path) is wanted


def test_directories_are_made_for_their_owner_alone_and_a_shared_one_may_be_sticky(home):
    home.chmod(0o1777)
    before = os.umask(0)
    try:
        put(state_path("file"), "x")
    finally:
        os.umask(before)
    for name in (".local", ".local/state", ".local/state/simpsh"):
        assert (home / name).stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_too_large_is_not_read(home):
    path = state_path("file")
    put(path, "x" * 100)
    with pytest.raises(NotTrusted, match="larger"):
        read_own(path, 99)


@pytest.mark.parametrize("name", ["/dev/full", "/proc/none/file", "/dev/full/file"])
def test_a_write_that_fails_names_the_file_that_was_asked_for(name):
    with pytest.raises(SimpshError, match=f"^{name}: "):
        write_whole(name, "x")
