"""Leaving: the recording stops, and what the command left behind goes on as if never watched.

At level events every thread is let go (PTRACE_DETACH). At the other levels that is impossible: the
filter that stops chosen calls for the tracer is never taken off, and without a tracer these calls
fail with ENOSYS (seccomp(2), SECCOMP_RET_TRACE). There the tracer stays, silent: it lets each call
pass, until the last of these processes has ended. See ADR 15.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from simpsh.base.signal_names import SIGCHLD, SIGINT, SIGKILL, SIGUSR1, SIGUSR2, STOP_SIGNALS
from simpsh.base.wait_status import is_end
from simpsh.kernel.machine import ptrace
from simpsh.kernel.signals import kill, sigtimedwait
from simpsh.process import proc
from simpsh.trace.tracer.process_tracer import Tracer

LEAVE, END = SIGUSR1, SIGUSR2
"""What a tracer's process is told by: leave the processes as they are; end them all."""
REQUESTS = (SIGCHLD, LEAVE, END)
"""The signals that it blocks, and waits for."""
_FOR_LONG = 3600.0


class Left(Exception):
    """The recording is to stop here, and the processes are to go on."""


class EndAll(Exception):
    """All processes are to be ended."""


class LeavingDesk:
    """Where a tracer learns between two stops that it is to leave, or to end all.

    Args:
        requests: a pipe from the process that waits for the recording, which does not block: the
            signals that asked it to end, as numbers, each with its sender's.
        follows: whether to follow the others when the command has ended.
        when_begun: called once with the pid of the command.
        when_alone: called once when the command has ended and others live.
    """

    def __init__(
        self,
        requests: int,
        *,
        follows: bool,
        when_begun: Callable[[int], object],
        when_alone: Callable[[Tracer], object],
    ) -> None:
        self.is_asked_to_end = False
        """Whether the whole family is to end with the command, or has been ended."""
        self._requests = requests
        self._follows = follows
        self._when_begun = when_begun
        self._when_alone = when_alone
        self._is_begun = self._is_alone = self._is_over = False

    def look(self, tracer: Tracer) -> None:
        """Tell how far the command is; called while no process is held.

        Raises:
            Left: the command has ended, and the others are not to be followed.
            EndAll: it has ended, and the others are to end with it.
        """
        root = tracer.root
        if not self._is_begun and root is not None:
            self._is_begun = True
            self._when_begun(root.pid)
        if tracer.root_status is None or self._is_over:
            return
        self._is_over = True
        if not tracer.family.living:
            return
        self._take_requests(tracer)
        if self.is_asked_to_end:
            raise EndAll
        if not self._follows:
            raise Left
        self._is_alone = True
        self._when_alone(tracer)

    def sleep(self, tracer: Tracer, seconds: float | None) -> bool:
        """Wait for the next stop, at most so long; return whether none came.

        Raises:
            Left: the process that waits for the recording asks for it.
            EndAll: it asks to end all; while the command runs, it asks twice: the command was
                told to end, and may do so by itself.
        """
        number = sigtimedwait(REQUESTS, _FOR_LONG if seconds is None else seconds)
        if number in (END, LEAVE):
            self._take_requests(tracer)
        return number is None

    def _take_requests(self, tracer: Tracer) -> None:
        """Take what asks to end. A signal that the command sends to its group is no such request.

        Raises:
            Left, EndAll: as for sleep().
        """
        for number, sender in _read(self._requests):
            if sender in tracer.family.ever:
                continue
            if self._is_alone and number:
                raise Left
            if self._is_over or self.is_asked_to_end:
                self.is_asked_to_end = True
                raise EndAll
            self.is_asked_to_end = True
            with suppress(OSError):
                if tracer.root is not None:
                    # It may end as it would untraced.
                    kill(tracer.root.pid, number)

    def withholds(self, signal: int, info: ptrace.SignalInfo) -> bool:
        """Return whether a signal is kept from its process: a ^C that was meant for simpsh.

        Once the command has ended, ^C stops the recording. The terminal sends it to all of the
        group, those too that untraced would be in the background by now.
        """
        return self._is_alone and signal == SIGINT and info.code == ptrace.SI_KERNEL


def request(number: int, sender: int) -> bytes:
    """Return the line that tells a tracer of a signal and its sender, which it may know."""
    return b"%d %d\n" % (number, sender)


def _read(requests: int) -> list[list[int]]:
    try:
        data = os.read(requests, 4096)
    except BlockingIOError:
        return []
    return [[int(word) for word in line.split()] for line in data.splitlines()]


def names_of(tracer: Tracer) -> tuple[str, ...]:
    """Return the living processes of a family, each as `PID:NAME`."""
    return tuple(f"{one.pid}:{one.name}" for one in tracer.family.living.values())


class SilentTracer:
    """Lets everything pass that stops for a tracer, and tells nothing; then lets go, if it can.

    Args:
        tracer: the one that recorded; it held no process but the early-born.
        needs_tracer: whether a filter is on these processes.
    """

    def __init__(self, tracer: Tracer, *, needs_tracer: bool) -> None:
        self.names = names_of(tracer)
        """Those that were left."""
        self._needs_tracer = needs_tracer
        self._living = dict.fromkeys(tracer.family.by_thread)
        """The threads that are known, as keys."""
        self._ends_all = self._lets_go = False
        for tid in tracer.account.early.held():
            self._answer(tid, ptrace.EVENT_STOP << 16)

    def run(self) -> None:
        """Let pass until asked to let go; return when no process is traced any more."""
        is_asked = False
        while True:
            try:
                status = ptrace.next_status(is_patient=False)
            except ChildProcessError:
                return
            if status is not None:
                self._take(status)
                continue
            if is_asked and not self._lets_go and not self._is_interrupt_on_its_way():
                self._lets_go = True
                if not self._needs_tracer:
                    self._interrupt_all()
            number = sigtimedwait(REQUESTS, _FOR_LONG)
            if number == END or (number == LEAVE and sigtimedwait((END,), 0) == END):
                self._end_all()
            is_asked = is_asked or number == LEAVE

    def _take(self, status: ptrace.Status) -> None:
        if is_end(status.word):
            self._living.pop(status.pid, None)
            return
        self._living[status.pid] = None
        if self._ends_all:
            # Born meanwhile, or held at its end.
            with suppress(OSError):
                kill(status.pid, SIGKILL)
        self._answer(status.pid, status.word)

    def _answer(self, tid: int, word: int) -> None:
        """Answer a stop as the kernel would without a tracer; a process may be gone already."""
        signal, event = word >> 8 & 0xFF, word >> 16
        is_delivery = event == 0 and signal != ptrace.SYSCALL_STOP
        with suppress(OSError):
            if is_delivery and self._is_withheld(tid, signal):
                signal = 0
            if self._lets_go and not self._needs_tracer and not self._ends_all:
                ptrace.detach(tid, signal if is_delivery else 0)
                self._living.pop(tid, None)
            elif event == ptrace.EVENT_STOP and signal in STOP_SIGNALS:
                ptrace.leave_stopped(tid)
            else:
                ptrace.cont(tid, signal if is_delivery else 0)

    def _is_withheld(self, tid: int, signal: int) -> bool:
        """Return whether this is the ^C that asked to leave; see LeavingDesk.withholds()."""
        is_interrupt = not self._lets_go and signal == SIGINT
        return is_interrupt and ptrace.getsiginfo(tid).code == ptrace.SI_KERNEL

    def _interrupt_all(self) -> None:
        # Only who is stopped can be let go. Each thread reports the stop, and is let go then.
        for tid in list(self._living):
            with suppress(OSError):
                ptrace.interrupt(tid)

    def _is_interrupt_on_its_way(self) -> bool:
        """Return whether a ^C that is to be withheld is still to reach a process."""
        return any(_awaits_interrupt(pid) for pid in self._living)

    def _end_all(self) -> None:
        self._ends_all = True
        for tid in self._living:
            with suppress(OSError):
                kill(tid, SIGKILL)


def _awaits_interrupt(pid: int) -> bool:
    bit = 1 << (SIGINT - 1)
    pending = int(proc.status_field(pid, "ShdPnd") or "0", 16)
    blocked = int(proc.status_field(pid, "SigBlk") or "0", 16)
    # One that is stopped takes it only when it continues.
    return bool(pending & ~blocked & bit) and proc.state(pid) not in ("T", "t", "Z", "X", "")
