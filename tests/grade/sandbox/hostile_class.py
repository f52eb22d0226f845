"""A class of mostly hostile submissions, with their marks and messages.

make_class() writes the submissions of one task into a folder. KINDS has all of them, by task; the
suite leaves out slow ones.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from simpsh.kernel import landlock
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from tests.grade.sandbox.check_spies import SPIES
from tests.grade.sandbox.kernel_attempts import (
    AIMS,
    ASKS,
    BUILDS,
    CLIMBS,
    FILTERS,
    LIMITS,
    OLD_KEYS,
    OTHER_NUMBERS,
    OWN_NAMESPACES,
    REACHES,
    REACHES_CHECK,
    SERVES,
    SETS_USER,
    python,
)
from tests.grade.two_children import IN_C, RIGHT
from tests.support.needed_programs import is_installed

FULL, NONE, LESS = "full", "none", "less"
"""Full marks, no point, or some but not all."""
READABLE, APART = "readable", "apart"
"""Full marks only if the grader may read all files, or if the submission runs as another user."""
PYTHON, SHELL, CHECK = "two-children", "shell-1", "check"
MARK = "simpsh-hostile-87651"
"""An argument that identifies surviving processes."""


class Kind(NamedTuple):
    name: str
    text: str | Callable[[Path], object]
    """The content of the file; or a function that makes the file or folder."""
    said: str = ""
    """A part of the expected remark; empty if any remark will do."""
    points: str = NONE
    is_long: bool = False
    """Whether the suite leaves it out: it takes long, or another test covers it."""


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


def _archive(path: Path) -> None:
    with tarfile.open(path, "w:gz") as file:
        for name in ("two-children.py", "../../a_good.py", "/tmp/two-children.py"):
            inside = tarfile.TarInfo(name)
            inside.size = len(RIGHT)
            file.addfile(inside, io.BytesIO(RIGHT.encode()))


def _set_user(path: Path) -> None:
    path.mkdir()
    shutil.copy("/bin/sh", path / "helper")
    (path / "helper").chmod(0o6755)
    (path / "two-children.py").write_text(SETS_USER)


def _wide(path: Path) -> None:
    path.mkdir()
    (path / "two-children.py").write_text(RIGHT)
    for number in range(60):
        (path / ("x" * 200 + f"\n\x1b[31m\x9b{number}\u202e")).touch()
    os.mkfifo(path / "<script>.c")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(str(path))


def _mixed(path: Path) -> None:
    path.mkdir()
    (path / "two-children.py").write_text(RIGHT)
    os.mkfifo(path / "pipe")
    (path / "log.c").symlink_to("/proc/kmsg")
    (path / "loop").symlink_to("loop")


def _made(path: Path) -> None:
    path.mkdir()
    (path / "two-children.c").write_text(IN_C)
    (path / "Makefile").write_text(
        "two-children: two-children.c\n\tcc -o $@ $<\n"
        f"\tsetsid sh -c 'trap \"\" TERM INT; sleep 1000 {MARK}' >/dev/null 2>&1 &\n"
    )


def _builds(path: Path) -> None:
    path.mkdir()
    (path / "two-children.c").write_text(IN_C)
    (path / "Makefile").write_text(BUILDS.replace("SHARED", str(path.parents[1] / "shared")))


def _loop(path: Path) -> None:
    path.mkdir()
    (path / "two-children.py").symlink_to("two-children.py")
    os.mkfifo(path / "pi\npe")


def _changed(path: Path) -> None:
    code = Path("/bin/sh").read_bytes()
    path.write_bytes(code.replace(b"\x0f\x1f\x84\0\0\0\0\0", b"\x0f\x1f\x84\0\1\0\0\0", 1))
    path.chmod(0o755)


TRACES = python("""
libc = ctypes.CDLL(None)
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (1, os.getpid()):
        got = libc.ptrace(0x4206, int(name), 0, 0)
        try:
            got = os.open(f"/proc/{name}/mem", os.O_RDWR)
        except OSError:
            got = -1
        if got >= 0:
            os.write(got, b"x")
""")
ESCAPES = python("""
for top, _, files in os.walk("/sys/fs/cgroup"):
    for one in files:
        if one in ("cgroup.procs", "tasks", "notify_on_release", "release_agent"):
            try:
                with open(f"{top}/{one}", "w") as file:
                    file.write(str(os.getpid()))
            except OSError:
                pass
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname"):
    try:
        with open(path, "w") as file:
            file.write("h")
    except OSError:
        pass
""")
UNMOUNTS = python(f"""
libc = ctypes.CDLL(None)
{OWN_NAMESPACES}
for _ in range(3):
    with open("/proc/self/mounts") as file:
        for line in reversed(file.readlines()):
            libc.umount2(line.split()[1].encode(), 2)
for place in ("RESULTS", "SUBMISSIONS", "HOME"):
    try:
        os.listdir(place)
        with open(f"{{place}}/a_good.py.json", "w") as file:
            file.write("{{}}")
    except OSError:
        pass
""")
WRITES = python("""
for place in ("RESULTS", "SUBMISSIONS", "HOME", "/tmp", "/var/tmp", "/dev/shm", "/var/lock", "/"):
    for name in ("a_good.py", "a_good.py.json", "z_good.py.json", "taken.py.json"):
        try:
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/{name}", "w") as file:
                file.write("{}")
        except OSError:
            pass
libc = ctypes.CDLL(None)
libc.shmget(4711, 1000, 0o1777)
libc.msgget(4711, 0o1777)
libc.semget(4711, 1, 0o1777)
""")
SURVIVES = python(f"""
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
NAMES = python(f"""
libc = ctypes.CDLL(None)
libc.prctl(15, b") R 1 1 1\\n\\x1b]0;x\\x07", 0, 0, 0)
{RIGHT.replace("import os, sys", "")}
""")
HIDES = """
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
OLD_CALLS = """
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
BORROWED = "which the task does not name: work of another program does not count"
TAKEN = """#!/usr/bin/python3
import os, signal
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (1, os.getpid(), os.getppid()):
        try:
            os.kill(int(name), 9)
        except OSError:
            pass
"""
FORGES = """#!/usr/bin/python3
import glob, os
for path in [*glob.glob("/tmp/simpsh-run-*/*"), "check.sh", *glob.glob("/tmp/*/*")]:
    try:
        os.unlink(path)
        with open(path, "w") as file:
            file.write("#!/bin/sh\\nkill -9 $PPID; exit 0\\n")
        os.chmod(path, 0o755)
    except OSError:
        pass
"""

_PROGRAMS = (
    Kind("a_good.py", RIGHT, points=FULL),
    Kind("deep", deep_folder, "its folders are more than 64 deep"),
    Kind("sparse.py", _sparse, "it has 300 GiB"),
    Kind("many", _many, "it has more than 10000 files and folders"),
    Kind("fifo", os.mkfifo, "it is a FIFO"),
    Kind("link", lambda path: path.symlink_to("/proc/kmsg"), "it is a symbolic link"),
    Kind("socket", _socket, "it is a socket"),
    Kind("closed.py", _closed, points=READABLE),
    Kind("loop", _loop, r"it holds no file.*pi\\\\npe was left out: it is a FIFO"),
    Kind("mixed", _mixed, points=FULL),
    Kind("made", _made, points=FULL),
    Kind("line\n\x1b[2J.py", RIGHT, points=FULL),
    Kind(os.fsdecode(b"byte\xff.py"), RIGHT, points=FULL),
    Kind("-j.py", RIGHT, points=FULL),
    Kind("n" * 240 + ".py", RIGHT, points=FULL),
    Kind("nothing", b"\x7fELF\2\1\1".decode()),
    Kind("prints.py", "import sys\nfor one in sys.argv[1:]:\n    print(4711, one)\n"),
    Kind(
        "forks.py",
        python("while True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"),
        "continued when it was refused|ended after",
    ),
    Kind(
        "threads.py",
        python(
            "import threading\nwhile True:\n    try:\n"
            "        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
            "    except RuntimeError:\n        break\n"
        ),
        is_long=True,
    ),
    Kind(
        "fills.py",
        python(
            "for place in ('.', '/tmp', '/var/tmp', '/dev/shm'):\n"
            "    for number in range(30):\n        try:\n"
            "            with open(f'{place}/f{number}', 'wb') as file:\n"
            "                while True:\n                    file.write(b'x' * (1 << 20))\n"
            "        except OSError:\n            pass\n"
        ),
        "it filled the room|ended after|filled its /tmp",
    ),
    Kind(
        "gigabyte.py",
        python("for _ in range(1024):\n    os.write(1, b'x' * (1 << 20))\n"),
        "it printed 1024 MiB|ended after",
    ),
    Kind("calls.py", python("while True:\n    os.dup2(0, 9)\n"), "ended after", is_long=True),
    Kind(
        "execs.py",
        python(
            "count = int(os.environ.get('N', '0'))\nif count < 300:\n"
            "    os.execve(sys.executable, [sys.executable, *sys.argv, *['x' * 100_000] * 10]\n"
            "        if not count else [sys.executable, *sys.argv],\n"
            "        {'N': str(count + 1), **{str(n): 'y' * 100_000 for n in range(5)}})\n"
        ),
        is_long=True,
    ),
    Kind("kills.py", python("os.kill(-1, 9)\n"), "kill -1|ended the process that"),
    Kind(
        "signals.py",
        python(
            "for pid in range(2, 3000):\n    if pid != os.getpid():\n        try:\n"
            "            os.kill(pid, 9)\n        except OSError:\n            pass\n"
        ),
        "it sent a signal to|ended the process that|processes that are not there",
    ),
    Kind(
        "ignores.py",
        python(
            "for number in (1, 2, 3, 15):\n    signal.signal(number, signal.SIG_IGN)\n"
            "while True:\n    time.sleep(1)\n"
        ),
        "never ended",
    ),
    Kind("survives.py", SURVIVES),
    Kind("traces.py", TRACES),
    Kind("reads.py", python("os.execv(sys.executable, [sys.executable, 'SOLUTION'])")),
    Kind("escapes.py", ESCAPES),
    Kind("unmounts.py", UNMOUNTS),
    Kind("overwrites.py", WRITES),
    Kind("called.py", NAMES, points=FULL),
    Kind("hides.c", HIDES, points=FULL),
    Kind("old_calls.c", OLD_CALLS, points=LESS),
    Kind("zero.c", '#include "/dev/zero"\n', "it was not built"),
    Kind(
        "large.c", "char all[1 << 30] = {1};\nint main(void) {}\n", "it was not built", is_long=True
    ),
    Kind(
        "deepens.py",
        python("for _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\nos.mkfifo('f')\n"),
    ),
    Kind(
        "removes.py",
        python("import shutil\nshutil.rmtree(os.path.dirname(__file__), ignore_errors=True)\n"),
    ),
    Kind(
        "commands.py",
        python("os.write(1, b'\\x1b]0;x\\x07\\x1b[2J\\x9b31m' * 100)\nos.write(2, b'\\x1bc')\n"),
    ),
    Kind("old_keys.c", OLD_KEYS, points=FULL),
    Kind("reaches.py", REACHES, points=FULL),
    Kind("limits.py", LIMITS, points=APART),
    Kind("serves.py", SERVES, points=FULL),
    Kind("device", _device, "it is a (device|FIFO)"),
    Kind("archive.tar.gz", _archive, points=FULL),
    Kind("set_user", _set_user, is_long=True),
    Kind("wide", _wide, points=FULL, is_long=True),
    Kind("climbs.py", CLIMBS, points=FULL),
    Kind("aims.py", AIMS, points=FULL if landlock.version() >= 6 else APART),
    Kind("other_numbers.c", OTHER_NUMBERS, points=FULL),
    Kind("filters.py", FILTERS, "never ended|ended after"),
    Kind("builds", _builds, points=FULL),
)
_SHELLS = (
    Kind("honest.py", "SHELL", points=FULL),
    Kind(
        "named.py",
        f"import os\n{LOOP}    if line.strip() and os.fork() == 0:\n"
        "        os.execv('/usr/bin/env', [line.split()[0], '-S', line])\n    os.wait()\n",
        rf"executed /usr/bin/env \(uname -S uname\), {BORROWED}",
    ),
    Kind(
        "awk.py",
        f"import subprocess\n{LOOP}"
        "    subprocess.run(['awk', 'BEGIN { system(ARGV[1]) }', line])\n",
        rf"executed \S+ \(awk 'BEGIN .*\), {BORROWED}",
    ),
    Kind("changed", _changed, "the program that is judged is /"),
)
_CHECKED = (
    Kind("right", "#!/bin/sh\necho it says $1\n", points=FULL),
    Kind("wrong", "#!/bin/sh\necho $1\n", "it says"),
    Kind("thief", TAKEN),
    Kind("asks", ASKS, points=APART),
    Kind("reaches", REACHES_CHECK, points=APART),
    Kind("forges", FORGES),
    *(Kind(name, text, "it says: ") for name, text in SPIES.items()),
)
KINDS = {PYTHON: _PROGRAMS, SHELL: _SHELLS, CHECK: _CHECKED}
CHECK_SCRIPT = """#!/bin/sh
# Passed if the program prints its argument, in two runs.
while read -r word want; do
    said=$("$SIMPSH_RUN" "$2" $word)
    [ "$said" = "$want" ] || { echo "it says: $said"; exit 1; }
done < "$1"
"""
CHECK_ANSWERS = "word it says word\nother it says other\n"


def make_class(folder: Path, task: str, words: dict[str, str], *, is_long: bool) -> list[Kind]:
    """Write the submissions of a task into a folder, and return them.

    Args:
        folder: does not exist yet.
        task: PYTHON, SHELL or CHECK.
        words: the values of RESULTS, SUBMISSIONS, HOME, SHARED, SOLUTION and SHELL in the texts.
        is_long: whether to include the submissions that the suite leaves out.
    """
    folder.mkdir()
    made = []
    for kind in KINDS[task]:
        needs_gcc = kind.name.endswith(".c") or kind.name in ("made", "builds")
        if kind.is_long and not is_long:
            continue
        if needs_gcc and not is_installed("gcc"):
            continue
        if kind.text in (OLD_KEYS, OTHER_NUMBERS, FILTERS) and ARCHITECTURE != "x86_64":
            continue  # the calls of 32-bit programs, which this machine lacks
        place = folder / kind.name
        if callable(kind.text):
            kind.text(place)
        else:
            text = kind.text
            for word, meant in words.items():
                text = text.replace(word, meant)
            place.write_text(text)
            if text.startswith(("#!", "\x7f")):
                place.chmod(0o755)
        made.append(kind)
    return made
