"""One run of a program with nobody watching, waited for until its last process has ended."""

from __future__ import annotations

import os
import select
import time
import tty
from typing import TYPE_CHECKING

from simpsh.kernel import descriptors
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.signals import ALL, SIG_DFL, SIG_SETMASK, set_dispositions, sigprocmask
from simpsh.kernel.waiting import waitpid
from simpsh.process.blocking_calls import NAMES
from simpsh.process.kinship import children, family
from simpsh.process.looking import snapshot
from simpsh.process.pidfd import PidFd
from simpsh.trace.starting import Command, run_program
from simpsh.wait_status import encode

if TYPE_CHECKING:
    from simpsh.explore.program import Program

_SIGKILL, _SIGSTOP = 9, 19
_LOOK_MILLISECONDS = 100
_BLOCK = 65536
_ENDLESS = frozenset(
    ("read", "write", "wait4", "waitid", "pause", "rt_sigsuspend", "flock", "futex")
)
"""Calls that only another process ends."""


class OutOfTime(Exception):
    """The run takes longer than it may."""


class FreeRun:
    """A run, by a subreaper whose other children are spared."""

    def __init__(self, program: Program, directory: str, deadline: float) -> None:
        """Run a program to its end.

        Args:
            program: what to run.
            directory: where.
            deadline: the moment, by the monotonic clock, at which it must have ended.

        Raises:
            OutOfTime: it has not; its processes are left to the caller.
        """
        self._spared = _children()
        self._deadline = deadline
        self._before: object = None
        self.is_stuck = False
        """Whether it was given up since nobody moved any more; its processes are left."""
        self.status = -1
        """The first process's status word; -1 if it is stuck."""
        self.output = b""
        ours, theirs = _output(program)
        pid = fork()
        if pid == 0:  # in the child
            _become(program, directory, theirs)
        descriptors.close(theirs)
        try:
            self._listen(ours)
        finally:
            descriptors.close(ours)
        self._await_all(pid)

    def _listen(self, descriptor: int) -> None:
        """Read until nobody is left who could write."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while not self.is_stuck:
            if not poll.poll(_LOOK_MILLISECONDS):
                self._look()
                continue
            try:
                piece = descriptors.read(descriptor, _BLOCK)
            except OSError:
                return  # a terminal whose other side is closed
            if not piece:
                return
            self.output += piece

    def _await_all(self, first: int) -> None:
        """Collect the first process, and the orphans that the program leaves."""
        while not self.is_stuck and (left := _children() - self._spared):
            pid = first if first in left else min(left)
            with PidFd.open(pid) as process:
                while not process.poll(_LOOK_MILLISECONDS / 1000) and not self.is_stuck:
                    self._look()
            if not self.is_stuck:
                ended = waitpid(pid)
                if pid == first and ended is not None:
                    self.status = encode(ended[1])

    def _look(self) -> None:
        """Look at everybody, after a while in which nothing came."""
        if time.monotonic() > self._deadline:
            raise OutOfTime
        now = self._sleepers()
        self.is_stuck = now is not None and now == self._before
        self._before = now

    def _sleepers(self) -> object:
        """Return who sleeps in which call, if all do, each in one that only another can end."""
        found = []
        for relative in family(os.getpid())[1:]:
            pid = relative.process.pid
            if pid in self._spared or relative.process.state in "ZX":
                continue
            try:
                one = snapshot(pid)
            except (ProcessLookupError, PermissionError):
                return None
            call = one.system_call
            if one.state != "S" or call is None or NAMES.get(call.number) not in _ENDLESS:
                return None
            found.append((pid, call))
        return tuple(found) or None


def _children() -> set[int]:
    """Return this process's children, the uncollected included."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return {int(word) for word in file.read().split()}
    except FileNotFoundError:
        return {one.pid for one in children(os.getpid())}


def _output(program: Program) -> tuple[int, int]:
    if program.has_terminal:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        return ours, theirs
    pipe = descriptors.pipe2()
    return pipe.read_end, pipe.write_end


def _become(program: Program, directory: str, output: int) -> None:
    """Be the program."""
    status = 127
    try:
        setsid()
        set_dispositions(dict.fromkeys(ALL - {_SIGKILL, _SIGSTOP}, SIG_DFL))
        sigprocmask(SIG_SETMASK, ())
        null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        first = program.path if "/" in program.argv[0] else program.argv[0]
        outputs = ((0, null), (1, output), (2, output))
        command = Command((first, *program.argv[1:]), program.environment, directory, outputs)
        status = run_program(command, b"")
    finally:
        exit_now(status)
