"""What does the kernel know about a process? Its state, parent, group, signals and files.

Facts that other users may not see are listed as such, not reported as absent. The kernel announces
a process's end, but no other state: `until_state` reads the state again and again.
"""

from __future__ import annotations

import errno
import os
import time

from simpsh.base.given_numbers import number_of_seconds
from simpsh.base.own_program import THIS_SHELL, simpsh_operands
from simpsh.base.phrases import STATE_WORDS, escaped
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import (
    ProcDirectory,
    ProcessStat,
    SystemCall,
    gone,
    parse_argv,
    parse_fields,
    parse_kernel_function,
    parse_system_call,
    signals_in,
    stat,
    stat_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from simpsh.base.signal_names import Signal

    T = TypeVar("T")


class ProcessSnapshot(ProcessStat):
    """The kernel's data about one process at one moment.

    Fields that we are not permitted to see are empty or None, and named in `not_permitted`. See
    proc_pid_status(5).
    """

    uid: int
    """The real user."""
    effective_uid: int
    tracer_pid: int
    """The process that traces it; 0 for none."""
    blocked: tuple[Signal, ...]
    ignored: tuple[Signal, ...]
    caught: tuple[Signal, ...]
    pending: tuple[Signal, ...]
    """Pending signals of the process and of its first thread."""
    argv: tuple[str, ...]
    """Empty for a zombie and for a kernel thread."""
    exe: str | None
    """The program's file; None for a zombie, or without permission."""
    cwd: str | None
    wchan: str
    """The kernel function it sleeps in; empty if it runs, without permission, or if the kernel does
    not show it (x86-64 before Linux 5.16)."""
    system_call: SystemCall | None
    """None if it runs, is a zombie, or without permission."""
    not_permitted: frozenset[str] = frozenset()
    """The names of the fields above that we may not see: exe, cwd, wchan, system_call; for a
    stopped or dead process also exit_status."""

    @property
    def command(self) -> str:
        """Its command line, otherwise its name in brackets."""
        return command_of(self.pid, self.argv, self.comm)


def command_of(pid: int, argv: tuple[str, ...], comm: str) -> str:
    """Return a process's command line or `[name]`; `simpsh` for a simpsh."""
    operands = simpsh_operands(argv)
    if operands is not None:
        if pid == os.getpid():
            return THIS_SHELL
        argv = ("simpsh", *operands)
    return escaped(" ".join(argv) if argv else f"[{comm}]")


def argv_of(directory: ProcDirectory) -> tuple[str, ...]:
    """Return the command line; none for a zombie. A program may overwrite it (setproctitle)."""
    return parse_argv(directory.read("cmdline", 1 << 18))


def command(pid: int) -> str:
    """Return a process's command line or `[name]`; `[gone]` if it has ended meanwhile."""
    try:
        with ProcDirectory(pid) as directory:
            argv = argv_of(directory)
            return command_of(pid, argv, "" if argv else stat_of(directory).comm)
    except ProcessLookupError:
        return "[gone]"
    except PermissionError:
        return "[hidden]"


def snapshot(pid: int) -> ProcessSnapshot:
    """Return the kernel's data about any process that /proc shows, ours or not.

    Raises ProcessLookupError: ESRCH; there is no such process, or it was collected meanwhile.
    PermissionError: EPERM; /proc hides it from us altogether (hidepid). See proc_pid_stat(5),
    proc_pid_status(5), proc_pid_syscall(5), proc_pid_wchan(5).
    """
    with ProcDirectory(pid) as directory:
        refused: set[str] = set()
        status = parse_fields(directory.read("status"))
        exe = _unless_refused("exe", lambda: directory.link("exe"), refused)
        cwd = _unless_refused("cwd", lambda: directory.link("cwd"), refused)
        line = _unless_refused("system_call", lambda: directory.read("syscall"), refused)
        wchan = _unless_refused("wchan", lambda: directory.read("wchan"), refused)
        if "exe" in refused:
            # The kernel writes 0 for other users, as for a running process. The call alone may also
            # be hidden from its own user (Yama).
            refused.add("wchan")
        argv = argv_of(directory)
        # Read this last: if it succeeds, all earlier reads were of the same process.
        now = stat_of(directory)
    # The files of a dead process belong to root, so its own user is refused files that would be
    # empty. How it ended, which is in stat, is hidden from other users only.
    hidden = {"exit_status"} if "exe" in refused and now.state in "TtZ" else set()
    if not now.is_ending:
        hidden |= refused
    try:
        pending = int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)
        uid, effective_uid = map(int, status["Uid"].split()[:2])
        return ProcessSnapshot(
            **{name: getattr(now, name) for name in ProcessStat._fields},
            uid=uid,
            effective_uid=effective_uid,
            tracer_pid=int(status["TracerPid"]),
            blocked=signals_in(status["SigBlk"]),
            ignored=signals_in(status["SigIgn"]),
            caught=signals_in(status["SigCgt"]),
            pending=signals_in(f"{pending:x}"),
            argv=argv,
            exe=exe,
            cwd=cwd,
            wchan="" if now.state in _NOT_ASLEEP else parse_kernel_function(wchan or b""),
            # A zombie's file has a line, too, but it is meaningless.
            system_call=None if now.is_ending else parse_system_call(line or b""),
            not_permitted=frozenset(hidden),
        )
    except (KeyError, ValueError):
        raise gone(pid) from None


def _unless_refused(name: str, look: Callable[[], T], refused: set[str]) -> T | None:
    """Return the result of `look`; if it is refused, return None and add the name to `refused`."""
    try:
        return look()
    except PermissionError:
        refused.add(name)
    except ProcessLookupError:
        pass  # a zombie has no such file; the last read shows whether the process is gone
    return None


_NOT_ASLEEP = "RZX"
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.001, 0.016


def until_state(pid: int, letters: str, *, deadline_seconds: float = 10.0) -> ProcessStat:
    """Return the stat of a process as soon as it is in one of the states; it is not collected.

    Args:
        pid: any process; if it has several threads, the state of the first one counts.
        letters: one or more of R S D T t Z I, as in proc_pid_stat(5); `"TZ"` means either.
        deadline_seconds: time limit.

    Raises:
        ValueError: `letters` is empty or contains an unknown letter; the deadline is NaN.
        TimeoutError: the deadline passed; the message has its state.
        ProcessLookupError: ESRCH; the process ended before it was seen in such a state.
        PermissionError: EPERM; /proc hides it from us (hidepid).
        OSError: EINVAL; the number is a thread's, not a process's.

    See proc_pid_stat(5), pidfd_open(2).
    """
    if not letters or any(letter not in STATE_WORDS for letter in letters):
        raise ValueError(f"{letters!r} is not made of the state letters of proc_pid_stat(5)")
    deadline = time.monotonic() + number_of_seconds(deadline_seconds)
    before = stat(pid)
    if before.state in letters:
        return before
    with PidFd.open(pid) as process:
        # Between two reads poll the pidfd: an end, the only change that is announced, is seen at
        # once.
        pause = _SHORTEST_SECONDS
        while True:
            is_dead = process.poll(pause)
            now = stat(before.pid)
            if now.start_time != before.start_time:
                raise gone(before.pid)
            if now.state in letters:
                return now
            if time.monotonic() >= deadline:
                raise TimeoutError(
                    f"process {now.pid} is {now.state_words} ({now.state}), not {letters}"
                )
            if is_dead:
                raise ProcessLookupError(
                    errno.ESRCH, f"process {now.pid} has ended: it will never be in state {letters}"
                )
            pause = min(2 * pause, _LONGEST_SECONDS)
