"""A submission can reach nothing of the host except the facilities that `not_isolated` names."""

import ctypes
import fcntl
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import pytest

from simpsh.grade.sandbox.sandbox import POOLS
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.own_directory import remove_tree
from tests.grade.sandbox.graders import ME, ORDINARY, OTHER_PYTHON, Grader
from tests.harness.sh import PROJECT, run_command
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(300)]

AGAIN = pytest.mark.long("looks at every file of the system once more")
_IPC_CREAT = 0o1000
_libc = ctypes.CDLL(None, use_errno=True)


class Outside:
    """Secrets of a host that a submission must not reach; a context manager removes them."""

    def __init__(self, parents: list[str]) -> None:
        self._stack = ExitStack()
        self.mark = f"simpsh-reach-{os.getpid()}"
        self.key = 0x51000000 + os.getpid() % 100_000
        self.folders = [Path(tempfile.mkdtemp(dir=parent, prefix=self.mark)) for parent in parents]
        for folder in self.folders:
            self._stack.callback(remove_tree, str(folder))
            folder.chmod(0o1777)
            self._fill(folder)
        abstract = self._stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0{self.mark}")
        abstract.listen()
        port = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = port.getsockname()[1]
        self._make_objects()
        self.locked = [str(folder / "locked") for folder in self.folders]
        for path in (*self.locked, "/etc/passwd"):
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY)
                self._stack.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.sleeper = subprocess.Popen([self.mark, "300"], executable="/bin/sleep")
        self._stack.callback(self.sleeper.wait)
        self._stack.callback(self.sleeper.kill)

    def _fill(self, folder: Path) -> None:
        for name, kind in (("stream", socket.SOCK_STREAM), ("packets", socket.SOCK_DGRAM)):
            ours = self._stack.enter_context(socket.socket(socket.AF_UNIX, kind))
            ours.bind(str(folder / name))
            if kind == socket.SOCK_STREAM:
                ours.listen()
        fifo = folder / "fifo"
        os.mkfifo(fifo)
        held = os.open(fifo, os.O_RDWR)
        self._stack.callback(os.close, held)
        os.write(held, b"from outside\n")
        for name in ("file", "locked"):
            (folder / name).write_text("of the host\n")
        for path in folder.iterdir():
            path.chmod(0o666)
        if os.geteuid() == 0:
            with suppress(OSError):
                os.mknod(folder / "memory", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
                (folder / "memory").chmod(0o666)

    def _make_objects(self) -> None:
        for name, words in (("shm", (4096,)), ("sem", (1,)), ("msg", ())):
            found = getattr(_libc, f"{name}get")(self.key, *words, _IPC_CREAT | 0o666)
            remove = {"shm": (found, 0, None), "sem": (found, 0, 0), "msg": (found, 0, None)}[name]
            self._stack.callback(getattr(_libc, f"{name}ctl"), *remove)
        queue = _libc.syscall(NUMBERS["mq_open"], self.mark.encode(), 0o102, 0o666, None)
        if queue >= 0:
            self._stack.callback(_libc.syscall, NUMBERS["mq_unlink"], self.mark.encode())
            os.close(queue)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def facts(self, *seen: str) -> str:
        """Return the program's input as JSON; it may find the paths `seen`."""
        above = {path.split("/")[1] for path in seen}
        return json.dumps(
            {
                "mark": self.mark,
                "key": self.key,
                "port": self.port,
                "paths": [
                    f"{PROJECT}/simpsh/cli",
                    *(str(path) for folder in self.folders for path in folder.iterdir()),
                ],
                "devices": [*{os.stat(path).st_dev for path in ("/", "/usr", *self.folders)}],
                "locked": [*self.locked, "/etc/passwd"],
                "pids": [self.sleeper.pid],
                "numbers": NUMBERS,
                "above": [*above],
                "above_tmp": [path.split("/")[2] for path in seen if path.startswith("/tmp/")],
            }
        )


# Where a system may have sockets, FIFOs and files that everyone may use.
PUBLIC = ("/tmp", "/var/tmp", "/dev/shm", "/srv", "/var/lib", "/usr/local/share", "/opt", "/run")


def reached(folder: Path, *before: str, who: str = ME) -> tuple[list[list[str]], list[str]]:
    """Probe the sandbox of a user; return the findings, and the text of `not_isolated`."""
    grader = Grader(who, folder, before)
    visible = (PROJECT, sys.prefix, sys.base_prefix, str(folder))
    with Outside([path for path in PUBLIC if os.access(path, os.W_OK)]) as outside:
        (folder / "facts.json").write_text(outside.facts(*visible))
        words = ("-m", "tests.grade.sandbox.inside", "reach.py", "facts.json")
        done = grader.python(*words, A_SECRET="x")
    assert done.returncode == 0, (done.stdout + done.stderr)[:3000]
    report = json.loads(done.stdout)
    return json.loads(report["printed"]), report["missing"]


# As in a container: a process in a user namespace may not mount /proc, because parts of the
# current /proc are covered.
HIDES_PROC = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc/acpi && exec "$@"', "sh"]
# As with drivers that a container mounts over files: a process in a user namespace may not uncover
# those files.
COVERS_FILE = [*HIDES_PROC[:4], 'mount --bind /bin/true /usr/bin/cmp && exec "$@"', "sh"]


@pytest.mark.usual("this user")
@pytest.mark.long("looks at every file of the system")
@pytest.mark.parametrize(
    ("before", "who"),
    [
        ([], ME),
        ([], ORDINARY),
        pytest.param(HIDES_PROC, ME, marks=AGAIN),
        pytest.param(COVERS_FILE, ME, marks=AGAIN),
    ],
    ids=["this user", "an ordinary user", "a hidden /proc", "a covered file"],
)
def test_nothing_of_the_host_can_be_reached(outside, before, who):
    if before and (os.geteuid() != 0 or run_command([*before, "true"]).returncode):
        pytest.skip("root, mount namespaces and /proc/acpi are needed")
    found, missing = reached(outside, *before, who=who)
    if "process ids" in missing:
        pytest.skip("no namespaces here")
    # A directory with a covered file has no overlay.
    covered = {"sockets of other programs"} if before == COVERS_FILE else set()
    others = [one for one in found if one[0] not in covered]
    assert not others, "\n".join(map(str, others))
    allowed = {"memory of all its processes together", "what Landlock guards"} | covered
    is_ordinary = who == ORDINARY or os.geteuid() != 0
    assert set(missing) <= allowed | ({"user", POOLS} if is_ordinary else set())


WITHOUT_ADMIN = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
CONTAINER = [sys.executable, "-m", "tests.support.container_profile", "docker"]


@pytest.mark.long("looks at every file of the system")
@pytest.mark.parametrize(
    ("before", "who", "isolated"),
    [
        (WITHOUT_ADMIN, ME, {"user", "process ids", "solutions and results"}),
        ([*WITHOUT_ADMIN, *CONTAINER], OTHER_PYTHON, {"user"}),
        (CONTAINER, ORDINARY, set()),
    ],
    ids=["root without SYS_ADMIN", "root of a container", "user of a container"],
)
def test_reachable_facilities_are_named(outside, before, who, isolated):
    if os.geteuid() != 0:
        pytest.skip("root is needed")
    require("setpriv")
    found, missing = reached(outside, *before, who=who)
    unnamed = [one for one in found if one[0] not in missing]
    assert not unnamed, "\n".join(map(str, unnamed))
    assert not isolated & {*missing}
    # Each sandbox has the filter of system calls, and Landlock.
    assert "kernel" not in {category for category, _ in found}
