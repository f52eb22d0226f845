"""Lets each system call of the judge fail once, with each error that its man page names.

A filter holds the chosen calls of the grader and its descendants (seccomp_unotify(2)). A process
is the judge's until it executes a program. The first run only records: its calls, each once, are
the places for faults. A place is a call, the depth of its process below the grader, the path that
it names, and the call before it.
"""

import errno
import fcntl
import gzip
import os
import random
import re
import select
import shutil
import socket
import struct
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from glob import glob
from pathlib import Path
from typing import NamedTuple

from simpsh.base.record import changed
from simpsh.cli import grade_command
from simpsh.cli.command_line import run
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.sandbox import closed_set
from simpsh.grade.sandbox.namespace_sandbox import best_sandbox
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits
from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS
from simpsh.process import proc

PATHS = {
    **dict.fromkeys(("openat", "mkdirat", "unlinkat", "readlinkat", "newfstatat", "faccessat"), 1),
    **dict.fromkeys(("mkdir", "open", "rmdir", "unlink", "chdir", "chmod", "chown", "lchown"), 0),
    **dict.fromkeys(("mount", "umount2"), 1),
    **dict.fromkeys(("rename", "symlink", "readlink", "stat", "lstat", "access"), 0),
}
"""Calls with a path, and the number of the argument."""
OTHERS = (
    *("fork", "vfork", "clone", "clone3", "wait4", "waitid", "pipe2", "dup2", "dup3", "fcntl"),
    *("socketpair", "socket", "bind", "listen", "accept4", "connect", "unshare", "pivot_root"),
    *("setgroups", "setresuid", "setresgid", "capset", "prctl", "ptrace", "pidfd_open", "kill"),
    *("process_vm_readv", "memfd_create", "setsid", "setpgid", "prlimit64", "seccomp", "ftruncate"),
    *("fsync", "fchmod", "fchown", "fchownat", "getdents64", "ioctl", "write", "read", "poll"),
    *("inotify_init1", "inotify_add_watch", "landlock_create_ruleset", "landlock_restrict_self"),
    *("mount_setattr", "flock", "utimensat", "pread64", "lseek", "fstat", "mmap"),
    "sched_setaffinity",
)
HELD = tuple(name for name in (*PATHS, *OTHERS) if name in NUMBERS)
_OLD_NAMES = {"newfstatat": "stat", "openat": "open", "clone3": "clone", "pread64": "pread"}
_SECONDS = 120
_LAST = 3
"""A place is the first, second, or a later one of equal calls of a process."""


class Place(NamedTuple):
    scene: str
    call: str
    depth: int
    path: str
    number: int


class Fault(NamedTuple):
    place: Place
    error: int


class Outcome(NamedTuple):
    status: int
    marks: tuple[str, ...]
    """The rows of the table, without the remark."""
    results: tuple[str, ...]
    errors: str
    was_hit: bool
    left: tuple[str, ...]
    """Processes and files that are left."""


@cache
def errors_of(call: str) -> list[int]:
    """Return the errors that the man page of a call names, sorted."""
    for name in (call, call.removesuffix("at"), _OLD_NAMES.get(call, call)):
        for path in glob(f"/usr/share/man/man2/{name}.2*"):
            opener = gzip.open if path.endswith(".gz") else open
            with opener(path, "rt", errors="replace") as file:
                text = file.read()
            if text.startswith(".so "):
                return errors_of(Path(text.split()[1]).stem)
            part = text.partition("\n.SH ERRORS")[2].partition("\n.SH ")[0]
            names = re.findall(r"^\.B[RI]? (E[A-Z0-9]{2,})\b", part, re.M)
            return sorted({getattr(errno, name) for name in names if hasattr(errno, name)})
    return []


_EXERCISE = """\
from simpsh.grade.exercises import Asked, Exercise, Trial

_TWO = Asked("one", "it has one child", "len(P0.forks()) == 1")
_WAITS = Asked("collected", "it collects it", "P0.collects(P1)")
EXERCISE = Exercise("one-child", "One child", 1, (Trial((_TWO, _WAITS)),))
"""
_PROGRAM = """\
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    if (fork() == 0) _exit(3);
    WAIT
    write(1, "GOOD\\n", 5);
    return 0;
}
"""
_RIGHT = _PROGRAM.replace("WAIT", "wait(0);")
_WRONG = _PROGRAM.replace("WAIT", "").replace("GOOD", "EVIL")
_CHECK = """\
#!/bin/sh
test "$("$SIMPSH_RUN" "$1")" = GOOD
"""
SCENES = {
    "exercise": ("--exercise", "course/exercises/one-child"),
    "build": ("--exercise", "course/exercises/one-child"),
    "check": ("--check", "./check"),
    "first": ("--exercise", "course/exercises/one-child"),
}
"""What is judged. In the scene `first` the sandbox is chosen and the names of shells are looked
up, as by the first submission; in the others this was done before."""


class Class:
    """A folder with a class of two submissions, a right and a wrong one.

    Each judging is a process that is forked from this one, which has done what is the same for all.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="simpsh-faults-"))
        for name in ("class", "sources", "tmp", "course/exercises/one-child"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "course/exercises/one-child/exercise.py").write_text(_EXERCISE)
        (self.folder / "check").write_text(_CHECK)
        (self.folder / "check").chmod(0o755)
        for name, text in (("right", _RIGHT), ("wrong", _WRONG)):
            source = self.folder / "sources" / f"{name}.c"
            source.write_text(text)
            program = self.folder / "class" / name
            subprocess.run(["gcc", "-O1", "-static", "-o", program, source], check=True)
        self._sandbox = best_sandbox(SubmissionLimits(), (str(self.folder),))
        closed_set.is_installed_shell("/bin/sh")

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    def judged(
        self, scene: str, fault: Fault | None = None, *, keeps: bool = False, records: bool = False
    ) -> tuple[Outcome, list[Place]]:
        """Judge the class, with a fault or none; return the outcome and the places that it met.

        Places are met only if it `records`; a fault holds no other call than its own.
        """
        if not keeps:
            shutil.rmtree(self.folder / "results", ignore_errors=True)
        held = HELD if records else (fault.place.call,) if fault else ()
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:  # in the child
            status = 1
            try:
                status = self._grade(scene, theirs, held)
            finally:
                os._exit(status)
        theirs.close()
        places, was_hit = list[Place](), False
        if held:
            _, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
            places, was_hit = _followed(listener, pid, scene, fault)
            os.close(listener)
        ours.close()
        _, word = os.waitpid(pid, 0)
        left = [str(other) for other in _living_children()]
        for number in _living_children():
            os.kill(number, 9)
            os.waitpid(number, 0)
        new = sorted(path.name for path in (self.folder / "tmp").iterdir())
        shutil.rmtree(self.folder / "tmp")
        (self.folder / "tmp").mkdir()
        stored = sorted(path.name for path in (self.folder / "results").glob("*"))
        stored = [name for name in stored if name != "published"]
        lines = (self.folder / "errors").read_text().splitlines(keepends=True)
        outcome = Outcome(
            os.waitstatus_to_exitcode(word),
            tuple(",".join(row.split(",")[:3]) for row in self._table()),
            tuple(stored),
            "".join(line for line in lines if not line.startswith("grade: published in ")),
            was_hit,
            (*left, *new),
        )
        return outcome, places

    def _chosen(self, limits: SubmissionLimits, *_: object, **__: object) -> Sandbox:
        return changed(self._sandbox, limits=limits)

    def _table(self) -> list[str]:
        text = (self.folder / "out").read_text()
        return [row for row in text.splitlines()[1:] if row]

    def _grade(self, scene: str, way: socket.socket, held: Sequence[str]) -> int:
        os.chdir(self.folder)
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.folder / "tmp")
        if scene == "first":
            closed_set._shells.cache_clear()
        else:
            vars(grade_command)["best_sandbox"] = self._chosen
        for number, name in ((1, "out"), (2, "errors")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        if held:
            assembled = _only_from_our_library() + seccomp.program(held, {}, stop=seccomp.HOLD)
            listener = seccomp.install_with_listener(assembled)
            # No copy of the listener may be left, or the last process would wait for itself.
            socket.send_fds(way, [b"!"], [listener])
            os.close(listener)
        submissions = "sources" if scene == "build" else "class"
        return run(["grade", *SCENES[scene], "--format", "csv", submissions])


def _only_from_our_library() -> bytes:
    """Return the beginning of a filter that allows all calls but those of our copy of libc.

    Forked processes have it at the same address, and executed programs at another one. So no call
    of a submission is held, which its tracer would not see.
    """
    with open("/proc/self/maps", encoding="utf-8") as file:
        [code] = [line for line in file if "libc.so" in line and " r-xp " in line]
    start, end = (int(word, 16) for word in code.split()[0].split("-"))
    assert start >> 32 == end >> 32
    load, equal, at_least, allow = 0x20, 0x15, 0x35, (0x06, 0, 0, 0x7FFF0000)
    instructions = (
        *((load, 0, 0, 12), (equal, 1, 0, start >> 32), allow),
        *((load, 0, 0, 8), (at_least, 1, 0, start & 0xFFFFFFFF), allow),
        *((at_least, 0, 1, end & 0xFFFFFFFF), allow),
        # A write to -1 is a report of a traced process, which its tracer must see.
        *((load, 0, 0, 0), (equal, 0, 3, NUMBERS["write"])),
        *((load, 0, 0, 16), (equal, 0, 1, 0xFFFFFFFF), allow),
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)


def _living_children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


class _Follower:
    def __init__(self, scene: str, first: int) -> None:
        self._scene = scene
        self._depths = {first: 0}
        self._met = Counter[tuple[int, str, str]]()

    def _depth(self, pid: int) -> int:
        if pid not in self._depths:
            parent = proc.stat(pid).ppid
            self._depths[pid] = 1 + (self._depth(parent) if parent > 1 else 8)
        return self._depths[pid]

    def place(self, pid: int, call: str, arguments: tuple[int, ...]) -> Place:
        """Return the place of a call."""
        path = ""
        if call in PATHS:
            with suppress(OSError):
                text = proc.memory(pid, arguments[PATHS[call]], 200).partition(b"\0")[0]
                path = re.sub(r"[0-9a-f]{8,}|\d+|simpsh-\w+-\w+", "N", os.fsdecode(text))
        depth = self._depth(pid)
        self._met[pid, call, path] += 1
        return Place(self._scene, call, depth, path, min(self._met[pid, call, path], _LAST))


def _followed(listener: int, pid: int, scene: str, fault: Fault | None) -> tuple[list[Place], bool]:
    """Answer all calls until the grader has ended; let the fault's place fail once."""
    follower, places, was_hit = _Follower(scene, pid), dict[Place, None](), False
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    notice = bytearray(80)
    while ready := poll.poll(_SECONDS * 1000):
        if not ready[0][1] & select.POLLIN:
            break
        notice[:] = bytes(80)
        try:
            fcntl.ioctl(listener, 0xC0502100, notice)
        except OSError:
            continue
        number, caller, _, call = struct.unpack_from("QIIi", notice)
        answer = struct.pack("QqiI", number, 0, 0, 1)
        if not was_hit:
            arguments = struct.unpack_from("6Q", notice, 32)
            with suppress(OSError):
                place = follower.place(caller, NAMES.get(call, ""), arguments)
                places[place] = None
                if fault is not None and place == fault.place:
                    answer, was_hit = struct.pack("QqiI", number, 0, -fault.error, 0), True
        with suppress(OSError):
            fcntl.ioctl(listener, 0xC0182101, answer)
    return list(places), was_hit


def problems(outcome: Outcome, again: Outcome | None, usual: Outcome) -> Iterator[str]:
    """Yield what is wrong with a run with a fault, and with the next run without one, if tried."""
    usual_marks = dict(zip(("right", "wrong"), usual.marks, strict=True))
    for mark in outcome.marks:
        if mark not in usual_marks.values():
            yield f"another mark: {mark}"
    stored = [name for name in outcome.results if not name.endswith(".json")]
    if stored:
        yield f"left in the results: {stored}"
    lines = outcome.errors.splitlines()
    if any("Traceback" in line or "defect" in line or " broke" in line for line in lines):
        yield f"a traceback: {lines}"
    if outcome.status == 0 and set(outcome.marks) != set(usual.marks):
        yield f"status 0 without all marks: {outcome.marks}"
    if outcome.status not in (0, 1):
        yield f"status {outcome.status}: {lines}"
    if outcome.status == 1 and not lines:
        yield "no line says why"
    if len(lines) > 1:
        yield f"{len(lines)} lines: {lines}"
    if outcome.left:
        yield f"left: {outcome.left}"
    if again is not None and (set(again.marks) != set(usual.marks) or again.status != 0):
        yield f"the next run gives {again.marks} with status {again.status}: {again.errors}"


def preload() -> None:
    """Import the modules of a judging, so that no import is among the judge's calls."""
    for name in ("answer", "catalogue", "judge"):
        __import__(f"simpsh.grade.exercises.exercise_{name}")
    for name in ("cli.grade_command", "grade.classes.class_tasks", "grade.reports.report_pages"):
        __import__(f"simpsh.{name}")
    ExerciseCatalogue().find("two-children")


def drawn(faults: Sequence[Fault], count: int) -> list[Fault]:
    """Return so many faults: first one of each call with each error."""
    order = random.Random(0).sample(faults, len(faults))
    first = {(fault.place.call, fault.error): fault for fault in reversed(order)}
    rest = [fault for fault in order if first[fault.place.call, fault.error] is not fault]
    return [*first.values(), *rest][:count]
