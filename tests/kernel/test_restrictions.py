"""A process restricts itself, and makes its mounts read-only."""

import errno
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simpsh.kernel import landlock
from simpsh.kernel.c_library import call
from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS
from simpsh.kernel.processes import set_no_new_privs
from simpsh.process.worker import in_own_process
from tests.harness.sh import PROJECT, run_command

KNOWN = landlock.version()
has_landlock = pytest.mark.skipif(not KNOWN, reason="this kernel has no Landlock")


def error_of(act: Callable[[], object]) -> int:
    """Call `act`; return the errno of its error, or 0 if it succeeds."""
    try:
        act()
    except OSError as error:
        return error.errno
    return 0


@has_landlock
def test_only_the_named_programs_can_be_executed_and_others_cannot_be_read(tmp_path):
    def work() -> list[int]:
        set_no_new_privs()
        true, copy = os.path.realpath("/bin/true"), str(tmp_path / "copy")
        shutil.copy(true, copy)
        read = [path for path in ("/usr/lib", "/usr/lib64", "/etc") if os.path.exists(path)]
        loader = [str(path) for path in Path("/lib64").glob("ld-linux*")]
        landlock.restrict_self(read, [str(tmp_path), "/dev/null"], [true, *loader])
        return [
            os.spawnv(os.P_WAIT, path, [path]) for path in (true, copy, os.path.realpath("/bin/ls"))
        ] + [
            error_of(lambda: Path("/bin/ls").read_bytes()),
            error_of(lambda: os.listdir("/usr/bin")),
            error_of(lambda: Path(copy).read_bytes()),
        ]

    assert in_own_process(work, 20) == [0, 127, 127, errno.EACCES, 0, 0]


@has_landlock
@pytest.mark.parametrize("version", [number for number in range(2, 8) if number <= KNOWN])
def test_only_the_named_places_can_be_written_with_each_version(tmp_path, monkeypatch, version):
    monkeypatch.setattr(landlock, "version", lambda: version)
    for name in ("mine", "other", "mine/one", "mine/two"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "file").write_text("text")

    def work() -> list[int]:
        set_no_new_privs()
        landlock.restrict_self((str(tmp_path), "/usr"), (str(tmp_path / "mine"), "/dev/null"))
        return [
            error_of(act)
            for act in (
                lambda: (tmp_path / "mine" / "one" / "file").write_text("text"),
                # Version 1 of Landlock would refuse this rename.
                lambda: os.rename(tmp_path / "mine/one/file", tmp_path / "mine/two/file"),
                lambda: (tmp_path / "other" / "file").read_text(),
                lambda: os.open("/dev/null", os.O_WRONLY),
                lambda: (tmp_path / "other" / "file").write_text("new"),
                lambda: os.mkdir(tmp_path / "other" / "new"),
                lambda: os.listdir("/etc"),
                lambda: os.rename(tmp_path / "mine/two/file", tmp_path / "other/new"),
            )
        ]

    refused = [errno.EACCES] * 3
    assert in_own_process(work, 20)[:7] == [0, 0, 0, 0, *refused]
    assert in_own_process(work, 20)[7] in (errno.EACCES, errno.EXDEV)


@pytest.mark.skipif(KNOWN < 6, reason="this kernel's Landlock has no scopes")
def test_signals_and_abstract_sockets_stay_inside():
    name = f"\0simpsh-landlock-{os.getpid()}"
    ours, theirs = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    ours.bind(name)
    ours.listen()

    def work() -> list[int]:
        set_no_new_privs()
        landlock.restrict_self(("/",), ())
        child = os.fork()
        if child == 0:
            signal.pause()
        found = [error_of(lambda: os.kill(os.getppid(), 0)), error_of(lambda: theirs.connect(name))]
        found.append(error_of(lambda: os.kill(child, signal.SIGKILL)))
        os.waitpid(child, 0)
        return found

    with ours, theirs:
        assert in_own_process(work, 20) == [errno.EPERM, errno.EPERM, 0]


@pytest.mark.skipif(ARCHITECTURE not in ("x86_64", "aarch64"), reason="another machine")
def test_a_list_of_calls_permits_only_these():
    usual = "read write close exit_group munmap mmap brk futex rt_sigprocmask sendto recvfrom"
    usual += " getppid shutdown wait4 madvise"
    conditions = {
        "socket": [seccomp.Condition(0, errno.EAFNOSUPPORT, (socket.AF_UNIX,))],
        "unshare": [seccomp.Condition(0, errno.EPERM, without=0x1000_0000)],
    }
    assembled = seccomp.permitting(usual.split(), conditions, {"mount": errno.EPERM})

    def work() -> list[int]:
        seccomp.install(assembled)

        def error(name: str, *words: int) -> int:
            return error_of(lambda: call("syscall", NUMBERS[name], *words))

        return [
            error("getppid"),
            error("getuid"),
            error("mount"),
            error("unshare", 0x1000_0000),
            error("unshare", 0x1000_0200),
            error("unshare", 0),
            error("socket", socket.AF_UNIX, 1, 0),
            error("socket", socket.AF_NETLINK, 3, 0),
            # The numbers of x32.
            error_of(lambda: call("syscall", 0x4000_0000 | NUMBERS["getppid"])),
        ]

    expected = [0, errno.ENOSYS, errno.EPERM, errno.EPERM, errno.EPERM, 0, 0, errno.EAFNOSUPPORT]
    assert in_own_process(work, 20) == [*expected, errno.ENOSYS]


# -- all mounts below a directory become read-only ---------------------------------------------


TRIES = """
import errno
import os

from simpsh.kernel import namespaces

namespaces.make_mounts_private()
namespaces.mount("tmpfs", "/mnt")
os.mkdir("/mnt/a place")
namespaces.mount("tmpfs", "/mnt/a place", namespaces.MS_NODEV | namespaces.MS_NOEXEC)
namespaces.make_read_only("/")
for place in ("/", "/tmp", "/dev/shm", "/mnt", "/mnt/a place"):
    try:
        os.mkdir(f"{place}/simpsh-tries")
        print("written", place)
    except OSError as error:
        print(errno.errorcode[error.errno], place)
flags = os.statvfs("/mnt/a place").f_flag
print(bool(flags & os.ST_NODEV), bool(flags & os.ST_NOEXEC), bool(flags & os.ST_NOSUID))
"""


def test_no_mount_can_be_written():
    apart = ("unshare", "-rm")
    if run_command([*apart, "true"]).returncode:
        pytest.skip("no user namespaces")
    done = run_command([*apart, sys.executable, "-c", TRIES], cwd=PROJECT)
    places = ("/", "/tmp", "/dev/shm", "/mnt", "/mnt/a place")
    assert done.stderr == ""
    assert done.stdout == "".join(f"EROFS {one}\n" for one in places) + "True True True\n"
