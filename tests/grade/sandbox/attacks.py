"""The table of attacks: programs and files of submissions, by the promise that each attacks.

A program either never solves its task, so that a point shows a leak; or it solves the task after it
has been refused everything that it tried, so that full marks show that the sandbox is tight.
make_class() writes the submissions of one task into a folder.
"""

import io
import os
import shutil
import socket
import stat
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS
from tests.grade.two_children import IN_C, RIGHT
from tests.support.needed_programs import is_installed

FULL, NONE, LESS = "full", "none", "less"
"""Full marks, no point, or some but not all."""
READABLE = "readable"
"""Full marks only if the grader may read all files."""
PYTHON, SHELL, CHECK = "two-children", "shell-1", "check"
"""The tasks."""
MARK = "simpsh-hostile-87651"
"""An argument that identifies surviving processes."""


class Attack(NamedTuple):
    """A submission, and its right mark."""

    name: str
    """Of the file or the folder. It says what is tried."""
    program: str | Callable[[Path], object]
    """The content of the file; or a function that makes the file or folder."""
    says: str = ""
    """A pattern of the expected remark; empty if any remark will do."""
    earns: str = NONE


# ----------------------------------------------------------------- files and folders of submissions


def deep_folder(path: Path, depth: int = 1000) -> None:
    """Make nested folders whose path would be too long for a call."""
    path.mkdir()
    folder = os.open(path, os.O_PATH)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=folder)
        inside = os.open("deeper", os.O_PATH, dir_fd=folder)
        os.close(folder)
        folder = inside
    os.close(folder)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(300 << 30)


def _closed(path: Path) -> None:
    path.write_text(RIGHT)
    path.chmod(0)


def _many(path: Path) -> None:
    path.mkdir()
    for number in range(10_050):
        (path / f"{number}").touch()


def _device(path: Path) -> None:
    if os.geteuid() == 0:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 11))
    else:
        os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(str(path))


def _loop(path: Path) -> None:
    path.mkdir()
    (path / "two-children.py").symlink_to("two-children.py")
    os.mkfifo(path / "pi\npe")


def _mixed(path: Path) -> None:
    path.mkdir()
    (path / "two-children.py").write_text(RIGHT)
    os.mkfifo(path / "pipe")
    (path / "log.c").symlink_to("/proc/kmsg")
    (path / "loop").symlink_to("loop")


def _wide(path: Path) -> None:
    path.mkdir()
    (path / "two-children.py").write_text(RIGHT)
    for number in range(60):
        (path / ("x" * 200 + f"\n\x1b[31m\x9b{number}\u202e")).touch()
    os.mkfifo(path / "<script>.c")


def _archive(path: Path) -> None:
    with tarfile.open(path, "w:gz") as file:
        for name in ("two-children.py", "../../a_good.py", "/tmp/two-children.py"):
            inside = tarfile.TarInfo(name)
            inside.size = len(RIGHT)
            file.addfile(inside, io.BytesIO(RIGHT.encode()))


def _installed_shell(path: Path) -> None:
    shutil.copy("/bin/sh", path)


# ----------------------------------------------------------------------------- parts of programs


def python(code: str) -> str:
    """Return a Python program that makes an attempt and does not solve the task."""
    return f"import os, sys, signal, time, ctypes, socket\n{code}"


_CALLS = (
    *("pidfd_open", "pidfd_getfd", "ptrace", "process_vm_writev", "prlimit64", "kill", "tgkill"),
    *("rt_sigqueueinfo", "pidfd_send_signal"),
)
_MUST = python("""
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {numbers}
def call(name, *words):
    # A file descriptor, or minus what errno says.
    found = libc.syscall(NUMBERS[name], *words)
    return found if found >= 0 else -ctypes.get_errno()
def must(is_so):
    is_so or os._exit(9)
def others():
    return [int(one) for one in os.listdir("/proc") if one.isdigit() and int(one) != os.getpid()]
""").replace("{numbers}", repr({name: NUMBERS[name] for name in _CALLS if name in NUMBERS}))


def refused(code: str, then: str = RIGHT.replace("import os, sys", "")) -> str:
    """Return a program that solves the task if each attempt is refused; must() says which."""
    return f"{_MUST}{code}\n{then}"


# ------------------------------------------------------------------------------- what they spoil

_FILLS = python("""
for place in (".", "/tmp", "/var/tmp", "/dev/shm"):
    for number in range(30):
        try:
            with open(f"{place}/f{number}", "wb") as file:
                while True:
                    file.write(b"x" * (1 << 20))
        except OSError:
            pass
""")
_EXECS = python("""
count = int(os.environ.get("N", "0"))
if count < 300:
    more = [] if count else ["x" * 100_000] * 10
    variables = {"N": str(count + 1), **{str(n): "y" * 100_000 for n in range(5)}}
    os.execve(sys.executable, [sys.executable, *sys.argv, *more], variables)
""")
_THREADS = python("""
import threading
while True:
    try:
        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
    except RuntimeError:
        break
""")
_FORKS = python("while True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n")
_GIGABYTE = python("for _ in range(1024):\n    os.write(1, b'x' * (1 << 20))\n")
_DEEPENS = python("for _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\nos.mkfifo('f')\n")
_REMOVES = python("import shutil\nshutil.rmtree(os.path.dirname(__file__), ignore_errors=True)\n")
_COMMANDS = python("os.write(1, b'\\x1b]0;x\\x07\\x1b[2J\\x9b31m' * 100)\nos.write(2, b'\\x1bc')\n")
_RENAMED = python(f"""
libc = ctypes.CDLL(None)
libc.prctl(15, b") R 1 1 1\\n\\x1b]0;x\\x07", 0, 0, 0)
{RIGHT.replace("import os, sys", "")}
""")
_WRITES = python("""
def write(path, text):
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        pass
for place in ("RESULTS", "SUBMISSIONS", "HOME", "/tmp", "/var/tmp", "/dev/shm", "/var/lock", "/"):
    for name in ("a_good.py", "a_good.py.json", "z_good.py.json", "taken.py.json"):
        try:
            os.makedirs(place, exist_ok=True)
        except OSError:
            pass
        write(f"{place}/{name}", "{}")
for top, _, files in os.walk("/sys/fs/cgroup"):
    for one in files:
        if one in ("cgroup.procs", "tasks", "notify_on_release", "release_agent"):
            write(f"{top}/{one}", str(os.getpid()))
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname"):
    write(path, "h")
libc = ctypes.CDLL(None)
libc.shmget(4711, 1000, 0o1777)
libc.msgget(4711, 0o1777)
libc.semget(4711, 1, 0o1777)
""")
_SURVIVES = python(f"""
libc = ctypes.CDLL(None)
libc.prctl(36, 1, 0, 0, 0)
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sh", ["sh", "-c", "while :; do sleep 1000; done", "{MARK}"])
        os._exit(0)
""")
_IGNORES = python("""
for number in (1, 2, 3, 15):
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(1)
""")
_FILTERS = python("""
# Its own filter: the call that ends a process waits for a listener, which never answers.
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
code = b"".join(
    one.to_bytes(2, "little") + bytes((yes, no)) + value.to_bytes(4, "little")
    for one, yes, no, value in (
        (0x20, 0, 0, 0), (0x15, 0, 1, 231), (0x06, 0, 0, 0x7FC00000), (0x06, 0, 0, 0x7FFF0000)
    )
)
held = ctypes.create_string_buffer(code)
program = (4).to_bytes(8, "little") + ctypes.addressof(held).to_bytes(8, "little")
libc.syscall(317, 1, 8, program)
for code in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(int(code))
""")

# -------------------------------------------------------------------------------- what they reach

_SIGNALS = python("""
for pid in range(2, 3000):
    if pid != os.getpid():
        try:
            os.kill(pid, 9)
        except OSError:
            pass
""")
# By each way that a signal can take; a descriptor may have an owner who gets SIGIO.
_AIMS = refused("""
import fcntl
read_end, write_end = os.pipe()
info = ctypes.create_string_buffer(bytes([9, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, *[0] * 128]))
for pid in (1, *others()):
    must(call("kill", pid, 9) < 0)
    must(call("tgkill", pid, pid, 9) < 0)
    must(call("rt_sigqueueinfo", pid, 9, info) < 0)
    there = call("pidfd_open", pid, 0)
    must(there < 0 or call("pidfd_send_signal", there, 9, None, 0) < 0)
    try:
        fcntl.fcntl(read_end, 10, 9)
        fcntl.fcntl(read_end, fcntl.F_SETOWN, pid)
        fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write_end, b"x")
    except OSError:
        pass
fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)
""")
_REACHES_OTHERS = """
class Piece(ctypes.Structure):
    _fields_ = [("place", ctypes.c_void_p), ("size", ctypes.c_size_t)]
mine = ctypes.create_string_buffer(8)
for pid in others():
    with open(f"/proc/{pid}/stat") as file:
        if f" {os.getpid()} " in file.read().rpartition(")")[2][:12]:
            continue
    there = call("pidfd_open", pid, 0)
    must(call("pidfd_getfd", there, 0, 0) < 0)
    must(call("ptrace", 16, pid, 0, 0) < 0)
    must(call("ptrace", 0x4206, pid, 0, 0) < 0)
    piece = Piece(ctypes.addressof(mine), 8)
    must(call("process_vm_writev", pid, ctypes.byref(piece), 1, ctypes.byref(piece), 1, 0) < 0)
    # How many descriptors a process of one's own user has can be seen; where they lead, not.
    for name in ("mem", "environ", "maps", "fd/0", "fd/1", "cwd"):
        try:
            if name in ("mem", "environ", "maps"):
                got = os.open(f"/proc/{pid}/{name}", os.O_RDWR if name == "mem" else os.O_RDONLY)
                must(not os.read(got, 1))
            else:
                os.readlink(f"/proc/{pid}/{name}")
                must(False)
        except OSError:
            pass
"""
_LIMITS_OTHERS = """
for pid in others():
    for limit in (0, 1, 3, 7):
        must(call("prlimit64", pid, limit, ctypes.create_string_buffer(bytes(16)), 0) < 0)
    must(call("kill", pid, 19) < 0)
    try:
        os.sched_setaffinity(pid, {0})
        must(False)
    except OSError:
        pass
"""
_CLIMBS = refused("""
places = ["/", "/..", "/proc/self/root/..", "/proc/self/cwd/" + "../" * 40]
for name in os.listdir("/proc/self/fd"):
    places += [f"/proc/self/fd/{name}/.."]
for pid in others():
    places += [f"/proc/{pid}/root", f"/proc/{pid}/cwd", f"/proc/{pid}/fd/0/.."]
for place in places:
    try:
        at = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        continue
    for _ in range(8):
        os.fchdir(at)
        os.close(at)
        at = os.open("..", os.O_RDONLY)
    os.fchdir(at)
    must(os.listdir(".") == os.listdir("/"))
    for name in ("SUBMISSIONS", "RESULTS", "HOME", "SHARED", "/srv", "/sys", "/boot"):
        must(not os.path.exists(name))
for name in os.listdir("/proc"):
    if name.isdigit():
        with open(f"/proc/{name}/mountinfo") as file:
            must("SHARED" not in file.read())
""")
# In namespaces of its own: unmounts all, and mounts a file system that never answers.
_MOUNTS = refused("""
uid = os.getuid()
libc.unshare(0x10000000 | 0x20000)
for name, words in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {uid} 1")):
    try:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(words)
    except OSError:
        pass
with open("/proc/self/mounts") as file:
    for line in reversed(file.readlines()):
        must(libc.umount2(line.split()[1].encode(), 2) != 0)
try:
    serving = os.open("/dev/fuse", os.O_RDWR)
except OSError:
    serving = -1
place = f"/tmp/served-{os.getpid()}"
os.mkdir(place)
words = f"fd={serving},rootmode=40000,user_id=0,group_id=0".encode()
must(libc.mount(b"none", place.encode(), b"fuse", 0, words) != 0)
""")
# By the numbers of x32, and of 32-bit programs: unshare, setns, mount, bpf, keyctl, sockets, clone,
# io_uring_setup. No call of a 32-bit program works, not even getpid.
_OTHER_NUMBERS = (
    IN_C
    + """
#include <errno.h>
#include <sys/syscall.h>
static long old(long number, long first, long second, long third) {
    int found;
    __asm__ volatile("int $0x80" : "=a"(found)
                     : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
    return found;
}
static unsigned family[3] = {40, 1, 0};
__attribute__((constructor)) static void begin(void) {
    long x32[] = {272, 308, 165, 321, 250, 41, 425, 298, 434};
    for (unsigned i = 0; i < sizeof x32 / sizeof *x32; i++)
        if (syscall(0x40000000 | x32[i], 0x10000000, 0, 0) >= 0) _exit(9);
    if (old(310, 0x10000000, 0, 0) != -ENOSYS || old(102, 1, (long)family, 0) != -ENOSYS) _exit(9);
    if (old(20, 0, 0, 0) != -ENOSYS) _exit(9);
}
"""
)
_SETS_USER = python("""
words = ["sh", "-p", "-c", "echo {} > RESULTS/a_good.py.json"]
for place in ("SUBMISSIONS/set_user", os.path.dirname(os.path.abspath(__file__))):
    try:
        os.execv(f"{place}/helper", words)
    except OSError:
        pass
""")


def _set_user(path: Path) -> None:
    path.mkdir()
    shutil.copy("/bin/sh", path / "helper")
    (path / "helper").chmod(0o6755)
    (path / "two-children.py").write_text(_SETS_USER)


def _built_by(makefile: str) -> Callable[[Path], None]:
    """Return what makes a folder with a right program and a Makefile."""

    def build(path: Path) -> None:
        path.mkdir()
        (path / "two-children.c").write_text(IN_C)
        text = makefile.replace("SHARED", str(path.parents[1] / "shared"))
        (path / "Makefile").write_text(f"two-children: two-children.c\n\tcc -o $@ $<\n{text}")

    return build


_LEAVES = f"\tsetsid sh -c 'trap \"\" TERM INT; sleep 1000 {MARK}' >/dev/null 2>&1 &\n"
_BUILDS = """\
\t-kill -9 1; kill -STOP 2; echo x > /usr/x; mknod /tmp/d c 1 1; unshare -Ur true && rm $@
\t-ls /proc/1/root/ /proc/2/cwd/ && rm -f $@
\t-python3 -c "import socket; socket.socket(socket.AF_UNIX).connect('SHARED/socket')" && rm -f $@
"""

# ------------------------------------------------------- what the record of the kernel must contain

_HIDES = """
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (syscall(SYS_clone, SIGCHLD | CLONE_UNTRACED, 0, 0, 0, 0) == 0) _exit(atoi(argv[i]));
    for (int status, pid; (pid = wait(&status)) > 0;)
        printf("%d %d\\n", pid, WEXITSTATUS(status));
}
"""
_OLD_CALLS = """
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int old(int number, int first) {
    int found;
    __asm__ volatile("int $0x80" : "=a"(found) : "a"(number), "b"(first) : "memory");
    return found;
}
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (old(2, 0) == 0) old(1, atoi(argv[i]));
    for (int i = 1; i < argc; i++) printf("%d %s\\n", old(7, -1), argv[i]);
}
"""
LOOP = "while True:\n    try:\n        line = input('$ ')\n    except EOFError:\n        break\n"
"""The loop of a shell in Python, without the work on its lines."""
X86 = (_OTHER_NUMBERS, _FILTERS)
"""Programs with calls that other machines lack."""

# ------------------------------------------------ what they find of a check, its files and answers

_SPY = """#!/usr/bin/python3
import ctypes, fcntl, glob, os, re, signal, socket, stat, sys, time
word = sys.argv[1]
def look(data):
    # What the check wants for the argument: the rest of its line.
    if found := re.search(rb"(?m)^" + word.encode() + rb" (it says .*)$", data):
        print(found[1].decode(), flush=True)
        os._exit(0)
def take(path):
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            for name in os.listdir(path):
                inside = os.path.join(path, name)
                if os.path.isfile(inside) and os.path.getsize(inside) < 1 << 20:
                    take(inside)
        else:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                look(file.read(1 << 20))
    except OSError:
        pass
def ignoring(call, *words):
    try:
        return call(*words)
    except OSError:
        return None
"""
SPIES = {
    "texts-of-processes": r"""
for name in ("cmdline", "environ", "mountinfo"):
    for path in glob.glob(f"/proc/[0-9]*/{name}"):
        text = ignoring(lambda: open(path).read()) or ""
        for part in {*re.split(r"[\0\s='\"();&|<>]+", text)} - {"", "/"}:
            take(part)
            take(os.path.dirname(part))
        look(text.encode())
""",
    "open-files": r"""
for name in ("fd/*", "cwd", "root", "exe", "map_files/*", "cwd/..", "root/tmp", "root/tmp/*"):
    for path in glob.glob(f"/proc/[0-9]*/{name}"):
        take(path)
""",
    # With the first answer right, a loop of the check that finds no second line would pass.
    "ends-input": r"""
ignoring(os.lseek, 0, 0, os.SEEK_END)
ignoring(lambda: os.read(0, 1 << 20))
ignoring(fcntl.fcntl, 0, fcntl.F_SETFL, os.O_NONBLOCK)
print("it says word")
""",
    "cuts-files": r"""
for number in range(3):
    path = f"/proc/self/fd/{number}"
    ignoring(lambda: os.truncate(path, 0) if os.path.isfile(path) else None)
    ignoring(os.ftruncate, number, 0)
print("it says word")
""",
    "inherited": r"""
for number in range(256):
    if ignoring(os.fstat, number):
        ignoring(os.lseek, number, 0, os.SEEK_SET)
        ignoring(os.set_blocking, number, False)
        look(ignoring(os.read, number, 1 << 20) or b"")
        take(f"/proc/self/fd/{number}")
""",
    "walks": r"""
passed_over = {"proc", "sys", "usr", "lib", "lib64", "opt", "include", "share", "bin", "sbin"}
for top, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if name not in passed_over]
    for name in names:
        path = os.path.join(top, name)
        take(path) if (ignoring(os.path.getsize, path) or 1 << 20) < 1 << 20 else None
""",
    "memory": r"""
libc = ctypes.CDLL(None)
for pid in range(1, 500):
    if pid != os.getpid():
        if libc.ptrace(0x4206, pid, 0, 0) == 0:
            print("it says", word)
        take(f"/proc/{pid}/mem")
""",
    "kills": r"""
for pid in (*range(1, 500), -1):
    if pid != os.getpid():
        for number in (signal.SIGCONT, signal.SIGUSR1, signal.SIGKILL):
            ignoring(os.kill, pid, number)
""",
    "sockets": r"""
for line in open("/proc/net/unix").read().splitlines()[1:]:
    name = line.split()[7:]
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        here = socket.socket(socket.AF_UNIX, kind)
        here.settimeout(1)
        if name and ignoring(here.connect, name[0].replace("@", "\0")) is None:
            look(ignoring(here.recv, 1 << 16) or b"")
""",
    "shared-memory": r"""
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for line in open("/proc/sysvipc/shm").read().splitlines()[1:]:
    at = libc.shmat(int(line.split()[1]), None, 0o10000)
    look(ctypes.string_at(at, int(line.split()[3]))) if at != 2**64 - 1 else None
for folder in ("/dev/shm", "/dev/mqueue", "/var/tmp", "/tmp"):
    take(folder)
""",
    # The first run leaves a process that watches, for the second run.
    "stays": r"""
take("/tmp/found")
if os.fork() == 0:
    os.setsid()
    for number in range(3):
        os.close(number)
    word = "other"
    with open("/tmp/found", "wb") as file:
        for _ in range(200):
            for path in [*glob.glob("/tmp/**", recursive=True), *glob.glob("/proc/[0-9]*/fd/*")]:
                data = ignoring(lambda: open(path, "rb").read(1 << 16))
                file.write(data or b"") if data and b"other it says" in data else None
            file.flush()
            time.sleep(0.01)
    os._exit(0)
print("it says word")
""",
    "terminals": r"""
import termios
for path in ("/dev/tty", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "/dev/pts/0"):
    if (terminal := ignoring(os.open, path, os.O_RDWR | os.O_NONBLOCK)) is not None:
        ignoring(fcntl.ioctl, terminal, termios.TIOCSTI, b"q")
        look(ignoring(os.read, terminal, 1 << 16) or b"")
""",
    "replaces": r"""
own = os.path.dirname(os.path.abspath(sys.argv[0]))
paths = [f"{folder}/{name}" for folder in ("/tmp", own, ".")
         for name in ("sh", "[", "test", "read", "expected.txt", "check.sh", "run")]
for path in [*paths, *glob.glob("/tmp/*/*")]:
    def write():
        ignoring(os.unlink, path)
        with open(path, "w") as file:
            file.write("#!/bin/sh\nkill -9 $PPID; exit 0\n")
        os.chmod(path, 0o755)
    ignoring(write)
""",
}

ATTACKS: Mapping[str, Mapping[str, tuple[Attack, ...]]] = {
    PYTHON: {
        "A submission may have 10,000 files and folders, nested 64 deep, and a total size": (
            Attack("deep", deep_folder, "its folders are more than 64 deep"),
            Attack("many", _many, "it has more than 10000 files and folders"),
            Attack("sparse.py", _sparse, "it has 300 GiB"),
        ),
        "simpsh follows no links and opens no FIFOs, sockets or devices; the report names them": (
            Attack("fifo", os.mkfifo, "it is a FIFO"),
            Attack("link", lambda path: path.symlink_to("/proc/kmsg"), "it is a symbolic link"),
            Attack("socket", _socket, "it is a socket"),
            Attack("device", _device, "it is a (device|FIFO)"),
            Attack("loop", _loop, r"it holds no file.*pi\\\\npe was left out: it is a FIFO"),
            Attack("mixed", _mixed, earns=FULL),
        ),
        "or cannot be read, its report says so, and the class continues": (
            Attack("a_good.py", RIGHT, earns=FULL),
            Attack("closed.py", _closed, earns=READABLE),
            Attack("nothing", b"\x7fELF\2\1\1".decode()),
            Attack("prints.py", "import sys\nfor one in sys.argv[1:]:\n    print(4711, one)\n"),
        ),
        "A zip or a tar is unpacked in the sandbox": (
            Attack("archive.tar.gz", _archive, earns=FULL),
        ),
        "Texts have no control characters": (
            Attack("line\n\x1b[2J.py", RIGHT, earns=FULL),
            Attack("n" * 240 + ".py", RIGHT, earns=FULL),
            Attack("wide", _wide, earns=FULL),
            Attack("commands.py", _COMMANDS),
            Attack("renamed.py", _RENAMED, earns=FULL),
        ),
        "If a submission exceeds a limit, it is still judged": (
            Attack("forks.py", _FORKS),
            Attack("threads.py", _THREADS),
            Attack("fills.py", _FILLS),
            Attack("gigabyte.py", _GIGABYTE),
            Attack("execs.py", _EXECS),
            Attack("ignores.py", _IGNORES, "never ended"),
            Attack("filters.py", _FILTERS, "never ended|ended after"),
        ),
        "Other results are not affected": (
            Attack("overwrites.py", _WRITES),
            Attack("set_user", _set_user),
            Attack("deepens.py", _DEEPENS),
            Attack("removes.py", _REMOVES),
        ),
        "no process is left over, not even a daemon or one that ignores signals": (
            Attack("survives.py", _SURVIVES),
            Attack("leaves", _built_by(_LEAVES), earns=FULL),
        ),
        "can neither read nor change your files, and cannot signal your processes": (
            Attack("kills.py", python("os.kill(-1, 9)\n")),
            Attack("signals.py", _SIGNALS),
            Attack("aims.py", _AIMS, earns=FULL),
            Attack("reaches.py", refused(_REACHES_OTHERS), earns=FULL),
            Attack("limits.py", refused(_LIMITS_OTHERS), earns=FULL),
        ),
        "no home, no `/srv`, no other submission, no results, no solutions": (
            Attack("climbs.py", _CLIMBS, earns=FULL),
            Attack("reads.py", python("os.execv(sys.executable, [sys.executable, 'SOLUTION'])")),
        ),
        "Refused are new namespaces, mounts": (
            Attack("mounts.py", _MOUNTS, earns=FULL),
            Attack("other_numbers.c", _OTHER_NUMBERS, earns=FULL),
        ),
        "Compilers and make run inside the sandbox": (
            Attack("zero.c", '#include "/dev/zero"\n', "it was not built"),
            Attack("builds", _built_by(_BUILDS), earns=FULL),
        ),
        "simpsh judges what processes do: forks, execs, waits": (
            Attack("hides.c", _HIDES, earns=FULL),
            Attack("old_calls.c", _OLD_CALLS, earns=LESS),
        ),
    },
    SHELL: {
        "**Another program's work does not count.**": (
            Attack("honest.py", "SHELL", earns=FULL),
            Attack("shell", _installed_shell, "the program that is judged is /"),
        )
    },
    CHECK: {
        "passed if `COMMAND SUBMISSION` ends with status 0; the last line that it prints": (
            Attack("right", "#!/bin/sh\necho it says $1\n", earns=FULL),
            Attack("wrong", "#!/bin/sh\necho $1\n", "it says"),
        ),
        "It cannot see, trace or signal a process of the check": (
            Attack(
                "reaches",
                "#!/usr/bin/python3\n"
                + refused(
                    # Pid 1 is a helper of the program, not of the check.
                    f"{_REACHES_OTHERS}must(len(others()) <= 1)",
                    "print('it says', sys.argv[1])\n",
                ),
                earns=FULL,
            ),
        ),
        "**The program does not see the check**": tuple(
            Attack(name, _SPY + attempt, "it says: ") for name, attempt in SPIES.items()
        ),
    },
}
"""By the task, and by a part of the sentence in docs/grading.md that each attack tries to break."""
CHECK_SCRIPT = """#!/bin/sh
# Passed if the program prints its argument, in two runs.
while read -r word want; do
    said=$("$SIMPSH_RUN" "$2" $word)
    [ "$said" = "$want" ] || { echo "it says: $said"; exit 1; }
done < "$1"
"""
CHECK_ANSWERS = "word it says word\nother it says other\n"


def make_class(folder: Path, task: str, meant: Mapping[str, str]) -> list[Attack]:
    """Write the submissions of a task into a new folder, and return them.

    `meant` has the values of RESULTS, SUBMISSIONS, HOME, SHARED, SOLUTION and SHELL in programs.
    """
    folder.mkdir()
    made = []
    for attack in (one for attacks in ATTACKS[task].values() for one in attacks):
        needs_gcc = attack.name.endswith(".c") or attack.name in ("leaves", "builds")
        if needs_gcc and not is_installed("gcc"):
            continue
        if attack.program in X86 and ARCHITECTURE != "x86_64":
            continue
        place = folder / attack.name
        if callable(attack.program):
            attack.program(place)
        else:
            text = attack.program
            for word, value in meant.items():
                text = text.replace(word, value)
            place.write_text(text)
            if text.startswith(("#!", "\x7f")):
                place.chmod(0o755)
        made.append(attack)
    return made
