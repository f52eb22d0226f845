"""Stopping and continuing: the explorer holds a stopped process itself.

A stop signal is kept from the process, which stands where it would have stopped, and is let on
when SIGCONT has come. So a stop is the same in every run, and what a wait tells of it is written
into the waiting process's memory.
"""

from __future__ import annotations

import errno
import os
import struct
from contextlib import suppress

from simpsh.base.signal_names import SIGCHLD, SIGCONT, SIGHUP, SIGKILL, SIGSTOP, STOP_SIGNALS
from simpsh.explore.control.clock_and_random import answer_usage
from simpsh.explore.control.held_process import DEAD, HeldProcess
from simpsh.explore.control.jobs.signal_delivery import send, signals_of
from simpsh.explore.control.run_state import RunState
from simpsh.explore.model.kernel_state import SA_NOCLDSTOP
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.stop_operations import (
    CONTINUED_WORD,
    WCONTINUED,
    WUNTRACED,
    Continues,
    Stopped,
    Stops,
    stopped_word,
)
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc

_CLD_STOPPED, _CLD_CONTINUED = 5, 6


def begins_stop(run: RunState, process: HeldProcess, signal: int) -> bool:
    """Return whether a signal that is delivered stops the process."""
    if signal not in STOP_SIGNALS or signal in process.caught or signal in process.ignored:
        return False
    if signal == SIGSTOP or not is_orphaned(run, os.getpgid(process.pid)):
        return True
    run.knowledge.asks_as_orphan = True
    return False


def stop(process: HeldProcess, signal: int) -> ops.Operation:
    """Note that a process has stopped; return what it stands at."""
    process.news, process.is_continued = stopped_word(signal), False
    # While it is in sigsuspend, its mask is another one than ptrace tells.
    process.blocked = signals_of(int(proc.status_field(process.pid, "SigBlk") or "0", 16))
    return Stops(signal)


def is_stopped(process: HeldProcess) -> bool:
    """Return whether SIGCONT would continue a process."""
    return isinstance(process.operation, Stops | Stopped) and not process.is_continued


def go_on(run: RunState, process: HeldProcess, operation: ops.Operation) -> bool:
    """Make the step of a stopped process, if it does not run on by that; return whether so."""
    match operation:
        case Stops(signal):
            _tell_parent(run, process)
            process.operation = Stopped(signal)
        case Stopped():
            _tell_parent(run, process)
            process.operation, process.is_continued = Continues(), False
            process.has_continued = True
        case _:
            return False
    return True


def _tell_parent(run: RunState, process: HeldProcess) -> None:
    parent = run.processes.get(process.parent or "")
    if parent is not None and not parent.child_flags & SA_NOCLDSTOP:
        send_really(parent, SIGCHLD)


def send_really(target: HeldProcess, signal: int) -> None:
    """Send a signal to a held process in another's name. SIGKILL waits until it is to act."""
    if target.state == DEAD:
        return
    send(target, signal)
    if signal != SIGKILL:
        with suppress(ProcessLookupError):
            os.kill(target.pid, signal)


# -- what a wait tells of it -----------------------------------------------------------------------


def has_news(child: HeldProcess, options: int) -> bool:
    """Return whether a wait with these options would return a living child."""
    wanted = WCONTINUED if child.news == CONTINUED_WORD else WUNTRACED
    return child.state != DEAD and bool(child.news) and bool(options & wanted)


def tell_news(run: RunState, waiting: HeldProcess, child: HeldProcess) -> None:
    """Let the wait that a process stands at return a child that has stopped or continued."""
    word, child.news = child.news, 0
    waiting.told = child.name, word
    try:
        _write_news(run, waiting, child, word)
        registers.skip_call(waiting.pid, child.pid if waiting.call == "wait4" else 0)
    except OSError:
        registers.skip_call(waiting.pid, -errno.EFAULT)


def _write_news(run: RunState, waiting: HeldProcess, child: HeldProcess, word: int) -> None:
    is_wait4, args = waiting.call == "wait4", waiting.args
    if is_wait4 and args[1]:
        ptrace.write_memory(waiting.pid, args[1], struct.pack("i", word))
    elif not is_wait4 and args[2]:
        code = _CLD_CONTINUED if word == CONTINUED_WORD else _CLD_STOPPED
        status = SIGCONT if word == CONTINUED_WORD else word >> 8
        data = struct.pack("iii4xiii", SIGCHLD, 0, code, child.pid, os.getuid(), status)
        ptrace.write_memory(waiting.pid, args[2], data)
    answer_usage(run, waiting, args[3 if is_wait4 else 4])


# -- orphaned groups -------------------------------------------------------------------------------


def is_orphaned(run: RunState, group: int, ignored: HeldProcess | None = None) -> bool:
    """Return whether no member of a group has a parent in its session that is no member."""
    living = [one for one in run.living if one is not ignored and os.getpgid(one.pid) == group]
    return not any(_is_connection(run, one, group) for one in living)


def _is_connection(run: RunState, process: HeldProcess, group: int) -> bool:
    session = os.getsid(process.pid)
    if "." not in process.name:
        return session not in run.names.by_pid  # its parent is the shell
    parent = run.processes.get(process.parent or "")
    if parent is None:
        return False
    return os.getpgid(parent.pid) != group and os.getsid(parent.pid) == session


def groups_left_by(run: RunState, process: HeldProcess) -> list[int]:
    """Return the groups that may be orphaned by the end of a process which is about to end."""
    own, session = os.getpgid(process.pid), os.getsid(process.pid)
    children = [one for one in run.living if one.parent == process.name]
    found = [
        os.getpgid(child.pid)
        for child in children
        if os.getpgid(child.pid) != own and os.getsid(child.pid) == session
    ]
    if _is_connection(run, process, own):
        found.append(own)
    return list(dict.fromkeys(found))


def wake_up_orphaned(run: RunState, groups: list[int]) -> None:
    """Send SIGHUP and SIGCONT to those of these groups that are orphaned and have stopped members.

    The process whose end has orphaned them is dead.
    """
    for group in groups:
        living = [one for one in run.living if os.getpgid(one.pid) == group]
        if is_orphaned(run, group) and any(map(is_stopped, living)):
            run.knowledge.asks_as_orphan = True
            for signal in (SIGHUP, SIGCONT):
                for one in living:
                    send_really(one, signal)
