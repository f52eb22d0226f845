"""Lets each system call of the judge fail once, with each error that its man page names.

python -m tests.grade.sandbox.judge_faults [SEED COUNT] draws COUNT of the faults, or tries all.

A filter holds the chosen calls of the grader and its descendants (seccomp_unotify(2)). A process
is the judge's until it executes a program. The first run only records: its calls, each once, are
the places for faults. A place is a call, the depth of its process below the grader, the path that
it names, and the call before it.
"""

from __future__ import annotations

import errno
import fcntl
import gzip
import os
import random
import re
import shutil
import socket
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import NamedTuple

from simpsh.cli.command_line import run
from simpsh.kernel.machine import held_calls, seccomp
from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS
from simpsh.process import proc
from tests.grade.two_children import ONE_WAIT, RIGHT

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
    *(
        "mount_setattr",
        "flock",
        "utimensat",
        "pread64",
        "lseek",
        "fstat",
        "mmap",
        "sched_setaffinity",
    ),
)
HELD = tuple(name for name in (*PATHS, *OTHERS) if name in NUMBERS)
_OLD_NAMES = {"newfstatat": "stat", "openat": "open", "clone3": "clone", "pread64": "pread"}
_SECONDS = 120


class Place(NamedTuple):
    call: str
    depth: int
    path: str
    before: str


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


class Class:
    """A folder with a class of two submissions, a right and a wrong one."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="simpsh-faults-"))
        (self.folder / "class").mkdir()
        (self.folder / "tmp").mkdir()
        (self.folder / "class" / "right.py").write_text(RIGHT)
        (self.folder / "class" / "wrong.py").write_text(ONE_WAIT)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    def judged(self, fault: Fault | None, *, keeps: bool = False) -> tuple[Outcome, list[Place]]:
        """Judge the class, with a fault or none; return the outcome and the places that it met."""
        if not keeps:
            shutil.rmtree(self.folder / "results", ignore_errors=True)
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:  # in the child
            status = 1
            try:
                status = self._grade(theirs)
            finally:
                os._exit(status)
        theirs.close()
        _, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
        ours.close()
        places, was_hit = _followed(listener, pid, fault)
        os.close(listener)
        _, word = os.waitpid(pid, 0)
        left = [str(other) for other in _living_children()]
        for number in _living_children():
            os.kill(number, 9)
            os.waitpid(number, 0)
        new = sorted(path.name for path in (self.folder / "tmp").iterdir())
        shutil.rmtree(self.folder / "tmp")
        (self.folder / "tmp").mkdir()
        stored = sorted(path.name for path in (self.folder / "results").glob("*"))
        outcome = Outcome(
            os.waitstatus_to_exitcode(word),
            tuple(",".join(row.split(",")[:3]) for row in self._table()),
            tuple(stored),
            (self.folder / "errors").read_text(),
            was_hit,
            (*left, *new),
        )
        return outcome, places

    def _table(self) -> list[str]:
        text = (self.folder / "out").read_text()
        return [row for row in text.splitlines()[1:] if row]

    def _grade(self, way: socket.socket) -> int:
        os.chdir(self.folder)
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.folder / "tmp")
        for number, name in ((1, "out"), (2, "errors")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        assembled = _only_from_our_library() + seccomp.program(HELD, {}, stop=seccomp.HOLD)
        listener = seccomp.install_with_listener(assembled)
        socket.send_fds(way, [b"!"], [listener])
        # No copy of the listener may be left, or the last process would wait for itself.
        words = ["grade", "-q", "-j", "1", "--exercise", "two-children", "--format", "csv", "class"]
        return run(words)


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
    def __init__(self, first: int) -> None:
        self.depths = {first: 0}
        self.before: dict[int, str] = {}

    def place(self, held: held_calls.HeldCall, arguments: tuple[int, ...]) -> Place:
        """Return the place of a call."""
        pid = held.pid
        if pid not in self.depths:
            parent = proc.stat(pid).ppid
            self.depths[pid] = self.depths.get(parent, 9) + 1
        path = ""
        if held.call in PATHS:
            with suppress(OSError):
                text = proc.memory(pid, arguments[PATHS[held.call]], 200).partition(b"\0")[0]
                path = re.sub(r"[0-9a-f]{8,}|\d+|simpsh-\w+-\w+", "N", os.fsdecode(text))
        found = Place(held.call, self.depths[pid], path, self.before.get(pid, ""))
        self.before[pid] = held.call
        return found


def _followed(listener: int, pid: int, fault: Fault | None) -> tuple[list[Place], bool]:
    """Answer all calls until the grader has ended; let the fault's place fail once."""
    follower, places, was_hit = _Follower(pid), dict[Place, None](), False
    ending = os.pidfd_open(pid)
    import select

    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(ending, select.POLLIN)
    try:
        while ready := poll.poll(_SECONDS * 1000):
            if not any(
                descriptor == listener and event & select.POLLIN for descriptor, event in ready
            ):
                break
            notice = bytearray(80)
            try:
                fcntl.ioctl(listener, 0xC0502100, notice)
            except OSError:
                continue
            number, caller, _, call = struct.unpack_from("QIIi", notice)
            arguments = struct.unpack_from("6Q", notice, 32)
            held = held_calls.HeldCall(number, caller, NAMES.get(call, ""))
            try:
                place = follower.place(held, arguments)
            except OSError:
                place = None
            answer = struct.pack("QqiI", number, 0, 0, 1)
            if place is not None:
                places[place] = None
                if fault is not None and place == fault.place and not was_hit:
                    answer, was_hit = struct.pack("QqiI", number, 0, -fault.error, 0), True
            with suppress(OSError):
                fcntl.ioctl(listener, 0xC0182101, answer)
    finally:
        os.close(ending)
    return list(places), was_hit


def problems(outcome: Outcome, again: Outcome, usual: Outcome) -> Iterator[str]:
    """Yield what is wrong with a run with a fault, and with the next run without one."""
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
    if set(again.marks) != set(usual.marks) or again.status != 0:
        yield f"the next run gives {again.marks} with status {again.status}: {again.errors}"


def preload() -> None:
    """Import the modules of a judging, so that no import is among the judge's calls."""
    for name in ("answer", "catalogue", "judge"):
        __import__(f"simpsh.grade.exercises.exercise_{name}")
    for name in ("cli.grade_command", "grade.classes.class_tasks", "grade.reports.report_pages"):
        __import__(f"simpsh.{name}")


def main(words: list[str]) -> int:
    """Try faults; print the figures and each problem."""
    from simpsh.kernel.processes import set_child_subreaper

    preload()
    set_child_subreaper(True)
    judged = Class()
    usual, places = judged.judged(None)
    faults = [Fault(place, error) for place in places for error in errors_of(place.call)]
    print(f"{len(places)} places of {len({it.call for it in places})} calls, {len(faults)} faults")
    print(usual)
    if words:
        chance = random.Random(int(words[0]))
        faults = chance.sample(faults, min(int(words[1]), len(faults)))
    figures, bad = Counter[str](), 0
    for fault in faults:
        outcome, _ = judged.judged(fault)
        again = outcome
        if outcome.status:
            again, _ = judged.judged(None, keeps=True)
        found = [*problems(outcome, again, usual)]
        kind = (
            "not hit"
            if not outcome.was_hit
            else "same marks"
            if not outcome.status
            else "not judged"
        )
        figures[kind] += 1
        if found:
            bad += 1
            print(errno.errorcode[fault.error], *fault.place, found, flush=True)
    print(dict(figures), f"{bad} with a problem")
    judged.remove()
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
