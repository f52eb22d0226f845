"""The system calls that a seccomp filter stops for the tracer, followed to their results.

A call that cannot block is followed to its result at once, so that nothing it causes can be
logged before it. A call that may block is noted when it begins and when it returns.
"""

from __future__ import annotations

import fcntl
import termios
from dataclasses import replace
from errno import EINTR
from functools import lru_cache

from simpsh.base.signal_names import SIGCHLD, SIGTRAP
from simpsh.kernel.machine import ptrace, registers, seccomp
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, I386_NAMES, NAMES
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import InterruptedCall, TracedCall, TracedProcess
from simpsh.trace.tracer.syscall_events import (
    BLOCKING,
    IMMEDIATE,
    PASSING,
    WAITS_BEGIN,
    note_action_of_sigchld,
    tell_failure,
    tell_other_call,
)

_ERESTARTSYS, _ERESTART_RESTARTBLOCK = 512, 516
_UNSIGNED = 0xFFFFFFFF
_LONGEST_MARK = 4096
_BECOMING_TRACER = (0, 16, 0x4206)
"""PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE."""

LIFECYCLE = (
    *("wait4", "waitid", "execve", "execveat"),
    *("kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"),
    *("pipe", "pipe2", "dup", "dup2", "dup3", "setpgid", "setsid"),
)
INPUT_OUTPUT = (
    *("read", "write", "readv", "writev", "close", "close_range"),
    *("alarm", "setitimer", "timer_create", "timerfd_create"),
)


@lru_cache(maxsize=16)
def assembled_filter(level: str, others: frozenset[str] = frozenset()) -> bytes:
    """Return the seccomp filter for a level; none for level events, which needs no filter.

    Args:
        level: events, calls or io.
        others: further calls, at level io: each is told as a Call.
    """
    if level == "events":
        return b""
    conditional: dict[str, tuple[int, ...]] = {"ioctl": (termios.TIOCSPGRP,)}
    by_first = {"rt_sigaction": (SIGCHLD,), "ptrace": _BECOMING_TRACER}
    if level == "io":
        conditional["fcntl"] = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC)
        more = sorted(others.difference(LIFECYCLE, INPUT_OUTPUT))
        kept = {name: values for name, values in conditional.items() if name not in more}
        first = {name: values for name, values in by_first.items() if name not in more}
        calls = (*LIFECYCLE, *INPUT_OUTPUT, *more)
        return seccomp.program(calls, kept, by_first=first, has_32_bit=True)
    return seccomp.program(LIFECYCLE, conditional, by_first=by_first, has_32_bit=True)


class TracedCalls:
    """Follows the calls of one family that the filter stops."""

    def __init__(self, account: FamilyAccount) -> None:
        self._account = account
        self._under_way = account.family.calls
        self._others = account.options.other_calls

    def entered(self, member: TracedProcess, tid: int) -> None:
        """Note a call that a thread is about to make."""
        number, *arguments = ptrace.syscall_entry(tid)
        is_32_bit = ptrace.architecture_of_call() != AUDIT_ARCHITECTURE
        name = (I386_NAMES if is_32_bit else NAMES).get(number, "")
        at = self._account.call_site(member, tid)
        call = TracedCall(member, tid, name, tuple(arguments), is_32_bit, at)
        if name == "rt_sigaction":
            note_action_of_sigchld(call)
        is_again = self._begins_again(call)
        if self._is_mark(call):
            return
        if call.name in self._others and _is_other_call(call):
            self._under_way.begun[tid] = call
            ptrace.cont_to_syscall(tid)
        elif call.name in PASSING:
            PASSING[call.name](self._account, call)
            ptrace.cont(tid)
        elif call.name in IMMEDIATE:
            self._follow(call)
        elif call.name in BLOCKING:
            if not is_again and call.name in WAITS_BEGIN:
                WAITS_BEGIN[call.name](self._account, call)
            self._under_way.begun[tid] = call
            ptrace.cont_to_syscall(tid)
        else:
            ptrace.cont(tid)

    def returned(self, member: TracedProcess, tid: int) -> None:
        """Note what a call under way returned."""
        result = ptrace.syscall_result(tid)
        call = self._under_way.begun.pop(tid, TracedCall(member, tid, "", ()))
        if _is_restart(result):
            self._under_way.interrupted[tid] = InterruptedCall(
                call, *ptrace.instruction_and_stack(tid)
            )
        elif call.name in self._others and _is_other_call(call):
            tell_other_call(self._account, call, result)
        elif call.name in BLOCKING:
            BLOCKING[call.name](self._account, call, result)
        ptrace.cont(tid)

    def deliver(self, member: TracedProcess, tid: int, signal: int) -> None:
        """Give a thread a signal, and learn what its handler means to a call it interrupted."""
        interrupted = self._under_way.interrupted.get(tid)
        if (
            interrupted is None
            or interrupted.is_kept
            or interrupted.call.is_32_bit
            or not tracee_proc.catches(member.pid, signal)
        ):
            ptrace.cont(tid, signal)
            return
        ptrace.single_step(tid, signal)
        status = ptrace.next_status(tid)
        if status is None or status.word >> 8 != SIGTRAP or not ptrace.is_step(tid):
            if status is not None:
                self._account.take(status)
            return
        # It stands at the beginning of its handler.
        if registers.behind_handler(tid) == interrupted.behind:
            self._fail(tid)
        else:
            self._under_way.interrupted[tid] = replace(interrupted, is_kept=True)
        ptrace.cont(tid)

    def _is_mark(self, call: TracedCall) -> bool:
        """Return whether a thread tells something by write(-1, …), which is handed on."""
        when_marked = self._account.options.when_marked
        if call.name != "write" or not when_marked or call.args[0] & _UNSIGNED != _UNSIGNED:
            return False
        count = min(call.args[2], _LONGEST_MARK)
        told = self._account.options.read_memory(call.tid, call.args[1], count)
        when_marked(call.member, call.tid, told)
        return True

    def _follow(self, call: TracedCall) -> None:
        """Follow a call that cannot block to its result."""
        tell = IMMEDIATE[call.name]
        ptrace.cont_to_syscall(call.tid)
        status = ptrace.next_status(call.tid)
        if status is None or status.word >> 8 != ptrace.SYSCALL_STOP:
            if status is not None:
                # It ended in the call (it may have killed itself): what it sent was sent.
                tell(self._account, call, 0)
                self._account.take(status)
            return
        result = ptrace.syscall_result(call.tid)
        if not _is_restart(result):
            tell(self._account, call, result)
            if result < 0 and self._others:
                tell_failure(self._account, call, result)
        # Else a signal interrupted it (SIGTTOU in tcsetpgrp), and it will be made again.
        ptrace.cont(call.tid)

    def _begins_again(self, call: TracedCall) -> bool:
        """Return whether a call is one that was interrupted; settle that one if it is not."""
        interrupted = self._under_way.interrupted.get(call.tid)
        if interrupted is None:
            return False
        behind, stack = ptrace.instruction_and_stack(call.tid)
        if interrupted.is_kept and stack < interrupted.stack:
            return False  # a call of the handler
        if (call.name, behind, stack) == (
            interrupted.call.name,
            interrupted.behind,
            interrupted.stack,
        ):
            del self._under_way.interrupted[call.tid]
            return True
        self._fail(call.tid)
        return False

    def _fail(self, tid: int) -> None:
        """Tell that an interrupted call has failed with EINTR."""
        call = self._under_way.interrupted.pop(tid).call
        BLOCKING.get(call.name, tell_other_call)(self._account, call, -EINTR)


def _is_other_call(call: TracedCall) -> bool:
    """Return whether a call is not told by an event of its own kind already."""
    if call.name == "fcntl":
        return call.args[1] not in (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC)
    if call.name == "ioctl":
        return call.args[1] != termios.TIOCSPGRP
    return call.name not in IMMEDIATE and call.name not in BLOCKING and call.name not in PASSING


def _is_restart(result: int) -> bool:
    """Return whether the kernel interrupted a call, to restart it or to fail with EINTR."""
    return -_ERESTART_RESTARTBLOCK <= result <= -_ERESTARTSYS
