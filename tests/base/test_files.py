"""Files: facts about them, and writing them whole, completely and only if they are ours."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from unittest.mock import Mock

import pytest

from simpsh.base import file_facts, file_store
from simpsh.base.complete_write import write_all
from simpsh.base.errors import SimpshError
from simpsh.base.file_store import (
    NotTrusted,
    append_own,
    check_trust,
    locked,
    read_own,
    replace_file,
    state_path,
    write_whole,
)
from tests.harness.process import child
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


# -- an error of the machine is never the answer that there is no file -------------------------


ASKED: tuple[Callable[[str], object], ...] = (
    file_facts.is_there,
    file_facts.is_file,
    file_facts.is_folder,
    file_facts.is_link,
    file_facts.is_program,
    file_facts.real_path,
)


@pytest.fixture
def failing(monkeypatch) -> Callable[..., None]:
    """Make stat(2) and lstat(2) fail with these errors, and then work again."""
    real = {name: getattr(os, name) for name in ("stat", "lstat")}
    left: list[int] = []

    def call(name: str, *words: object, **options: object) -> object:
        if left:
            number = left.pop(0)
            raise OSError(number, os.strerror(number))
        return real[name](*words, **options)

    for name in real:
        monkeypatch.setattr(os, name, lambda *words, name=name, **ways: call(name, *words, **ways))
    return lambda *numbers: left.extend(numbers)


def test_an_existing_file_has_the_answers_of_os_path(tmp_path):
    program, folder, link = tmp_path / "run", tmp_path / "folder", tmp_path / "link"
    program.write_text("")
    program.chmod(0o755)
    folder.mkdir()
    link.symlink_to("run")
    (tmp_path / "loop").symlink_to("loop")
    for path in (program, folder, link, tmp_path / "loop", tmp_path / "none", program / "below"):
        word = str(path)
        assert file_facts.is_there(word) == path.exists(), word
        assert file_facts.is_file(word) == path.is_file(), word
        assert file_facts.is_folder(word) == path.is_dir(), word
        assert file_facts.is_link(word) == path.is_symlink(), word
        assert file_facts.is_program(word) == (path.is_file() and os.access(word, os.X_OK)), word
        assert file_facts.real_path(word) == os.path.realpath(word), word
    assert not file_facts.is_there("a\0b")
    assert not file_facts.is_file(str(tmp_path / ("x" * 300)))


def test_a_path_that_leads_nowhere_stays_as_it_is(tmp_path, monkeypatch):
    assert file_facts.real_path("") == ""
    (tmp_path / "removed").mkdir()
    monkeypatch.chdir(tmp_path / "removed")
    (tmp_path / "removed").rmdir()
    assert file_facts.real_path("run") == "run"


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.__name__)
@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EINTR, errno.EIO, errno.ENFILE])
def test_an_error_of_the_machine_is_raised(tmp_path, failing, ask, number):
    (tmp_path / "run").write_text("")
    failing(number)
    with pytest.raises(OSError, match=os.strerror(number)):
        ask(str(tmp_path / "run"))


def test_a_folder_that_cannot_be_read_is_not_empty(tmp_path, monkeypatch):
    (tmp_path / "a.c").write_text("")
    (tmp_path / ".b.c").write_text("")
    assert file_facts.matching(str(tmp_path), "*.c") == [str(tmp_path / "a.c")]

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(os, "listdir", refuse)
    monkeypatch.setattr(os, "scandir", refuse)
    for listed in (
        lambda: file_facts.matching(str(tmp_path), "*"),
        lambda: [*file_facts.walk(str(tmp_path))],
    ):
        with pytest.raises(OSError, match="Cannot allocate"):
            listed()


def test_a_program_is_found_in_path_as_by_which(tmp_path, monkeypatch):
    (tmp_path / "run").write_text("")
    monkeypatch.setenv("PATH", f"/nowhere:{tmp_path}")
    assert file_facts.program_called("run") == ""
    (tmp_path / "run").chmod(0o755)
    assert file_facts.program_called("run") == str(tmp_path / "run")
    assert file_facts.program_called(str(tmp_path / "run")) == str(tmp_path / "run")


# -- write_all() writes all of the data, or raises: it neither loses a part nor repeats for ever


def small_pipe():
    """Return the ends of a full pipe of one page with O_NONBLOCK, and its size."""
    import fcntl

    read_end, write_end = os.pipe()
    size = fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 1)
    os.write(write_end, b"." * size)
    os.set_blocking(write_end, False)
    return read_end, write_end, size


def test_a_full_pipe_with_o_nonblock_is_waited_for_and_no_byte_is_lost():
    read_end, write_end, size = small_pipe()
    data = bytes(range(256)) * 300
    taken = []
    with open(read_end, "rb", buffering=0) as file:
        reader = threading.Thread(target=lambda: taken.append(b"".join(iter(file.readline, b""))))
        reader.start()
        write_all(write_end, data)
        os.close(write_end)
        reader.join()
    assert taken == [b"." * size + data]


def test_a_descriptor_that_takes_nothing_is_an_error():
    with child(signal.pause) as pid:
        memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
    try:
        assert os.write(memory, b"x") == 0
        with pytest.raises(OSError, match="Input/output error"):
            write_all(memory, b"x")
    finally:
        os.close(memory)


@pytest.mark.parametrize(
    "number", [errno.EAGAIN, errno.EIO, errno.ENOSPC, errno.EBADF, errno.EPERM, errno.EFBIG]
)
def test_each_error_raises_also_one_that_comes_again_and_again(number):
    calls = []

    def write(_descriptor, data):
        calls.append(data)
        if len(calls) == 1:
            return 1
        raise OSError(number, os.strerror(number))

    null = os.open(os.devnull, os.O_WRONLY)
    try:
        with pytest.raises(OSError, match=os.strerror(number)):
            write_all(null, b"abc", write)
    finally:
        os.close(null)
    assert {*calls[1:]} == {b"bc"}
    assert len(calls) == 2 if number != errno.EAGAIN else 2 < len(calls) < 1000
